#include "audio/voice_activity.h"

#include "audio/gain.h"
#include "base/error.h"

#include <algorithm>
#include <limits>

#ifdef PARLEY_WEBRTC_VAD
// The library exports its detector but ships no header for it.
extern "C" {
struct WebRtcVadInst;
WebRtcVadInst* WebRtcVad_Create();
void WebRtcVad_Free(WebRtcVadInst*);
int WebRtcVad_Init(WebRtcVadInst*);
int WebRtcVad_set_mode(WebRtcVadInst*, int mode);
int WebRtcVad_Process(WebRtcVadInst*, int sample_rate, const std::int16_t* samples, std::size_t count);
}
#endif

namespace parley {

#ifdef PARLEY_WEBRTC_VAD
class VoiceActivity::Detector {
public:
    static std::unique_ptr<Detector> create(int sample_rate)
    {
        std::unique_ptr<WebRtcVadInst, Free> instance(WebRtcVad_Create());
        constexpr int most_aggressive = 3; // Fewest sounds taken for speech.
        if (!instance || WebRtcVad_Init(instance.get()) != 0
            || WebRtcVad_set_mode(instance.get(), most_aggressive) != 0)
            return nullptr;
        return std::unique_ptr<Detector>(new Detector(std::move(instance), sample_rate));
    }

    bool is_speech(std::span<const std::int16_t> frame)
    {
        return WebRtcVad_Process(instance_.get(), sample_rate_, frame.data(), frame.size()) == 1;
    }

private:
    struct Free {
        void operator()(WebRtcVadInst* instance) const { WebRtcVad_Free(instance); }
    };

    Detector(std::unique_ptr<WebRtcVadInst, Free> instance, int sample_rate)
        : instance_(std::move(instance))
        , sample_rate_(sample_rate)
    {
    }

    std::unique_ptr<WebRtcVadInst, Free> instance_;
    int sample_rate_;
};
#else
class VoiceActivity::Detector {
public:
    static std::unique_ptr<Detector> create(int) { return nullptr; }
    bool is_speech(std::span<const std::int16_t>) { return true; }
};
#endif

namespace {

constexpr double highest_floor_dbfs = -30; // A call that begins with speech must not hide it behind the floor.
constexpr double energy_alone_db = 3;      // More distance to the floor where no second opinion is there.
constexpr double floor_bias_db = 1;        // The softest of many frames is softer than the noise is on average.
constexpr std::size_t window_length = 20;  // Frames: the floor may rise after eight windows of 0.4 s.
constexpr std::size_t onset_needs = 3;     // Of the last four frames.
constexpr Duration silence_limit = 300ms;  // Without any sound arriving.
constexpr Duration late_packets = 100ms;   // What has not arrived by then was not sent.
constexpr Duration longest_lesson = 1s;    // Of such silence at once: what we played is not kept for longer.
constexpr double level_of_nothing = -100;  // dBFS
constexpr double unheard = std::numeric_limits<double>::infinity();

} // namespace

VoiceActivity::VoiceActivity(VoiceActivityOptions options)
    : options_(options)
    , frame_samples_(static_cast<std::size_t>(options.sample_rate / 50))
    , detector_(options.spectral ? Detector::create(options.sample_rate) : nullptr)
    , floor_db_(highest_floor_dbfs)
{
    VERIFY(options.sample_rate == 8'000 || options.sample_rate == 16'000);
    minima_.fill(unheard);
    if (!detector_)
        options_.gate_db += energy_alone_db;
}

VoiceActivity::~VoiceActivity() = default;
VoiceActivity::VoiceActivity(VoiceActivity&&) noexcept = default;
VoiceActivity& VoiceActivity::operator=(VoiceActivity&&) noexcept = default;

void VoiceActivity::set_gate(double least_dbfs, double gate_db)
{
    options_.least_dbfs = least_dbfs;
    options_.gate_db = gate_db + (detector_ ? 0 : energy_alone_db);
}

void VoiceActivity::push(std::span<const std::int16_t> samples, Instant arrived, std::vector<VoiceEdge>& out)
{
    handle_timeout(arrived, out);
    if (arrived - last_push_ >= silence_limit) { // What was before says nothing about what comes.
        recent_.fill({});
        pending_count_ = 0;
    }
    last_push_ = arrived;
    const auto time_of = [&](std::size_t count) {
        return Duration(static_cast<std::int64_t>(count) * 1'000'000 / options_.sample_rate);
    };
    while (!samples.empty()) {
        const std::size_t count = std::min(samples.size(), frame_samples_ - pending_count_);
        std::copy_n(samples.begin(), count, pending_.begin() + static_cast<std::ptrdiff_t>(pending_count_));
        pending_count_ += count;
        samples = samples.subspan(count);
        if (pending_count_ < frame_samples_)
            return;
        pending_count_ = 0;
        const Instant end = arrived - time_of(samples.size());
        judge(is_speech(std::span(pending_).first(frame_samples_), end), end - frame_duration, end, out);
    }
}

void VoiceActivity::played(std::span<const std::int16_t> samples, Instant end)
{
    if (options_.echo_floor)
        echo_.sent(samples, options_.sample_rate, end);
}

bool VoiceActivity::is_speech(std::span<const std::int16_t> frame, Instant end)
{
    const double level = level_dbfs(frame);
    track_floor(level);
    const bool spectral = !detector_ || detector_->is_speech(frame); // Asked always: it adapts to what it hears.
    echo_heard_ = std::max(echo_heard_, end);
    const double echo = options_.echo_floor ? echo_.heard(level, floor_db_, end) : options_.least_dbfs;
    return spectral && level > std::max({ floor_db_ + floor_bias_db + options_.gate_db, options_.least_dbfs, echo });
}

// A line that sends nothing in silence (DTX) sends no echo of ours either: else its floor would never be learned.
void VoiceActivity::hear_nothing(Instant now)
{
    if (!options_.echo_floor || last_push_ == Instant {})
        return;
    echo_heard_ = std::max(echo_heard_, now - longest_lesson);
    while (echo_heard_ + late_packets <= now) {
        echo_heard_ += frame_duration;
        static_cast<void>(echo_.heard(level_of_nothing, floor_db_, echo_heard_));
    }
}

// Minimum statistics: the softest frame of the last seconds is the noise, for speech has pauses.
void VoiceActivity::track_floor(double level)
{
    minima_[window_] = std::min(minima_[window_], level);
    if (++window_frames_ == window_length) {
        window_frames_ = 0;
        window_ = (window_ + 1) % minima_.size();
        minima_[window_] = level;
    }
    floor_db_ = std::min(*std::min_element(minima_.begin(), minima_.end()), highest_floor_dbfs);
}

void VoiceActivity::judge(bool speech, Instant begin, Instant end, std::vector<VoiceEdge>& out)
{
    recent_[recent_next_] = { speech, begin };
    recent_next_ = (recent_next_ + 1) % recent_.size();
    if (speech)
        last_speech_end_ = end;
    silent_frames_ = speech ? 0 : silent_frames_ + 1;
    if (speaking_) {
        if (silent_frames_ * frame_duration >= options_.hang)
            stop(out);
        return;
    }
    std::size_t count = 0;
    Instant first = end;
    for (const auto& frame : recent_) {
        if (frame.speech) {
            ++count;
            first = std::min(first, frame.begin);
        }
    }
    if (count < onset_needs)
        return;
    speaking_ = true;
    out.push_back({ VoiceEdge::Kind::started, first });
}

void VoiceActivity::stop(std::vector<VoiceEdge>& out)
{
    speaking_ = false;
    recent_.fill({});
    out.push_back({ VoiceEdge::Kind::stopped, last_speech_end_ });
}

void VoiceActivity::handle_timeout(Instant now, std::vector<VoiceEdge>& out)
{
    const auto due = deadline();
    if (due && *due <= now)
        stop(out);
    if (now != Instant::max())
        hear_nothing(now);
}

std::optional<Instant> VoiceActivity::deadline() const
{
    if (!speaking_)
        return std::nullopt;
    return last_push_ + silence_limit;
}

} // namespace parley
