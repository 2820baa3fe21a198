#pragma once

#include "base/time.h"
#include "base/time_zone.h"
#include "speech/language_model.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Functions that the session itself can do, as the model sees them.
namespace parley::agent {

enum class Native : std::uint8_t {
    check_time,
    wait_seconds,
    wait_for_user,
    adjust_response_latency,
    pause_conversation,
    hangup,
};

inline constexpr Duration longest_wait = 120s;      // Of wait_seconds.
inline constexpr Duration latency_step = 250ms;     // Of adjust_response_latency, unless it says how much.
inline constexpr Duration shortest_latency = 250ms; // What it can come to.
inline constexpr Duration longest_latency = 5s;

[[nodiscard]] std::optional<Native> native_named(std::string_view name);
[[nodiscard]] std::string_view to_string(Native);
[[nodiscard]] LmTool tool_of(Native);

// "Friday, 27 November 2026, 21:40 (CST)"
[[nodiscard]] std::string time_text(const LocalTime&);

// The pause that ends the user's turn, after the model asked for this: `direction` is "faster" or "slower", by
// `milliseconds` or a step. Nothing if that says nothing.
[[nodiscard]] std::optional<Duration> adjusted_latency(Duration now, const Json& arguments);

// Within its limits; nothing if `seconds` is no number.
[[nodiscard]] std::optional<Duration> wanted_wait(const Json& arguments);

} // namespace parley::agent
