#pragma once

#include "base/json.h"
#include "providers/offline_words.h"
#include "speech/language_model.h"

#include <optional>
#include <string>
#include <vector>

// How the offline model chooses a tool and fills in its arguments: by the words that what was said shares with the
// tool's own name, description and schema. Pure.
namespace parley::offline {

// Share of the meaning of `heard` that the tool covers, 0 to 1. Words that all tools have in common count less.
[[nodiscard]] double similarity(const Words& heard, const LmTool&, const std::vector<LmTool>& all);

struct Arguments {
    Json::Object values;
    std::vector<std::string> missing; // Required ones that were not said.
};
[[nodiscard]] Arguments extract_arguments(const Words& heard, const LmTool&);

} // namespace parley::offline
