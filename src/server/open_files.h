#pragma once

#include "base/log.h"
#include "server/configuration.h"

// How many sockets and files this process may have open.
namespace parley {

// Raises the limit as far as the system lets us, and says so if it is less than the configuration may need.
void raise_open_files(const Configuration&, const Log&);

} // namespace parley
