#include "audio/loss_concealment.h"

#include "base/error.h"

#include <algorithm>
#include <cmath>

namespace parley {

namespace {

// The lag at which the newest samples resemble older ones most.
std::size_t find_pitch(
    std::span<const std::int16_t> history, std::size_t window, std::size_t shortest, std::size_t longest)
{
    const auto newest = history.last(window);
    std::size_t best_lag = longest;
    double best = 0;
    for (std::size_t lag = shortest; lag <= longest; ++lag) {
        const auto older = history.subspan(history.size() - window - lag, window);
        double product = 0;
        double energy = 0;
        for (std::size_t n = 0; n < window; ++n) {
            product += static_cast<double>(newest[n]) * older[n];
            energy += static_cast<double>(older[n]) * older[n];
        }
        const double likeness = product > 0 && energy > 0 ? product / std::sqrt(energy) : 0;
        if (likeness > best) {
            best = likeness;
            best_lag = lag;
        }
    }
    return best_lag;
}

} // namespace

LossConcealment::LossConcealment(int sample_rate)
    : history_samples_(static_cast<std::size_t>(sample_rate / 20))
    , full_samples_(static_cast<std::size_t>(sample_rate / 100))
    , fade_end_(static_cast<std::size_t>(sample_rate * 6 / 100))
    , blend_samples_(static_cast<std::size_t>(sample_rate / 200))
    , shortest_pitch_(static_cast<std::size_t>(sample_rate / 200))
    , longest_pitch_(static_cast<std::size_t>(sample_rate * 3 / 200))
{
    VERIFY(history_samples_ <= longest_history);
}

void LossConcealment::begin()
{
    const auto history = std::span(history_).first(history_samples_);
    pitch_ = find_pitch(history, 2 * full_samples_, shortest_pitch_, longest_pitch_);
    const std::int16_t* last = history.data() + history.size() - pitch_;
    const std::size_t quarter = pitch_ / 4;
    for (std::size_t n = 0; n < pitch_; ++n) {
        // The end of the period turns into the end of the one before it, which is what comes before its beginning: the
        // seam of each repetition is smooth.
        const std::size_t from_end = pitch_ - n;
        const float older
            = from_end <= quarter ? 1.0F - static_cast<float>(from_end - 1) / static_cast<float>(quarter) : 0.0F;
        period_[n] = (1 - older) * static_cast<float>(last[n]) + older * static_cast<float>(last[n - pitch_]);
    }
}

float LossConcealment::next()
{
    if (concealed_ >= fade_end_) {
        return 0;
    }
    const float sample = period_[concealed_ % pitch_];
    const float gain = concealed_ < full_samples_
        ? 1.0F
        : static_cast<float>(fade_end_ - concealed_) / static_cast<float>(fade_end_ - full_samples_);
    ++concealed_;
    return sample * gain;
}

void LossConcealment::remember(std::span<const std::int16_t> samples)
{
    const auto newest = samples.last(std::min(samples.size(), history_samples_));
    const auto history = std::span(history_).first(history_samples_);
    std::copy(history.begin() + static_cast<std::ptrdiff_t>(newest.size()), history.end(), history.begin());
    std::copy(newest.begin(), newest.end(), history.end() - static_cast<std::ptrdiff_t>(newest.size()));
}

void LossConcealment::received(std::span<std::int16_t> samples)
{
    if (concealed_ > 0) {
        const std::size_t count = std::min(blend_samples_, samples.size());
        for (std::size_t n = 0; n < count; ++n) {
            const float real = static_cast<float>(n + 1) / static_cast<float>(count + 1);
            samples[n]
                = static_cast<std::int16_t>(std::lrintf(real * static_cast<float>(samples[n]) + (1 - real) * next()));
        }
        concealed_ = 0;
    }
    remember(samples);
}

void LossConcealment::conceal(std::span<std::int16_t> out)
{
    if (concealed_ == 0)
        begin();
    for (auto& sample : out)
        sample = static_cast<std::int16_t>(std::lrintf(next()));
    remember(out);
}

} // namespace parley
