#pragma once

#include "machine/agent/session_script.h"
#include "machine/agent/step_script.h"

#include <gmock/gmock.h>

// A session with contexts and steps: what the model is shown, and has.
namespace parley::agent {

inline AiSpec with_contexts(std::vector<ContextSpec> contexts)
{
    auto spec = quiet_spec();
    spec.contexts.contexts = std::move(contexts);
    spec.report.hook.url = "http://127.0.0.1/report";
    return spec;
}

inline AiSpec with_steps(std::vector<StepSpec> steps)
{
    return with_contexts({ context_named("default", std::move(steps)) });
}

inline std::string said_as(const LmMessage& message)
{
    switch (message.role) {
    case LmMessage::Role::system: return "system " + message.content;
    case LmMessage::Role::user: return "user " + message.content;
    case LmMessage::Role::assistant:
        return message.tool_calls.empty() ? "assistant " + message.content : "calls " + message.tool_calls[0].name;
    case LmMessage::Role::tool: return "result " + message.content;
    }
    return "";
}

// What the model was shown last.
inline std::vector<std::string> shown(const SessionScript& script)
{
    std::vector<std::string> lines;
    const auto* ask = script.last<AskModel>();
    EXPECT_NE(ask, nullptr);
    for (const auto& message : ask->request.messages)
        lines.push_back(said_as(message));
    return lines;
}

// But for `hangup`, which is always there.
inline std::vector<std::string> tools(const SessionScript& script)
{
    std::vector<std::string> names;
    for (const auto& tool : script.last<AskModel>()->request.tools) {
        if (tool.name != "hangup")
            names.push_back(tool.name);
    }
    return names;
}

inline SessionScript& calls(SessionScript& script, std::string name, std::string arguments, std::string id = "c1")
{
    return script.model(LmToolCall { { std::move(id), std::move(name), std::move(arguments) } })
        .model(LmDone { 10, 3 });
}

inline ToolReply reply_with(std::string response, std::vector<ToolAction> actions, Json post_data = {})
{
    ToolReply reply;
    reply.response = std::move(response);
    reply.actions = std::move(actions);
    reply.post_data = std::move(post_data);
    return reply;
}

// The session's own rows about it.
inline std::vector<std::string> notes(const SessionScript& script)
{
    std::vector<std::string> lines;
    for (const auto& row : script.all<AppendMessage>()) {
        if (row.role == Role::notification)
            lines.push_back(row.content);
    }
    return lines;
}

// "step_change{...}" of each event of the report.
inline std::vector<std::string> events(const SessionReport& report)
{
    std::vector<std::string> lines;
    for (const auto& entry : report.call_log) {
        if (entry.role == CallLogEntry::Role::system_log)
            lines.push_back(entry.action + Json(entry.metadata).dump());
    }
    return lines;
}

} // namespace parley::agent
