#pragma once

#include "agent/session_report.h"
#include "base/json.h"

// The report about a finished AI session, as it is posted to `post_prompt_url`.
namespace parley::swaig {

// In the documented order. Has no member `summary`: receivers would take it for the answer to the post-prompt.
[[nodiscard]] Json::Object report_body(const SessionReport&);

// As the report has it, and tool calls that are to know the conversation.
[[nodiscard]] Json::Array call_log_json(const std::vector<CallLogEntry>&);

} // namespace parley::swaig
