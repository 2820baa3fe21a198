#include "audio/tones.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace parley {

namespace {

constexpr double full_scale = 32'768;

std::int16_t to_sample(double value)
{
    return static_cast<std::int16_t>(std::lrint(std::clamp(value, -32'768.0, 32'767.0)));
}

double amplitude_of_rms(double dbfs)
{
    return full_scale * std::pow(10.0, dbfs / 20);
}

// How much a vowel's resonances let through: three formants of a neutral vowel.
double formant_weight(double hertz)
{
    static constexpr std::array<std::array<double, 3>, 3> formants { { { 500, 120, 1.0 }, { 1'500, 150, 0.5 },
        { 2'500, 200, 0.25 } } };
    double weight = 0.02;
    for (const auto& [centre, width, height] : formants) {
        const double off = (hertz - centre) / width;
        weight += height / (1 + off * off);
    }
    return weight;
}

} // namespace

std::vector<std::int16_t> make_tone(double hertz, double dbfs, std::size_t samples, int sample_rate)
{
    std::vector<std::int16_t> out(samples);
    const double amplitude = amplitude_of_rms(dbfs) * std::numbers::sqrt2;
    for (std::size_t n = 0; n < samples; ++n)
        out[n] = to_sample(amplitude * std::sin(2 * std::numbers::pi * hertz * static_cast<double>(n) / sample_rate));
    return out;
}

double tone_level_dbfs(const std::int16_t* samples, std::size_t count, double hertz, int sample_rate)
{
    // A Hann window, so that a tone does not leak into its neighbours.
    double real = 0;
    double imaginary = 0;
    double weights = 0;
    for (std::size_t n = 0; n < count; ++n) {
        const double at = static_cast<double>(n);
        const double window = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * at / static_cast<double>(count));
        const double phase = 2 * std::numbers::pi * hertz * at / sample_rate;
        real += window * samples[n] * std::cos(phase);
        imaginary += window * samples[n] * std::sin(phase);
        weights += window;
    }
    const double rms = std::sqrt(2 * (real * real + imaginary * imaginary)) / std::max(weights, 1e-9);
    return 20 * std::log10(std::max(rms, 1e-6) / full_scale);
}

std::vector<std::int16_t> NoiseSource::make(double dbfs, std::size_t samples)
{
    std::normal_distribution<double> normal(0, amplitude_of_rms(dbfs));
    std::vector<std::int16_t> out(samples);
    for (auto& sample : out)
        sample = to_sample(normal(engine_));
    return out;
}

std::vector<std::int16_t> make_babble(double dbfs, std::size_t samples, int sample_rate, std::uint32_t seed)
{
    std::mt19937 engine(seed);
    std::uniform_real_distribution<double> uniform(0, 1);
    const double pitch_offset = 100 + 40 * uniform(engine);
    std::vector<double> wave(samples);
    double phase = 0;
    double energy = 0;
    for (std::size_t n = 0; n < samples; ++n) {
        const double t = static_cast<double>(n) / sample_rate;
        const double pitch = pitch_offset + 20 * std::sin(2 * std::numbers::pi * 0.7 * t);
        phase += 2 * std::numbers::pi * pitch / sample_rate;
        const double syllable = std::pow(std::abs(std::sin(2 * std::numbers::pi * 2 * t)), 0.6);
        double value = 0;
        for (int harmonic = 1; harmonic * pitch < 0.45 * sample_rate && harmonic <= 30; ++harmonic)
            value += formant_weight(harmonic * pitch) * std::sin(harmonic * phase);
        wave[n] = syllable * value;
        energy += wave[n] * wave[n];
    }
    const double scale = amplitude_of_rms(dbfs)
        / std::sqrt(std::max(energy / static_cast<double>(std::max<std::size_t>(samples, 1)), 1e-9));
    std::vector<std::int16_t> out(samples);
    std::transform(wave.begin(), wave.end(), out.begin(), [&](double value) { return to_sample(value * scale); });
    return out;
}

} // namespace parley
