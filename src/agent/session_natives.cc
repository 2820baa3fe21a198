// Functions that the session does itself, and what they do.
#include "agent/ai_session_machine.h"
#include "agent/native_functions.h"
#include "base/time_zone.h"

#include <algorithm>
#include <utility>

namespace parley::agent {

namespace {

constexpr std::string_view wait_for_user_result = "Say nothing now. The user will speak when he is ready.";
constexpr std::string_view waited_result = "The time is over; the user said nothing. Go on.";
constexpr std::string_view wait_cut_result = "The user spoke before the time was over.";
constexpr std::string_view paused_result = "Say nothing now. The user will call you by your name.";
constexpr std::string_view goodbye_result = "Say goodbye now in a few words, if you did not; then the call ends.";
constexpr std::string_view hung_up = "The assistant ended the conversation.";

bool has_arguments(const std::string& arguments)
{
    const auto json = Json::parse(arguments);
    return json && json->is_object() && !json->as_object().empty();
}

} // namespace

// Those that the program asked for, and what every model has. A function of the program's own comes
// before ours of the same name.
bool AiSession::Machine::offers(Native native) const
{
    const auto name = to_string(native);
    const bool own = std::ranges::find(spec_.tools, name, &ToolSpec::name) != spec_.tools.end();
    if (own || steps_.gathering())
        return false;
    if (native == Native::hangup)
        return true;
    if (native == Native::pause_conversation)
        return spec_.pause.enabled;
    return std::ranges::find(spec_.native_functions, name) != spec_.native_functions.end();
}

std::vector<LmTool> AiSession::Machine::native_tools() const
{
    std::vector<LmTool> tools;
    for (const auto native : { Native::check_time, Native::wait_seconds, Native::wait_for_user,
             Native::adjust_response_latency, Native::pause_conversation, Native::hangup }) {
        if (offers(native))
            tools.push_back(tool_of(native));
    }
    return tools;
}

void AiSession::Machine::run_native(Native native, PendingTool& tool, const Json& arguments, Instant now, Commands& out)
{
    const auto name = to_string(native);
    const auto fillers = std::ranges::find(spec_.internal_fillers, name, &std::pair<std::string, FillerMap>::first);
    if (fillers != spec_.internal_fillers.end())
        say_filler(fillers->second, now, out);
    switch (native) {
    case Native::check_time: {
        const auto zone = TimeZone::find(spec_.time_zone);
        if (!zone)
            log_.warning("time zone", { { "name", spec_.time_zone }, { "why", zone.error().what } });
        native_done(tool, time_text((zone ? *zone : TimeZone()).at(identity_.clock.at(now))), now, out);
        break;
    }
    case Native::wait_seconds:
        if (const auto wait = wanted_wait(arguments)) {
            tool.waits_until = now + *wait;
            watch_waits();
        } else {
            native_done(tool, "seconds: must be a number", now, out);
        }
        break;
    case Native::wait_for_user:
        quiet_until_user_ = true;
        native_done(tool, std::string(wait_for_user_result), now, out);
        break;
    case Native::adjust_response_latency:
        if (const auto latency = adjusted_latency(spec_.turn.end_of_speech, arguments)) {
            spec_.turn.end_of_speech = *latency;
            weigh_policy();
            native_done(tool, "Done: the pause is " + std::to_string(to_milliseconds(*latency)) + " ms now.", now, out);
        } else {
            native_done(tool, "direction: must be \"faster\" or \"slower\"", now, out);
        }
        break;
    case Native::pause_conversation:
        begin_pause(now, out);
        quiet_until_user_ = true;
        native_done(tool, std::string(paused_result), now, out);
        break;
    case Native::hangup:
        end_after_reply_ = { FinishReason::hang_up, EndedBy::assistant, "" };
        hung_up_ = true;
        native_done(tool, std::string(goodbye_result), now, out);
        break;
    }
}

void AiSession::Machine::native_done(PendingTool& tool, std::string result, Instant now, Commands& out)
{
    tool.waits_until.reset();
    report_.event("function_call", "Calling function: " + tool.call.name,
        { { "function", tool.call.name }, { "native", true }, { "duration_ms", to_milliseconds(now - tool.asked) },
            { "error", Json() } },
        now);
    SwaigLogEntry swaig;
    swaig.command_name = tool.call.name;
    swaig.command_arg = has_arguments(tool.call.arguments) ? tool.call.arguments : "";
    swaig.native = true;
    report_.swaig(std::move(swaig), now);
    finish_tool(tool, std::move(result), now, out);
}

// ---- Waiting -------------------------------------------------------------------------------------------------------

void AiSession::Machine::watch_waits()
{
    stop(Timer::wait);
    for (const auto& tool : pending_tools_) {
        auto& timer = timers_[static_cast<std::size_t>(Timer::wait)];
        if (tool.waits_until && (!timer || *tool.waits_until < *timer))
            timer = tool.waits_until;
    }
}

void AiSession::Machine::waits_due(Instant now, Commands& out)
{
    for (auto& tool : pending_tools_) {
        if (tool.waits_until && *tool.waits_until <= now)
            native_done(tool, std::string(waited_result), now, out);
    }
    watch_waits();
    weigh_tools(now, out);
}

// The user speaks: nobody waits any longer.
void AiSession::Machine::cut_waits(Instant now, Commands& out)
{
    if (!waiting())
        return;
    for (auto& tool : pending_tools_) {
        if (tool.waits_until)
            native_done(tool, std::string(wait_cut_result), now, out);
    }
    watch_waits();
    weigh_tools(now, out);
}

bool AiSession::Machine::waiting() const
{
    return std::ranges::any_of(pending_tools_, [](const PendingTool& tool) { return tool.waits_until.has_value(); });
}

// ---- The end -------------------------------------------------------------------------------------------------------

// The goodbye of this very reply was spoken, or will be: nothing more is to be said.
bool AiSession::Machine::said_goodbye() const
{
    return hung_up_ && round_.has_segment;
}

void AiSession::Machine::note_hung_up(Instant now, Commands& out)
{
    if (std::exchange(hung_up_, false))
        keep_system(std::string(hung_up), now, out);
}

} // namespace parley::agent
