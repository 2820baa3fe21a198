#pragma once

#include "agent/ai_spec.h"
#include "base/json.h"

#include <string>
#include <vector>

namespace parley::swaig {

// The `params` member of the `ai` object: see ai_parameter_table.h. Unknown members are passed over.
void apply_parameters(const Json::Object& params, AiSpec&, std::vector<std::string>& warnings);

// The settings of a `prompt` or `post_prompt` object beside its text. `where` goes before the key in warnings.
void apply_prompt_settings(
    const Json::Object& prompt, PromptSpec&, const std::string& where, std::vector<std::string>& warnings);

} // namespace parley::swaig
