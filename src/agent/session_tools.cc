// Tool calls: checked, run once, answered in the history, carried on.
#include "agent/ai_session_machine.h"
#include "agent/native_functions.h"
#include "agent/step_text.h"

#include <algorithm>
#include <cctype>
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

constexpr std::size_t short_result = 400; // Bytes of what stays of an extensive one.

std::string shortened(const std::string& text)
{
    if (text.size() <= short_result)
        return text;
    std::size_t end = short_result;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
        --end; // A character stays whole.
    return text.substr(0, end) + " [...]";
}

} // namespace

// By the name that the model was told.
ToolSpec* AiSession::Machine::find_tool(std::string_view name)
{
    const auto tool = std::find_if(spec_.tools.begin(), spec_.tools.end(),
        [&](const ToolSpec& candidate) { return name_for_model(candidate.name) == name; });
    return tool == spec_.tools.end() ? nullptr : &*tool;
}

// Models take letters, digits, `_` and `-`; programs of years have written spaces.
std::string AiSession::Machine::name_for_model(std::string_view name)
{
    std::string plain(name.substr(0, max_model_name));
    std::ranges::replace_if(
        plain, [](unsigned char c) { return c >= 128 || (std::isalnum(c) == 0 && c != '_' && c != '-'); }, '_');
    return plain;
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
    if (tool_rounds_ > round_limit()) {
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
        tool.request = tool_round_;
        pending_tools_.push_back(std::move(tool));
    }
    for (auto& tool : pending_tools_)
        start_tool(tool, now, out);
    weigh_tools(now, out);
}

// So many rounds of one turn may call functions.
int AiSession::Machine::round_limit() const
{
    return back_to_back_ == BackToBack::no ? max_tool_rounds : max_loose_rounds;
}

// The user has said something new: what was counted and kept for one turn is over.
void AiSession::Machine::begin_tool_turn()
{
    tool_rounds_ = 0;
    calls_made_.clear();
    failure_said_ = false;
    quiet_until_user_ = false;
    if (back_to_back_ == BackToBack::this_turn)
        back_to_back_ = BackToBack::no;
    for (const auto entry : std::exchange(extensive_, {}))
        history_.shorten(entry, shortened);
}

// Exchanges that the model has seen once and shall not see again.
void AiSession::Machine::tidy_history()
{
    std::erase_if(replacements_, [&](Replacement& replacement) {
        if (!std::exchange(replacement.seen, true))
            return false;
        history_.replace_call(replacement.request, replacement.call_id, replacement.text);
        return true;
    });
}

void AiSession::Machine::start_tool(PendingTool& tool, Instant now, Commands& out)
{
    ToolSpec* spec = find_tool(tool.call.name);
    const auto native = spec == nullptr ? native_named(tool.call.name) : std::nullopt;
    const bool ours = tool.moves || (native && offers(*native));
    if (!ours && (spec == nullptr || spec->uses_left == 0 || !steps_.active(spec->name))) {
        refuse_tool(tool, "invalid_function", "there is no function named " + tool.call.name, now, out);
        return;
    }
    auto arguments = checked_arguments(tool.call.arguments);
    if (!arguments) {
        refuse_tool(tool, "invalid_params", arguments.error().what, now, out);
        return;
    }
    if (tool_rounds_ > round_limit()) {
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
    if (ours) {
        run_native(*native, tool, Json::parse(*arguments).value(), now, out);
        return;
    }
    tool.spec = *spec;
    tool.arguments = std::move(*arguments);
    if (spec->uses_left)
        --*spec->uses_left;
    tool.uses_left = spec->uses_left;
    log_.info("tool called", { { "tool", spec->name }, { "arguments", Pii<std::string>(tool.call.arguments) } });
    fill_for(tool, now, out);
    tool.held = must_wait_for_voice(tool);
    if (!tool.held)
        launch_tool(tool, now, out);
}

void AiSession::Machine::launch_tool(PendingTool& tool, Instant now, Commands& out)
{
    tool.held = false;
    tool.running = true;
    start(Timer::tool, now + tool_wait);
    ToolRequest request = request_of(tool.spec, tool.call, now);
    request.call.arguments = tool.arguments;
    out.emplace_back(CallTool { std::move(request) });
    play_wait_file(tool, out);
}

ToolRequest AiSession::Machine::request_of(const ToolSpec& spec, const ToolCall& call, Instant now) const
{
    ToolRequest request;
    request.call = call;
    request.tool = spec;
    request.global_data = global_data_;
    request.meta_data = meta_.of(spec.meta_data_token);
    request.call_id = identity_.call;
    request.session = identity_.session;
    request.app_name = spec_.app_name;
    request.conversation_id = spec_.conversation_id;
    request.caller_id_name = identity_.caller_id_name;
    request.caller_id_number = identity_.caller_id_number;
    request.project_id = identity_.project_id;
    request.space_id = identity_.space_id;
    request.with_conversation = spec_.tool_settings.post_conversation;
    if (request.with_conversation) {
        request.call_log = report_.call_log();
        request.raw_call_log = report_.raw_call_log();
    }
    request.prompt_variables = prompt_variables(now);
    request.time_zone = spec_.time_zone;
    return request;
}

AiSession::Machine::ActionOrigin AiSession::Machine::origin_of(const ToolSpec& spec)
{
    return { spec.name, spec.meta_data_token, spec.author_token, History::EntryId::none, History::EntryId::none, "",
        {} };
}

void AiSession::Machine::refuse_tool(PendingTool& tool, const char* kind, std::string what, Instant now, Commands& out)
{
    log_.warning("tool call refused", { { "tool", tool.call.name }, { "why", kind } });
    const std::string_view why = kind;
    if (why == "consecutive" || why == "repeated")
        report_.event("function_loop", what,
            { { "function", tool.call.name }, { "type", kind },
                { "count", why == "repeated" ? max_same_tool_call + 1 : tool_rounds_ } },
            now);
    else
        report_.event("function_error", what, { { "function", tool.call.name }, { "error_type", kind } }, now);
    finish_tool(tool, error_content(what), now, out);
    say_failure(why, now, out);
}

void AiSession::Machine::finish_tool(PendingTool& tool, std::string content, Instant now, Commands& out)
{
    tool.returned = true;
    tool.running = false;
    stop_wait_file(tool, out);
    history_.replace(tool.entry, content);
    out.emplace_back(AppendMessage { Role::tool, content, {}, tool.call.id });
    CallLogEntry entry;
    entry.content = std::move(content);
    entry.tool_call_id = tool.call.id;
    entry.function_name = tool.spec.name.empty() ? tool.call.name : tool.spec.name;
    entry.execution_latency = now - tool.asked;
    entry.function_latency = now - tool.asked;
    report_.tool_result(std::move(entry), now);
}

void AiSession::Machine::on(const ToolReturned& event, Instant now, Commands& out)
{
    if (hook_returned(event, now, out))
        return;
    const auto tool = std::find_if(pending_tools_.begin(), pending_tools_.end(),
        [&](const PendingTool& pending) { return pending.running && pending.call.id == event.tool_call_id; });
    if (tool == pending_tools_.end()) {
        log_.info("tool answered too late", {});
        return;
    }
    log_returned(*tool, event.reply, now);
    if (!event.reply) {
        finish_tool(*tool, error_content(event.reply.error().what), now, out);
        say_failure("webhook_http_failure", now, out);
        weigh_tools(now, out);
        return;
    }
    const ToolReply& reply = *event.reply;
    tool->tool_prompt = reply.tool_prompt;
    ActionOrigin origin = origin_of(tool->spec);
    origin.request = tool->request;
    origin.result = tool->entry;
    origin.call_id = tool->call.id;
    origin.posted = reply.post_data;
    const std::string result = reply.response.empty() ? "ok" : reply.response;
    finish_tool(*tool, result, now, out);
    remember_result(*tool, result);
    if (reply.post_process) {
        for (const auto& action : reply.actions)
            actions_after_.push_back({ action, origin });
    } else {
        act_all(reply.actions, origin, now, out);
    }
    if (phase_ == Phase::talking)
        weigh_tools(now, out);
}

void AiSession::Machine::log_returned(const PendingTool& tool, const Result<ToolReply>& reply, Instant now)
{
    const Duration took = now - tool.asked;
    const bool ok = reply.has_value();
    log_.info("tool returned", { { "tool", tool.spec.name }, { "ok", ok }, { "took_ms", took } });
    report_.event("function_call", "Calling function: " + tool.spec.name,
        { { "function", tool.spec.name }, { "native", false }, { "duration_ms", to_milliseconds(took) },
            { "error", ok ? Json() : Json(reply.error().what) } },
        now);
    SwaigLogEntry swaig;
    swaig.command_name = tool.spec.name;
    swaig.command_arg = tool.call.arguments;
    swaig.active_count = tool.uses_left;
    swaig.delayed = !reply_alive_; // The user took the floor meanwhile.
    if (ok) {
        swaig.url = reply->url;
        swaig.post_data = reply->post_data;
        swaig.post_response = reply->post_response;
        swaig.mcp = reply->mcp;
        if (!reply->has_response) {
            log_.warning("tool answered neither response nor action", { { "tool", tool.spec.name } });
            report_.event(
                "swaig_problem", "The reply has neither response nor action", { { "function", tool.spec.name } }, now);
        }
    } else {
        log_.warning("tool failed", { { "tool", tool.spec.name }, { "error", reply.error().what } });
        swaig.error = reply.error().what;
    }
    report_.swaig(std::move(swaig), now);
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
    if (asking_ == Asking::idle && reply_alive_ && !quiet_until_user_ && !said_goodbye())
        want_model(now, out);
    weigh_reply(now, out);
}

// Every call that was logged gets its result, even if only that there is none.
void AiSession::Machine::fail_tools(std::string_view why, Instant now, Commands& out)
{
    for (auto& tool : pending_tools_) {
        if (tool.returned || (!tool.running && phase_ == Phase::talking))
            continue;
        if (tool.running)
            out.emplace_back(CancelTool { tool.call.id });
        log_.warning("tool cancelled", { { "tool", tool.call.name }, { "why", why } });
        report_.swaig({ tool.call.name, tool.call.arguments, {}, "", {}, {}, std::string(why) }, now);
        finish_tool(tool, error_content(why), now, out);
        if (phase_ == Phase::talking)
            say_failure("webhook_http_failure", now, out);
    }
    stop(Timer::tool);
}

} // namespace parley::agent
