#include "server/call_recording.h"

#include "audio/wav.h"

#include <algorithm>

namespace parley::caller {

namespace {

constexpr std::size_t slack = CallRecording::rate * 6 / 100; // 60 ms: what arrives within it of its place follows on.

std::int64_t samples_of(Duration length)
{
    return length.count() * CallRecording::rate / 1'000'000;
}

} // namespace

std::size_t CallRecording::position(Instant began) const
{
    const auto samples = std::max<std::int64_t>(0, samples_of(began - begin_));
    return static_cast<std::size_t>(std::min<std::int64_t>(samples, samples_of(limit)));
}

void CallRecording::put(std::vector<std::int16_t>& track, std::size_t at, std::span<const std::int16_t> samples)
{
    const auto most = static_cast<std::size_t>(samples_of(limit));
    const std::size_t end = std::min(most, at + samples.size());
    track.resize(std::max(track.size(), end));
    if (at < end)
        std::copy_n(samples.begin(), end - at, track.begin() + static_cast<std::ptrdiff_t>(at));
}

void CallRecording::sent(std::span<const std::int16_t> samples, Instant began)
{
    put(left_, position(began), samples);
}

void CallRecording::received(const AudioFrame& frame, Instant arrived)
{
    const Duration length = frame.duration();
    const auto samples = converter_.push(frame).value().samples;
    const std::size_t wanted = position(arrived - length);
    const std::size_t off = std::max(wanted, right_.size()) - std::min(wanted, right_.size());
    put(right_, off <= slack ? right_.size() : std::max(wanted, right_.size()), samples);
}

Result<void> CallRecording::write(const std::string& path) const
{
    WavSound sound { rate, 2, {} };
    const std::size_t frames = std::max(left_.size(), right_.size());
    sound.samples.reserve(2 * frames);
    for (std::size_t n = 0; n < frames; ++n) {
        sound.samples.push_back(n < left_.size() ? left_[n] : std::int16_t { 0 });
        sound.samples.push_back(n < right_.size() ? right_[n] : std::int16_t { 0 });
    }
    return write_wav(path, sound);
}

} // namespace parley::caller
