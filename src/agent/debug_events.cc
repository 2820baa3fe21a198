#include "agent/debug_events.h"

#include "agent/history.h"
#include "agent/log_json.h"
#include "agent/redaction.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace parley::agent {

namespace {

struct Name {
    std::string_view logged, told; // "" is not told.
};

// Where debug events have another name than the log, or none.
constexpr std::array<Name, 8> names { {
    { "session_start", "" }, // Told with more, by the builder of the report.
    { "session_end", "" },
    { "manual_say", "" },
    { "context_enter", "context_change" },
    { "reset", "context_switch_data" },
    { "hold", "hold" },
    { "unhold", "hold" },
    { "function_error", "function_loop" },
} };

bool is_loop(const Json::Object& metadata)
{
    const auto* type = metadata.find("error_type");
    return type != nullptr && (*type == Json("consecutive") || *type == Json("repeated"));
}

Json::Object with(std::string_view key, Json value, const Json::Object& rest)
{
    Json::Object object;
    object[key] = std::move(value);
    for (const auto& [name, member] : rest)
        object[name] = member;
    return object;
}

} // namespace

DebugEvents::DebugEvents(const AiSpec& spec)
    : on_(!spec.reporting.debug_url.empty() && spec.reporting.debug_level > 0)
    , everything_(spec.reporting.debug_level >= 2)
    , redacted_(!spec.reporting.redact.empty())
    , model_(spec.prompt.options.model)
{
}

void DebugEvents::tell(std::string name, Json::Object members)
{
    if (!on_ || waiting_.size() >= max_waiting)
        return;
    Json::Object event;
    event[name] = std::move(members);
    waiting_.push_back(std::move(event));
}

void DebugEvents::logged(const std::string& action, const Json::Object& metadata)
{
    if (!on_)
        return;
    const auto known = std::ranges::find(names, std::string_view(action), &Name::logged);
    if (known == names.end()) {
        tell(action, metadata);
        return;
    }
    if (action == "hold" || action == "unhold") {
        tell("hold", with("event", action, metadata));
    } else if (action == "function_error") {
        if (is_loop(metadata))
            tell("function_loop", with("type", *metadata.find("error_type"), metadata));
    } else if (!known->told.empty()) {
        tell(std::string(known->told), metadata);
    }
}

void DebugEvents::added(const CallLogEntry& entry)
{
    if (!everything_ || entry.role == CallLogEntry::Role::system_log)
        return;
    const bool spoken = entry.role == CallLogEntry::Role::user || entry.role == CallLogEntry::Role::assistant
        || entry.role == CallLogEntry::Role::assistant_thinking;
    Json::Object members {
        { "role", to_string(entry.role) },
        { "content", redacted_ && spoken && !entry.content.empty() ? std::string(Redaction::mask) : entry.content },
        { "tokens", estimated_tokens({ LmMessage::Role::user, entry.content, entry.tool_calls, {} }) },
        { "timestamp", entry.timestamp.microseconds },
    };
    if (!entry.language.empty())
        members["lang"] = entry.language;
    if (!entry.tool_call_id.empty())
        members["tool_call_id"] = entry.tool_call_id;
    tell("conversation_add", std::move(members));
}

void DebugEvents::called(const SwaigLogEntry& entry)
{
    tell("swaig_call", json_of(entry));
}

// ---- What happens --------------------------------------------------------------------------------------------------

void DebugEvents::saw(const Event& event, Instant now)
{
    if (!on_)
        return;
    if (const auto* words = std::get_if<Transcript>(&event)) {
        if (words->final && !redacted_)
            tell("speech_detect", { { "text", words->text }, { "source", "recogniser" } });
    } else if (const auto* model = std::get_if<ModelEvent>(&event)) {
        saw_model(*model, now);
    } else if (const auto* tool = std::get_if<ToolReturned>(&event)) {
        saw_tool(*tool);
    }
}

void DebugEvents::saw_model(const ModelEvent& event, Instant now)
{
    if (!everything_ || !asked_ || event.reply != reply_)
        return;
    const auto* done = std::get_if<LmDone>(&event.event);
    const auto* failed = std::get_if<LmFailed>(&event.event);
    if (done == nullptr && failed == nullptr)
        return;
    Json::Object members {
        { "model", asked_model_ },
        { "output_tokens", done != nullptr ? done->output_tokens : 0 },
        { "duration_ms", to_milliseconds(now - *asked_) },
        { "success", done != nullptr },
    };
    if (failed != nullptr)
        members["error"] = failed->error.what;
    tell("llm_response", std::move(members));
    asked_.reset();
}

void DebugEvents::saw_tool(const ToolReturned& event)
{
    if (!event.reply.has_value()) {
        tell("webhook_fail", { { "tool_call_id", event.tool_call_id }, { "error", event.reply.error().what } });
        return;
    }
    for (const auto& [name, value] : event.reply->debug_events)
        tell(name, value.is_object() ? value.as_object() : Json::Object { { "value", value } });
    for (const auto& action : event.reply->actions)
        tell("process_action", { { "action", with(action.name, action.value, {}) } });
}

// ---- What is asked for ---------------------------------------------------------------------------------------------

void DebugEvents::saw(const Command& command, Instant now)
{
    if (!on_)
        return;
    if (const auto* ask = std::get_if<AskModel>(&command))
        saw_request(*ask, now);
    else if (const auto* report = std::get_if<PostReport>(&command))
        tell("post_prompt", { { "url", without_credentials(report->hook.url) } });
}

void DebugEvents::saw_request(const AskModel& ask, Instant now)
{
    const LmRequest& request = ask.request;
    std::size_t prompt = 0;
    std::size_t conversation = 0;
    bool in_prompt = true; // The prompts stand first.
    for (const auto& message : request.messages) {
        in_prompt = in_prompt && message.role == LmMessage::Role::system;
        (in_prompt ? prompt : conversation) += estimated_tokens(message);
    }
    asked_ = now;
    reply_ = ask.reply;
    asked_model_ = request.options.model.empty() ? model_ : request.options.model;
    if (prompt > excessive_prompt_tokens && !std::exchange(warned_, true))
        tell("warning", { { "event", "excessive_prompt_tokens" }, { "tokens", prompt } });
    if (everything_)
        tell("llm_request",
            { { "model", asked_model_ }, { "prompt_tokens", prompt }, { "conversation_tokens", conversation } });
}

std::vector<Json::Object> DebugEvents::take()
{
    return std::exchange(waiting_, {});
}

} // namespace parley::agent
