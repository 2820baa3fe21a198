#pragma once

#include "agent/ai_spec.h"
#include "agent/session_report.h"
#include "base/id.h"
#include "base/json.h"
#include "base/result.h"
#include "speech/language_model.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

// Runs the tools that the model asks for, whoever provides them. Knows nothing of the conversation but what the request
// carries.
namespace parley {

// One call of one tool, with everything that a webhook is told.
struct ToolRequest {
    ToolCall call; // `arguments` is a JSON object: the session has checked it.
    ToolSpec tool;
    Json::Object global_data;
    Json meta_data; // Current content of the tool's store; an object.
    CallId call_id;
    AiSessionId session;
    std::string app_name;
    std::string conversation_id;
    std::string caller_id_name;
    std::string caller_id_number;
    std::string project_id;
    std::string space_id;
    bool active = true;             // The call is up.
    bool offhook = true;            // It is answered.
    bool ready = true;              // The session goes on.
    bool with_conversation = false; // `call_log` and `raw_call_log` are told.
    std::vector<CallLogEntry> call_log, raw_call_log;
    std::string fatal_error;       // Of the hangup hook: why the session failed; empty: it did not.
    Json::Object prompt_variables; // For templates.
    std::string time_zone;         // For times in templates.
};

struct ToolAction {
    std::string name;
    Json value;

    friend bool operator==(const ToolAction&, const ToolAction&) = default;
};

// What a tool answered.
struct ToolReply {
    std::string response;            // For the model; empty: "ok".
    std::string tool_prompt;         // A system message right after the result; empty: none.
    std::vector<ToolAction> actions; // In order.
    bool has_response = true;        // False: the reply held neither `response` nor `action`.
    bool post_process = false;       // Hold the actions until the reply to this result has been spoken.

    // For the report: what was posted where, and what came back.
    std::string url;
    Json post_data;
    Json post_response;
    Json::Object mcp;                                       // `mcp_url`, `mcp_tool`, ... of an MCP tool.
    std::vector<std::pair<std::string, Json>> debug_events; // What a data_map did, by name.
};

// Destroying it cancels the call; no answer follows.
class ToolRun {
public:
    virtual ~ToolRun() = default;
};

class ToolCaller {
public:
    virtual ~ToolCaller() = default;

    // Exactly one answer, on the thread that opened it.
    virtual std::unique_ptr<ToolRun> open(ToolRequest, std::function<void(Result<ToolReply>)>) = 0;
};

} // namespace parley
