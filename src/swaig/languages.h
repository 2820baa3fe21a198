#pragma once

#include "agent/language_spec.h"
#include "base/json.h"
#include "base/result.h"

#include <string>
#include <vector>

// `languages`, `multilingual`, `voice` and `engine`: what is spoken, and by whom.
namespace parley::swaig {

inline constexpr std::size_t max_languages = 32;

struct ParsedLanguages {
    std::vector<LanguageSpec> languages; // Never empty; the first is the one to start with.
    MultilingualSpec multilingual;
};

// Where both are given, `multilingual` is taken. Only one that is no object is an error; whatever else cannot be taken
// is left out and named in a warning.
[[nodiscard]] Result<ParsedLanguages> parse_languages(const Json::Object& ai, std::vector<std::string>& warnings);

// `engine.voice:model`, or a bare name, or the parts beside each other; the model of the name wins.
void set_voice(LanguageSpec&, std::string voice, std::string engine, std::string model);

} // namespace parley::swaig
