#pragma once

#include "base/result.h"

#include <string_view>

namespace parley::expand {

constexpr std::size_t max_arithmetic_bytes = 1024;
constexpr int max_arithmetic_depth = 32; // Of parentheses and signs.

// Numbers, `+ - * / %`, parentheses. Names have been replaced before. Division by zero is an error.
[[nodiscard]] Result<double> evaluate_arithmetic(std::string_view text);

} // namespace parley::expand
