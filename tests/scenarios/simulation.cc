#include "simulation.h"

#include "turn/words.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace parley::talk {

namespace {

constexpr Duration longest_run = 3'600s;
constexpr Duration beat = 20ms; // A stop takes effect with the next packet.

agent::SessionIdentity identity()
{
    agent::SessionIdentity identity;
    identity.call = { "11111111-1111-4111-8111-111111111111" };
    identity.session = { "22222222-2222-4222-8222-222222222222" };
    identity.clock = { Instant {}, WallTime { 1'800'000'000'000'000 } };
    identity.call_start = identity.clock.wall;
    return identity;
}

std::string seconds(Instant when)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.3f", std::chrono::duration<double>(when.time_since_epoch()).count());
    std::string trimmed(text);
    while (trimmed.ends_with('0') && !trimmed.ends_with(".0"))
        trimmed.pop_back();
    return trimmed;
}

} // namespace

const char* name_of(Fault::Kind kind)
{
    switch (kind) {
    case Fault::Kind::none: return "nothing";
    case Fault::Kind::model_fails: return "model_fails";
    case Fault::Kind::model_hangs: return "model_hangs";
    case Fault::Kind::voice_fails: return "voice_fails";
    case Fault::Kind::voice_hangs: return "voice_hangs";
    case Fault::Kind::tool_fails: return "tool_fails";
    case Fault::Kind::tool_hangs: return "tool_hangs";
    case Fault::Kind::words_lost: return "words_lost";
    case Fault::Kind::stt_fails: return "stt_fails";
    case Fault::Kind::stt_recovers: return "stt_recovers";
    }
    return "?";
}

Simulation::Simulation(const Talk& talk, Fault fault)
    : talk_(talk)
    , fault_(fault)
    , session_(talk.spec, identity(), Log::none())
    , tool_answers_(talk.tools)
{
    at(Instant {}, agent::SessionStarted {});
    for (const auto& step : talk_.steps) {
        const Instant when { step.at };
        if (const auto* speaks = std::get_if<CallerSpeaks>(&step.what))
            schedule_caller(when, *speaks);
        else
            at(when, std::get<agent::Event>(step.what));
    }
}

void Simulation::at(Instant when, agent::Event event)
{
    queue_.emplace(when, std::move(event));
}

void Simulation::schedule_caller(Instant when, const CallerSpeaks& speaks)
{
    at(when, agent::SpeechStarted {});
    const auto words = turn::split_words(speaks.words);
    if (talk_.interim) {
        std::string text;
        for (std::size_t i = 0; i < words.size(); ++i) {
            text += (text.empty() ? "" : " ") + std::string(words[i]);
            Transcript interim;
            interim.text = text;
            interim.speech_start = when;
            at(when + speaks.lasts * static_cast<int>(i + 1) / static_cast<int>(words.size()), std::move(interim));
        }
    }
    const Instant end = when + speaks.lasts;
    at(end, agent::SpeechStopped {});
    if (words.empty())
        return;
    Transcript transcript;
    transcript.text = speaks.words;
    transcript.final = true;
    transcript.speech_start = when;
    transcript.speech_end = end;
    const Instant heard = end + speaks.heard_after.value_or(talk_.recogniser);
    if (faulty(Fault::Kind::words_lost))
        return;
    if (faulty(Fault::Kind::stt_fails))
        at(heard, SttFailed { { ErrorKind::unavailable, "recogniser is gone" }, false });
    else if (faulty(Fault::Kind::stt_recovers))
        at(heard, SttFailed { { ErrorKind::unavailable, "recogniser came back" }, true });
    else
        at(heard, std::move(transcript));
}

bool Simulation::faulty(Fault::Kind kind)
{
    return ++counts_[kind] == fault_.which && kind == fault_.kind;
}

int Simulation::count(Fault::Kind kind) const
{
    const auto found = counts_.find(kind);
    return found == counts_.end() ? 0 : found->second;
}

void Simulation::note(std::string what)
{
    trace_.push_back(seconds(now_) + " " + std::move(what));
}

void Simulation::violated(std::string what)
{
    violations_.push_back(seconds(now_) + " " + std::move(what));
}

// ---- The loop ------------------------------------------------------------------------------------------------------

void Simulation::run()
{
    for (;;) {
        if (finished_ && queue_.empty())
            break;
        std::optional<Instant> next;
        const auto earlier = [&](std::optional<Instant> when) {
            if (when && (!next || *when < *next))
                next = when;
        };
        const auto due = session_.deadline();
        const auto sound = playout_due();
        earlier(due);
        earlier(sound);
        if (!queue_.empty())
            earlier(queue_.begin()->first);
        if (!next) {
            violated("nothing will ever happen again, and the session has not finished");
            break;
        }
        now_ = std::max(now_, *next);
        if (now_ > Instant { longest_run }) {
            violated("the session does not end");
            break;
        }
        if (due == next) {
            agent::Commands out;
            session_.handle_timeout(now_, out);
            take(out);
        } else if (sound == next) {
            play();
        } else {
            const agent::Event event = std::move(queue_.begin()->second);
            queue_.erase(queue_.begin());
            give(event);
        }
        check_wedged();
    }
    check_rows();
}

void Simulation::give(const agent::Event& event)
{
    if (const auto* model = std::get_if<agent::ModelEvent>(&event)) {
        if (cancelled_.contains(model->reply.value))
            return; // Destroying the stream ends it.
        if (std::holds_alternative<LmDone>(model->event) || std::holds_alternative<LmFailed>(model->event))
            asking_.reset();
    }
    if (const auto* aside = std::get_if<agent::AsideAnswered>(&event)) {
        if (asides_.erase(aside->aside) == 0)
            return;
    }
    if (const auto* tool = std::get_if<agent::ToolReturned>(&event)) {
        if (cancelled_tools_.contains(tool->tool_call_id))
            return;
        open_tools_.erase(tool->tool_call_id);
    }
    agent::Commands out;
    session_.handle(event, now_, out);
    take(out);
}

void Simulation::take(const agent::Commands& commands)
{
    for (const auto& command : commands) {
        if (finished_)
            violated("a command after Finished");
        std::visit([&](const auto& c) { on(c); }, command);
    }
}

// ---- The model -----------------------------------------------------------------------------------------------------

void Simulation::on(const agent::AskModel& ask)
{
    if (asking_)
        violated("the model was asked while it was answering");
    asking_ = ask.reply;
    asked_.push_back(ask);
    note("ask");
    check_request(ask.request);
    if (faulty(Fault::Kind::model_hangs))
        return;
    if (faulty(Fault::Kind::model_fails)) {
        after(100ms, agent::ModelEvent { ask.reply, LmFailed { { ErrorKind::unavailable, "model is away" } } });
        return;
    }
    if (next_answer_ >= talk_.model.size()) {
        after(100ms, agent::ModelEvent { ask.reply, LmText { "Indeed." } });
        after(100ms, agent::ModelEvent { ask.reply, LmDone { 10, 1 } });
        return;
    }
    const ModelAnswer& answer = talk_.model[next_answer_++];
    Duration when = answer.after;
    if (answer.fails) {
        after(when, agent::ModelEvent { ask.reply, LmFailed { { ErrorKind::unavailable, "model is away" } } });
        return;
    }
    if (answer.per_word == 0ms) {
        if (!answer.text.empty())
            after(when, agent::ModelEvent { ask.reply, LmText { answer.text } });
    } else {
        std::string before;
        for (const auto word : turn::split_words(answer.text)) {
            after(when, agent::ModelEvent { ask.reply, LmText { before + std::string(word) } });
            before = " ";
            when += answer.per_word;
        }
    }
    for (auto call : answer.calls)
        after(when, agent::ModelEvent { ask.reply, LmToolCall { std::move(call) } });
    after(when, agent::ModelEvent { ask.reply, LmDone { 100, static_cast<int>(turn::count_words(answer.text)) } });
}

void Simulation::on(const agent::CancelModel& cancel)
{
    note("cancel model");
    if (asking_ != cancel.reply)
        violated("a reply was cancelled that is not in the making");
    cancelled_.insert(cancel.reply.value);
    asking_.reset();
}

// Every provider refuses a tool call without its result, and a result without its call.
void Simulation::check_request(const LmRequest& request)
{
    std::vector<std::string> waiting;
    bool conversation = false;
    for (const auto& message : request.messages) {
        if (message.role == LmMessage::Role::tool) {
            const auto call = std::find(waiting.begin(), waiting.end(), message.tool_call_id);
            if (call == waiting.end())
                violated("a tool result without its call was shown to the model");
            else
                waiting.erase(call);
            if (message.content.empty())
                violated("an empty tool result was shown to the model");
            continue;
        }
        if (!waiting.empty())
            violated("a tool call without its result was shown to the model");
        if (message.content.empty() && message.tool_calls.empty())
            violated("an empty message was shown to the model");
        for (const auto& call : message.tool_calls)
            waiting.push_back(call.id);
        conversation = conversation || message.role != LmMessage::Role::system;
    }
    if (!waiting.empty())
        violated("a tool call without its result was shown to the model");
    if (!talk_.spec.prompt.text.empty()
        && (request.messages.empty() || request.messages.front().role != LmMessage::Role::system))
        violated("the prompt was lost");
}

// ---- Voice and playout ---------------------------------------------------------------------------------------------

void Simulation::on(const agent::Speak& speak)
{
    note("speak \"" + speak.text + "\"");
    Sound sound;
    sound.utterance = speak.utterance;
    sound.ready = now_ + talk_.first_sound;
    for (const auto word : turn::split_words(speak.text)) {
        sound.words.push_back({ std::string(word), sound.length, sound.length + talk_.per_word });
        sound.length += talk_.per_word;
    }
    if (faulty(Fault::Kind::voice_fails)) {
        after(talk_.first_sound, agent::VoiceFailed { speak.utterance, { ErrorKind::unavailable, "voice is away" } });
        return;
    }
    sound.silent = faulty(Fault::Kind::voice_hangs);
    if (talk_.word_times)
        after(talk_.first_sound, agent::UtteranceWords { speak.utterance, sound.words });
    sounds_.push_back(std::move(sound));
}

std::optional<Instant> Simulation::playout_due() const
{
    if (sounds_.empty() || paused_ || sounds_.front().silent)
        return std::nullopt;
    const Sound& sound = sounds_.front();
    return sound.started ? sound.resumed + (sound.length - sound.played) : sound.ready;
}

void Simulation::play()
{
    Sound& sound = sounds_.front();
    if (!sound.started) {
        sound.started = true;
        sound.resumed = now_;
        note("sound");
        give(agent::PlayoutStarted { sound.utterance });
        return;
    }
    const auto utterance = sound.utterance;
    sounds_.erase(sounds_.begin());
    note("sound ends");
    give(agent::PlayoutFinished { utterance });
}

void Simulation::on(const agent::PausePlayout&)
{
    note("pause");
    paused_ = true;
    if (!sounds_.empty() && sounds_.front().started)
        sounds_.front().played += now_ - sounds_.front().resumed;
}

void Simulation::on(const agent::ResumePlayout&)
{
    note("resume");
    paused_ = false;
    if (!sounds_.empty()) {
        sounds_.front().resumed = now_;
        sounds_.front().ready = std::max(sounds_.front().ready, now_);
    }
}

void Simulation::on(const agent::StopPlayout&)
{
    note("stop");
    if (!sounds_.empty() && sounds_.front().started) {
        Sound& sound = sounds_.front();
        const Duration heard = paused_ ? sound.played : sound.played + (now_ - sound.resumed);
        cuts_.push_back({ sound.utterance, heard, sound.words });
        after(beat, agent::PlayoutStopped { sound.utterance, heard });
    }
    sounds_.clear();
    paused_ = false;
}

// ---- Tools ---------------------------------------------------------------------------------------------------------

void Simulation::on(const agent::CallTool& call)
{
    const auto& tool = call.request.call;
    note("tool " + tool.name + " " + tool.arguments);
    open_tools_.insert(tool.id);
    if (faulty(Fault::Kind::tool_hangs))
        return;
    const auto answer = std::find_if(
        tool_answers_.begin(), tool_answers_.end(), [&](const ToolAnswer& a) { return a.name == tool.name; });
    ToolReply reply;
    reply.response = "done";
    Duration delay = 100ms;
    bool fails = faulty(Fault::Kind::tool_fails);
    if (answer != tool_answers_.end()) {
        reply.response = answer->response;
        reply.actions = answer->actions;
        reply.tool_prompt = answer->tool_prompt;
        delay = answer->after;
        fails = fails || answer->fails;
        tool_answers_.erase(answer);
    }
    if (fails)
        after(delay, agent::ToolReturned { tool.id, Error { ErrorKind::unavailable, "HTTP 500" } });
    else
        after(delay, agent::ToolReturned { tool.id, std::move(reply) });
}

void Simulation::on(const agent::CancelTool& cancel)
{
    note("cancel tool");
    if (open_tools_.erase(cancel.tool_call_id) == 0)
        violated("a tool was cancelled that was not running");
    cancelled_tools_.insert(cancel.tool_call_id);
}

// ---- Beside the conversation ---------------------------------------------------------------------------------------

void Simulation::on(const agent::FetchTools&)
{
    note("fetch tools");
    after(50ms, agent::ToolsFetched { talk_.fetched });
}

void Simulation::on(const agent::FetchConversation&)
{
    note("fetch conversation");
    after(50ms, agent::ConversationFetched { talk_.earlier });
}

void Simulation::on(const agent::AskAside& ask)
{
    note("aside");
    asides_.insert(ask.aside);
    if (next_aside_ >= talk_.asides.size()) {
        after(100ms, agent::AsideAnswered { ask.aside, "A summary.", "" });
        return;
    }
    const ModelAnswer& answer = talk_.asides[next_aside_++];
    after(answer.after, agent::AsideAnswered { ask.aside, answer.text, answer.fails ? "model is away" : "" });
}

void Simulation::on(const agent::CancelAside& cancel)
{
    note("cancel aside");
    if (asides_.erase(cancel.aside) == 0)
        violated("something was cancelled that was not asked");
}

namespace {

std::string name_of(agent::SoundPlace place)
{
    switch (place) {
    case agent::SoundPlace::background: return "background";
    case agent::SoundPlace::hold: return "hold";
    case agent::SoundPlace::tool: return "tool";
    }
    return "?";
}

} // namespace

void Simulation::on(const agent::PlaySound& play)
{
    note("play " + name_of(play.place) + " \"" + play.source + "\"");
    if (play.loops) // A second each.
        after(1s * *play.loops, agent::SoundEnded { play.place, "" });
}

void Simulation::on(const agent::StopSound& stop)
{
    note("stop " + name_of(stop.place));
}

void Simulation::on(const agent::EmitUserEvent& event)
{
    note("user event " + Json(event.event).dump());
}

// ---- Log, reports, end ---------------------------------------------------------------------------------------------

void Simulation::on(const agent::AppendMessage& row)
{
    note("row " + row_text(row));
    rows_.push_back(row);
    row_times_.push_back(now_);
}

void Simulation::on(const agent::ReportTurn& turn)
{
    note("turn");
    turns_.push_back(turn.report);
}

void Simulation::on(const agent::PostReport& post)
{
    note("report");
    if (report_)
        violated("a second report");
    report_ = post;
}

void Simulation::on(const agent::Finished& end)
{
    note("finished " + std::string(to_string(end.reason)));
    finished_ = end;
    finished_at_ = now_;
}

std::vector<std::string> Simulation::log() const
{
    std::vector<std::string> lines;
    for (const auto& row : rows_)
        lines.push_back(row_text(row));
    return lines;
}

// A floor that waits for something has a timer in case it does not come.
void Simulation::check_wedged()
{
    if (session_.finished() || session_.deadline())
        return;
    switch (session_.floor()) {
    case turn::Floor::open:
    case turn::Floor::user: break;
    case turn::Floor::endpointing:
    case turn::Floor::thinking:
    case turn::Floor::contested:
    case turn::Floor::held:
    case turn::Floor::agent:
        if (!playout_due())
            violated("wedged in " + std::string(to_string(session_.floor())));
        break;
    }
}

void Simulation::check_rows()
{
    std::vector<std::string> calls;
    constexpr Duration patience = 60s; // Two waits for the model, an apology, and some.
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        const auto& row = rows_[i];
        if (row.content.empty() && row.tool_calls.empty())
            violated("an empty row");
        if (!row.tool_calls.empty() && (row.role != Role::assistant || !row.content.empty()))
            violated("a tool request that is not a row of its own");
        for (const auto& call : row.tool_calls)
            calls.push_back(call.id);
        if (row.role == Role::tool) {
            const auto call = std::find(calls.begin(), calls.end(), row.tool_call_id);
            if (call == calls.end())
                violated("a tool row without its request");
            else
                calls.erase(call);
        }
        if (row.role == Role::user) {
            const bool answered = std::any_of(rows_.begin() + static_cast<std::ptrdiff_t>(i) + 1, rows_.end(),
                [](const auto& later) { return later.role == Role::assistant || later.role == Role::user; });
            if (!answered && (!finished_ || finished_at_ - row_times_[i] > patience))
                violated("the user was not answered: " + row.content);
        }
    }
    if (!calls.empty())
        violated("a tool request without its row");
    if (!finished_)
        violated("Finished never came");
}

} // namespace parley::talk
