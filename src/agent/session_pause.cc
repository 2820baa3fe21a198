// Who is not spoken to: a paused conversation, and an agent that only answers to its name.
#include "agent/ai_session_machine.h"
#include "turn/words.h"

#include <algorithm>
#include <utility>

namespace parley::agent {

namespace {

std::vector<std::string> bare_words(std::string_view text)
{
    std::vector<std::string> words;
    for (const auto word : turn::split_words(text)) {
        if (auto bare = turn::bare_word(word); !bare.empty())
            words.push_back(std::move(bare));
    }
    return words;
}

} // namespace

bool AiSession::Machine::is_named(std::string_view text) const
{
    const auto call = bare_words(spec_.pause.prefix + ' ' + spec_.pause.name);
    const auto words = bare_words(text);
    return !call.empty() && !std::ranges::search(words, call).empty();
}

bool AiSession::Machine::is_deaf() const
{
    return pause_conversation_ || (spec_.pause.only_when_named && !named_);
}

// From now on only its name reaches the agent. What it is about to say is still said.
void AiSession::Machine::begin_pause(Instant now, Commands& out)
{
    if (std::exchange(pause_conversation_, true))
        return;
    log_.info("conversation paused", {});
    report_.event("pause", "Conversation paused", { { "name", spec_.pause.name } }, now);
    if (engine_.user_speaks())
        drive(SpeechStopped {}, now, out);
    weigh_policy();
}

// Whether these words reach the agent. Its name wakes it, and brings the voice that said it.
bool AiSession::Machine::hears(const Transcript& transcript, Instant now, Commands& out)
{
    if (!is_deaf())
        return true;
    if (!is_named(transcript.text))
        return false;
    named_ = true;
    if (std::exchange(pause_conversation_, false)) {
        log_.info("conversation resumed", {});
        report_.event("resume", "Conversation resumed", { { "name", spec_.pause.name } }, now);
        weigh_policy();
        user_active(now);
    }
    drive(SpeechStarted { transcript.speech_start }, now, out);
    return true;
}

// A turn was addressed to the agent; the next one has to be again.
void AiSession::Machine::turn_was_heard(Instant now, Commands& out)
{
    named_ = false;
    if (is_deaf() && engine_.user_speaks())
        drive(SpeechStopped {}, now, out);
}

} // namespace parley::agent
