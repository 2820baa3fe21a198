#include "call/call.h"

#include <algorithm>
#include <utility>

namespace parley {

namespace {

constexpr std::string_view no_session = "No AI session is active on this call: nothing was done";
constexpr std::uint16_t sip_ringing = 180;             // RFC 3261 21.1.2
constexpr std::uint16_t temporarily_unavailable = 480; // RFC 3261 21.4.18

CallEndReason to_end_reason(LegEndReason reason)
{
    switch (reason) {
    case LegEndReason::hangup: return CallEndReason::hangup;
    case LegEndReason::cancel: return CallEndReason::cancel;
    case LegEndReason::busy: return CallEndReason::busy;
    case LegEndReason::no_answer: return CallEndReason::no_answer;
    case LegEndReason::decline: return CallEndReason::decline;
    case LegEndReason::error: return CallEndReason::error;
    case LegEndReason::not_found: return CallEndReason::not_found;
    }
    return CallEndReason::error;
}

// How a caller whose call was not answered is told the reason. A program that just "hangs up" does not want the call.
LegEndReason to_rejection(CallEndReason reason)
{
    switch (reason) {
    case CallEndReason::hangup: return LegEndReason::decline;
    case CallEndReason::cancel: return LegEndReason::decline;
    case CallEndReason::busy: return LegEndReason::busy;
    case CallEndReason::no_answer: return LegEndReason::no_answer;
    case CallEndReason::decline: return LegEndReason::decline;
    case CallEndReason::error: return LegEndReason::error;
    case CallEndReason::max_duration: return LegEndReason::decline;
    case CallEndReason::not_found: return LegEndReason::not_found;
    }
    return LegEndReason::decline;
}

} // namespace

Call::Call(CallFacts facts, CallPolicy policy, IdSource ids, Log log)
    : facts_(std::move(facts))
    , policy_(policy)
    , ids_(ids)
    , log_(std::move(log))
    , leg_(facts_.leg)
    , actions_(policy.max_actions)
{
}

void Call::handle(const CallEvent& event, Instant now, CallOutputs& out)
{
    handle_timeout(now, out);
    std::visit([&](const auto& e) { on(e, now, out); }, event);
}

void Call::handle_timeout(Instant now, CallOutputs& out)
{
    for (std::size_t i = 0; i < timers_.size(); ++i) {
        if (timers_[i] && *timers_[i] <= now) {
            timers_[i].reset();
            on_timer(static_cast<Timer>(i), now, out);
        }
    }
    ActionOutputs done;
    actions_.handle_timeout(now, done);
    take(std::move(done), out);
}

std::optional<Instant> Call::deadline() const
{
    std::optional<Instant> first = actions_.deadline();
    for (const auto& timer : timers_) {
        if (timer && (!first || *timer < *first))
            first = timer;
    }
    return first;
}

void Call::start(Timer timer, Duration after, Instant now)
{
    timers_[static_cast<std::size_t>(timer)] = now + after;
}

void Call::stop(Timer timer)
{
    timers_[static_cast<std::size_t>(timer)].reset();
}

CallState Call::state() const
{
    switch (stage_) {
    case Stage::created: return CallState::created;
    case Stage::ringing: return CallState::ringing;
    case Stage::answering: return CallState::ringing;
    case Stage::calling: return rang_ ? CallState::ringing : CallState::created;
    case Stage::answered: return CallState::answered;
    case Stage::ending: return CallState::ending;
    case Stage::ended: return CallState::ended;
    }
    return CallState::ended;
}

void Call::on_timer(Timer timer, Instant now, CallOutputs& out)
{
    switch (timer) {
    case Timer::ring: return hang_up(CallEndReason::no_answer, EndedBy::system, now, out);
    case Timer::max_duration: return hang_up(CallEndReason::max_duration, EndedBy::system, now, out);
    case Timer::leg:
        log_.warning("leg did not confirm its end");
        leg_over_ = true;
        return end_if_done(out);
    case Timer::report:
        log_.warning("AI session did not end in time", { { "session", ai_->session } });
        out.emplace_back(CloseAi { ai_->session });
        end_ai(AiActionEnded::State::finished, ai_->end_reason, "", out);
        return end_if_done(out);
    case Timer::count: break;
    }
}

// ---- The leg ------------------------------------------------------------------------------------------------------

void Call::on(const LegIncoming&, Instant now, CallOutputs& out)
{
    if (stage_ != Stage::created)
        return;
    stage_ = Stage::ringing;
    start(Timer::ring, policy_.ring, now);
    out.emplace_back(RingLeg { facts_.leg });
}

void Call::on(const LegRinging& e, Instant, CallOutputs& out)
{
    if (is_target(e.leg)) {
        out.emplace_back(TellReferral { leg_, sip_ringing });
        return;
    }
    if (stage_ != Stage::calling || rang_)
        return;
    rang_ = true;
    out.emplace_back(Notify { CallStateChanged { CallState::ringing } });
}

void Call::on(const LegAnswered& e, Instant now, CallOutputs& out)
{
    if (is_target(e.leg))
        return take_over(now, out);
    if (stage_ != Stage::answering && stage_ != Stage::calling)
        return; // Crossed with our hanging up.
    stage_ = Stage::answered;
    stop(Timer::ring);
    if (max_duration_)
        start(Timer::max_duration, *max_duration_, now);
    log_.info("call answered");
    out.emplace_back(Notify { CallStateChanged { CallState::answered } });
    if (ai_ && ai_->stage == AiStage::waiting)
        open_ai(out);
    ActionOutputs done;
    actions_.open_line(now, done);
    take(std::move(done), out);
}

// A telephone that lets something be heard before it is answered has been reached, whether or not it rings.
void Call::on(const EarlySound&, Instant now, CallOutputs& out)
{
    if (stage_ != Stage::ringing && stage_ != Stage::calling)
        return;
    early_sound_ = true;
    if (stage_ == Stage::calling && !std::exchange(rang_, true))
        out.emplace_back(Notify { CallStateChanged { CallState::ringing } });
    begin_early(now, out);
}

void Call::on(const LegEnded& e, Instant now, CallOutputs& out)
{
    if (is_target(e.leg))
        return transfer_failed(e, now, out);
    if (stage_ == Stage::ended || leg_over_ || e.leg != leg_)
        return; // It may also be the one that we were transferred from.
    if (transfer_)
        return referrer_left(now, out);
    leg_over_ = true;
    stop(Timer::leg);
    if (stage_ != Stage::ending)
        begin_ending(to_end_reason(e.reason), EndedBy::caller, now, out);
    end_if_done(out);
}

// While the other side holds, the session neither hears nor speaks nor waits for words.
void Call::on(const LegHeld& e, Instant, CallOutputs& out)
{
    if (e.leg == leg_)
        hold_session(out);
}

void Call::on(const LegResumed& e, Instant now, CallOutputs& out)
{
    if (e.leg == leg_)
        go_on(now, out);
}

void Call::hold_session(CallOutputs& out)
{
    far_hold_ = true;
    if (ai_ && ai_->stage == AiStage::running)
        out.emplace_back(TellAi { ai_->session, HoldSession { policy_.far_hold, "" } });
}

void Call::go_on(Instant now, CallOutputs& out)
{
    far_hold_ = false;
    if (!ai_ || ai_->stage != AiStage::running)
        return;
    if (ai_->held_until && *ai_->held_until > now) {
        out.emplace_back(TellAi { ai_->session, HoldSession { *ai_->held_until - now, "" } });
        return;
    }
    ai_->held_until.reset();
    const auto asked = std::exchange(ai_->after_hold, std::nullopt);
    out.emplace_back(TellAi { ai_->session, asked.value_or(UnholdSession {}) });
}

void Call::on(const NobodyThere&, Instant now, CallOutputs& out)
{
    if (stage_ != Stage::created && stage_ != Stage::ringing)
        return; // Somebody answered meanwhile.
    out.emplace_back(RejectLeg { facts_.leg, LegEndReason::no_answer, temporarily_unavailable });
    begin_ending(CallEndReason::no_answer, EndedBy::system, now, out);
}

void Call::on(const LineLost&, Instant now, CallOutputs& out)
{
    if (stage_ == Stage::ringing || stage_ == Stage::calling)
        return; // Nobody has to say anything before the answer.
    hang_up(CallEndReason::error, EndedBy::system, now, out);
}

// An agent that speaks with somebody goes on. There is nobody who could begin anything else.
void Call::on(const ProgramGone&, Instant now, CallOutputs& out)
{
    if (stage_ != Stage::answering && stage_ != Stage::answered)
        return;
    unattended_ = true;
    log_.info("call has no program any more", { { "ai", ai_.has_value() } });
    if (!ai_)
        hang_up(CallEndReason::error, EndedBy::system, now, out);
}

void Call::on(const CallShutDown&, Instant now, CallOutputs& out)
{
    hang_up(CallEndReason::error, EndedBy::system, now, out);
}

void Call::on(const CallDialled& e, Instant, CallOutputs& out)
{
    if (stage_ != Stage::created)
        return;
    stage_ = Stage::calling;
    max_duration_ = e.max_duration;
    out.emplace_back(Notify { CallStateChanged { CallState::created } });
    out.emplace_back(e.leg);
}

void Call::on(const CallDropped& e, Instant now, CallOutputs& out)
{
    hang_up(e.reason, EndedBy::system, now, out);
}

// ---- Commands -----------------------------------------------------------------------------------------------------

void Call::on(const CommandArrived& e, Instant now, CallOutputs& out)
{
    if (stage_ == Stage::ended) {
        out.emplace_back(Reject { e.request, { ErrorKind::not_found, "call_id: the call has ended" } });
        return;
    }
    unattended_ = false;
    std::visit([&](const auto& command) { perform(e.request, command, now, out); }, e.command);
}

void Call::perform(const RequestKey& request, const AnswerCall& command, Instant now, CallOutputs& out)
{
    if (stage_ == Stage::ending) {
        out.emplace_back(Reject { request, { ErrorKind::not_found, "call_id: the call is ending" } });
        return;
    }
    if (facts_.direction == CallDirection::outbound && stage_ != Stage::answered) {
        out.emplace_back(Reject { request, { ErrorKind::conflict, "call_id: the other side has not answered yet" } });
        return;
    }
    out.emplace_back(Accept { request, "Answered" });
    if (stage_ == Stage::answered) {
        // The state is told again: a client that missed it waits for it.
        out.emplace_back(Notify { CallStateChanged { CallState::answered } });
        if (command.max_duration)
            start(Timer::max_duration, *command.max_duration, now);
        return;
    }
    if (command.max_duration)
        max_duration_ = command.max_duration;
    answer_leg(out);
}

void Call::perform(const RequestKey& request, const EndCall& command, Instant now, CallOutputs& out)
{
    out.emplace_back(Accept { request, "Disconnecting call" });
    hang_up(command.reason, EndedBy::system, now, out);
}

void Call::perform(const RequestKey& request, const StartAi& command, Instant now, CallOutputs& out)
{
    if (stage_ == Stage::ending) {
        out.emplace_back(Reject { request, { ErrorKind::not_found, "call_id: the call is ending" } });
        return;
    }
    if (ai_) {
        const auto* what = ai_->control_id == command.control_id
            ? "control_id: an action of this name is active on the call"
            : "an AI session is already active on this call";
        out.emplace_back(Reject { request, { ErrorKind::conflict, what } });
        return;
    }
    if (actions_.active(command.control_id)) {
        out.emplace_back(
            Reject { request, { ErrorKind::conflict, "control_id: an action of this name is active on the call" } });
        return;
    }
    ai_ = AiAction { command.control_id, AiSessionId { ids_.uuid() }, command.spec, command.begins };
    out.emplace_back(Accept { request, "AI started", command.control_id });
    if (stage_ == Stage::answered)
        open_ai(out);
    else
        need_line(command.begins, now, out);
}

void Call::perform(const RequestKey& request, const StopAi& command, Instant now, CallOutputs& out)
{
    if (!ai_ || ai_->stage == AiStage::finishing) {
        out.emplace_back(Accept { request, std::string(no_session), command.control_id });
        return;
    }
    if (!command.control_id.empty() && command.control_id != ai_->control_id) {
        // Not `not_found`: clients take that to mean that the call is gone.
        out.emplace_back(
            Reject { request, { ErrorKind::invalid_request, "control_id: no such AI action on this call" } });
        return;
    }
    out.emplace_back(Accept { request, "AI stopped", ai_->control_id });
    ai_->end_reason = "stopped";
    if (ai_->stage == AiStage::waiting)
        return end_ai(AiActionEnded::State::finished, ai_->end_reason, "", out);
    ai_->stage = AiStage::finishing;
    start(Timer::report, policy_.report, now);
    out.emplace_back(TellAi { ai_->session, agent::StopSession {} });
}

void Call::perform(const RequestKey& request, const InjectMessage& command, Instant, CallOutputs& out)
{
    tell_ai(request, command, "Message sent", out);
}

void Call::perform(const RequestKey& request, const HoldSession& command, Instant now, CallOutputs& out)
{
    const bool running = ai_ && ai_->stage == AiStage::running;
    if (running) {
        ai_->held_until = now + command.timeout.value_or(ai_->usual_hold);
        ai_->after_hold.reset();
    }
    HoldSession told = command;
    if (running && far_hold_)
        told.timeout = policy_.far_hold; // The program's limit counts again when the line is free.
    tell_ai(request, told, "AI on hold", out);
}

void Call::perform(const RequestKey& request, const DisconnectPeer&, Instant, CallOutputs& out)
{
    // Neither 404 nor 409: to clients those mean that this call is gone or taken.
    out.emplace_back(Accept { request, "This call is not connected to another one: nothing was done" });
}

void Call::perform(const RequestKey& request, const UnholdSession& command, Instant, CallOutputs& out)
{
    if (ai_ && ai_->stage == AiStage::running) {
        ai_->held_until.reset();
        if (far_hold_) {
            ai_->after_hold = command;
            out.emplace_back(Accept { request, "AI resumes when the other side does" });
            return;
        }
    }
    tell_ai(request, command, "AI resumed", out);
}

void Call::tell_ai(const RequestKey& request, agent::Event event, std::string_view done, CallOutputs& out)
{
    if (!ai_ || ai_->stage == AiStage::finishing) {
        out.emplace_back(Accept { request, std::string(no_session) });
        return;
    }
    if (ai_->stage == AiStage::waiting && ai_->early.size() >= policy_.max_early_messages) {
        out.emplace_back(
            Reject { request, { ErrorKind::limit_reached, "too many messages for an AI session that did not begin" } });
        return;
    }
    out.emplace_back(Accept { request, std::string(done) });
    if (ai_->stage == AiStage::waiting)
        ai_->early.push_back(std::move(event));
    else
        out.emplace_back(TellAi { ai_->session, std::move(event) });
}

// For what needs sound. On an outbound call it waits for the other side.
void Call::answer_leg(CallOutputs& out)
{
    if (stage_ == Stage::answering || stage_ == Stage::calling)
        return;
    stage_ = Stage::answering;
    out.emplace_back(AnswerLeg { facts_.leg });
}

void Call::need_line(Begins begins, Instant now, CallOutputs& out)
{
    if (begins == Begins::answered)
        return answer_leg(out);
    early_wanted_ = true;
    const bool rings_here = stage_ == Stage::created || stage_ == Stage::ringing;
    if (rings_here && !std::exchange(previewed_, true))
        out.emplace_back(PreviewLeg { facts_.leg });
    begin_early(now, out);
}

// There is one line: once something is to be heard before the answer, what else waits for the line is so too.
void Call::begin_early(Instant now, CallOutputs& out)
{
    if (!early_sound_ || !early_wanted_)
        return;
    if (ai_ && ai_->stage == AiStage::waiting && ai_->begins == Begins::early)
        open_ai(out);
    ActionOutputs done;
    actions_.open_line(now, done);
    take(std::move(done), out);
}

// ---- The AI action ------------------------------------------------------------------------------------------------

void Call::open_ai(CallOutputs& out)
{
    ai_->stage = AiStage::running;
    ai_->usual_hold = ai_->spec.turn.hold;
    out.emplace_back(OpenAi { ai_->session, ai_->control_id, std::move(ai_->spec) });
    if (line_taken_)
        out.emplace_back(TellAi { ai_->session, agent::LineTaken {} });
    for (auto& event : std::exchange(ai_->early, {}))
        out.emplace_back(TellAi { ai_->session, std::move(event) });
    if (far_hold_)
        out.emplace_back(TellAi { ai_->session, HoldSession { policy_.far_hold, "" } });
}

void Call::on(const AiFinished& e, Instant now, CallOutputs& out)
{
    if (!ai_ || ai_->session != e.session)
        return;
    switch (e.reason) {
    case agent::FinishReason::stopped:
    case agent::FinishReason::call_ended: end_ai(AiActionEnded::State::finished, ai_->end_reason, "", out); break;
    case agent::FinishReason::hang_up:
        end_ai(AiActionEnded::State::finished, "hangup", "", out);
        hang_up(CallEndReason::hangup, EndedBy::assistant, now, out);
        break;
    case agent::FinishReason::error: end_ai(AiActionEnded::State::error, "", e.what, out); break;
    }
    if (unattended_ && stage_ == Stage::answered)
        hang_up(CallEndReason::hangup, EndedBy::system, now, out);
    end_if_done(out);
}

void Call::end_ai(AiActionEnded::State state, std::string reason, std::string message, CallOutputs& out)
{
    stop(Timer::report);
    log_.info("AI action ended", { { "session", ai_->session }, { "reason", reason } });
    const auto session = ai_->stage == AiStage::waiting ? AiSessionId {} : ai_->session; // Was it ever opened?
    out.emplace_back(
        Notify { AiActionEnded { ai_->control_id, state, std::move(reason), std::move(message), session } });
    ai_.reset();
}

// ---- The end ------------------------------------------------------------------------------------------------------

void Call::hang_up(CallEndReason reason, EndedBy by, Instant now, CallOutputs& out)
{
    switch (stage_) {
    case Stage::ending:
    case Stage::ended: return;
    case Stage::created:
    case Stage::ringing: out.emplace_back(RejectLeg { facts_.leg, to_rejection(reason) }); break;
    case Stage::calling:
    case Stage::answering: // The answer may be on its way: only the leg knows whether to refuse or to hang up.
    case Stage::answered:
        drop_transfer(out);
        out.emplace_back(HangUpLeg { leg_ });
        break;
    }
    begin_ending(reason, by, now, out);
}

void Call::begin_ending(CallEndReason reason, EndedBy by, Instant now, CallOutputs& out)
{
    stage_ = Stage::ending;
    end_reason_ = reason;
    stop(Timer::ring);
    stop(Timer::max_duration);
    if (!leg_over_)
        start(Timer::leg, policy_.leg, now);
    log_.info("call ending", { { "reason", to_string(reason) } });
    ActionOutputs done;
    actions_.end_all(done);
    take(std::move(done), out);
    if (!ai_)
        return;
    const auto* why = reason == CallEndReason::max_duration ? "max_duration" : "hangup";
    switch (ai_->stage) {
    case AiStage::waiting: return end_ai(AiActionEnded::State::finished, why, "", out);
    case AiStage::running:
        ai_->end_reason = why;
        ai_->stage = AiStage::finishing;
        start(Timer::report, policy_.report, now);
        out.emplace_back(TellAi { ai_->session, agent::CallEnded { by } });
        return;
    case AiStage::finishing: // It was stopped, and now its call is gone too. The time it has stays the same.
        out.emplace_back(TellAi { ai_->session, agent::CallEnded { by } });
        return;
    }
}

// Clients drop a call when it `ended` and complete no action by that: the actions end first, then `ending` and `ended`
// follow one another.
void Call::end_if_done(CallOutputs& out)
{
    if (stage_ != Stage::ending || !leg_over_ || ai_)
        return;
    stage_ = Stage::ended;
    timers_ = {};
    log_.info("call ended", { { "reason", to_string(end_reason_) } });
    out.emplace_back(Notify { CallStateChanged { CallState::ending } });
    out.emplace_back(Notify { CallStateChanged { CallState::ended, end_reason_ } });
}

} // namespace parley
