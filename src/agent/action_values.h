#pragma once

#include "base/json.h"
#include "base/time.h"

#include <optional>
#include <string>
#include <vector>

// The values of actions, as functions in the field write them. What a value is not, is said by nothing.
namespace parley::agent {

inline constexpr Duration usual_hold = 300s; // Where none is said, or one out of range.
inline constexpr Duration longest_hold = 900s;

// `hold`: 60, "120", "5m", "90s", "1:30", or an object with `timeout`, `step` and `timeout_step`.
struct HoldOrder {
    Duration timeout = usual_hold;
    std::string step;         // Entered when it is released; "": none.
    std::string timeout_step; // Entered when its time is over.

    friend bool operator==(const HoldOrder&, const HoldOrder&) = default;
};
[[nodiscard]] std::optional<HoldOrder> hold_order(const Json&);

// `active`: a truth, or how many calls are left. The inner value unset: endless.
[[nodiscard]] std::optional<std::optional<int>> uses_order(const Json&);

// A text or a list of texts; other entries are left out. Nothing: it is neither.
[[nodiscard]] std::optional<std::vector<std::string>> names_order(const Json&);

// Milliseconds above 0.
[[nodiscard]] std::optional<Duration> time_order(const Json&);

// `engine.voice:model`, bare or as `voice` of an object.
struct VoiceOrder {
    std::string engine; // "": it was not said.
    std::string voice;
    std::string model;

    friend bool operator==(const VoiceOrder&, const VoiceOrder&) = default;
};
[[nodiscard]] std::optional<VoiceOrder> voice_order(const Json&);

} // namespace parley::agent
