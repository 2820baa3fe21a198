#pragma once

#include "base/result.h"
#include "server/caller_script.h"

#include <cstdint>
#include <string>
#include <vector>

// The sound of each step of a script, made before the call so that it starts to the millisecond.
namespace parley::caller {

inline constexpr int caller_rate = 16'000; // A narrower line takes it down to its own.

// At `caller_rate`; empty for steps without sound. Speech begins and ends with the sound itself, not with silence.
[[nodiscard]] Result<std::vector<std::vector<std::int16_t>>> make_sounds(const Script&, const std::string& voice);

// Cuts leading and trailing silence off, but for 10 ms.
[[nodiscard]] std::vector<std::int16_t> trimmed(std::vector<std::int16_t> samples);

} // namespace parley::caller
