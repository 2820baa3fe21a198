// What is heard while a function runs: a phrase, a sound, and where something failed, a word about that.
#include "agent/ai_session_machine.h"

#include <algorithm>
#include <array>
#include <utility>

namespace parley::agent {

namespace {

struct FailureLine {
    std::string_view reason;
    std::string_view text;
};
constexpr std::array<FailureLine, 3> failure_lines { {
    { "webhook_http_failure", "I am sorry, I have a technical problem with that right now." },
    { "invalid_function", "I am sorry, that is something I cannot do. One moment." },
    { "invalid_params", "I am sorry, I mixed something up. One moment." },
} };

} // namespace

// ---- Phrases -------------------------------------------------------------------------------------------------------

// Those of the function, else those of the language unless it does not want them.
void AiSession::Machine::fill_for(PendingTool& tool, Instant now, Commands& out)
{
    if (!tool.spec.fillers.empty())
        say_filler(tool.spec.fillers, now, out);
    else if (!tool.spec.skip_fillers)
        say_filler(language().function_fillers, now, out);
}

void AiSession::Machine::say_filler(const FillerMap& fillers, Instant now, Commands& out)
{
    const std::string text = filler_phrase(fillers);
    if (text.empty() || !reply_alive_)
        return; // The user has the floor: nothing has to be filled.
    report_.event(
        "filler", "Filler", { { "text", text }, { "language", language_code() }, { "filler_type", "function" } }, now);
    say(Segment::Kind::manual, text, now, out);
}

// ---- Holding back --------------------------------------------------------------------------------------------------

bool AiSession::Machine::must_wait_for_voice(const PendingTool& tool) const
{
    return (tool.spec.wait_for_fillers || spec_.tool_settings.wait_for_talking) && anything_live();
}

// Something was spoken to its end: functions and sounds that waited for that begin.
void AiSession::Machine::voice_is_free(Instant now, Commands& out)
{
    if (anything_live())
        return;
    for (auto& tool : pending_tools_) {
        if (tool.held)
            launch_tool(tool, now, out);
        if (tool.running && !tool.sounding)
            play_wait_file(tool, out);
    }
}

// ---- Sounds --------------------------------------------------------------------------------------------------------

void AiSession::Machine::play_wait_file(PendingTool& tool, Commands& out)
{
    if (anything_live())
        return; // When that was said.
    const bool hold = tool.spec.wait_file.empty() && spec_.tool_settings.hold_on_process;
    if (!hold && tool.spec.wait_file.empty())
        return;
    tool.sounding = true;
    const bool others = std::ranges::any_of(
        pending_tools_, [&](const PendingTool& other) { return &other != &tool && other.sounding && !other.returned; });
    if (!others)
        play_sound({ SoundPlace::tool, hold ? spec_.sound.hold_music : tool.spec.wait_file,
                       hold ? std::nullopt : tool.spec.wait_file_loops, 0 },
            out);
}

void AiSession::Machine::stop_wait_file(PendingTool& tool, Commands& out)
{
    if (!std::exchange(tool.sounding, false))
        return;
    if (std::ranges::none_of(pending_tools_, [](const PendingTool& other) { return other.sounding; }))
        stop_sound(SoundPlace::tool, out);
}

// ---- Failures ------------------------------------------------------------------------------------------------------

// Once in a turn: the model will say the rest.
void AiSession::Machine::say_failure(std::string_view reason, Instant now, Commands& out)
{
    if (!reply_alive_ || std::exchange(failure_said_, true))
        return;
    const auto line = std::ranges::find(failure_lines, reason, &FailureLine::reason);
    if (line != failure_lines.end())
        say(Segment::Kind::manual, std::string(line->text), now, out, reason);
}

} // namespace parley::agent
