#include "providers/speech_pool.h"

#include "net/clock.h"

#include <algorithm>
#include <set>

namespace parley {
namespace {

using namespace speech;

Duration length(const std::deque<ArrivedFrame>& frames)
{
    Duration sum {};
    for (const auto& f : frames)
        sum += f.frame.duration();
    return sum;
}

Duration length(std::uint32_t samples, int sample_rate)
{
    return Duration(std::int64_t { samples } * 1'000'000 / sample_rate);
}

// When the sound at `offset` into the utterance came in.
Instant when(const ListenJob& job, Duration offset)
{
    const auto sample = static_cast<std::uint32_t>(offset.count() * job.sample_rate / 1'000'000);
    auto after = std::upper_bound(job.timeline.begin(), job.timeline.end(), sample,
        [](std::uint32_t s, const ListenJob::Mark& mark) { return s < mark.sample; });
    if (after == job.timeline.begin())
        return job.origin;
    const auto& mark = *std::prev(after);
    return mark.when + length(sample - mark.sample, job.sample_rate);
}

Transcript transcript(const ListenJob& job, const Hypothesis& heard)
{
    Transcript told;
    told.text = heard.text();
    told.final = true;
    told.confidence = heard.confidence;
    told.language = job.language;
    for (const auto& word : heard.words)
        told.words.push_back(
            { word.timed.word, when(job, word.timed.start) - job.origin, when(job, word.timed.end) - job.origin });
    told.speech_start = job.origin + told.words.front().start;
    told.speech_end = job.origin + told.words.back().end;
    return told;
}

Transcript interim(const ListenJob& job, std::string text)
{
    Transcript told;
    told.text = std::move(text);
    told.language = job.language;
    told.speech_start = job.timeline.empty() ? job.origin : job.timeline.front().when;
    told.speech_end = when(job, length(job.taken_samples, job.sample_rate));
    return told;
}

} // namespace

SpeechPool::SpeechPool(EventLoop& loop, EmbeddedSpeechOptions options, Log log)
    : loop_(loop)
    , options_(std::move(options))
    , log_(std::move(log))
    , lanes_(static_cast<std::size_t>(options_.decoders + options_.voices))
{
}

Result<void> SpeechPool::start()
{
    if (options_.command.empty())
        return Error { ErrorKind::invalid_request, "command: how to start the speech worker is missing" };
    auto argv = options_.command;
    argv.insert(
        argv.end(), { "--decoders", std::to_string(options_.decoders), "--voices", std::to_string(options_.voices) });
    timer_ = std::make_unique<Timer>(loop_);
    process_ = std::make_unique<SpeechProcess>(loop_, std::move(argv), log_,
        SpeechProcess::Events { [this](LaneAnswer answer) { on_answer(std::move(answer)); },
            [this] {
                for (auto& lane : lanes_)
                    lane.ready = false;
                for (std::size_t i = 0; i < lanes_.size(); ++i)
                    on_lane_lost(i);
            } });
    return process_->start();
}

void SpeechPool::close()
{
    process_.reset();
    timer_.reset();
    lanes_.assign(lanes_.size(), {});
    listening_.clear();
    speaking_.clear();
    on_ready_.clear();
    on_voices_ready_.clear();
}

void SpeechPool::when_ready(std::function<void()> tell)
{
    if (recogniser_is_ready())
        tell();
    else if (process_)
        on_ready_.push_back(std::move(tell));
}

void SpeechPool::when_voices_are_ready(std::function<void()> tell)
{
    if (voices_are_ready())
        tell();
    else if (process_)
        on_voices_ready_.push_back(std::move(tell));
}

bool SpeechPool::recogniser_is_ready() const
{
    return std::any_of(lanes_.begin(), lanes_.begin() + options_.decoders, [](const Lane& lane) { return lane.ready; });
}

bool SpeechPool::voices_are_ready() const
{
    return std::all_of(lanes_.begin() + options_.decoders, lanes_.end(), [](const Lane& lane) { return lane.ready; });
}

// --- work that comes in

void SpeechPool::listen(std::uint32_t id, ListenJob job)
{
    if (!process_)
        return;
    job.deadline = now() + lane_wait;
    listening_.emplace(id, std::move(job));
    assign();
}

void SpeechPool::hear(std::uint32_t id, ArrivedFrame frame)
{
    const auto found = listening_.find(id);
    if (found == listening_.end() || found->second.ended)
        return;
    if (frame.heard_before)
        found->second.heard_before += frame.frame.duration();
    found->second.backlog.push_back(std::move(frame));
    limit_backlog(found->second);
    feed(id, found->second);
}

void SpeechPool::end(std::uint32_t id)
{
    const auto found = listening_.find(id);
    if (found == listening_.end())
        return;
    found->second.ended = true;
    if (found->second.lane)
        found->second.deadline = now() + options_.patience;
    feed(id, found->second);
    arm();
}

void SpeechPool::say(std::uint32_t id, SpeakJob job)
{
    if (!process_)
        return;
    job.deadline = now() + options_.patience;
    speaking_.emplace(id, std::move(job));
    assign();
}

void SpeechPool::drop(std::uint32_t id)
{
    // A lane takes its requests in order, so it may have the next job at once; what it still says of this one is
    // recognised by its number.
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
        if (lanes_[i].job != id)
            continue;
        process_->send({ static_cast<std::uint8_t>(i), id, DropJob {} });
        free_lane(i);
    }
    listening_.erase(id);
    speaking_.erase(id);
    if (process_)
        assign();
}

// --- lanes

std::optional<std::uint8_t> SpeechPool::free_lane_for(std::uint32_t speaker, std::size_t first, std::size_t last) const
{
    std::optional<std::uint8_t> found;
    for (std::size_t i = first; i < last; ++i) {
        if (!lanes_[i].ready || lanes_[i].job != 0)
            continue;
        // The lane that heard this speaker before knows the line's sound.
        if (!found || lanes_[i].speaker == speaker)
            found = static_cast<std::uint8_t>(i);
    }
    return found;
}

void SpeechPool::assign()
{
    const auto decoders = static_cast<std::size_t>(options_.decoders);
    std::set<std::uint32_t> before; // Streams with an older utterance: theirs must wait.
    for (auto& [id, job] : listening_) {
        const bool first = before.insert(job.speaker).second;
        if (job.lane || !first)
            continue;
        const auto lane = free_lane_for(job.speaker, 0, decoders);
        if (!lane)
            break;
        job.lane = lane;
        job.deadline = now() + options_.patience;
        lanes_[*lane].job = id;
        lanes_[*lane].speaker = job.speaker;
        process_->send(
            { *lane, id, ListenBegin { job.speaker, static_cast<std::uint32_t>(job.sample_rate), job.hints } });
        feed(id, job);
    }
    before.clear();
    for (auto& [id, job] : speaking_) {
        const bool first = before.insert(job.speaker).second;
        if (job.lane || !first)
            continue;
        const auto lane = free_lane_for(job.speaker, decoders, lanes_.size());
        if (!lane)
            break;
        job.lane = lane;
        job.deadline = now() + options_.patience;
        ++job.attempts;
        lanes_[*lane].job = id;
        lanes_[*lane].speaker = job.speaker;
        process_->send({ *lane, id, SpeakText { static_cast<std::uint32_t>(job.sample_rate), job.voice, job.text } });
    }
    arm();
}

void SpeechPool::free_lane(std::size_t lane)
{
    lanes_[lane].job = 0;
}

// The lane does not answer: whoever waits next must not wait for it.
void SpeechPool::replace_lane(std::size_t lane)
{
    log_.error("speech lane hangs, replaced", { { "lane", static_cast<int>(lane) } });
    lanes_[lane] = {};
    lanes_[lane].replaced_by = now() + restart_wait;
    process_->send({ static_cast<std::uint8_t>(lane), 0, RestartLane {} });
}

void SpeechPool::feed(std::uint32_t id, ListenJob& job)
{
    if (!job.lane)
        return;
    while (!job.backlog.empty() && length(job.sent_samples - job.taken_samples, job.sample_rate) < window) {
        auto& next = job.backlog.front();
        // A frame arrives when its last sample does.
        job.timeline.push_back({ job.sent_samples, next.arrived - next.frame.duration() });
        job.sent_samples += static_cast<std::uint32_t>(next.frame.samples.size());
        process_->send({ *job.lane, id, ListenAudio { next.frame.samples } });
        job.sent.push_back(std::move(next));
        job.backlog.pop_front();
    }
    while (job.sent.size() > 1 && length(job.sent) > replay)
        job.sent.pop_front();
    if (job.ended && job.backlog.empty() && !job.end_sent) {
        job.end_sent = true;
        job.deadline = now() + options_.patience;
        process_->send({ *job.lane, id, ListenEnd {} });
    }
}

void SpeechPool::limit_backlog(ListenJob& job)
{
    // While an utterance is caught up with, what is said meanwhile waits behind it.
    const Duration limit = backlog_limit + std::min(job.heard_before, heard_before_limit);
    bool dropped = false;
    while (job.backlog.size() > 1 && length(job.backlog) > limit) {
        job.backlog.pop_front();
        dropped = true;
    }
    if (!dropped || job.warned)
        return;
    job.warned = true;
    log_.warning("speech audio dropped", { { "stream", job.speaker }, { "limit_ms", limit } });
    job.tell(
        SttFailed { { ErrorKind::limit_reached, "speech recognition is behind; the oldest audio was dropped" }, true });
}

// --- answers

void SpeechPool::on_answer(LaneAnswer message)
{
    if (message.lane >= lanes_.size())
        return;
    if (std::holds_alternative<LaneReady>(message.answer)) {
        lanes_[message.lane] = {};
        lanes_[message.lane].ready = true;
        if (recogniser_is_ready()) {
            for (auto& tell : std::exchange(on_ready_, {}))
                tell();
        }
        if (voices_are_ready()) {
            for (auto& tell : std::exchange(on_voices_ready_, {}))
                tell();
        }
        assign();
        return;
    }
    if (std::holds_alternative<LaneLost>(message.answer)) {
        on_lane_lost(message.lane);
        return;
    }
    if (lanes_[message.lane].job != message.job)
        return; // Of a job that was dropped.
    if (const auto listening = listening_.find(message.job); listening != listening_.end())
        on_listening(message.job, listening->second, message.answer);
    else if (const auto speaking = speaking_.find(message.job); speaking != speaking_.end())
        on_speaking(message.job, speaking->second, message.answer);
    else if (std::holds_alternative<HeardFinal>(message.answer) || std::holds_alternative<SpokenDone>(message.answer)
        || std::holds_alternative<SpokenFailed>(message.answer)) {
        free_lane(message.lane); // It was too late, but now it is done.
        assign();
    }
}

void SpeechPool::on_listening(std::uint32_t id, ListenJob& job, Answer& answer)
{
    if (const auto* taken = std::get_if<ListenedTo>(&answer)) {
        job.taken_samples = taken->samples;
        job.deadline = now() + options_.patience; // It works, however slowly.
        feed(id, job);
    } else if (auto* partial = std::get_if<HeardSoFar>(&answer)) {
        job.tell(interim(job, std::move(partial->text)));
    } else if (const auto* refused = std::get_if<HintsRefused>(&answer)) {
        log_.warning("hints not taken",
            { { "stream", job.speaker }, { "count", refused->hints.size() },
                { "first", Pii<std::string>(refused->hints.front()) } });
    } else if (const auto* heard = std::get_if<HeardFinal>(&answer)) {
        if (!heard->hypothesis.words.empty())
            job.tell(transcript(job, heard->hypothesis));
        free_lane(*job.lane);
        listening_.erase(id);
        assign();
    }
}

void SpeechPool::on_speaking(std::uint32_t id, SpeakJob& job, Answer& answer)
{
    job.deadline = now() + options_.patience;
    if (auto* words = std::get_if<SpokenWords>(&answer)) {
        if (job.attempts == 1)
            job.tell(TtsWords { job.utterance, std::move(words->words) });
    } else if (auto* audio = std::get_if<SpokenAudio>(&answer)) {
        job.sounded = true;
        job.tell(TtsAudio { job.utterance, { job.sample_rate, std::move(audio->samples) } });
    } else if (const auto* failed = std::get_if<SpokenFailed>(&answer)) {
        job.tell(TtsFailed { job.utterance, { ErrorKind::unavailable, failed->what } });
        free_lane(*job.lane);
        speaking_.erase(id);
        assign();
    } else if (std::holds_alternative<SpokenDone>(answer)) {
        job.tell(TtsDone { job.utterance });
        free_lane(*job.lane);
        speaking_.erase(id);
        assign();
    }
}

void SpeechPool::on_lane_lost(std::size_t index)
{
    const auto id = lanes_[index].job;
    lanes_[index] = {};
    if (const auto found = listening_.find(id); found != listening_.end()) {
        auto& job = found->second;
        job.lane.reset();
        job.deadline = now() + lane_wait;
        // What was sent last is heard again from the start of a new utterance.
        job.backlog.insert(job.backlog.begin(), job.sent.begin(), job.sent.end());
        job.sent.clear();
        job.timeline.clear();
        job.sent_samples = job.taken_samples = 0;
        job.end_sent = false;
        job.tell(SttFailed {
            { ErrorKind::unavailable, "speech recognition restarted; the last 2 s are heard again" }, true });
    }
    if (const auto found = speaking_.find(id); found != speaking_.end()) {
        auto& job = found->second;
        job.lane.reset();
        job.deadline = now() + options_.patience;
        if (job.sounded || job.attempts >= speak_attempts) {
            job.tell(TtsFailed { job.utterance, { ErrorKind::unavailable, "the voice's process ended" } });
            speaking_.erase(found);
        }
    }
    assign();
}

// --- time

void SpeechPool::arm()
{
    std::optional<Instant> next;
    const auto consider = [&](Instant deadline) {
        if (!next || deadline < *next)
            next = deadline;
    };
    for (const auto& [id, job] : listening_) {
        if (!job.lane || job.ended)
            consider(job.deadline);
    }
    for (const auto& [id, job] : speaking_)
        consider(job.deadline);
    for (const auto& lane : lanes_) {
        if (lane.replaced_by)
            consider(*lane.replaced_by);
    }
    if (next)
        timer_->set(*next, [this] { on_deadline(); });
    else
        timer_->cancel();
}

void SpeechPool::on_deadline()
{
    const auto at = now();
    std::vector<std::size_t> hung;
    std::erase_if(listening_, [&](auto& entry) {
        auto& job = entry.second;
        if ((job.lane && !job.ended) || job.deadline > at)
            return false;
        if (job.lane)
            hung.push_back(*job.lane);
        job.tell(job.lane
                ? SttFailed { { ErrorKind::timed_out, "speech recognition did not finish in time" }, true }
                : SttFailed { { ErrorKind::limit_reached, "no speech recogniser became free in time" }, true });
        return true;
    });
    std::erase_if(speaking_, [&](auto& entry) {
        auto& job = entry.second;
        if (job.deadline > at)
            return false;
        if (job.lane)
            hung.push_back(*job.lane);
        job.tell(TtsFailed { job.utterance, { ErrorKind::timed_out, "no voice spoke the sentence in time" } });
        return true;
    });
    for (const auto lane : hung)
        replace_lane(lane);
    if (std::any_of(lanes_.begin(), lanes_.end(),
            [&](const Lane& lane) { return lane.replaced_by && *lane.replaced_by <= at; })) {
        for (auto& lane : lanes_)
            lane.replaced_by.reset();
        process_->restart(); // Its parent hangs as well.
    }
    assign();
}

} // namespace parley
