#pragma once

#include "base/result.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

// Sound files. The one place of this room that touches the disk; for callers, tests and recordings, never for a call's
// own path.
namespace parley {

struct WavSound {
    int sample_rate = 8000;
    int channels = 1;
    std::vector<std::int16_t> samples; // Interleaved.
};

inline constexpr std::int64_t max_wav_samples = 50'000'000; // Larger files are refused.

[[nodiscard]] Result<WavSound> read_wav(const std::string& path);
[[nodiscard]] Result<void> write_wav(const std::string& path, const WavSound&);

// The first channel at the rate that is asked for.
[[nodiscard]] Result<std::vector<std::int16_t>> to_mono(const WavSound&, int sample_rate);

} // namespace parley
