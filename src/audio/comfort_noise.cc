#include "audio/comfort_noise.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace parley {

// RFC 3389 3: the level in -dBov (0: the RMS of a square wave of full scale), then reflection coefficients.
void ComfortNoise::set(std::span<const std::byte> payload)
{
    if (payload.empty())
        return;
    const int level = std::max(std::to_integer<int>(payload[0] & std::byte { 0x7f }), loudest_dbov);
    order_ = std::min(payload.size() - 1, max_order);
    float residue = 1; // What part of the noise's power its filter leaves to the white noise behind it.
    for (std::size_t n = 0; n < order_; ++n) {
        constexpr int zero = 127;
        constexpr int most = 254; // 255 would make a filter that never falls silent.
        const int index = std::min(std::to_integer<int>(payload[n + 1]), most);
        reflection_[n] = static_cast<float>(258 * (index - zero)) / 32'768.0F;
        residue *= 1 - reflection_[n] * reflection_[n];
    }
    gain_ = 32'768 * std::pow(10.0F, -static_cast<float>(level) / 20) * std::sqrt(residue);
}

// Uniform, of unit power: a sum of many such samples sounds like any other white noise.
float ComfortNoise::next_white()
{
    seed_ = seed_ * 1'664'525 + 1'013'904'223;
    return static_cast<float>(static_cast<std::int32_t>(seed_)) / 2'147'483'648.0F * std::numbers::sqrt3_v<float>;
}

void ComfortNoise::make(std::size_t samples, std::vector<std::int16_t>& out)
{
    for (std::size_t made = 0; made < samples; ++made) {
        float forward = gain_ * next_white();
        for (std::size_t n = order_; n-- > 0;) { // All-pole lattice: from the last stage to the first.
            forward -= reflection_[n] * delayed_[n];
            delayed_[n + 1] = delayed_[n] + reflection_[n] * forward;
        }
        delayed_[0] = forward;
        out.push_back(static_cast<std::int16_t>(std::lrint(std::clamp(forward, -32'768.0F, 32'767.0F))));
    }
}

} // namespace parley
