#pragma once

#include "expand/scope.h"

#include <cstdint>
#include <string>
#include <string_view>

// JSON values as the text that stands in their place.
namespace parley::expand {

// How objects and arrays are written. Everything else is the same in both.
enum class ValueStyle : std::uint8_t {
    compact,
    tabbed, // A line for each member, indented by tabs, a tab behind the colon: what language models are given.
};

// Strings as they are, null as nothing, numbers without a needless fraction or exponent.
[[nodiscard]] std::string value_text(Found, ValueStyle = ValueStyle::compact);
[[nodiscard]] std::string value_text(const Json&, ValueStyle = ValueStyle::compact);

[[nodiscard]] std::string number_text(double);

// Letters of the European alphabets, whatever the machine's locale is.
[[nodiscard]] std::string lower_case(std::string_view);

// Everything but unreserved characters as `%20` (RFC 3986 2.3).
[[nodiscard]] std::string percent_encoded(std::string_view);

} // namespace parley::expand
