#pragma once

#include "agent/ai_spec.h"
#include "base/json.h"

#include <string>
#include <vector>

// `hints` and `pronounce`: which words are expected, and how words are heard and spoken. Nothing in them ends the call:
// what cannot be taken is left out and named in a warning that begins with `where`.
namespace parley::swaig {

inline constexpr std::size_t max_hints = 1'000;
inline constexpr std::size_t max_pronounce_rules = 1'000;

struct ParsedHints {
    std::vector<std::string> words;    // For the recogniser.
    std::vector<HearingHint> rewrites; // Their patterns compile.
};

// Words, and objects with `hint` (a word as well), `pattern`, `replace`, `ignore_case`.
[[nodiscard]] ParsedHints parse_hints(const Json&, const std::string& where, std::vector<std::string>& warnings);

[[nodiscard]] std::vector<PronounceRule> parse_pronounce(
    const Json&, const std::string& where, std::vector<std::string>& warnings);

} // namespace parley::swaig
