#include "providers/voicing.h"

namespace parley {
namespace {

constexpr std::size_t shortest_period = 20; // 400 Hz at 8 kHz.
constexpr std::size_t longest_period = 128; // 62 Hz
constexpr float least_similarity = 0.55F;   // Of the sound to itself one period later.
constexpr float least_power = 100 * 100;    // Below is the line's own noise.

} // namespace

void Voicing::push(std::span<const std::int16_t> samples)
{
    for (const auto sample : samples) {
        if (half_)
            samples_.push_back((held_ + static_cast<float>(sample)) / 2);
        held_ = static_cast<float>(sample);
        half_ = !half_;
    }
    while (samples_.size() >= window + longest_period) {
        measure();
        samples_.erase(samples_.begin(), samples_.begin() + step);
    }
}

void Voicing::reset()
{
    *this = {};
}

void Voicing::measure()
{
    float power = 0;
    for (std::size_t i = 0; i < window; ++i)
        power += samples_[i] * samples_[i];
    if (power < least_power * window)
        return;
    // Slow rumble resembles itself at every short distance; a pitch dips before it comes back.
    bool dipped = false;
    for (std::size_t lag = shortest_period / 2; lag <= longest_period; ++lag) {
        float product = 0;
        float later = 0;
        for (std::size_t i = 0; i < window; ++i) {
            product += samples_[i] * samples_[i + lag];
            later += samples_[i + lag] * samples_[i + lag];
        }
        dipped = dipped || product <= 0.3F * power;
        if (dipped && lag >= shortest_period && product > 0
            && product * product > least_similarity * least_similarity * power * later) {
            ++voiced_;
            return;
        }
    }
}

} // namespace parley
