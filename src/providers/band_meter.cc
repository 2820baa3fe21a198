#include "providers/band_meter.h"

#include <cmath>
#include <numbers>

namespace parley {
namespace {

// The transition of the filter ends above 4.2 kHz: what a telephone lets through stays below it.
constexpr double edge = 4'700.0 / 16'000;
constexpr double least_share = 0.1;         // Of a frame's power. A vowel has a thousandth, an "s" nine tenths.
constexpr double least_power = 60.0 * 60.0; // About -55 dBFS: softer is the line's own noise.

// A high pass: windowed sinc, Hamming.
template <std::size_t taps> std::array<float, taps> high_pass()
{
    std::array<float, taps> filter {};
    constexpr int middle = static_cast<int>(taps / 2);
    for (int n = 0; n < static_cast<int>(taps); ++n) {
        const int at = n - middle;
        const double x = std::numbers::pi * at;
        const double low = at == 0 ? 2 * edge : std::sin(2 * edge * x) / x;
        const double window = 0.54 - 0.46 * std::cos(2 * std::numbers::pi * n / (static_cast<double>(taps) - 1));
        filter[static_cast<std::size_t>(n)] = static_cast<float>(window * ((at == 0 ? 1 : 0) - low));
    }
    return filter;
}

} // namespace

void BandMeter::push(std::span<const std::int16_t> samples)
{
    static const auto filter = high_pass<taps>(); // Symmetric: the direction of the ring does not matter.
    for (const auto sample : samples) {
        if (wide())
            return;
        past_[next_] = static_cast<float>(sample);
        next_ = (next_ + 1) % taps;
        float above = 0;
        for (std::size_t i = 0; i < taps; ++i)
            above += filter[i] * past_[(next_ + i) % taps];
        all_ += static_cast<double>(sample) * sample;
        above_ += static_cast<double>(above) * above;
        if (++count_ == frame)
            end_frame();
    }
}

void BandMeter::end_frame()
{
    if (above_ > least_power * frame && above_ > least_share * all_)
        ++wide_frames_;
    count_ = 0;
    all_ = above_ = 0;
}

} // namespace parley
