#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

// The two tones of a telephone's key (ITU-T Q.23), made as they are needed: continuous however they are cut.
namespace parley {

class DtmfTone {
public:
    // `samples` long in all. Nothing if `key` is none of 0-9 * # A-D.
    static std::optional<DtmfTone> create(char key, std::size_t samples, int sample_rate);

    // The next samples, in place of what is there; silence after the last one. It begins and ends within 2 ms rather
    // than with a click.
    void make(std::span<std::int16_t> out);

private:
    DtmfTone(std::size_t samples, std::size_t ramp, double low_step, double high_step);

    std::size_t samples_;
    std::size_t ramp_; // Samples.
    double low_step_;  // Radians per sample.
    double high_step_;
    std::size_t made_ = 0;
};

} // namespace parley
