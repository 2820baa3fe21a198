#include "audio/rate_converter.h"

#include <utility>

namespace parley {

Result<AudioFrame> RateConverter::push(AudioFrame frame)
{
    if (frame.sample_rate == rate_) {
        resampler_.reset();
        return frame;
    }
    if (!resampler_ || from_ != frame.sample_rate) {
        auto created = Resampler::create(frame.sample_rate, rate_);
        if (!created)
            return std::move(created.error());
        resampler_ = std::move(*created);
        from_ = frame.sample_rate;
    }
    AudioFrame out { rate_, {} };
    resampler_->push(frame.samples, out.samples);
    return out;
}

AudioFrame RateConverter::flush()
{
    AudioFrame out { rate_, {} };
    if (auto resampler = std::exchange(resampler_, std::nullopt))
        resampler->flush(out.samples);
    return out;
}

} // namespace parley
