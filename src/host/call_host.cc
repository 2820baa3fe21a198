#include "host/call_host.h"

#include "net/clock.h"

#include <algorithm>

namespace parley {

namespace {

std::uint64_t random_seed()
{
    IdSource random = IdSource::random();
    return static_cast<std::uint64_t>(random.number()) << 32 | random.number();
}

} // namespace

CallHost::CallHost(const CallServices& services, CallOutside& outside, CallFacts facts, CustomerId customer, Log log)
    : services_(services)
    , outside_(outside)
    , customer_(std::move(customer))
    , log_(std::move(log))
    , recorder_(services.flight.content)
    , rows_(services.store, services.loop, [this](const Error& error) { store_failed(error); })
    , seed_(random_seed())
    , call_(facts, services.policy, IdSource(seed_), log_)
    , clock_(clock_pair_now())
    , timer_(services.loop)
    , guard_([this](const BrokenInvariant& invariant) { broke(invariant); })
{
    flow_.id = ActiveflowId { IdSource::random().uuid() };
    flow_.customer = customer_;
    flow_.call = call_.facts().id;
    rows_.put(flow_);
    recorder_.made(now(), "call", flight::CallMade { std::move(facts), services.policy, seed_ });
}

CallHost::~CallHost() = default;

// ---- Events -------------------------------------------------------------------------------------------------------

void CallHost::dial(CallDialled dialled, sip::DialRoute route)
{
    route_ = std::move(route);
    handle(std::move(dialled));
}

void CallHost::handle(CallEvent event)
{
    if (const auto* command = std::get_if<CommandArrived>(&event); command && broken_)
        return outside_.to_program(
            Reject { command->request, { ErrorKind::not_found, "call_id: the call has ended" } });
    guard_.run([&] {
        if (const auto* command = std::get_if<CommandArrived>(&event)) {
            unanswered_.push_back(command->request);
            if (std::holds_alternative<StartAi>(command->command) && rows_.store_backlog() > services_.log_backlog) {
                outward_.emplace_back(Reject {
                    command->request, { ErrorKind::limit_reached, "too many messages wait for the database" } });
                return work();
            }
        }
        if (const auto* ended = std::get_if<LegEnded>(&event)) {
            next_lines_.erase(ended->leg);
            if (ended->leg == call_.leg())
                silence_line();
        }
        waiting_.push_back(std::move(event));
        work();
    });
}

// Nobody listens any more, but the session still has to learn how much was heard.
void CallHost::silence_line()
{
    if (!media_ || !line_)
        return;
    line_->direction = sdp::Direction::inactive;
    media_->agree(*line_);
}

void CallHost::agreed(const sip::MediaAgreed& agreed)
{
    guard_.run([&] {
        const auto legs = call_.legs();
        if (agreed.leg != legs.front()) { // Nobody hears it yet, or any more.
            if (agreed.leg == legs.back())
                next_lines_.insert_or_assign(agreed.leg, agreed.media);
            return;
        }
        line_ = agreed.media;
        if (media_)
            media_->agree(agreed.media);
        if (agreed.is_early)
            handle(EarlySound {});
    });
}

void CallHost::pressed(const LegDigit& digit)
{
    guard_.run([&] {
        if (ai_ && key_ways_.takes(KeyWay::signalling, now()))
            ai_->handle(media::DigitReceived { { digit.key, digit.held } });
    });
}

void CallHost::work()
{
    if (working_)
        return;
    working_ = true;
    CallOutputs out;
    Instant at = now();
    if (const auto due = call_.deadline(); due && *due <= at) {
        recorder_.timeout(at, "call");
        call_.handle_timeout(at, out);
    }
    while (true) {
        for (CallOutput& output : out) {
            recorder_.command(at, "call", output);
            std::visit([this](auto& o) { carry_out(o); }, output);
        }
        out.clear();
        if (waiting_.empty())
            break;
        const CallEvent event = std::move(waiting_.front());
        waiting_.pop_front();
        at = now();
        recorder_.event(at, "call", event);
        call_.handle(event, at, out);
    }
    working_ = false;
    for (Outward& told : std::exchange(outward_, {}))
        rows_.pass(guard_.wrap([this, told = std::move(told)](const Result<void>& stored) { tell(told, stored); }));
    set_timer();
}

void CallHost::set_timer()
{
    if (const auto deadline = call_.deadline())
        timer_.set(*deadline, guard_.wrap([this] { work(); }));
    else
        timer_.cancel();
}

void CallHost::tell(Outward told, const Result<void>& stored)
{
    const auto answered = [this](const RequestKey& request) { std::erase(unanswered_, request); };
    if (auto* accept = std::get_if<Accept>(&told)) {
        answered(accept->request);
        if (stored)
            return outside_.to_program(std::move(*accept));
        return outside_.to_program(
            Reject { accept->request, { ErrorKind::unavailable, "the log took no row: " + stored.error().what } });
    }
    if (auto* reject = std::get_if<Reject>(&told)) {
        answered(reject->request);
        return outside_.to_program(std::move(*reject));
    }
    const CallNotice& notice = std::get<CallNotice>(told);
    outside_.to_program(relay::CallNoticed { call_.facts(), notice });
    const auto* state = std::get_if<CallStateChanged>(&notice);
    if (state && state->state == CallState::ended)
        outside_.over(call_.facts().id);
}

// ---- Outputs of the call ------------------------------------------------------------------------------------------

void CallHost::carry_out(Accept& accept)
{
    outward_.emplace_back(std::move(accept));
}
void CallHost::carry_out(Reject& reject)
{
    outward_.emplace_back(std::move(reject));
}
void CallHost::carry_out(const RingLeg& ring)
{
    outside_.to_leg(ring);
}
void CallHost::carry_out(const RejectLeg& reject)
{
    outside_.to_leg(reject);
}
void CallHost::carry_out(const HangUpLeg& hang_up)
{
    outside_.to_leg(hang_up);
}

void CallHost::carry_out(const TellReferral& tell)
{
    outside_.to_leg(tell);
}

// The sockets stay, and with them what is being said: only the other end is another one.
void CallHost::carry_out(const MoveSound& move)
{
    const auto next = next_lines_.find(move.leg);
    VERIFY(next != next_lines_.end() && media_ != nullptr);
    line_ = std::move(next->second);
    next_lines_.clear();
    media_->agree(*line_);
}

Result<void> CallHost::open_media()
{
    auto port = media::MediaPort::open(
        services_.pacer, services_.media, log_, guard_.wrap([this](media::MediaEvent event) { on_line(event); }));
    if (!port) {
        log_.error("no sound for the call", { { "error", port.error().what } });
        return port.error();
    }
    media_ = std::move(*port);
    return {};
}

// Without sound what was to be heard waits for the answer, which then says why there is none.
void CallHost::carry_out(const PreviewLeg& preview)
{
    if (media_ || open_media())
        outside_.to_leg(sip::PreviewSipLeg { preview.leg, media_->local_media() });
}

void CallHost::carry_out(const AnswerLeg& answer)
{
    if (!media_ && !open_media()) {
        outside_.to_leg(RejectLeg { answer.leg, LegEndReason::error, 503 });
        return;
    }
    outside_.to_leg(sip::AnswerSipLeg { answer.leg, media_->local_media() });
}

void CallHost::carry_out(const DialLeg& dial)
{
    if (media_) { // Who we talk to refers us there.
        media_->renew_keys();
        return outside_.refer(call_.facts().id, dial, media_->local_media());
    }
    if (const auto opened = open_media(); !opened)
        return handle(LegEnded { dial.leg, LegEndReason::error, opened.error().what });
    outside_.to_leg(sip::DialSipLeg { dial, route_.servers, media_->local_media(), route_.trunk, route_.registered });
}

void CallHost::carry_out(OpenAi& open)
{
    VERIFY(media_ != nullptr);
    VERIFY(ai_ == nullptr);
    ai_control_ = open.control_id;
    ai_record_ = {};
    ai_record_.id = open.session;
    ai_record_.customer = customer_;
    ai_record_.activeflow = flow_.id;
    ai_record_.call = call_.facts().id;
    if (!open.spec.languages.empty())
        ai_record_.language = open.spec.languages.front().code;
    put_ai_call(AiCallStatus::progressing);

    const CallFacts& facts = call_.facts();
    agent::SessionIdentity identity { facts.id, open.session, clock_pair_now(), clock_.wall, answered_,
        facts.device.from_name, facts.device.from, facts.project.value, services_.space_id };
    identity.outbound = facts.direction == CallDirection::outbound;
    identity.kept_global_data = kept_global_data_;
    identity.earlier_summary = earlier_summary_;
    keeps_global_data_ = open.spec.tool_settings.persist_global_data;
    const AiServices ai_services { services_.loop, services_.stt, services_.tts, services_.model,
        services_.tools(facts.project), services_.reports(facts.project), services_.metrics,
        [this](
            const std::string& url, auto answer) { services_.sounds(call_.facts().project, url, std::move(answer)); },
        services_.tool_sources ? services_.tool_sources(facts.project) : nullptr };
    ai_ = std::make_unique<AiHost>(ai_services, std::move(open.spec), std::move(identity), *media_, last_utterance_,
        recorder_, log_.with({ { "session", open.session } }),
        AiHost::Listener { [this](agent::AppendMessage message) { append(std::move(message)); },
            [this](const agent::Finished& finished) { ai_finished(finished); },
            [this](const BrokenInvariant& invariant) { broke(invariant); },
            [this](Json::Object event) { user_event(std::move(event)); } });
    ai_->start();
}

void CallHost::carry_out(TellAi& tell)
{
    if (!ai_ || ai_record_.id != tell.session)
        return;
    if (std::holds_alternative<agent::StopSession>(tell.event) || std::holds_alternative<agent::CallEnded>(tell.event))
        put_ai_call(AiCallStatus::terminating);
    ai_->handle(std::move(tell.event));
}

void CallHost::carry_out(const CloseAi& close)
{
    if (ai_ && ai_record_.id == close.session)
        drop_ai(AiCallStatus::terminated);
}

void CallHost::carry_out(Notify& notify)
{
    if (const auto* state = std::get_if<CallStateChanged>(&notify.notice)) {
        if (state->state == CallState::answered && !answered_)
            answered_ = wall_now();
        if (state->state == CallState::ended) {
            flow_.running = false;
            flow_.updated = flow_.ended = wall_now();
            rows_.put(flow_);
            services_.metrics.call_ended(
                state->reason.value_or(CallEndReason::hangup), answered_ ? wall_now() - *answered_ : Duration());
            if (state->reason == CallEndReason::error)
                write_flight("error");
            else if (services_.flight.of_every_call)
                write_flight(to_string(state->reason.value_or(CallEndReason::hangup)));
        }
    } else if (const auto* ai = std::get_if<AiActionEnded>(&notify.notice)) {
        if (ai->state == AiActionEnded::State::error)
            write_flight(ai->message);
    }
    outward_.emplace_back(std::move(notify.notice));
}

SoundLine& CallHost::sound_line()
{
    if (!sound_line_) {
        VERIFY(media_ != nullptr);
        const auto fetch = [this](const std::string& url, auto answer) {
            services_.sounds(call_.facts().project, url, std::move(answer));
        };
        sound_line_ = std::make_unique<SoundLine>(
            SoundMakers { services_.loop, services_.tts, fetch,
                [this](const BrokenInvariant& invariant) { broke(invariant); }, media_->sample_rate() },
            *media_, [this](SoundLine::Told told) { std::visit([this](auto& t) { handle(std::move(t)); }, told); });
    }
    return *sound_line_;
}

void CallHost::carry_out(const QueueSound& command)
{
    sound_line().carry_out(command);
}
void CallHost::carry_out(const PauseSounds& command)
{
    sound_line().carry_out(command);
}
void CallHost::carry_out(const ResumeSounds& command)
{
    sound_line().carry_out(command);
}
void CallHost::carry_out(const DropSounds& command)
{
    sound_line().carry_out(command);
}
void CallHost::carry_out(const SetVolume& command)
{
    sound_line().carry_out(command);
}

void CallHost::carry_out(const SendKey& send)
{
    const media::DigitStep step { send.key };
    if (!media_->send_digits({ &step, 1 }))
        handle(KeyFailed { { ErrorKind::limit_reached, "digits: too many keys wait" } });
}

// ---- The line, the session, the log -------------------------------------------------------------------------------

void CallHost::on_line(const media::MediaEvent& event)
{
    if (const auto* lost = std::get_if<media::SourceLost>(&event)) { // A caller that vanished says no BYE.
        log_.warning("the line is dead", { { "silent_ms", lost->silent } });
        handle(LineLost {});
    }
    if (std::holds_alternative<media::DigitsSent>(event))
        handle(KeySent {});
    if (std::holds_alternative<media::DigitReceived>(event) && !key_ways_.takes(KeyWay::sound, now()))
        return;
    if (ai_)
        ai_->handle(event);
}

void CallHost::append(agent::AppendMessage message)
{
    Message row;
    row.id = MessageId { IdSource::random().uuid() };
    row.customer = customer_;
    row.session = ai_record_.id;
    row.activeflow = flow_.id;
    row.role = message.role;
    row.content = std::move(message.content);
    row.tool_calls = std::move(message.tool_calls);
    row.tool_call_id = std::move(message.tool_call_id);
    rows_.append(std::move(row));
}

void CallHost::user_event(Json::Object event)
{
    outward_.emplace_back(AiEventSent { std::move(event), ai_record_.id });
    work();
}

void CallHost::ai_finished(const agent::Finished& finished)
{
    const AiSessionId session = ai_record_.id;
    earlier_summary_ = finished.summary;
    drop_ai(AiCallStatus::terminated);
    handle(AiFinished { session, finished.reason, finished.what });
}

// Perhaps called by the session itself: destroyed by the loop's next task.
void CallHost::drop_ai(AiCallStatus status)
{
    put_ai_call(status);
    last_utterance_ = ai_->last_utterance();
    if (keeps_global_data_)
        kept_global_data_ = ai_->global_data();
    ai_->close();
    services_.loop.post([ai = std::move(ai_)] {});
}

void CallHost::put_ai_call(AiCallStatus status)
{
    if (ai_record_.status == AiCallStatus::terminated)
        return;
    ai_record_.status = status;
    if (status == AiCallStatus::terminating || status == AiCallStatus::terminated)
        ai_record_.updated = wall_now();
    if (status == AiCallStatus::terminated)
        ai_record_.ended = ai_record_.updated;
    rows_.put(ai_record_);
}

// A conversation that cannot be logged is not held.
void CallHost::store_failed(const Error& error)
{
    log_.error("row not stored", { { "error", error.what } });
    guard_.run([&] {
        if (ai_)
            ai_->handle(agent::ProviderLost { { ErrorKind::unavailable, "the log took no row: " + error.what } });
    });
}

void CallHost::write_flight(std::string_view reason)
{
    if (const auto written = recorder_.write(services_.flight.directory, call_.facts().id, reason); !written)
        log_.warning("flight record not written", { { "error", written.error().what } });
}

// The machines are not to be trusted any more: what the outside still has to know is said without them.
void CallHost::broke(const BrokenInvariant& invariant)
{
    broken_ = true;
    log_.error("call broke an invariant", { { "what", invariant.what } });
    write_flight(invariant.what);
    const Error error { ErrorKind::unavailable, "internal error" };
    for (const LegId& leg : call_.legs())
        outside_.to_leg(HangUpLeg { leg });
    for (const RequestKey& request : std::exchange(unanswered_, {}))
        outside_.to_program(Reject { request, error });
    for (ActionChanged& end : call_.actions().failures(error.what))
        outside_.to_program(relay::CallNoticed { call_.facts(), std::move(end) });
    if (ai_) {
        outside_.to_program(relay::CallNoticed {
            call_.facts(), AiActionEnded { ai_control_, AiActionEnded::State::error, "", error.what, ai_record_.id } });
        drop_ai(AiCallStatus::terminated);
    }
    flow_.running = false;
    flow_.updated = flow_.ended = wall_now();
    rows_.put(flow_);
    services_.metrics.call_ended(CallEndReason::error, answered_ ? wall_now() - *answered_ : Duration());
    guard_.disarm();
    rows_.pass([&outside = outside_, facts = call_.facts()](const Result<void>&) {
        outside.to_program(relay::CallNoticed { facts, CallStateChanged { CallState::ended, CallEndReason::error } });
        outside.over(facts.id);
    });
}

} // namespace parley
