#include "audio/dtmf_tone.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string_view>

namespace parley {

namespace {

constexpr std::string_view keys = "123A456B789C*0#D";
constexpr std::array<double, 4> rows { 697, 770, 852, 941 };
constexpr std::array<double, 4> columns { 1'209, 1'336, 1'477, 1'633 };

// -9 and -7 dBm0: what telephones send (ITU-T Q.24 wants the higher tone no softer). 0 dBm0 is 3.14 dB under a sine of
// full scale.
const double low_amplitude = 32'768 * std::pow(10.0, (-9 - 3.14) / 20);
const double high_amplitude = 32'768 * std::pow(10.0, (-7 - 3.14) / 20);

} // namespace

std::optional<DtmfTone> DtmfTone::create(char key, std::size_t samples, int sample_rate)
{
    const auto at = keys.find(key >= 'a' && key <= 'd' ? static_cast<char>(key - 'a' + 'A') : key);
    if (at == std::string_view::npos)
        return std::nullopt;
    const double step = 2 * std::numbers::pi / sample_rate;
    return DtmfTone(samples, static_cast<std::size_t>(sample_rate / 500), rows[at / 4] * step, columns[at % 4] * step);
}

DtmfTone::DtmfTone(std::size_t samples, std::size_t ramp, double low_step, double high_step)
    : samples_(samples)
    , ramp_(ramp)
    , low_step_(low_step)
    , high_step_(high_step)
{
}

void DtmfTone::make(std::span<std::int16_t> out)
{
    for (auto& sample : out) {
        const std::size_t from_end = samples_ - std::min(made_, samples_);
        const double gain = static_cast<double>(std::min({ made_, from_end, ramp_ })) / static_cast<double>(ramp_);
        const auto at = static_cast<double>(made_++);
        sample = static_cast<std::int16_t>(
            std::lrint(gain * (low_amplitude * std::sin(low_step_ * at) + high_amplitude * std::sin(high_step_ * at))));
    }
}

} // namespace parley
