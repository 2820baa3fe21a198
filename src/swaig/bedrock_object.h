#pragma once

#include "base/json.h"
#include "base/result.h"
#include "swaig/ai_object.h"

// The `amazon_bedrock` object: the `ai` object of a model that hears and speaks by itself. Here it is the same session
// with the same ears; what is its own is the voice.
namespace parley::swaig {

// As an `ai` object: `prompt.voice_id` becomes a language with that voice, its own defaults are filled in, and what it
// does not have (contexts, languages, includes, native functions) is left out.
[[nodiscard]] Json::Object ai_of_bedrock(const Json::Object& bedrock);

Result<ParsedAi> parse_bedrock_object(const Json::Object&);

} // namespace parley::swaig
