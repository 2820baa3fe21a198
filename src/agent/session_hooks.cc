// Functions of reserved names: called by the session at their moments, never by the model.
#include "agent/ai_session_machine.h"
#include "base/coerce.h"

#include <algorithm>
#include <array>
#include <utility>

namespace parley::agent {

namespace {

struct HookNames {
    std::string_view name;
    std::string_view older;
};

constexpr HookNames names_of(int hook)
{
    constexpr std::array<HookNames, 4> names { { { "startup_hook", "start_hook" }, { "hangup_hook", "stop_hook" },
        { "check_for_input", "" }, { "summarize_conversation", "" } } };
    return names[static_cast<std::size_t>(hook)];
}

Duration patience_of(int hook)
{
    constexpr std::array<Duration, 4> patience { startup_hook_wait, hangup_hook_wait, tool_wait, tool_wait };
    return patience[static_cast<std::size_t>(hook)];
}

// `check_for_input` of older servers answers this for "nothing".
bool says_no_input(const Json& body)
{
    const auto* input = body.find("new_input");
    return input != nullptr && to_bool(*input) == false;
}

} // namespace

bool AiSession::Machine::is_hook_name(std::string_view name)
{
    for (int hook = 0; hook <= static_cast<int>(Hook::summary); ++hook) {
        if (name == names_of(hook).name || (name == names_of(hook).older && !name.empty()))
            return true;
    }
    return false;
}

const ToolSpec* AiSession::Machine::hook_spec(Hook hook) const
{
    const auto names = names_of(static_cast<int>(hook));
    const auto spec = std::ranges::find_if(
        spec_.hooks, [&](const ToolSpec& tool) { return tool.name == names.name || tool.name == names.older; });
    return spec == spec_.hooks.end() || spec->uses_left == 0 ? nullptr : &*spec;
}

// False: the program has none.
bool AiSession::Machine::call_hook(Hook hook, std::string arguments, Instant now, Commands& out)
{
    const ToolSpec* spec = hook_spec(hook);
    if (spec == nullptr)
        return false;
    RunningHook running { hook, { "hook_" + std::to_string(++last_hook_), spec->name, std::move(arguments) }, now,
        now + patience_of(static_cast<int>(hook)), origin_of(*spec) };
    ToolRequest request = request_of(*spec, running.call, now);
    if (request.call.arguments.empty())
        request.call.arguments = "{}";
    const bool over = phase_ != Phase::talking;
    if (over) {
        const bool gone = ending_ && ending_->reason == FinishReason::call_ended;
        request.ready = false;
        request.active = request.offhook = !gone && hook != Hook::summary;
        if (hook == Hook::hangup && ending_ && ending_->reason == FinishReason::error)
            request.fatal_error = model_failures_ >= max_model_failures ? "llm_max_retries" : "provider_lost";
    }
    log_.info("hook called", { { "hook", spec->name } });
    hooks_.push_back(std::move(running));
    watch_hooks();
    out.emplace_back(CallTool { std::move(request) });
    return true;
}

void AiSession::Machine::watch_hooks()
{
    const auto first = std::ranges::min_element(hooks_, {}, &RunningHook::until);
    if (first == hooks_.end())
        stop(Timer::hook);
    else
        start(Timer::hook, first->until);
}

void AiSession::Machine::hooks_due(Instant now, Commands& out)
{
    const auto late = std::ranges::find_if(hooks_, [&](const RunningHook& hook) { return hook.until <= now; });
    if (late == hooks_.end())
        return;
    out.emplace_back(CancelTool { late->call.id });
    hook_returned({ late->call.id, Error { ErrorKind::timed_out, "the hook did not answer in time" } }, now, out);
}

void AiSession::Machine::cancel_hooks(Commands& out)
{
    for (const auto& hook : std::exchange(hooks_, {}))
        out.emplace_back(CancelTool { hook.call.id });
    stop(Timer::hook);
}

// False: it was no hook that answered.
bool AiSession::Machine::hook_returned(const ToolReturned& event, Instant now, Commands& out)
{
    const auto found
        = std::ranges::find_if(hooks_, [&](const RunningHook& hook) { return hook.call.id == event.tool_call_id; });
    if (found == hooks_.end())
        return false;
    RunningHook running = std::move(*found);
    hooks_.erase(found);
    watch_hooks();
    const bool ok = event.reply.has_value();
    const bool idle = running.hook == Hook::poll && ok && event.reply->actions.empty()
        && (event.reply->response.empty() || says_no_input(event.reply->post_response));
    if (!idle)
        log_hook(running, event.reply, now);
    if (ok) {
        running.origin.posted = event.reply->post_data;
        act_all(event.reply->actions, running.origin, now, out);
    }
    if (phase_ == Phase::finished)
        return true;
    switch (running.hook) {
    case Hook::startup:
        if (phase_ == Phase::talking)
            prepared(now, out);
        break;
    case Hook::hangup: conclude(now, out); break;
    case Hook::poll:
        if (ok && !idle && phase_ == Phase::talking && !event.reply->response.empty())
            inject(Role::system, event.reply->response, "Injected", now, out);
        break;
    case Hook::summary: summary_given(ok, now, out); break;
    }
    return true;
}

void AiSession::Machine::log_hook(const RunningHook& running, const Result<ToolReply>& reply, Instant now)
{
    const bool ok = reply.has_value();
    const auto took = to_milliseconds(now - running.asked);
    log_.info("hook returned", { { "hook", running.call.name }, { "ok", ok }, { "took_ms", took } });
    Json::Object facts { { "function", running.call.name }, { "duration_ms", took } };
    if (running.hook == Hook::startup || running.hook == Hook::hangup) {
        facts["has_response"] = ok && reply->has_response;
        facts["error"] = ok ? Json() : Json(reply.error().what);
    }
    const auto name = std::string(names_of(static_cast<int>(running.hook)).name);
    report_.event(name, "Calling function: " + running.call.name, std::move(facts), now);
    SwaigLogEntry entry;
    entry.command_name = running.call.name;
    entry.command_arg = running.call.arguments;
    if (ok) {
        entry.url = reply->url;
        entry.post_data = reply->post_data;
        entry.post_response = reply->post_response;
        entry.mcp = reply->mcp;
    } else {
        entry.error = reply.error().what;
    }
    report_.swaig(std::move(entry), now);
}

// ---- summarize_conversation ----------------------------------------------------------------------------------------

// The model has called it in place of an answer to the post-prompt.
void AiSession::Machine::summary_given(bool ok, Instant now, Commands& out)
{
    summary_by_function_ = true;
    round_.text
        = ok ? "The summarize_conversation function was executed." : "The summarize_conversation function failed.";
    finish(now, out);
}

// ---- check_for_input -----------------------------------------------------------------------------------------------

void AiSession::Machine::start_polling(Instant now)
{
    if (phase_ == Phase::talking && hook_spec(Hook::poll) != nullptr)
        start(Timer::poll, now + spec_.tool_settings.input_poll);
}

void AiSession::Machine::poll(Instant now, Commands& out)
{
    const bool out_already
        = std::ranges::any_of(hooks_, [](const RunningHook& hook) { return hook.hook == Hook::poll; });
    if (!out_already)
        call_hook(Hook::poll, "", now, out);
    start_polling(now);
}

} // namespace parley::agent
