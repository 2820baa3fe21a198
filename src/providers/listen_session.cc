#include "providers/listen_session.h"

#include <algorithm>

namespace parley {
namespace {

constexpr const char* finalize_message = R"({"type":"Finalize"})";
constexpr const char* keep_alive_message = R"({"type":"KeepAlive"})";
constexpr Duration final_slack = 300ms; // A last result need not reach to the last sample.
constexpr const char* close_message = R"({"type":"CloseStream"})";

} // namespace

ListenSession::ListenSession(ListenOptions options, SttOptions stream, Log log)
    : options_(std::move(options))
    , stream_(std::move(stream))
    , log_(std::move(log))
    , patience_(options_.final_timeout)
    , timeline_(stream_.sample_rate)
{
}

void ListenSession::start(Instant now, Commands& out)
{
    connect(now, out);
}

// ---- The call
// --------------------------------------------------------------------------------------------------------

void ListenSession::push(const AudioFrame& frame, Instant arrived, std::size_t queued, Instant now, Commands& out)
{
    handle_timeout(now, out);
    if (state_ == State::over || finished_ || frame.samples.empty())
        return;
    if (!origin_)
        origin_ = arrived - frame.duration();
    kept_.push_back({ frame.samples, arrived });
    kept_sound_ += frame.duration();
    send_what_fits(queued, now, out);
    limit(out);
}

void ListenSession::speech_started(Instant now, Commands& out)
{
    handle_timeout(now, out);
    if (state_ == State::over || finished_)
        return;
    // Other words to favour are told by the URL. Between utterances a new connection costs nothing but its time.
    if (hints_changed_ && !words_pending_ && !words_due_ && state_ == State::open) {
        log_.debug("hints changed, connecting again");
        connect(now, out);
    }
    speaking_ = true;
    speech_start_ = now;
    heard_in_speech_ = false;
    final_owed_ = false;
    final_asked_.reset();
    words_due_ = now + silence_patience;
}

void ListenSession::speech_stopped(std::size_t queued, Instant now, Commands& out)
{
    handle_timeout(now, out);
    if (state_ == State::over || !speaking_)
        return;
    speaking_ = false;
    final_owed_ = true;
    if (words_pending_ || (!heard_in_speech_ && now - speech_start_ >= telling_speech))
        words_due_ = now + patience_;
    send_what_fits(queued, now, out);
}

void ListenSession::set_hints(std::vector<std::string> hints)
{
    hints_changed_ = hints_changed_ || hints != stream_.hints;
    stream_.hints = std::move(hints);
}

void ListenSession::finish(std::size_t queued, Instant now, Commands& out)
{
    handle_timeout(now, out);
    if (state_ == State::over || finished_)
        return;
    finished_ = true;
    speaking_ = false;
    close_due_ = now + close_patience;
    send_what_fits(queued, now, out);
}

// ---- The connection
// --------------------------------------------------------------------------------------------------

void ListenSession::connect(Instant now, Commands& out)
{
    state_ = State::connecting;
    connect_due_ = now + options_.connect_timeout;
    hints_changed_ = false;
    if (!speaking_ && !words_pending_ && !final_owed_) {
        while (kept_.size() > 1 && kept_sound_ > quiet_replay)
            drop_oldest();
    }
    sent_ = 0;
    final_asked_.reset();
    timeline_.clear();
    out.emplace_back(Connect { listen_url(options_, stream_) });
}

void ListenSession::opened(Instant now, Commands& out)
{
    if (state_ != State::connecting)
        return;
    state_ = State::open;
    last_sent_ = now;
    heard_in_speech_ = false;
    if (connections_++ == 0)
        out.emplace_back(Tell { SttReady {} });
    else
        log_.info(
            "speech recognition connected again", { { "provider", options_.name }, { "replayed_ms", kept_sound_ } });
    if (speaking_)
        words_due_ = now + silence_patience;
    else if (words_pending_)
        words_due_ = now + patience_;
    send_what_fits(0, now, out);
}

void ListenSession::closed(const std::string& why, Instant now, Commands& out)
{
    if (state_ == State::over || state_ == State::pausing)
        return;
    if (finished_ && (kept_.empty() || (sent_ == kept_.size() && !words_pending_))) {
        state_ = State::over; // It said all it had to say.
        return;
    }
    lost(Loss::broken,
        { ErrorKind::unavailable, "speech recognition: " + (why.empty() ? "the connection was closed" : why) }, now,
        out);
}

void ListenSession::lost(Loss how, Error why, Instant now, Commands& out)
{
    out.emplace_back(Disconnect {});
    words_due_.reset();
    sent_ = 0;
    ++failures_;
    log_.warning(
        "speech recognition lost", { { "provider", options_.name }, { "why", why.what }, { "attempt", failures_ } });
    if (options_.attempts > 0 && (how == Loss::stalled || failures_ > options_.attempts)) {
        give_up(std::move(why), out);
        return;
    }
    if (failures_ > 1 && !std::exchange(outage_told_, true))
        out.emplace_back(Tell { SttFailed { std::move(why), true } });
    state_ = State::pausing;
    // A connection that worked is replaced at once: providers end sessions now and then.
    const int doublings = std::min(failures_ - 2, 10);
    connect_due_ = failures_ == 1 ? now : now + std::min(first_pause * (1 << doublings), longest_pause);
}

void ListenSession::give_up(Error why, Commands& out)
{
    state_ = State::over;
    kept_.clear();
    out.emplace_back(Tell { SttFailed { std::move(why), false } });
}

// ---- Sound
// -----------------------------------------------------------------------------------------------------------

void ListenSession::send_what_fits(std::size_t queued, Instant now, Commands& out)
{
    if (state_ != State::open)
        return;
    while (sent_ < kept_.size() && queued < send_window) {
        auto& chunk = kept_[sent_++];
        timeline_.push(chunk.samples.size(), chunk.arrived);
        chunk.end = timeline_.samples();
        queued += chunk.samples.size() * sizeof(std::int16_t);
        last_sent_ = now;
        out.emplace_back(SendAudio { chunk.samples });
    }
    if (sent_ < kept_.size())
        return;
    if (finished_) {
        out.emplace_back(SendText { close_message });
    } else if (final_owed_ && !final_asked_) {
        final_asked_ = timeline_.samples();
        out.emplace_back(SendText { finalize_message });
    }
}

void ListenSession::drop_oldest()
{
    const auto& chunk = kept_.front();
    kept_sound_ -= length(chunk.samples.size());
    kept_.pop_front();
    if (sent_ > 0)
        --sent_;
}

void ListenSession::limit(Commands& out)
{
    bool unheard = false;
    while (kept_.size() > 1 && kept_sound_ > replay_limit) {
        unheard = unheard || sent_ == 0;
        drop_oldest();
    }
    if (!unheard || std::exchange(dropped_told_, true))
        return;
    log_.warning("speech audio dropped", { { "provider", options_.name }, { "limit_ms", replay_limit } });
    out.emplace_back(Tell { SttFailed {
        { ErrorKind::limit_reached, "speech recognition is behind; the oldest audio was dropped" }, true } });
}

// What lies before `sample` of this connection's stream is final.
void ListenSession::covered(std::int64_t sample)
{
    while (sent_ > 0 && kept_.front().end <= sample)
        drop_oldest();
    timeline_.forget_before(sample);
}

// ---- Words
// -----------------------------------------------------------------------------------------------------------

void ListenSession::message(std::string_view text, Instant now, Commands& out)
{
    handle_timeout(now, out);
    if (state_ != State::open)
        return;
    auto parsed = parse_listen_message(text);
    if (!parsed) {
        lost(Loss::broken, parsed.error(), now, out);
        return;
    }
    if (const auto* error = std::get_if<ListenError>(&*parsed)) {
        lost(Loss::broken, { ErrorKind::unavailable, error->what }, now, out);
        return;
    }
    const auto* result = std::get_if<ListenResult>(&*parsed);
    if (result == nullptr)
        return;
    failures_ = 0;
    outage_told_ = false;
    heard_in_speech_ = true;
    if (!words_pending_)
        words_due_.reset();
    on(*result, now, out);
}

void ListenSession::on(const ListenResult& result, Instant now, Commands& out)
{
    const bool says_something = !result.text.empty();
    if (timeline_.samples() == 0)
        return; // About sound that was never sent.
    if (says_something)
        out.emplace_back(Tell { transcript(result) });
    if (result.final) {
        const auto end = timeline_.sample_at(result.end);
        words_pending_ = false;
        words_due_.reset();
        patience_ = options_.final_timeout;
        if (final_asked_ && end + stream_.sample_rate * to_milliseconds(final_slack) / 1'000 >= *final_asked_)
            final_owed_ = false;
        covered(end);
    } else if (says_something) {
        words_pending_ = true;
        if (!speaking_)
            words_due_ = now + patience_; // It works on it.
    }
}

Transcript ListenSession::transcript(const ListenResult& result) const
{
    Transcript told;
    told.text = result.text;
    told.final = result.final;
    told.confidence = result.confidence;
    told.language = stream_.language;
    for (const auto& word : result.words)
        told.words.push_back({ word.word, timeline_.when(word.start) - *origin_, timeline_.when(word.end) - *origin_ });
    told.speech_start = told.words.empty() ? timeline_.when(result.start) : *origin_ + told.words.front().start;
    told.speech_end = told.words.empty() ? timeline_.when(result.end) : *origin_ + told.words.back().end;
    return told;
}

// ---- Time
// ------------------------------------------------------------------------------------------------------------

void ListenSession::handle_timeout(Instant now, Commands& out)
{
    if (state_ == State::over)
        return;
    if (close_due_ && *close_due_ <= now) {
        state_ = State::over;
        out.emplace_back(Disconnect {});
        return;
    }
    if (state_ == State::connecting && connect_due_ <= now)
        lost(Loss::broken, { ErrorKind::timed_out, "speech recognition: no connection in time" }, now, out);
    if (state_ == State::pausing && connect_due_ <= now)
        connect(now, out);
    if (state_ != State::open)
        return;
    if (words_due_ && *words_due_ <= now) {
        patience_ = std::min(patience_ * 2, longest_patience);
        lost(Loss::stalled, { ErrorKind::timed_out, "speech recognition: no words in time" }, now, out);
        if (state_ == State::pausing && connect_due_ <= now)
            connect(now, out);
    } else if (last_sent_ + keep_alive <= now) {
        last_sent_ = now;
        out.emplace_back(SendText { keep_alive_message });
    }
}

std::optional<Instant> ListenSession::deadline() const
{
    std::optional<Instant> next = close_due_;
    const auto consider = [&](Instant due) {
        if (!next || due < *next)
            next = due;
    };
    switch (state_) {
    case State::connecting:
    case State::pausing: consider(connect_due_); break;
    case State::open:
        consider(last_sent_ + keep_alive);
        if (words_due_)
            consider(*words_due_);
        break;
    case State::over: return std::nullopt;
    }
    return next;
}

Duration ListenSession::length(std::size_t samples) const
{
    return Duration(static_cast<std::int64_t>(samples) * 1'000'000 / stream_.sample_rate);
}

} // namespace parley
