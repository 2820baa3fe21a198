#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

// Fills the place of lost packets with what was heard just before: the last pitch period again and again, fading to
// silence within 60 ms (after ITU-T G.711 Appendix I). 8000 or 16000 Hz.
namespace parley {

class LossConcealment {
public:
    explicit LossConcealment(int sample_rate = 8'000);

    // Sound that did arrive. After a loss its first 5 ms are blended with the continuation.
    void received(std::span<std::int16_t> samples);

    // Sound in place of what is lost.
    void conceal(std::span<std::int16_t> out);

private:
    void begin();
    void remember(std::span<const std::int16_t> samples);
    float next();

    static constexpr std::size_t longest_history = 800; // 50 ms at 16000 Hz
    static constexpr std::size_t longest_period = 240;  // 66 Hz at 16000 Hz

    // In samples:
    std::size_t history_samples_; // 50 ms
    std::size_t full_samples_;    // 10 ms before it begins to fade.
    std::size_t fade_end_;        // 60 ms
    std::size_t blend_samples_;   // 5 ms
    std::size_t shortest_pitch_;  // 200 Hz
    std::size_t longest_pitch_;   // 66 Hz

    std::array<std::int16_t, longest_history> history_ {}; // Oldest first.
    std::array<float, longest_period> period_ {};
    std::size_t pitch_ = 0;
    std::size_t concealed_ = 0; // Samples since the loss began; 0: no loss.
};

} // namespace parley
