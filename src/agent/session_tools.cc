// Tool calls: checked, run once, answered in the history, carried on.
#include "agent/ai_session_machine.h"
#include "agent/step_text.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace parley::agent {

namespace {

std::string error_content(std::string_view what)
{
    return Json(Json::Object { { "error", std::string(what) } }).dump();
}

// The arguments as the tool gets them: an object. No arguments at all are an empty one.
Result<std::string> checked_arguments(const std::string& arguments)
{
    if (arguments.find_first_not_of(" \t\r\n") == std::string::npos || arguments == "null")
        return std::string("{}");
    auto json = Json::parse(arguments);
    if (!json)
        return Error { ErrorKind::invalid_request, "arguments are not JSON: " + json.error().what };
    if (!json->is_object())
        return Error { ErrorKind::invalid_request, "arguments are not a JSON object" };
    return arguments;
}

bool is_true(const Json& value)
{
    return !(value.is_null() || (value.is_bool() && !value.as_bool())
        || (value.is_string() && value.as_string() == "false"));
}

} // namespace

const ToolSpec* AiSession::Machine::find_tool(std::string_view name) const
{
    const auto tool = std::find_if(
        spec_.tools.begin(), spec_.tools.end(), [&](const ToolSpec& candidate) { return candidate.name == name; });
    return tool == spec_.tools.end() ? nullptr : &*tool;
}

bool AiSession::Machine::hidden_call(const ToolCall& call) const
{
    return call.name == gather_submit_tool && steps_.owns(call.name);
}

int AiSession::Machine::times_called(const ToolCall& call)
{
    const auto made = std::find_if(calls_made_.begin(), calls_made_.end(),
        [&](const auto& entry) { return entry.first.name == call.name && entry.first.arguments == call.arguments; });
    if (made != calls_made_.end())
        return ++made->second;
    calls_made_.emplace_back(call, 1);
    return 1;
}

void AiSession::Machine::run_tools(std::vector<ToolCall> calls, Instant now, Commands& out)
{
    settle_user(now, out); // From here on the turn has had an effect.
    if (tool_rounds_ > max_tool_rounds) {
        retries_ = 1; // Asking once more would bring the same.
        model_failed({ ErrorKind::limit_reached, "the model calls tools without end" }, now, out);
        return;
    }
    ++tool_rounds_;
    if (turn_report_)
        turn_report_->tool_calls += static_cast<int>(calls.size());

    AppendMessage request { Role::assistant, "", {}, {} };
    for (const auto& call : calls)
        request.tool_calls.push_back({ call.id, call.name, call.arguments });
    out.emplace_back(std::move(request));
    report_.tool_request(calls, now);
    // What is handed in by gather_submit is no part of what the model sees.
    std::vector<ToolCall> seen;
    std::ranges::copy_if(calls, std::back_inserter(seen), [&](const ToolCall& call) { return !hidden_call(call); });
    if (!seen.empty())
        tool_round_ = history_.add({ LmMessage::Role::assistant, "", std::move(seen), {} });
    for (auto& call : calls) { // The results stand right behind the request, whenever they come.
        PendingTool tool;
        if (!hidden_call(call))
            tool.entry = history_.add({ LmMessage::Role::tool, "", {}, call.id });
        tool.moves = steps_.owns(call.name);
        tool.call = std::move(call);
        tool.asked = now;
        pending_tools_.push_back(std::move(tool));
    }
    start(Timer::tool, now + tool_wait);
    for (auto& tool : pending_tools_)
        start_tool(tool, now, out);
    weigh_tools(now, out);
}

void AiSession::Machine::start_tool(PendingTool& tool, Instant now, Commands& out)
{
    const ToolSpec* spec = find_tool(tool.call.name);
    if (!tool.moves && (spec == nullptr || !steps_.active(tool.call.name))) {
        refuse_tool(tool, "invalid_function", "there is no function named " + tool.call.name, now, out);
        return;
    }
    auto arguments = checked_arguments(tool.call.arguments);
    if (!arguments) {
        refuse_tool(tool, "invalid_params", arguments.error().what, now, out);
        return;
    }
    if (tool_rounds_ > max_tool_rounds) {
        refuse_tool(tool, "consecutive", "too many calls in a row: answer the user now", now, out);
        return;
    }
    if (tool.moves)
        return; // When the others have returned: what they bring belongs to where the conversation is now.
    if (refuse_under_speech(tool, now, out) || answer_again(tool, now, out))
        return;
    if (times_called(tool.call) > max_same_tool_call) {
        refuse_tool(tool, "repeated", "this was called already: answer the user with what is known", now, out);
        return;
    }
    ToolRequest request;
    request.call = tool.call;
    request.call.arguments = std::move(*arguments);
    request.tool = *spec;
    request.global_data = global_data_;
    request.meta_data = spec->meta_data;
    request.call_id = identity_.call;
    request.session = identity_.session;
    request.app_name = spec_.app_name;
    request.conversation_id = spec_.conversation_id;
    request.caller_id_name = identity_.caller_id_name;
    request.caller_id_number = identity_.caller_id_number;
    request.project_id = identity_.project_id;
    request.space_id = identity_.space_id;
    log_.info("tool called", { { "tool", tool.call.name }, { "arguments", Pii<std::string>(tool.call.arguments) } });
    out.emplace_back(CallTool { std::move(request) });
}

void AiSession::Machine::refuse_tool(PendingTool& tool, const char* kind, std::string what, Instant now, Commands& out)
{
    log_.warning("tool call refused", { { "tool", tool.call.name }, { "why", kind } });
    report_.event("function_error", what, { { "function", tool.call.name }, { "error_type", kind } }, now);
    finish_tool(tool, error_content(what), now, out);
}

void AiSession::Machine::finish_tool(PendingTool& tool, std::string content, Instant now, Commands& out)
{
    tool.returned = true;
    history_.replace(tool.entry, content);
    out.emplace_back(AppendMessage { Role::tool, content, {}, tool.call.id });
    CallLogEntry entry;
    entry.content = std::move(content);
    entry.tool_call_id = tool.call.id;
    entry.function_name = tool.call.name;
    entry.execution_latency = now - tool.asked;
    entry.function_latency = now - tool.asked;
    report_.tool_result(std::move(entry), now);
}

void AiSession::Machine::on(const ToolReturned& event, Instant now, Commands& out)
{
    const auto tool = std::find_if(pending_tools_.begin(), pending_tools_.end(),
        [&](const PendingTool& pending) { return !pending.returned && pending.call.id == event.tool_call_id; });
    if (tool == pending_tools_.end()) {
        log_.info("tool answered too late", {});
        return;
    }
    const Duration took = now - tool->asked;
    const bool ok = event.reply.has_value();
    log_.info("tool returned", { { "tool", tool->call.name }, { "ok", ok }, { "took_ms", took } });
    report_.event("function_call", "Calling function: " + tool->call.name,
        { { "function", tool->call.name }, { "native", false }, { "duration_ms", to_milliseconds(took) },
            { "error", ok ? Json() : Json(event.reply.error().what) } },
        now);
    SwaigLogEntry swaig;
    swaig.command_name = tool->call.name;
    swaig.command_arg = tool->call.arguments;
    std::vector<ToolAction> actions;
    if (ok) {
        const ToolReply& reply = *event.reply;
        swaig.url = reply.url;
        swaig.post_data = reply.post_data;
        swaig.post_response = reply.post_response;
        tool->tool_prompt = reply.tool_prompt;
        (reply.post_process ? actions_after_ : actions) = reply.actions;
        finish_tool(*tool, reply.response.empty() ? "ok" : reply.response, now, out);
        remember_result(*tool, reply.response.empty() ? "ok" : reply.response);
    } else {
        log_.warning("tool failed", { { "tool", tool->call.name }, { "error", event.reply.error().what } });
        swaig.error = event.reply.error().what;
        finish_tool(*tool, error_content(event.reply.error().what), now, out);
    }
    report_.swaig(std::move(swaig), now);
    acting_on_ = ok ? event.reply->post_data : Json();
    for (const auto& action : actions) {
        if (phase_ == Phase::talking)
            act(action, now, out);
    }
    acting_on_.reset();
    if (phase_ == Phase::talking)
        weigh_tools(now, out);
}

// When the last result is in, the model goes on; if the user has the floor, his next turn will ask it.
void AiSession::Machine::weigh_tools(Instant now, Commands& out)
{
    const auto runs = [](const PendingTool& tool) { return !tool.returned && !tool.moves; };
    if (std::any_of(pending_tools_.begin(), pending_tools_.end(), runs)) {
        weigh_reply(now, out);
        return;
    }
    for (auto& tool : pending_tools_) {
        if (!tool.returned)
            call_step_tool(tool, now, out);
    }
    stop(Timer::tool);
    const auto tools = std::exchange(pending_tools_, {});
    silence_goes_on(now);
    for (const auto& tool : tools) {
        if (!tool.tool_prompt.empty())
            keep_system(tool.tool_prompt, now, out);
    }
    if (asking_ == Asking::idle && reply_alive_)
        want_model(now, out);
    weigh_reply(now, out);
}

// Every call that was logged gets its result, even if only that there is none.
void AiSession::Machine::fail_tools(std::string_view why, Instant now, Commands& out)
{
    for (auto& tool : pending_tools_) {
        if (tool.returned || (tool.moves && phase_ == Phase::talking))
            continue;
        if (!tool.moves)
            out.emplace_back(CancelTool { tool.call.id });
        log_.warning("tool cancelled", { { "tool", tool.call.name }, { "why", why } });
        report_.swaig({ tool.call.name, tool.call.arguments, {}, "", {}, {}, std::string(why) }, now);
        finish_tool(tool, error_content(why), now, out);
    }
    stop(Timer::tool);
}

void AiSession::Machine::act(const ToolAction& action, Instant now, Commands& out)
{
    if (act_on_steps(action, now, out))
        return;
    if (action.name == "set_global_data" && action.value.is_object()) {
        merge_global_data(action.value.as_object(), out);
    } else if (action.name == "unset_global_data" && (action.value.is_string() || action.value.is_array())) {
        const Json::Array keys = action.value.is_array() ? action.value.as_array() : Json::Array { action.value };
        for (const auto& key : keys) {
            if (key.is_string())
                global_data_.erase(key.as_string());
        }
        notify({ { "type", "global_data" }, { "removed", keys } }, out);
    } else if (action.name == "say" && action.value.is_string()) {
        if (reply_alive_)
            say(Segment::Kind::manual, action.value.as_string(), now, out);
        else
            log_.info("tool's words not spoken", { { "why", "the user took the floor meanwhile" } });
    } else if (action.name == "stop" && is_true(action.value)) {
        end({ FinishReason::stopped, EndedBy::assistant, "" }, now, out);
    } else if (action.name == "hangup" && is_true(action.value)) {
        end_after_reply_ = { FinishReason::hang_up, EndedBy::assistant, "" }; // The goodbye is spoken first.
    } else {
        log_.warning("tool action ignored", { { "action", action.name } });
    }
}

} // namespace parley::agent
