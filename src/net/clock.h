#pragma once

#include "base/time.h"

// The only place that asks the time. Carriers read it and tell the machines.
namespace parley {

// CLOCK_MONOTONIC: comparable between all threads of one process, meaningless outside it.
[[nodiscard]] Instant now();

[[nodiscard]] WallTime wall_now();

[[nodiscard]] ClockPair clock_pair_now();

} // namespace parley
