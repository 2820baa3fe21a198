#pragma once

#include "base/time_zone.h"

#include <string>
#include <string_view>

// Times as text, in English whatever the machine's locale is.
namespace parley::expand {

constexpr std::size_t max_time_format_bytes = 1024; // The rest is left out.

// The conversions of POSIX's strftime, and of glibc's `%P`, `%s`, `%k`, `%l` and the flags `-` (no padding), `_`
// (spaces), `0` (zeros) and `^` (capitals). What is no conversion stays as it is written.
[[nodiscard]] std::string format_time(std::string_view format, const LocalTime&);

} // namespace parley::expand
