#pragma once

#include "agent/tool_caller.h"
#include "base/json.h"
#include "base/result.h"

#include <string_view>
#include <vector>

// One call of a SWAIG function: what is posted to its webhook, and what comes back.
namespace parley::swaig {

// In the documented order.
[[nodiscard]] Json::Object tool_request_body(const ToolRequest&);

// What an include is asked at the start.
[[nodiscard]] Json::Object signature_request_body(const IncludeSpec&);

// Every JSON object in a text, in order: what models wrap in prose and code fences. `rest`: the text around them.
struct FoundObjects {
    std::vector<Json> objects;
    std::string rest;
};
[[nodiscard]] FoundObjects find_json_objects(std::string_view text);

// The body of the webhook's answer. Lenient: every member is optional, `{}` is a reply. No JSON object at all, or a
// member of a wrong type, is an `invalid_request` that names it. `url`, `post_data` are the caller's to fill in.
Result<ToolReply> parse_tool_reply(std::string_view body);

} // namespace parley::swaig
