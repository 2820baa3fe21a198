#pragma once

#include "agent/ai_spec.h"
#include "base/json.h"
#include "base/result.h"

#include <string>
#include <vector>

namespace parley::swaig {

inline constexpr std::size_t max_functions = 128;

// The `SWAIG` member: an object, or only its array of functions. A function that lacks a name, a description or a
// webhook is left out and named in a warning.
Result<std::vector<ToolSpec>> parse_functions(const Json& swaig, std::vector<std::string>& warnings);

} // namespace parley::swaig
