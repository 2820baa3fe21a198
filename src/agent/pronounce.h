#pragma once

#include "agent/ai_spec.h"

#include <string>
#include <string_view>
#include <vector>

namespace parley::agent {

// The text as the voice shall read it. Each rule replaces whole words, in the order of the rules; the history never
// sees the result.
[[nodiscard]] std::string pronounce(std::string_view text, const std::vector<PronounceRule>& rules);

} // namespace parley::agent
