#include "agent/ai_session.h"

#include "agent/ai_session_machine.h"
#include "agent/prompt_text.h"
#include "turn/words.h"

#include <algorithm>
#include <utility>

namespace parley::agent {

std::string_view to_string(FinishReason reason)
{
    switch (reason) {
    case FinishReason::stopped: return "stopped";
    case FinishReason::call_ended: return "call_ended";
    case FinishReason::hang_up: return "hang_up";
    case FinishReason::error: return "error";
    }
    return "unknown";
}

AiSession::AiSession(AiSpec spec, SessionIdentity identity, Log log)
    : machine_(std::make_unique<Machine>(std::move(spec), std::move(identity), std::move(log)))
{
}
AiSession::~AiSession() = default;
AiSession::AiSession(AiSession&&) noexcept = default;
AiSession& AiSession::operator=(AiSession&&) noexcept = default;

void AiSession::handle(const Event& event, Instant now, Commands& out)
{
    const std::size_t from = out.size();
    machine_->happened(event, now);
    machine_->handle(event, now, out);
    machine_->feed(from, now, out);
}
void AiSession::handle_timeout(Instant now, Commands& out)
{
    const std::size_t from = out.size();
    machine_->handle_timeout(now, out);
    machine_->feed(from, now, out);
}
std::optional<Instant> AiSession::deadline() const
{
    return machine_->deadline();
}
turn::Floor AiSession::floor() const
{
    return machine_->floor();
}
bool AiSession::finished() const
{
    return machine_->finished();
}
const Json::Object& AiSession::global_data() const
{
    return machine_->global_data();
}

AiSession::Machine::Machine(AiSpec spec, SessionIdentity identity, Log log)
    : spec_(std::move(spec))
    , identity_(std::move(identity))
    , log_(std::move(log))
    , engine_(spec_.turn, log_)
    , report_(spec_, identity_)
    , global_data_(
          first_global_data(spec_, identity_.kept_global_data, identity_.caller_id_name, identity_.caller_id_number))
    , random_(seed_of(identity_.session))
    , hearing_(spec_.hearing_hints)
    , steps_(spec_.contexts)
    , debug_(spec_)
    , redaction_(spec_.reporting.redact)
{
    report_.watch(debug_, redaction_);
}

void AiSession::Machine::handle(const Event& event, Instant now, Commands& out)
{
    handle_timeout(now, out); // What was due before this event happens before it.
    const auto any_of
        = [&]<typename... T>(std::type_identity<T>...) { return (std::holds_alternative<T>(event) || ...); };
    bool taken = false;
    switch (phase_) {
    case Phase::created:
        taken = any_of(std::type_identity<SessionStarted> {}, std::type_identity<StopSession> {},
            std::type_identity<CallEnded> {}, std::type_identity<ProviderLost> {});
        break;
    case Phase::talking: taken = !std::holds_alternative<SessionStarted>(event); break;
    case Phase::closing:
        taken = any_of(std::type_identity<PlayoutFinished> {}, std::type_identity<PlayoutStopped> {},
            std::type_identity<UtteranceWords> {}, std::type_identity<VoiceFailed> {}, std::type_identity<LineTaken> {},
            std::type_identity<LineFreed> {}, std::type_identity<CallEnded> {});
        break;
    case Phase::hanging_up:
        taken = any_of(std::type_identity<ToolReturned> {}, std::type_identity<AsideAnswered> {},
            std::type_identity<CallEnded> {});
        break;
    case Phase::summarising:
        taken = any_of(std::type_identity<ModelEvent> {}, std::type_identity<AsideAnswered> {},
            std::type_identity<ToolReturned> {}, std::type_identity<CallEnded> {});
        break;
    case Phase::finished: break;
    }
    if (!taken)
        return;
    if (const auto* heard = std::get_if<Transcript>(&event)) {
        follow_user(*heard, now, out);
        on(rewritten(*heard, now), now, out);
        return;
    }
    std::visit([&](const auto& e) { on(e, now, out); }, event);
}

std::optional<Instant> AiSession::Machine::deadline() const
{
    std::optional<Instant> first = phase_ == Phase::talking ? engine_.deadline() : std::nullopt;
    for (const auto& timer : timers_) {
        if (timer && (!first || *timer < *first))
            first = timer;
    }
    return first;
}

void AiSession::Machine::handle_timeout(Instant now, Commands& out)
{
    for (;;) {
        const auto due = deadline();
        if (!due || *due > now)
            return;
        // The turn engine's timers come before ours of the same instant.
        if (phase_ == Phase::talking && engine_.deadline() == due) {
            turn::Commands commands;
            engine_.handle_timeout(*due, commands);
            carry_out(commands, *due, out);
            continue;
        }
        const auto timer = std::find(timers_.begin(), timers_.end(), due);
        timer->reset();
        fire(static_cast<Timer>(timer - timers_.begin()), *due, out);
    }
}

void AiSession::Machine::fire(Timer timer, Instant now, Commands& out)
{
    switch (timer) {
    case Timer::model:
        out.emplace_back(CancelModel { round_.reply });
        model_failed({ ErrorKind::timed_out, "the language model was silent for too long" }, now, out);
        break;
    case Timer::tool:
        fail_tools("the tool did not answer in time", now, out);
        weigh_tools(now, out);
        break;
    case Timer::voice:
        for (auto& segment : segments_) {
            for (auto& utterance : segment.utterances) {
                if (!utterance.live())
                    continue;
                utterance_failed(
                    utterance, segment, { ErrorKind::timed_out, "the voice was silent for too long" }, now, out);
                return;
            }
        }
        break;
    case Timer::stop_mark:
        for (auto& segment : segments_) {
            for (auto& utterance : segment.utterances) {
                if (utterance.state == Utterance::State::stopping)
                    utterance_cut(utterance, segment, utterance.heard, now);
            }
        }
        weigh_reply(now, out);
        break;
    case Timer::post_prompt:
        log_.warning("post-prompt timed out", {});
        out.emplace_back(CancelModel { round_.reply });
        finish(now, out);
        break;
    case Timer::aside: asides_due(now, out); break;
    case Timer::conversation:
        log_.warning("earlier conversation not fetched in time", {});
        begin(now, out);
        break;
    case Timer::digits: take_digits(now, out); break;
    case Timer::opening: open_conversation(now, out); break;
    case Timer::inactivity: inactivity_due(now, out); break;
    case Timer::hard_stop: hard_stop_due(now, out); break;
    case Timer::prepare: prepare_due(now, out); break;
    case Timer::hook: hooks_due(now, out); break;
    case Timer::poll: poll(now, out); break;
    case Timer::wait: waits_due(now, out); break;
    case Timer::silence_limit: background_over(now, out); break;
    case Timer::count: break;
    }
}

// ---- Events --------------------------------------------------------------------------------------------------------

void AiSession::Machine::on(const SessionStarted&, Instant now, Commands& out)
{
    phase_ = Phase::talking;
    report_.started(now);
    const std::string prompt = own_prompt(now);
    history_.set_prompt(prompt);
    if (!prompt.empty()) {
        row(Role::system, prompt, out);
        report_.system(prompt, now);
    }
    seed_history();
    spec_.greeting.text = filled_in(spec_.greeting.text, now);
    if (!spec_.hints.empty())
        out.emplace_back(SetHints { spec_.hints });
    log_.info("AI session started", { { "tools", spec_.tools.size() } });
    if (!fetch_conversation(now, out))
        begin(now, out);
}

void AiSession::Machine::open_conversation(Instant now, Commands& out)
{
    if (engine_.floor() != turn::Floor::open || engine_.turn().value > 0)
        return; // Somebody was faster.
    if (spec_.greeting.wait_for_user || pause_conversation_ || quiet_until_user_) {
        run_model_ = false; // Whatever a step says.
        if (callee_silent_)
            drive(turn::SilenceBegan {}, now, out);
        return;
    }
    if (spec_.greeting.text.empty()) {
        open_reply(now, out);
        return;
    }
    greeting_due_ = true;
    drive(turn::ReplyOpened { spec_.greeting.may_interrupt }, now, out);
    say(Segment::Kind::greeting, spec_.greeting.text, now, out);
    weigh_reply(now, out); // It may hold nothing that can be spoken.
}

void AiSession::Machine::on(const SpeechStarted& event, Instant now, Commands& out)
{
    speech_start_ = event.at.value_or(now);
    voice_on_ = true;
    if (!is_deaf())
        drive(event, now, out);
}

void AiSession::Machine::on(const SpeechStopped& event, Instant now, Commands& out)
{
    voice_on_ = false;
    if (speech_start_)
        report_.user_spoke(std::max(Duration(0), event.at.value_or(now) - *speech_start_));
    drive(event, now, out);
}

void AiSession::Machine::on(const Transcript& transcript, Instant now, Commands& out)
{
    if (turn::count_words(transcript.text) == 0)
        return;
    if (!hears(transcript, now, out))
        return;
    user_said_words(now);
    const double confidence = transcript.confidence;
    log_.debug("words arrived",
        { { "text", Pii<std::string>(transcript.text) }, { "final", transcript.final }, { "confidence", confidence } });
    if (transcript.final && confidence > 0)
        confidence_ = confidence_ > 0 ? std::min(confidence_, confidence) : confidence;
    drive(turn::WordsHeard { transcript.text, transcript.final, confidence, transcript.speech_start }, now, out);
    if (engine_.user_speaks() && !voice_on_) // They woke it, and their voice is over.
        drive(SpeechStopped { transcript.speech_end }, now, out);
}

void AiSession::Machine::on(const SttFailed& failed, Instant now, Commands& out)
{
    if (failed.recoverable) {
        log_.warning("speech to text recovered", { { "error", failed.error.what } });
        return;
    }
    end({ FinishReason::error, EndedBy::system, "speech to text: " + failed.error.what }, now, out);
}

void AiSession::Machine::on(const StopSession&, Instant now, Commands& out)
{
    end({ FinishReason::stopped, EndedBy::system, "" }, now, out);
}

void AiSession::Machine::on(const CallEnded& ended, Instant now, Commands& out)
{
    report_.call_ended(now);
    end({ FinishReason::call_ended, ended.who, "" }, now, out);
}

void AiSession::Machine::on(const ProviderLost& lost, Instant now, Commands& out)
{
    end({ FinishReason::error, EndedBy::system, lost.error.what }, now, out);
}

void AiSession::Machine::row(Role role, std::string content, Commands& out)
{
    out.emplace_back(AppendMessage { role, std::move(content), {}, {} });
}

void AiSession::Machine::notify(Json::Object content, Commands& out)
{
    row(Role::notification, Json(std::move(content)).dump(), out);
}

} // namespace parley::agent
