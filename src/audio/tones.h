#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

// Sounds made by rule, for tests and for callers without a voice. Same arguments, same samples.
namespace parley {

[[nodiscard]] std::vector<std::int16_t> make_tone(double hertz, double dbfs, std::size_t samples, int sample_rate);

// Level of the sine of `hertz` within the samples (Goertzel), in dB of full scale.
[[nodiscard]] double tone_level_dbfs(const std::int16_t* samples, std::size_t count, double hertz, int sample_rate);

// White, Gaussian; `dbfs` is its RMS.
class NoiseSource {
public:
    explicit NoiseSource(std::uint32_t seed)
        : engine_(seed)
    {
    }
    [[nodiscard]] std::vector<std::int16_t> make(double dbfs, std::size_t samples);

private:
    std::mt19937 engine_;
};

// Sound that a voice activity detector takes for speech: harmonics of a gliding pitch under formants, four syllables a
// second. Not words.
[[nodiscard]] std::vector<std::int16_t> make_babble(
    double dbfs, std::size_t samples, int sample_rate, std::uint32_t seed);

} // namespace parley
