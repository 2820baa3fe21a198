#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace parley {

// Whether a sound at 16 kHz really is wide band. A gateway that brings a telephone's sound to G.722 or Opus leaves the
// upper half of the band empty; in wide-band speech the first "s" fills it. Knows samples; knows nothing of words.
class BandMeter {
public:
    void push(std::span<const std::int16_t> samples);

    // Enough was heard above the telephone's band. Stays true.
    [[nodiscard]] bool wide() const { return wide_frames_ >= enough_frames; }

private:
    static constexpr std::size_t taps = 63;
    static constexpr std::size_t frame = 320; // 20 ms
    static constexpr int enough_frames = 4;

    void end_frame();

    std::array<float, taps> past_ {}; // A ring: the newest sample is at `next_` - 1.
    std::size_t next_ = 0;
    std::size_t count_ = 0; // Of the frame under way.
    double all_ = 0;        // Its power,
    double above_ = 0;      // and that of what lies above the telephone's band.
    int wide_frames_ = 0;
};

} // namespace parley
