#include "server/conversation.h"

#include <algorithm>
#include <utility>

namespace parley::caller {

Conversation::Conversation(Script script)
    : script_(std::move(script))
{
}

void Conversation::handle(const Event& event, Instant now, Commands& out)
{
    handle_timeout(now, out);
    std::visit([&](const auto& e) { on(e, now, out); }, event);
}

void Conversation::handle_timeout(Instant now, Commands& out)
{
    for (auto due = deadline(); due && *due <= now; due = deadline()) {
        if (ear_.deadline() == due) {
            ear_.handle_timeout(*due);
            agent_silent(*due, out);
        } else {
            timer(*due, out);
        }
    }
}

std::optional<Instant> Conversation::deadline() const
{
    std::optional<Instant> due = due_;
    if (state_ == State::measuring && !barge_told_)
        due = std::min(*due_, std::max(*own_onset_, ear_.last_sound()) + silent_after);
    const auto ear = ear_.deadline();
    return due && ear ? std::min(*due, *ear) : due ? due : ear;
}

void Conversation::timer(Instant now, Commands& out)
{
    switch (state_) {
    case State::awaiting:
        if (std::get<WaitAgent>(script_[step_]).optional)
            next(now, out);
        else
            fail("the agent did not speak and fall silent in time", now, out);
        break;
    case State::onset: fail("the agent did not begin to speak in time", now, out); break;
    case State::approach: play(out); break;
    case State::measuring: judge_barge(now, out); break;
    case State::passing: next(now, out); break;
    case State::unanswered:
    case State::agent_speaks:
    case State::sounding:
    case State::over: due_.reset(); break;
    }
}

void Conversation::on(const Answered&, Instant now, Commands& out)
{
    if (state_ == State::unanswered)
        begin(now, out);
}

void Conversation::on(const AgentFrame& frame, Instant, Commands& out)
{
    if (!ear_.hear(frame.samples, frame.length, frame.arrived))
        return;
    Json::Object fields;
    if (own_end_)
        fields["after_own_ms"] = to_milliseconds(ear_.onset() - *own_end_);
    own_end_.reset();
    out.emplace_back(Tell { ear_.onset(), "agent_started", std::move(fields) });
    if (state_ == State::onset) {
        state_ = State::approach;
        due_ = ear_.onset() + barge()->after;
    }
}

void Conversation::agent_silent(Instant now, Commands& out)
{
    Json::Object fields;
    fields["spoke_ms"] = to_milliseconds(ear_.last_sound() - ear_.onset());
    out.emplace_back(Tell { ear_.last_sound(), "agent_silent", std::move(fields) });
    if (state_ == State::agent_speaks)
        play(out);
    else if (state_ == State::awaiting && interrupted_ != ear_.onset())
        next(now, out);
    else if (state_ == State::approach)
        fail("the agent fell silent before the moment to interrupt it", now, out);
}

void Conversation::on(const SoundStarted&, Instant now, Commands& out)
{
    if (state_ != State::sounding)
        return;
    own_onset_ = now;
    tell_sound("started", now, out);
    if (barge() != nullptr) {
        state_ = State::measuring;
        due_ = now + barge_limit;
    }
}

void Conversation::on(const SoundEnded&, Instant now, Commands& out)
{
    if (state_ != State::sounding && state_ != State::measuring)
        return;
    own_end_ = now;
    own_sound_over_ = true;
    tell_sound("ended", now, out);
    if (state_ == State::sounding || barge_told_)
        next(now, out);
}

void Conversation::judge_barge(Instant now, Commands& out)
{
    const bool stopped = now - std::max(*own_onset_, ear_.last_sound()) >= silent_after;
    const bool was_speaking = ear_.last_sound() > *own_onset_;
    barge_told_ = true;
    due_.reset();
    interrupted_ = ear_.onset();
    Json::Object fields;
    fields["step"] = step_ + 1;
    fields["stopped"] = stopped;
    fields["agent_was_speaking"] = was_speaking;
    if (stopped)
        fields["silent_after_ms"] = was_speaking ? to_milliseconds(ear_.last_sound() - *own_onset_) : 0;
    else
        fields["silent_after_ms"] = nullptr;
    fields["agent_spoke_ms"] = to_milliseconds(ear_.last_sound() - ear_.onset());
    out.emplace_back(Tell { now, "barge_result", std::move(fields) });
    if (!stopped)
        fail("the agent did not stop", now, out);
    else if (own_sound_over_)
        next(now, out);
}

void Conversation::begin(Instant now, Commands& out)
{
    if (step_ == script_.size()) {
        end(out);
        return;
    }
    std::visit([&](const auto& step) { begin(step, now, out); }, script_[step_]);
}

void Conversation::begin(const Say&, Instant, Commands& out)
{
    if (ear_.speaking())
        state_ = State::agent_speaks;
    else
        play(out);
}

void Conversation::begin(const WaitAgent& step, Instant now, Commands&)
{
    state_ = State::awaiting;
    due_ = now + step.timeout;
}

void Conversation::begin(const Barge& step, Instant now, Commands&)
{
    state_ = ear_.speaking() ? State::approach : State::onset;
    due_ = ear_.speaking() ? std::max(now, ear_.onset() + step.after) : now + onset_limit;
}

void Conversation::begin(const Noise&, Instant, Commands& out)
{
    play(out);
}

void Conversation::begin(const Silence& step, Instant now, Commands&)
{
    state_ = State::passing;
    due_ = now + step.length;
}

void Conversation::begin(const Digits& step, Instant now, Commands& out)
{
    state_ = State::passing;
    due_ = now + static_cast<int>(step.keys.size()) * key_length;
    out.emplace_back(SendKeys { step.keys });
}

void Conversation::begin(const PlayWav&, Instant, Commands& out)
{
    play(out);
}

void Conversation::begin(const HangUp&, Instant, Commands& out)
{
    end(out);
}

void Conversation::play(Commands& out)
{
    state_ = State::sounding;
    due_.reset();
    own_sound_over_ = false;
    barge_told_ = false;
    out.emplace_back(PlaySound { step_ });
}

void Conversation::next(Instant now, Commands& out)
{
    due_.reset();
    ++step_;
    begin(now, out);
}

void Conversation::fail(std::string why, Instant now, Commands& out)
{
    failed_ = true;
    Json::Object fields;
    fields["step"] = step_ + 1;
    fields["why"] = std::move(why);
    out.emplace_back(Tell { now, "step_failed", std::move(fields) });
    end(out);
}

void Conversation::end(Commands& out)
{
    state_ = State::over;
    due_.reset();
    out.emplace_back(EndCall {});
}

void Conversation::tell_sound(const char* what, Instant now, Commands& out) const
{
    Json::Object fields;
    fields["step"] = step_ + 1;
    std::string kind = "say";
    if (const auto* say = std::get_if<Say>(&script_[step_]))
        fields["text"] = say->text;
    else if (const auto* interruption = barge())
        fields["text"] = interruption->text;
    else
        kind = std::holds_alternative<Noise>(script_[step_]) ? "noise" : "wav";
    out.emplace_back(Tell { now, kind + "_" + what, std::move(fields) });
}

const Barge* Conversation::barge() const
{
    return std::get_if<Barge>(&script_[step_]);
}

} // namespace parley::caller
