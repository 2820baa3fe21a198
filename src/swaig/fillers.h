#pragma once

#include "agent/contexts_spec.h"
#include "base/json.h"

#include <string>
#include <vector>

namespace parley::swaig {

inline constexpr std::size_t max_filler_languages = 64;
inline constexpr std::size_t max_filler_texts = 100; // Of one language.

// Phrases by language code: `{"en-US": ["One moment."], "default": "..."}`. An array is for every language.
[[nodiscard]] FillerMap parse_fillers(const Json&, const std::string& where, std::vector<std::string>& warnings);

} // namespace parley::swaig
