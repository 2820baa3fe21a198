// On hold: announced by the agent, filled with music, ended by command or by its time.
#include "agent/ai_session_machine.h"

#include <utility>

namespace parley::agent {

void AiSession::Machine::on(const HoldSession& hold, Instant now, Commands& out)
{
    begin_hold(hold.timeout.value_or(spec_.turn.hold), hold.prompt, {}, now, out);
}

// With a prompt, the agent speaks first; without one, the hold begins at once, as when the other side's telephone asks
// for it. `then` is told how it ended.
void AiSession::Machine::begin_hold(Duration limit, std::string prompt, HoldOver then, Instant now, Commands& out)
{
    if (hard_stopped_)
        return;
    hold_due_ = Hold { limit, std::move(then) };
    if (prompt.empty() || engine_.floor() == turn::Floor::held) {
        enter_hold(now, out); // Already held: its time begins anew.
        return;
    }
    const bool thinking = engine_.floor() == turn::Floor::thinking;
    if (thinking)
        settle_user(now, out); // What was said before stands before it.
    keep_system(prompt, now, out);
    // Where a reply waits for a tool, it will say it; else one is made.
    if (!thinking || asking_ != Asking::idle)
        drive(turn::MessageInjected { true }, now, out);
}

void AiSession::Machine::hold_if_due(Instant now, Commands& out)
{
    if (hold_due_ && phase_ == Phase::talking && engine_.floor() == turn::Floor::open)
        enter_hold(now, out);
}

void AiSession::Machine::enter_hold(Instant now, Commands& out)
{
    hold_ = *std::exchange(hold_due_, std::nullopt);
    const auto seconds = to_milliseconds(hold_.limit) / 1'000;
    log_.info("hold started", { { "limit_ms", hold_.limit } });
    report_.event("hold", "Hold", { { "timeout", seconds } }, now);
    notify({ { "type", "hold" }, { "timeout", seconds } }, out);
    if (engine_.floor() != turn::Floor::held)
        play_sound({ SoundPlace::hold, spec_.sound.hold_music, std::nullopt, 0 }, out);
    drive(turn::HoldStarted { hold_.limit }, now, out);
}

// What the end of a hold is, but for the floor.
void AiSession::Machine::leave_hold(const char* reason, Instant now, Commands& out)
{
    stop_sound(SoundPlace::hold, out);
    const std::string_view why = reason;
    report_.event("unhold", why == "timeout" ? "Hold timed out" : "Unhold", { { "reason", reason } }, now);
    notify({ { "type", "unhold" }, { "reason", reason } }, out);
    if (const auto then = std::exchange(hold_.then, {}))
        then(why == "timeout", now, out);
}

void AiSession::Machine::on_turn(const turn::EndHold&, Instant now, Commands& out)
{
    leave_hold("timeout", now, out);
    user_active(now);
}

void AiSession::Machine::on(const UnholdSession& unhold, Instant now, Commands& out)
{
    if (hold_due_) { // It was called off before it began.
        hold_due_.reset();
        return;
    }
    if (engine_.floor() != turn::Floor::held) {
        log_.info("unhold without hold ignored", {});
        return;
    }
    leave_hold("command", now, out);
    if (!unhold.prompt.empty())
        keep_system(unhold.prompt, now, out);
    drive(turn::HoldEnded {}, now, out);
    user_active(now);
    if (!unhold.prompt.empty() && engine_.floor() == turn::Floor::open)
        open_reply(now, out);
}

} // namespace parley::agent
