#pragma once

#include <optional>
#include <string>
#include <string_view>

// Telephone numbers as people write and say them. Knows how North America groups its digits; of other countries it
// knows the country code alone, and writes what follows in groups of two to four.
namespace parley::expand {

// `kind`: `national` (918) 555-0100, `international` +1 918-555-0100, `rfc3966` tel:+1-918-555-0100, `e164`
// +19185550100; in any case. Numbers without `+` are North American. Nothing: no such kind, or no telephone number.
[[nodiscard]] std::optional<std::string> format_phone(std::string_view kind, std::string_view number);

// Its digits with `separator` between them, so that a voice says them one by one.
[[nodiscard]] std::string separated_digits(std::string_view formatted, std::string_view separator);

} // namespace parley::expand
