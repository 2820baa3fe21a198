#pragma once

#include "base/time.h"

#include <array>
#include <cstdint>
#include <span>

// How loud our own voice may be in what we hear: a line without echo cancellation sends it back, later and softer.
// Learns by how much each delay softens: for a while the line was as soft as it was although our voice had to be in it,
// so its echo is no louder than that. What others say makes a line louder only, and teaches nothing wrong; a line on
// which nothing comes back soon has no floor at all. Knows levels and time; knows nothing of speech.
namespace parley {

class EchoFloor {
public:
    // What left, silence included; `end`: when its last sample did. In any lengths that are whole in steps of 10 ms.
    void sent(std::span<const std::int16_t> samples, int sample_rate, Instant end);

    // The next 20 ms that were heard: their level, that of the noise on the line, and when they ended. Returns the
    // level below which they may be nothing but echo.
    [[nodiscard]] double heard(double dbfs, double noise_dbfs, Instant end);

    // What of our voice comes back at the most, in dB; -10 until it is known.
    [[nodiscard]] double echo_db() const;

private:
    static constexpr Duration step = 10ms;
    static constexpr std::size_t delays = 56; // In steps: what comes back later than 550 ms is no echo.
    static constexpr double unknown_echo_db = -10;

    [[nodiscard]] double sent_level(std::int64_t slot) const;
    void follow_clock(Instant end);

    struct Slot {
        std::int64_t number = -1;
        double dbfs = -100; // Of the 20 ms that end with this slot.
    };
    std::array<Slot, 128> sent_ {}; // Room for the delays, and for a long packet that was just sent.
    double last_power_ = 0;         // Of the slot before.
    double peak_dbfs_ = -100;       // Of our voice, falling slowly.
    std::array<double, delays> echo_db_ = filled();
    Instant clock_ {}; // When the frame that was heard ended, were the network steady.
    bool begun_ = false;

    static constexpr std::array<double, delays> filled()
    {
        std::array<double, delays> all {};
        all.fill(unknown_echo_db);
        return all;
    }
};

} // namespace parley
