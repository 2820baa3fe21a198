#pragma once

#include "agent/contexts_spec.h"
#include "base/json.h"

#include <optional>
#include <string>
#include <vector>

// What `languages`, `multilingual`, `hints` and `pronounce` ask for. Values only.
namespace parley {

struct PronounceRule {
    std::string replace;
    std::string with;
    bool ignore_case = true;

    friend bool operator==(const PronounceRule&, const PronounceRule&) = default;
};

// A final transcript is rewritten before anybody sees it. `pattern` is PCRE.
struct HearingHint {
    std::string pattern;
    std::string replace;
    bool ignore_case = false;

    friend bool operator==(const HearingHint&, const HearingHint&) = default;
};

struct LanguageSpec {
    std::string name; // As the model names it in `~LN(name)`.
    std::string code; // "en-US"
    std::string voice;
    std::string engine;
    std::string model {};
    Json::Object voice_params {};            // The engine's own knobs.
    FillerMap speech_fillers {};             // While the model thinks.
    FillerMap function_fillers {};           // While a tool runs.
    std::vector<PronounceRule> pronounce {}; // Only while this language is spoken.
};

// `multilingual`: the recogniser says which language is spoken, and the agent follows.
struct MultilingualSpec {
    bool on = false; // Then `AiSpec::languages` holds its languages; `code` "default" is the catch-all.
    std::vector<std::string> allowed; // Empty: any.
    int min_switch_words = 2;
};

} // namespace parley
