// What time alone brings: the opening after its delay, attention prompts, the end of a session that nobody uses or that
// has lasted long enough.
#include "agent/ai_session_machine.h"

#include <algorithm>
#include <utility>

namespace parley::agent {

void AiSession::Machine::start_clocks(Instant now)
{
    const bool outbound = spec_.direction.empty() ? identity_.outbound : spec_.direction == "outbound";
    callee_silent_ = outbound;
    pause_conversation_ = spec_.pause.start_paused;
    weigh_policy();
    user_active(now);
    if (spec_.silence.hard_stop)
        start(Timer::hard_stop, now + *spec_.silence.hard_stop);
}

// The turn engine's policy, as it is where the conversation stands.
void AiSession::Machine::weigh_policy()
{
    TurnPolicy policy = spec_.turn;
    policy.confidence = spec_.prompt.confidence;
    policy.barge_confidence = std::max(policy.barge_confidence, spec_.prompt.barge_confidence);
    if (callee_silent_ && policy.attention > 0ms)
        policy.attention = spec_.silence.outbound_attention;
    if (pause_conversation_ || spec_.pause.only_when_named)
        policy.attention = 0ms; // Who speaks when spoken to does not ask.
    engine_.set_policy(std::move(policy));
}

void AiSession::Machine::user_active(Instant now)
{
    last_active_ = now;
    unanswered_ = 0;
    if (spec_.silence.inactivity > 0ms)
        start(Timer::inactivity, now + spec_.silence.inactivity);
}

// Whoever was called is there now.
void AiSession::Machine::user_said_words(Instant now)
{
    user_active(now);
    if (std::exchange(callee_silent_, false))
        weigh_policy();
}

// While somebody else keeps the user waiting, his silence means nothing.
bool AiSession::Machine::silence_rests() const
{
    return engine_.floor() == turn::Floor::held || pause_conversation_ || line_taken_ || tools_pending();
}

void AiSession::Machine::silence_goes_on(Instant now)
{
    if (phase_ == Phase::talking && !silence_rests())
        user_active(now);
}

void AiSession::Machine::inactivity_due(Instant now, Commands& out)
{
    if (silence_rests())
        return; // It counts anew when the waiting is over.
    log_.info("user inactive", { { "for_ms", spec_.silence.inactivity } });
    end({ FinishReason::stopped, EndedBy::system, "" }, now, out);
}

void AiSession::Machine::on_turn(const turn::PromptAttention&, Instant now, Commands& out)
{
    report_turn(out);
    const auto& silence = spec_.silence;
    const bool escalates = !silence.escalate_prompt.empty()
        && ((silence.escalate_after_turns > 0 && unanswered_ >= silence.escalate_after_turns)
            || (silence.escalate_after > 0ms && now - last_active_ >= silence.escalate_after));
    const std::string& prompt = escalates ? silence.escalate_prompt : silence.attention_prompt;
    if (prompt.empty() || quiet_until_user_) {
        drive(turn::ReplyEnded {}, now, out);
        return;
    }
    ++unanswered_;
    const auto timeout = to_milliseconds(engine_.policy().attention);
    log_.info("attention timeout", { { "unanswered", unanswered_ } });
    report_.event("attention_timeout", "Attention timeout (" + std::to_string(timeout) + "ms)",
        { { "timeout_ms", timeout } }, now);
    keep_system(prompt, now, out);
    may_call_tools_ = silence.tools_on_no_response;
    want_model(now, out);
}

// One last reply, then the end; whoever is on hold hears it, too.
void AiSession::Machine::hard_stop_due(Instant now, Commands& out)
{
    log_.info("hard stop", {});
    report_.hard_timeout();
    hard_stopped_ = true;
    stop(Timer::inactivity);
    hold_due_.reset();
    if (engine_.floor() == turn::Floor::held)
        leave_hold("hard_stop", now, out);
    if (!spec_.silence.hard_stop_prompt.empty())
        keep_system(spec_.silence.hard_stop_prompt, now, out);
    drive(turn::LastReplyWanted {}, now, out);
    if (!end_after_reply_)
        end_after_reply_ = { FinishReason::stopped, EndedBy::system, "" };
}

} // namespace parley::agent
