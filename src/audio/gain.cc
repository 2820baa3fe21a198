#include "audio/gain.h"

#include <algorithm>
#include <cmath>

namespace parley {

namespace {

constexpr double silence_dbfs = -100;

} // namespace

GainRamp::GainRamp(int sample_rate)
    : ramp_samples_(sample_rate / 200)
{
}

void GainRamp::set_target_db(double gain_db)
{
    target_ = static_cast<float>(std::pow(10.0, gain_db / 20.0));
    step_ = (target_ - gain_) / static_cast<float>(ramp_samples_);
}

void GainRamp::apply(std::span<std::int16_t> samples)
{
    if (is_unity())
        return;
    for (auto& sample : samples) {
        if (gain_ != target_) {
            gain_ += step_;
            if ((step_ > 0) == (gain_ > target_) || step_ == 0)
                gain_ = target_;
        }
        const float scaled = std::clamp(static_cast<float>(sample) * gain_, -32'768.0F, 32'767.0F);
        sample = static_cast<std::int16_t>(std::lrintf(scaled));
    }
}

double level_dbfs(std::span<const std::int16_t> samples)
{
    if (samples.empty())
        return silence_dbfs;
    std::int64_t sum = 0;
    for (const auto sample : samples)
        sum += static_cast<std::int64_t>(sample) * sample;
    const double mean = static_cast<double>(sum) / static_cast<double>(samples.size());
    return sum == 0 ? silence_dbfs : std::max(silence_dbfs, 10 * std::log10(mean / (32'768.0 * 32'768.0)));
}

} // namespace parley
