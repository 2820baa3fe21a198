#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

// Fills the place of lost packets with what was heard just before: the last pitch period again and again, fading to
// silence within 60 ms (after ITU-T G.711 Appendix I). Telephone rate, 8000 Hz.
namespace parley {

class LossConcealment {
public:
    // Sound that did arrive. After a loss its first 5 ms are blended with the continuation.
    void received(std::span<std::int16_t> samples);

    // Sound in place of what is lost.
    void conceal(std::span<std::int16_t> out);

private:
    static constexpr std::size_t history_samples = 400; // 50 ms
    static constexpr std::size_t full_samples = 80;     // 10 ms before it begins to fade.
    static constexpr std::size_t fade_end = 480;        // 60 ms
    static constexpr std::size_t blend_samples = 40;    // 5 ms
    static constexpr std::size_t shortest_pitch = 40;   // 200 Hz
    static constexpr std::size_t longest_pitch = 120;   // 66 Hz

    void begin();
    void remember(std::span<const std::int16_t> samples);
    float next();

    std::array<std::int16_t, history_samples> history_ {}; // Oldest first.
    std::array<float, longest_pitch> period_ {};
    std::size_t pitch_ = 0;
    std::size_t concealed_ = 0; // Samples since the loss began; 0: no loss.
};

} // namespace parley
