#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace parley {

// How much of a sound has a pitch. Every spoken word has a voiced part; hiss, breath and clicks have none, and a
// recogniser that is shown only those answers with words all the same.
class Voicing {
public:
    void push(std::span<const std::int16_t> samples); // 16 kHz
    void reset();

    [[nodiscard]] int voiced_milliseconds() const { return voiced_ * step_milliseconds; }

private:
    static constexpr int step_milliseconds = 20;
    static constexpr std::size_t window = 256; // 32 ms at 8 kHz.
    static constexpr std::size_t step = 160;

    void measure();

    std::vector<float> samples_; // At 8 kHz: pitch needs no more.
    float held_ = 0;             // The first of a pair that was cut in two.
    bool half_ = false;
    int voiced_ = 0;
};

} // namespace parley
