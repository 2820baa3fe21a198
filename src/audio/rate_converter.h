#pragma once

#include "audio/audio_frame.h"
#include "audio/resampler.h"
#include "base/result.h"

#include <optional>

// Brings a stream of frames to one rate. Frames of that rate pass as they are; where their rate changes, a new stream
// begins.
namespace parley {

class RateConverter {
public:
    explicit RateConverter(int sample_rate)
        : rate_(sample_rate)
    {
    }

    // A rate that nobody can bring to another: `invalid_request`.
    [[nodiscard]] Result<AudioFrame> push(AudioFrame);

    // What is still inside; the stream is over.
    [[nodiscard]] AudioFrame flush();

    [[nodiscard]] int rate() const { return rate_; }

private:
    int rate_;
    int from_ = 0; // The rate that `resampler_` takes.
    std::optional<Resampler> resampler_;
};

} // namespace parley
