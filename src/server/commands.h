#pragma once

#include "server/cli.h"

// What each command of the command line does. Each returns the exit code.
namespace parley {

int run(const Arguments&);

} // namespace parley
