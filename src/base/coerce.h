#pragma once

#include "base/json.h"

#include <optional>
#include <string>

// Values as programs in the field write them: numbers and booleans may be strings.
namespace parley {

[[nodiscard]] std::optional<std::string> to_text(const Json&); // Strings, numbers, booleans.
[[nodiscard]] std::optional<double> to_number(const Json&);    // Numbers, numeric strings.
[[nodiscard]] std::optional<bool> to_bool(const Json&);        // Booleans, numbers, and FreeSWITCH's words for truth.

} // namespace parley
