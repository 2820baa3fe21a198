// What the turn engine decides, and what that means for the reply.
#include "agent/ai_session_machine.h"

#include <algorithm>
#include <utility>

namespace parley::agent {

void AiSession::Machine::drive(const turn::Event& event, Instant now, Commands& out)
{
    if (phase_ != Phase::talking)
        return;
    turn::Commands commands;
    engine_.handle(event, now, commands);
    carry_out(commands, now, out);
}

void AiSession::Machine::carry_out(const turn::Commands& commands, Instant now, Commands& out)
{
    for (const auto& command : commands) {
        if (phase_ != Phase::talking)
            return;
        std::visit([&](const auto& c) { on_turn(c, now, out); }, command);
    }
}

void AiSession::Machine::on_turn(const turn::CommitTurn& commit, Instant now, Commands& out)
{
    const bool taken_back = std::exchange(turn_goes_on_, false);
    const bool goes_on = taken_back || (turn_report_ && turn_report_->turn == commit.turn);
    if (!goes_on) {
        begin_tool_turn();
        results_.clear();
    }
    results_stand_ = goes_on;
    if (!goes_on || turn_report_->heard)
        report_turn(out);
    may_call_tools_ = !hard_stopped_;
    acknowledge_interruption(now, out);
    turn_report_.emplace();
    turn_report_->turn = commit.turn;
    turn_report_->speech_end = engine_.speech_end().value_or(now);
    if (engine_.speech_end()) {
        turn_report_->endpointing = now - turn_report_->speech_end;
        if (engine_.last_words())
            turn_report_->last_words = std::max(Duration(0), *engine_.last_words() - turn_report_->speech_end);
    }
    if (!commit.text.empty())
        take_words(commit, taken_back);
    if (greeting_due_ && history_.nothing_said()) { // Something that was no word kept the greeting from being heard.
        say(Segment::Kind::greeting, spec_.greeting.text, now, out);
        weigh_reply(now, out);
        return;
    }
    greeting_due_ = false;
    want_model(now, out);
    say_speech_filler(now, out);
}

void AiSession::Machine::on_turn(const turn::CancelReply&, Instant now, Commands& out)
{
    cancel_model(now, out);
    reply_alive_ = false;
    replied_ = false;
    const bool unheard = std::any_of(segments_.begin(), segments_.end(), [](const Segment& segment) {
        return std::any_of(segment.utterances.begin(), segment.utterances.end(), [](const Utterance& utterance) {
            return utterance.state == Utterance::State::queued || utterance.state == Utterance::State::playing;
        });
    });
    if (unheard) {
        out.emplace_back(turn::StopPlayout {});
        stop_playout(now, out);
    }
    settle_segments(now, out);
    if (end_after_reply_)
        end(*end_after_reply_, now, out);
    else
        cut_waits(now, out);
}

void AiSession::Machine::on_turn(const turn::SayFiller&, Instant now, Commands& out)
{
    if (anything_live() || waiting() || silent_for_sound_)
        return; // The reply is on its way to the voice, or is to be silence.
    log_.debug("filler said", {});
    report_.event("filler", "Filler", { { "filler_type", "thinking" } }, now);
    say(Segment::Kind::manual, thinking_filler(), now, out);
}

void AiSession::Machine::on_turn(const turn::DuckPlayout& command, Instant, Commands& out)
{
    out.emplace_back(command);
}

void AiSession::Machine::on_turn(const turn::UnduckPlayout& command, Instant, Commands& out)
{
    out.emplace_back(command);
}

void AiSession::Machine::on_turn(const turn::PausePlayout& command, Instant now, Commands& out)
{
    paused_by_turn_ = true;
    weigh_stillness(now);
    out.emplace_back(command);
}

void AiSession::Machine::on_turn(const turn::ResumePlayout& command, Instant now, Commands& out)
{
    paused_by_turn_ = false;
    weigh_stillness(now);
    out.emplace_back(command);
}

void AiSession::Machine::on_turn(const turn::StopPlayout& command, Instant now, Commands& out)
{
    out.emplace_back(command);
    stop_playout(now, out);
    if (turn_report_)
        turn_report_->interrupted = true;
    report_turn(out);
}

// The words of the turn become a row: its answer sounds, a tool runs for it, or something is put behind it.
void AiSession::Machine::settle_user(Instant now, Commands& out)
{
    if (!pending_user_)
        return;
    last_user_ = *std::exchange(pending_user_, std::nullopt);
    row(Role::user, last_user_.text, out); // What was said before is a row already.
    CallLogEntry entry;
    entry.content = last_user_.whole();
    entry.merge_count = last_user_.pieces > 1 ? last_user_.pieces : 0;
    entry.barge_count = last_user_.barges;
    entry.content_type = "Detected Speech";
    entry.original = std::exchange(original_, {});
    if (confidence_ > 0)
        entry.confidence = confidence_;
    if (speech_start_)
        entry.start = report_.at(*speech_start_);
    if (engine_.speech_end())
        entry.end = report_.at(*engine_.speech_end());
    if (turn_report_) {
        entry.speaking_to_turn_detection = turn_report_->endpointing;
        entry.speaking_to_final_event = turn_report_->last_words;
    }
    confidence_ = 0;
    if (last_user_.before.empty())
        report_.user(std::move(entry), now);
    else
        report_.user_went_on(std::move(entry), last_user_.before, now);
    if (phase_ == Phase::talking)
        drive(turn::TurnSettled {}, now, out);
    turn_was_heard(now, out);
}

void AiSession::Machine::open_reply(Instant now, Commands& out)
{
    drive(turn::ReplyOpened {}, now, out);
    if (engine_.floor() == turn::Floor::thinking)
        want_model(now, out);
}

// Something of the reply came to its end: is it the reply itself?
void AiSession::Machine::weigh_reply(Instant now, Commands& out)
{
    settle_segments(now, out);
    if (phase_ == Phase::closing && !anything_stopping())
        summarise(now, out);
    if (phase_ != Phase::talking)
        return;
    voice_is_free(now, out);
    try_ask(now, out);
    if (anything_live())
        return;
    const bool goes_on = asking_ != Asking::idle || tools_pending();
    switch (engine_.floor()) {
    case turn::Floor::agent:
    case turn::Floor::contested:
        if (!goes_on) {
            if (reply_over(now, out))
                drive(turn::PlayoutFinished {}, now, out);
        } else if (asking_ != Asking::asked || !round_.has_segment) {
            drive(turn::PlayoutFinished { true }, now, out);
        } // Else the model is in the middle of its text: a breath, no silence.
        break;
    case turn::Floor::thinking:
        if (!goes_on) {
            settle_user(now, out);
            if (reply_over(now, out))
                drive(turn::ReplyEnded {}, now, out);
        }
        break;
    case turn::Floor::open:
    case turn::Floor::user:
    case turn::Floor::endpointing:
    case turn::Floor::held: break;
    }
    hold_if_due(now, out);
    run_model_if_due(now, out);
}

// Does what waited for the reply's end. Says whether the floor is free now.
bool AiSession::Machine::reply_over(Instant now, Commands& out)
{
    report_turn(out);
    steps_reply_ended(now, out);
    const auto actions = std::exchange(actions_after_, {});
    for (const auto& action : actions)
        act(action, now, out);
    if (anything_live())
        return false; // An action speaks.
    if (end_after_reply_)
        end(*end_after_reply_, now, out);
    return true;
}

void AiSession::Machine::report_turn(Commands& out)
{
    if (turn_report_ && turn_report_->asked)
        out.emplace_back(ReportTurn { *turn_report_ });
    turn_report_.reset();
}

} // namespace parley::agent
