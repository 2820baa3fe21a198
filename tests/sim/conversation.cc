#include "conversation.h"

#include "audio/g711.h"
#include "audio/tones.h"
#include "rtp/rtp_packet.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace parley::sim {

namespace {

const SocketAddress caller { "192.0.2.1", 4'000 };
constexpr std::size_t samples_per_ms = 8;
constexpr std::int16_t loudness = 8'000; // Ducked by 20 dB it is still sound,
constexpr int least_sound = 200;         // and this is not.

agent::SessionIdentity identity()
{
    agent::SessionIdentity identity;
    identity.call = { "11111111-1111-4111-8111-111111111111" };
    identity.session = { "22222222-2222-4222-8222-222222222222" };
    identity.clock = { Instant {}, WallTime { 1'800'000'000'000'000 } };
    identity.call_start = identity.clock.wall;
    return identity;
}

media::MediaSessionSettings line_settings(VoiceActivityOptions voice_activity)
{
    media::MediaSessionSettings settings;
    settings.ssrc = 7;
    settings.voice_activity = voice_activity;
    settings.clock = { Instant {}, WallTime { 0 } };
    return settings;
}

std::string seconds(Instant when)
{
    return std::to_string(to_milliseconds(when.time_since_epoch())) + " ms: ";
}

} // namespace

std::size_t count_words(const std::string& text)
{
    return text.empty() ? 0 : 1 + static_cast<std::size_t>(std::ranges::count(text, ' '));
}

Conversation::Conversation(AiSpec spec, Weather weather, std::uint32_t seed, VoiceActivityOptions voice_activity)
    : random_(seed)
    , network_(weather, seed + 1)
    , session_(std::move(spec), identity(), Log::none())
    , line_(line_settings(voice_activity), Log::none())
{
    sdp::AgreedMedia media;
    media.remote_rtp = caller;
    media.remote_rtcp = { caller.ip, 4'001 };
    line_.agree(media);
    at(Instant(7ms), [this] { caller_beat(); });
    at(Instant {}, [this] { give(agent::SessionStarted {}); });
}

void Conversation::violated(std::string what)
{
    violations_.push_back(seconds(now_) + std::move(what));
}

void Conversation::at(Instant when, std::function<void()> what)
{
    queue_.emplace(std::max(when, now_), std::move(what));
}

std::vector<std::string> Conversation::rows_of(Role role) const
{
    std::vector<std::string> contents;
    for (const auto& row : rows_)
        if (row.role == role)
            contents.push_back(row.content);
    return contents;
}

// ---- The caller ----------------------------------------------------------------------------------------------------

void Conversation::speak(Instant from, Duration length, std::string words)
{
    speeches_.push_back({ from, from + length });
    if (words.empty())
        return;
    const Duration delay = network_.weather().delay;
    Transcript transcript;
    transcript.speech_start = from + delay;
    transcript.speech_end = from + length + delay;
    transcript.confidence = 0.9F;
    transcript.text = words.substr(0, words.find(' '));
    at(from + length / 2 + std::chrono::milliseconds(200 + random(300)), [this, transcript] { give(transcript); });
    transcript.text = std::move(words);
    transcript.final = true;
    at(from + length + std::chrono::milliseconds(550 + random(300)), [this, transcript] { give(transcript); });
}

// A packet of 20 ms each 20 ms, as a telephone sends it.
void Conversation::caller_beat()
{
    at(now_ + frame_duration, [this] { caller_beat(); });
    const Instant began = now_ - frame_duration;
    const bool loud
        = std::ranges::any_of(speeches_, [&](const Speech& s) { return s.from <= began && began < s.until; });
    std::vector<std::int16_t> samples(media::beat_samples, 0);
    if (loud) {
        static const auto babble = make_babble(-20, 8'000 * 20, 8'000, 5);
        const auto place = static_cast<std::size_t>(caller_sequence_) * media::beat_samples % (babble.size() - 160);
        std::copy_n(babble.begin() + static_cast<std::ptrdiff_t>(place), media::beat_samples, samples.begin());
    }
    add_echo(samples);
    std::vector<std::byte> payload(samples.size());
    g711_encode(G711Law::ulaw, samples, payload);
    const std::uint16_t sequence = caller_sequence_++;
    std::vector<std::byte> datagram(rtp_header_size + payload.size());
    const auto ticks = static_cast<std::uint32_t>(now_.time_since_epoch() / 125us);
    if (write_rtp({ false, 0, sequence, ticks, 99, payload }, datagram) == 0)
        violated("the caller's packet has no room");
    if (const auto arrives = network_.carry(now_))
        at(*arrives, [this, datagram = std::move(datagram)] {
            media::MediaEvents events;
            line_.receive(datagram, caller, now_, events);
            for (const auto& event : events)
                on_line(event);
        });
}

void Conversation::add_echo(std::span<std::int16_t> heard)
{
    if (echo_delay == 0ms)
        return;
    const auto late = static_cast<std::size_t>(echo_delay / 125us);
    const double gain = std::pow(10, -echo_loss_db / 20);
    for (auto& sample : heard) {
        if (on_the_way_.size() <= late)
            return;
        sample = static_cast<std::int16_t>(sample + on_the_way_.front() * gain);
        on_the_way_.pop_front();
    }
}

// As a recogniser that listens all the time would: the words of the agent, a little later.
void Conversation::recognise_echo(std::string words)
{
    if (echo_delay == 0ms)
        return;
    Transcript transcript;
    transcript.speech_start = now_ + echo_delay;
    transcript.speech_end = now_ + echo_delay + 600ms;
    transcript.confidence = 0.9F;
    transcript.text = std::move(words);
    at(transcript.speech_end + 100ms, [this, transcript] { give(transcript); });
    transcript.final = true;
    at(transcript.speech_end + 400ms, [this, transcript] { give(transcript); });
}

// ---- The line ------------------------------------------------------------------------------------------------------

void Conversation::beat()
{
    media::MediaEvents events;
    const auto bytes = line_.beat(now_, events);
    if (!bytes.empty()) {
        const auto packet = parse_rtp(bytes);
        std::vector<std::int16_t> samples(packet->payload.size());
        g711_decode(G711Law::ulaw, packet->payload, samples);
        const auto sound = static_cast<std::size_t>(
            std::ranges::count_if(samples, [](std::int16_t s) { return std::abs(int { s }) >= least_sound; }));
        if (sound > 0 && !first_sound_)
            first_sound_ = now_;
        samples_left_ += sound;
        if (echo_delay > 0ms)
            on_the_way_.insert(on_the_way_.end(), samples.begin(), samples.end());
    }
    for (const auto& event : events)
        on_line(event);
}

void Conversation::on_line(const media::MediaEvent& event)
{
    if (const auto* frame = std::get_if<media::FrameReceived>(&event)) {
        if (frame->arrived < last_frame_ || frame->arrived > now_)
            violated("a frame goes back in time, or comes from the future");
        last_frame_ = frame->arrived;
    } else if (const auto* started = std::get_if<media::PlayoutStarted>(&event)) {
        give(agent::PlayoutStarted { started->utterance });
        recognise_echo("welcome to the bank");
    } else if (const auto* done = std::get_if<media::PlayoutFinished>(&event)) {
        give(agent::PlayoutFinished { done->utterance });
    } else if (const auto* stopped = std::get_if<media::PlayoutStopped>(&event)) {
        give(agent::PlayoutStopped { stopped->utterance, stopped->heard });
    } else if (const auto* onset = std::get_if<media::SpeechStarted>(&event)) {
        on_edge(true, onset->at);
        give(agent::SpeechStarted { onset->at });
    } else if (const auto* end = std::get_if<media::SpeechStopped>(&event)) {
        on_edge(false, end->at);
        give(agent::SpeechStopped { end->at });
    }
}

// Edges alternate, and go forward in time.
void Conversation::on_edge(bool started, Instant when)
{
    if (speaking_.value_or(false) == started)
        violated("two equal edges in a row");
    if (when < last_edge_ || when > now_ || now_ - when > 1s)
        violated("an edge out of time");
    speaking_ = started;
    last_edge_ = when;
}

// ---- The session ---------------------------------------------------------------------------------------------------

void Conversation::give(agent::Event event)
{
    waiting_.push_back(std::move(event));
    if (!working_)
        work();
}

void Conversation::work()
{
    working_ = true;
    agent::Commands out;
    session_.handle_timeout(now_, out);
    while (true) {
        for (auto& command : out) {
            if (finished_ > 0)
                violated("a command after Finished");
            std::visit([this](auto& c) { on(c); }, command);
        }
        out.clear();
        if (waiting_.empty())
            break;
        const agent::Event event = std::move(waiting_.front());
        waiting_.pop_front();
        session_.handle(event, now_, out);
    }
    working_ = false;
}

void Conversation::run_until(Instant until)
{
    while (true) {
        Instant next = next_beat_;
        if (!queue_.empty())
            next = std::min(next, queue_.begin()->first);
        const auto due = session_.deadline();
        if (due)
            next = std::min(next, *due);
        if (next > until)
            break;
        now_ = std::max(now_, next);
        if (due && *due <= now_) {
            work();
            if (session_.deadline() == due) {
                violated("a timer that does not go off");
                return;
            }
        } else if (!queue_.empty() && queue_.begin()->first <= now_) {
            const auto what = std::move(queue_.begin()->second);
            queue_.erase(queue_.begin());
            what();
        } else {
            next_beat_ += frame_duration;
            beat();
        }
        check_wedged();
    }
    now_ = until;
}

// Whoever waits has a timer in case that what it waits for does not come.
void Conversation::check_wedged()
{
    if (session_.finished() || session_.deadline())
        return;
    switch (session_.floor()) {
    case turn::Floor::open:
    case turn::Floor::user: return;
    case turn::Floor::agent:
        if (!line_.playout().idle() || voice_pending_ > 0)
            return;
        break;
    case turn::Floor::endpointing:
    case turn::Floor::thinking:
    case turn::Floor::contested:
    case turn::Floor::held: break;
    }
    violated("wedged in " + std::string(to_string(session_.floor())));
}

// ---- Model, voice, tools -------------------------------------------------------------------------------------------

std::string Conversation::make_reply()
{
    std::string text;
    for (std::uint32_t sentence = 2 + random(4); sentence > 0; --sentence) {
        for (std::uint32_t word = 3 + random(10); word > 0; --word) {
            text += text.empty() ? "" : " ";
            for (std::uint32_t letter = 2 + random(9); letter > 0; --letter)
                text += static_cast<char>('a' + random(26));
        }
        text += random(4) == 0 ? '?' : '.';
    }
    return text;
}

void Conversation::on(agent::AskModel& ask)
{
    if (asked_)
        violated("the model was asked while it was answering");
    asked_ = ask.reply;
    const auto tell = [this, reply = ask.reply](Duration after, LmEvent event, bool last) {
        at(now_ + after, [this, reply, event = std::move(event), last] {
            if (asked_ != reply)
                return; // Destroying the stream ended it.
            if (last)
                asked_.reset();
            give(agent::ModelEvent { reply, event });
        });
    };
    if (model_fails_one_in != 0 && random(model_fails_one_in) == 0)
        return tell(200ms, LmFailed { { ErrorKind::unavailable, "model is away" } }, true);
    const std::string text = make_reply();
    generated_.push_back(text);
    Duration after = std::chrono::milliseconds(100 + random(400));
    for (std::size_t from = 0; from < text.size();) { // In pieces that know nothing of words.
        const std::size_t count = 1 + random(12);
        tell(after, LmText { text.substr(from, count) }, false);
        from += count;
        after += std::chrono::milliseconds(random(40));
    }
    tell(after, LmDone { 10, 10 }, true);
}

void Conversation::on(const agent::CancelModel& cancel)
{
    if (asked_ != cancel.reply)
        violated("a reply was cancelled that is not in the making");
    asked_.reset();
}

void Conversation::on(agent::Speak& speak)
{
    last_spoken_ = speak.utterance;
    const std::uint64_t epoch = voice_epoch_;
    voice_free_ = std::max(voice_free_, now_) + std::chrono::milliseconds(60 + random(200));
    ++voice_pending_;
    if (voice_fails_one_in != 0 && random(voice_fails_one_in) == 0) {
        at(voice_free_, [this, epoch, utterance = speak.utterance] {
            --voice_pending_;
            if (epoch != voice_epoch_)
                return;
            line_.playout().end_of(utterance);
            give(agent::VoiceFailed { utterance, { ErrorKind::unavailable, "voice is away" } });
        });
        return;
    }
    std::vector<TimedWord> words;
    std::size_t length = 0;
    const auto time = [](std::size_t samples) { return Duration(static_cast<std::int64_t>(samples) * 125); };
    for (std::size_t from = 0; from <= speak.text.size();) {
        const std::size_t end = std::min(speak.text.find(' ', from), speak.text.size());
        const std::size_t samples = (80 + random(520)) * samples_per_ms + random(8);
        words.push_back({ speak.text.substr(from, end - from), time(length), time(length + samples) });
        voiced_.push_back({ words.back().word, samples });
        length += samples;
        from = end + 1;
    }
    std::vector<std::int16_t> samples(length);
    if (echo_delay > 0ms) // What comes back sounds like speech.
        samples = make_babble(-18, length, 8'000, 11);
    else
        for (std::size_t n = 0; n < length; ++n)
            samples[n] = n / 10 % 2 == 0 ? loudness : static_cast<std::int16_t>(-loudness);
    at(voice_free_, [this, epoch, utterance = speak.utterance, words, samples = std::move(samples)]() mutable {
        if (epoch == voice_epoch_) {
            give(agent::UtteranceWords { utterance, words });
            give(agent::VoiceStarted { utterance });
        }
        deliver(epoch, utterance, std::move(samples), 0);
    });
}

// Pieces of any length; a good voice is faster than its sound.
void Conversation::deliver(
    std::uint64_t epoch, UtteranceId utterance, std::vector<std::int16_t> samples, std::size_t from)
{
    if (epoch != voice_epoch_) {
        --voice_pending_;
        return;
    }
    const std::size_t count = std::min<std::size_t>(samples.size() - from, 1 + random(4'000));
    const auto* begin = samples.data() + from;
    line_.playout().play(utterance, { begin, begin + count });
    from += count;
    if (from == samples.size()) {
        line_.playout().end_of(utterance);
        --voice_pending_;
        return;
    }
    const std::uint32_t wait = voice_stutters && random(5) == 0 ? 900 : 30;
    at(now_ + std::chrono::milliseconds(random(wait)),
        [this, epoch, utterance, samples = std::move(samples), from]() mutable {
            deliver(epoch, utterance, std::move(samples), from);
        });
}

void Conversation::on(const agent::StopPlayout&)
{
    ++voice_epoch_;
    voice_free_ = now_;
    line_.playout().stop(last_spoken_);
    if (samples_left_ == 0)
        voiced_.clear(); // Nothing of it was sent.
    else if (!samples_left_at_stop_)
        samples_left_at_stop_ = samples_left_;
}

void Conversation::on(agent::CallTool& call)
{
    violated("a tool was called that nobody declared: " + call.request.call.name);
}

void Conversation::on(agent::AppendMessage& row)
{
    rows_.push_back(std::move(row));
}

void Conversation::on(const agent::Finished&)
{
    ++finished_;
    ++voice_epoch_;
    line_.playout().stop(last_spoken_);
}

} // namespace parley::sim
