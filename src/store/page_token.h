#pragma once

#include "base/time.h"

#include <optional>
#include <string>
#include <string_view>

// Times as clients see them: `tm_create`, and the page tokens that are made of it.
// Knows the text form of a time; reads no clock.
namespace parley {

// A longer token is refused unread.
inline constexpr std::size_t max_page_token_length = 64;

// `YYYY-MM-DDTHH:MM:SS.ffffffZ`, always UTC, always six digits. Years 0 to 9999; others are moved to the nearest.
[[nodiscard]] std::string time_text(WallTime);

// The form above, and what older clients send: a space for the `T`, zero to nine digits, `Z`, an offset or nothing
// (UTC). Parts of a microsecond count up, so that "strictly older than" keeps every older row.
[[nodiscard]] std::optional<WallTime> time_from_text(std::string_view);

} // namespace parley
