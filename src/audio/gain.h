#pragma once

#include <cstdint>
#include <span>

// Makes sound louder or softer without clicks: a new gain is reached in 5 ms.
namespace parley {

class GainRamp {
public:
    explicit GainRamp(int sample_rate = 8000);

    // 0 dB leaves the sound as it is.
    void set_target_db(double gain_db);

    // In place; samples that would overflow are clipped.
    void apply(std::span<std::int16_t> samples);

    [[nodiscard]] bool is_unity() const { return gain_ == 1.0F && target_ == 1.0F; }

private:
    float gain_ = 1.0F;
    float target_ = 1.0F;
    float step_ = 0;
    int ramp_samples_;
};

[[nodiscard]] double level_dbfs(std::span<const std::int16_t> samples); // RMS; silence is -100.

} // namespace parley
