#pragma once

#include "server/prometheus_metrics.h"

#include <vector>

// What the system says of this process, by the names that Prometheus clients share (`process_...`).
namespace parley {

[[nodiscard]] std::vector<Reading> process_readings();

} // namespace parley
