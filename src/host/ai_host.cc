#include "host/ai_host.h"

#include "net/clock.h"
#include "swaig/debug_event.h"
#include "swaig/report.h"

namespace parley {

namespace {

void log_turn(Log log, const TurnReport& report)
{
    const auto wait = [&log](std::string_view name, const std::optional<Duration>& d) {
        if (d)
            log = log.with({ { name, *d } });
    };
    log = log.with({ { "turn", report.turn } });
    wait("last_words_ms", report.last_words);
    wait("endpointing_ms", report.endpointing);
    wait("asked_ms", report.asked);
    wait("first_token_ms", report.first_token);
    wait("first_sentence_ms", report.first_sentence);
    wait("first_audio_ms", report.first_audio);
    wait("heard_ms", report.heard);
    log.info("turn completed", { { "tool_calls", report.tool_calls }, { "interrupted", report.interrupted } });
}

swaig::DebugSource debug_source(const agent::SessionIdentity& identity)
{
    return { identity.call, identity.project_id, identity.space_id };
}

} // namespace

AiHost::AiHost(const AiServices& services, AiSpec spec, agent::SessionIdentity identity, media::MediaPort& media,
    UtteranceId before, FlightRecorder& recorder, Log log, Listener listener)
    : services_(services)
    , media_(media)
    , before_(before)
    , recorder_(recorder)
    , log_(std::move(log))
    , listener_(std::move(listener))
    , identity_(identity)
    , spec_(spec)
    , session_(spec, identity, log_)
    , timer_(services.loop)
    , hearing_(media.sample_rate())
    , bed_(sound_makers(), [this](agent::SoundEnded ended) { handle(std::move(ended)); })
    , guard_(listener_.broken)
{
    recorder_.made(now(), "session", flight::SessionMade { std::move(spec), std::move(identity) });
}

AiHost::~AiHost()
{
    media_.set_bed(nullptr);
    if (started_ && !finished_)
        services_.metrics.session_ended(agent::FinishReason::stopped);
    retire(std::move(stt_));
    retire(std::move(tts_));
    retire(std::move(model_));
    for (auto& [id, aside] : asides_)
        retire(std::move(aside.stream));
    for (auto& [id, run] : tool_runs_)
        retire(std::move(run));
    retire(std::move(tool_fetch_));
}

void AiHost::close()
{
    guard_.disarm();
    timer_.cancel();
    media_.stop(on_line(last_spoken_));
    media_.set_bed(nullptr);
}

template <typename Stream> void AiHost::retire(std::unique_ptr<Stream> stream)
{
    if (stream)
        services_.loop.post([stream = std::move(stream)] {});
}

void AiHost::start()
{
    started_ = true;
    services_.metrics.session_started();
    set_up_line(spec_->sound);
    media_.set_bed(&bed_);
    open_streams(*spec_);
    spec_.reset();
    handle(agent::SessionStarted {});
}

SoundMakers AiHost::sound_makers()
{
    auto fetch = services_.sounds;
    if (!fetch)
        fetch = [this](const std::string&, FileAnswer answer) {
            services_.loop.post([answer = std::move(answer)] {
                answer(Error { ErrorKind::unavailable, "there are no sound files here" });
            });
        };
    return { services_.loop, services_.tts, std::move(fetch), listener_.broken, media_.sample_rate() };
}

// `energy_level` has a scale of its own: 52, its default, is what the detector takes for its least level. Half of
// `vad_config`'s 100 is the usual distance to the noise.
void AiHost::set_up_line(const SoundSettings& sound)
{
    constexpr double scale_dbfs = -107;
    const VoiceActivityOptions usual;
    media_.set_volume(sound.volume);
    media_.set_input_gate(sound.energy_level + scale_dbfs,
        sound.vad_threshold ? usual.gate_db * *sound.vad_threshold / 50 : usual.gate_db);
}

void AiHost::open_streams(const AiSpec& spec)
{
    if (!spec.languages.empty())
        stt_options_.language = spec.languages.front().code;
    stt_options_.hints = spec.hints;
    stt_options_.sample_rate = hearing_.rate();
    stt_ = services_.stt.open(stt_options_, guard_.wrap([this](SttEvent event) { on_speech(std::move(event)); }));
    tts_ = services_.tts.open(
        { media_.sample_rate() }, guard_.wrap([this](TtsEvent event) { on_voice(std::move(event)); }));
}

// ---- Events -------------------------------------------------------------------------------------------------------

void AiHost::handle(agent::Event event)
{
    waiting_.push_back(std::move(event));
    if (!working_)
        work();
}

void AiHost::work()
{
    working_ = true;
    agent::Commands out;
    Instant at = now();
    if (const auto due = session_.deadline(); due && *due <= at) {
        recorder_.timeout(at, "session");
        session_.handle_timeout(at, out);
    }
    while (true) {
        for (agent::Command& command : out) {
            recorder_.command(at, "session", command);
            std::visit([this](auto& c) { carry_out(c); }, command);
        }
        out.clear();
        if (waiting_.empty())
            break;
        const agent::Event event = std::move(waiting_.front());
        waiting_.pop_front();
        at = now();
        recorder_.event(at, "session", event);
        session_.handle(event, at, out);
    }
    working_ = false;
    set_timer();
}

void AiHost::set_timer()
{
    if (const auto deadline = session_.deadline())
        timer_.set(*deadline, guard_.wrap([this] {
            if (!working_)
                work();
        }));
    else
        timer_.cancel();
}

void AiHost::on_speech(SttEvent event)
{
    if (auto* words = std::get_if<Transcript>(&event)) {
        const Instant arrived = now();
        log_.debug("transcript arrived",
            { { "final", words->final }, { "since_speech_start_ms", arrived - words->speech_start },
                { "since_speech_end_ms", arrived - words->speech_end } });
        handle(std::move(*words));
    } else if (auto* failed = std::get_if<SttFailed>(&event)) {
        services_.metrics.provider_failed(ServerMetrics::Provider::recogniser);
        log_.warning(
            "speech recognition failed", { { "error", failed->error.what }, { "recoverable", failed->recoverable } });
        handle(std::move(*failed));
    }
}

void AiHost::on_voice(TtsEvent event)
{
    if (auto* sound = std::get_if<TtsAudio>(&event)) {
        if (last_sounding_ < sound->utterance) {
            last_sounding_ = sound->utterance;
            handle(agent::VoiceStarted { sound->utterance });
        }
        if (!media_.play(on_line(sound->utterance), sound->frame))
            log_.warning("playout queue full, sound dropped", { { "utterance", sound->utterance } });
    } else if (auto* words = std::get_if<TtsWords>(&event)) {
        handle(agent::UtteranceWords { words->utterance, std::move(words->words) });
    } else if (auto* done = std::get_if<TtsDone>(&event)) {
        media_.end_of(on_line(done->utterance));
    } else if (auto* failed = std::get_if<TtsFailed>(&event)) {
        services_.metrics.provider_failed(ServerMetrics::Provider::voice);
        log_.warning(
            "speech synthesis failed", { { "utterance", failed->utterance }, { "error", failed->error.what } });
        media_.end_of(on_line(failed->utterance));
        handle(agent::VoiceFailed { failed->utterance, std::move(failed->error) });
    }
}

namespace {

// What the line tells, in the session's words. Empty: none of its business.
std::optional<agent::Event> to_session(const media::MediaEvent& event, UtteranceId before)
{
    // Those of earlier sessions become numbers that this one never gave.
    const auto own = [&](UtteranceId on_line) { return UtteranceId { on_line.value - before.value }; };
    if (const auto* started = std::get_if<media::PlayoutStarted>(&event))
        return agent::PlayoutStarted { own(started->utterance) };
    if (const auto* finished = std::get_if<media::PlayoutFinished>(&event))
        return agent::PlayoutFinished { own(finished->utterance) };
    if (const auto* stopped = std::get_if<media::PlayoutStopped>(&event))
        return agent::PlayoutStopped { own(stopped->utterance), stopped->heard };
    if (const auto* speech = std::get_if<media::SpeechStarted>(&event))
        return agent::SpeechStarted { speech->at };
    if (const auto* speech = std::get_if<media::SpeechStopped>(&event))
        return agent::SpeechStopped { speech->at };
    if (const auto* key = std::get_if<media::DigitReceived>(&event))
        return agent::Dtmf { key->digit.key };
    return std::nullopt;
}

} // namespace

void AiHost::handle(const media::MediaEvent& event)
{
    if (finished_)
        return;
    if (const auto* frame = std::get_if<media::FrameReceived>(&event)) {
        if (frame->frame.sample_rate == hearing_.rate())
            stt_->push(frame->frame, frame->arrived);
        else // The line has another codec than when the recogniser was opened.
            stt_->push(hearing_.push(frame->frame).value(), frame->arrived);
        return;
    }
    if (const auto* started = std::get_if<media::SpeechStarted>(&event))
        stt_->speech_started(started->at);
    else if (const auto* stopped = std::get_if<media::SpeechStopped>(&event))
        stt_->speech_stopped(stopped->at);
    else if (std::holds_alternative<media::PlayoutFull>(event))
        playout_full_ = true;
    else if (std::holds_alternative<media::PlayoutDrained>(event)) {
        playout_full_ = false;
        for (auto waiting = std::exchange(unspoken_, {}); agent::Speak & speak : waiting)
            carry_out(speak);
    }
    if (auto told = to_session(event, before_))
        handle(std::move(*told));
}

// ---- Commands -----------------------------------------------------------------------------------------------------

void AiHost::carry_out(agent::AskModel& ask)
{
    retire(std::move(model_));
    asked_ = ask.reply;
    model_ = services_.model.open(std::move(ask.request), guard_.wrap([this, reply = ask.reply](LmEvent event) {
        if (const auto* failed = std::get_if<LmFailed>(&event)) {
            services_.metrics.provider_failed(ServerMetrics::Provider::model);
            log_.warning("language model failed", { { "error", failed->error.what } });
        }
        handle(agent::ModelEvent { reply, std::move(event) });
    }));
}

void AiHost::carry_out(const agent::CancelModel& cancel)
{
    if (asked_ == cancel.reply)
        retire(std::move(model_));
}

void AiHost::carry_out(agent::Speak& speak)
{
    if (playout_full_) {
        unspoken_.push_back(std::move(speak));
        return;
    }
    last_spoken_ = speak.utterance;
    tts_->say(speak.utterance, std::move(speak.text), speak.voice);
}

void AiHost::carry_out(const agent::DuckPlayout&)
{
    media_.duck();
}
void AiHost::carry_out(const agent::UnduckPlayout&)
{
    media_.unduck();
}
void AiHost::carry_out(const agent::PausePlayout&)
{
    media_.pause();
}
void AiHost::carry_out(const agent::ResumePlayout&)
{
    media_.resume();
}

void AiHost::carry_out(const agent::StopPlayout&)
{
    unspoken_.clear();
    tts_->cancel();
    media_.stop(on_line(last_spoken_));
}

void AiHost::carry_out(agent::CallTool& call)
{
    const std::string id = call.request.call.id;
    log_.info("tool called", { { "tool", call.request.tool.name } });
    tool_runs_[id] = services_.tools.open(std::move(call.request), guard_.wrap([this, id](Result<ToolReply> reply) {
        if (const auto run = tool_runs_.find(id); run != tool_runs_.end()) {
            retire(std::move(run->second));
            tool_runs_.erase(run);
        }
        if (!reply) {
            services_.metrics.provider_failed(ServerMetrics::Provider::tool);
            log_.warning("tool failed", { { "error", reply.error().what } });
        }
        handle(agent::ToolReturned { id, std::move(reply) });
    }));
}

void AiHost::carry_out(const agent::CancelTool& cancel)
{
    if (const auto run = tool_runs_.find(cancel.tool_call_id); run != tool_runs_.end()) {
        retire(std::move(run->second));
        tool_runs_.erase(run);
    }
}

void AiHost::carry_out(agent::AskAside& ask)
{
    const auto id = ask.aside;
    auto& aside = asides_[id];
    aside.stream = services_.model.open(
        std::move(ask.request), guard_.wrap([this, id](LmEvent event) { on_aside(id, std::move(event)); }));
}

void AiHost::on_aside(agent::AsideId id, LmEvent event)
{
    const auto aside = asides_.find(id);
    if (aside == asides_.end())
        return;
    if (const auto* piece = std::get_if<LmText>(&event)) {
        if (aside->second.text.size() + piece->text.size() <= agent::max_aside_text)
            aside->second.text += piece->text;
        return;
    }
    const auto* failed = std::get_if<LmFailed>(&event);
    if (failed == nullptr && !std::holds_alternative<LmDone>(event))
        return; // A tool call: none was offered.
    if (failed != nullptr)
        services_.metrics.provider_failed(ServerMetrics::Provider::model);
    agent::AsideAnswered answer { id, std::move(aside->second.text), failed != nullptr ? failed->error.what : "" };
    retire(std::move(aside->second.stream));
    asides_.erase(aside);
    handle(std::move(answer));
}

void AiHost::carry_out(const agent::CancelAside& cancel)
{
    if (const auto aside = asides_.find(cancel.aside); aside != asides_.end()) {
        retire(std::move(aside->second.stream));
        asides_.erase(aside);
    }
}

// A recogniser has one language for life.
void AiHost::carry_out(agent::SetLanguage& language)
{
    stt_options_.language = std::move(language.code);
    retire(std::move(stt_));
    stt_ = services_.stt.open(stt_options_, guard_.wrap([this](SttEvent event) { on_speech(std::move(event)); }));
}

void AiHost::carry_out(agent::SetHints& hints)
{
    stt_options_.hints = hints.hints;
    stt_->set_hints(std::move(hints.hints));
}

void AiHost::carry_out(agent::FetchTools& wanted)
{
    if (services_.tool_sources == nullptr) {
        log_.error("tools of others not fetched", {});
        handle(agent::ToolsFetched {});
        return;
    }
    tool_fetch_
        = services_.tool_sources->open(std::move(wanted), guard_.wrap([this](std::vector<agent::FetchedTools> sources) {
              retire(std::move(tool_fetch_));
              handle(agent::ToolsFetched { std::move(sources) });
          }));
}

void AiHost::carry_out(agent::FetchConversation& fetch)
{
    services_.reports.fetch(fetch.hook, Json(swaig::report_body(fetch.report)).dump(), agent::conversation_wait,
        guard_.wrap([this](Result<std::string> answer) {
            if (!answer)
                log_.warning("earlier conversation not fetched", { { "error", answer.error().what } });
            handle(agent::ConversationFetched { answer ? swaig::fetched_summary(*answer) : "" });
        }));
}

void AiHost::carry_out(agent::PlaySound& play)
{
    bed_.carry_out(play);
}

void AiHost::carry_out(const agent::StopSound& stop)
{
    bed_.carry_out(stop);
}

void AiHost::carry_out(agent::PostDebug& post)
{
    services_.reports.debug().post(
        identity_.session, post.hook, Json(swaig::debug_event_body(debug_source(identity_), post.body)).dump());
}

void AiHost::carry_out(agent::EmitUserEvent& emitted)
{
    if (listener_.user_event)
        listener_.user_event(std::move(emitted.event));
}

void AiHost::carry_out(agent::AppendMessage& message)
{
    listener_.append(std::move(message));
}
void AiHost::carry_out(const agent::ReportTurn& turn)
{
    services_.metrics.turn_completed(turn.report);
    log_turn(log_, turn.report);
}

void AiHost::carry_out(const agent::PostReport& post)
{
    report_pending_ = true;
    services_.reports.post(post.hook, swaig::report_text(post.report), guard_.wrap([this](Result<void> sent) {
        if (sent)
            log_.info("report delivered");
        else
            log_.warning("report not delivered", { { "error", sent.error().what } });
        report_pending_ = false;
        finish_if_done();
    }));
}

void AiHost::carry_out(agent::Finished& finished)
{
    services_.metrics.session_ended(finished.reason);
    finished_ = std::move(finished);
    retire(std::move(stt_));
    retire(std::move(tts_));
    retire(std::move(model_));
    finish_if_done();
}

void AiHost::finish_if_done()
{
    if (finished_ && !report_pending_)
        listener_.finished(*finished_);
}

} // namespace parley
