#pragma once

#include "base/time.h"

#include <cstdint>
#include <vector>

namespace parley {

// Linear PCM, one channel, 16 bits, usually 20 ms. `sample_rate` is 8000 or 16000 Hz on our own paths; voices bring
// others.
struct AudioFrame {
    int sample_rate = 8000;
    std::vector<std::int16_t> samples;

    [[nodiscard]] Duration duration() const
    {
        return Duration(static_cast<std::int64_t>(samples.size()) * 1'000'000 / sample_rate);
    }
    friend bool operator==(const AudioFrame&, const AudioFrame&) = default;
};

inline constexpr Duration frame_duration = std::chrono::milliseconds(20);

} // namespace parley
