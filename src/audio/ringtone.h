#pragma once

#include "base/time.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

// What callers hear while a telephone rings, country by country (ITU-T E.180, supplement 2).
namespace parley {

// Lower-case country codes; "us-old" is the one of old exchanges.
[[nodiscard]] std::vector<std::string_view> ringtone_countries();
[[nodiscard]] bool is_ringtone_country(std::string_view country);

// One ring with its pause.
[[nodiscard]] Duration ringtone_period(std::string_view country);

// A piece of the endless tone, from its sample `first_sample` on. `country` is one of `ringtone_countries`.
void make_ringtone(std::string_view country, std::size_t first_sample, int sample_rate, std::span<std::int16_t> out);

// The "bong" that asks for a calling card number: # for 60 ms, then a dial tone that dies away.
inline constexpr Duration bong_length = std::chrono::milliseconds(1'000);
void make_bong(std::size_t first_sample, int sample_rate, std::span<std::int16_t> out);

} // namespace parley
