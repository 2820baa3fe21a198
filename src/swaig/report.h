#pragma once

#include "agent/session_report.h"
#include "base/json.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// The report about an AI session, as it is posted to `post_prompt_url`.
namespace parley::swaig {

// Receivers made with the SDKs refuse more.
inline constexpr std::size_t max_report_bytes = 10UL * 1024 * 1024;

// In the documented order. Has no member `summary`: receivers would take it for the answer to the post-prompt.
[[nodiscard]] Json::Object report_body(const SessionReport&);

// The same as text of at most `limit` bytes. What is told twice goes first, then what is told in detail.
[[nodiscard]] std::string report_text(const SessionReport&, std::size_t limit = max_report_bytes);

// What the answer to `fetch_conversation` tells of the earlier conversation; empty: nothing.
[[nodiscard]] std::string fetched_summary(std::string_view body);

// As the report has it, and tool calls that are to know the conversation.
[[nodiscard]] Json::Array call_log_json(const std::vector<CallLogEntry>&);

} // namespace parley::swaig
