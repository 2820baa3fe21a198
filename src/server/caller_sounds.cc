#include "server/caller_sounds.h"

#include "audio/gain.h"
#include "audio/tones.h"
#include "audio/wav.h"
#include "providers/flite_voices.h"

#include <algorithm>
#include <span>

namespace parley::caller {

namespace {

constexpr int rate = caller_rate;
constexpr double audible_dbfs = -45;
constexpr double noise_dbfs = -26;
constexpr std::size_t window = rate / 100; // 10 ms

using Samples = std::vector<std::int16_t>;

Result<Samples> spoken(const std::string& text, const std::string& voice)
{
    // The voice that recognisers understand best.
    auto frame = synthesize(text, voice.empty() ? "rms" : voice, rate);
    if (!frame)
        return std::move(frame.error());
    return trimmed(std::move(frame->samples));
}

Result<Samples> make_sound(const Step& step, const std::string& voice)
{
    if (const auto* say = std::get_if<Say>(&step))
        return spoken(say->text, voice);
    if (const auto* barge = std::get_if<Barge>(&step))
        return spoken(barge->text, voice);
    if (const auto* noise = std::get_if<Noise>(&step))
        return NoiseSource(1).make(noise_dbfs, static_cast<std::size_t>(noise->length.count() * rate / 1'000'000));
    if (const auto* wav = std::get_if<PlayWav>(&step)) {
        const auto sound = read_wav(wav->file);
        if (!sound)
            return sound.error();
        return to_mono(*sound, rate);
    }
    return Samples {};
}

} // namespace

std::vector<std::int16_t> trimmed(std::vector<std::int16_t> samples)
{
    std::size_t first = samples.size();
    std::size_t last = 0;
    for (std::size_t at = 0; at + window <= samples.size(); at += window) {
        if (level_dbfs(std::span(samples).subspan(at, window)) < audible_dbfs)
            continue;
        first = std::min(first, at);
        last = at + window;
    }
    if (first >= last)
        return samples; // Nothing audible: not ours to judge.
    first = first > window ? first - window : 0;
    last = std::min(samples.size(), last + window);
    return { samples.begin() + static_cast<std::ptrdiff_t>(first),
        samples.begin() + static_cast<std::ptrdiff_t>(last) };
}

Result<std::vector<std::vector<std::int16_t>>> make_sounds(const Script& script, const std::string& voice)
{
    std::vector<Samples> sounds;
    for (const auto& step : script) {
        auto sound = make_sound(step, voice);
        if (!sound)
            return Error { sound.error().kind,
                "step " + std::to_string(sounds.size() + 1) + ": " + sound.error().what };
        sounds.push_back(std::move(*sound));
    }
    return sounds;
}

} // namespace parley::caller
