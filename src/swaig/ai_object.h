#pragma once

#include "agent/ai_spec.h"
#include "base/json.h"
#include "base/result.h"

#include <string>
#include <vector>

// The JSON of the `ai` object, of tool calls and their replies, and of the report: between the wire's shapes and the
// agent's values. Knows no transport and no session.
namespace parley::swaig {

struct ParsedAi {
    AiSpec spec;
    std::vector<std::string> warnings; // Each begins with the key that was not taken as it stood.
};

// Reads `prompt`, `post_prompt`, `SWAIG`, `params` ... out of an object that may have other members. Lenient, as
// programs in the field need it: numbers and booleans may be strings; what is unknown is ignored; what cannot be taken
// keeps the default and is named in a warning. Only a prompt that is missing where there are no contexts, and a
// `multilingual` that is no object, are an `invalid_request`.
Result<ParsedAi> parse_ai_object(const Json::Object&);

// `https://user:pass@host/path` without its credentials, and the credentials. They are not percent-encoded in the
// field: what stands before the last `@` of the authority is split at its first `:`.
WebHook web_hook_from(std::string_view url);

} // namespace parley::swaig
