#pragma once

#include "audio/dtmf_tone.h"
#include "base/time.h"
#include "rtp/telephone_event.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

// Presses keys for us, one after the other: as telephone-event packets (RFC 4733) or as tones within the sound. Knows
// packets of one length after the other; knows nothing of codecs and sequence numbers.
namespace parley::media {

// A key; without one a pause, in which the sound goes on.
struct DigitStep {
    std::optional<char> key;
    Duration length = 100ms;
};

class DigitSender {
public:
    static constexpr std::size_t max_steps = 256;  // Waiting; further ones are refused.
    static constexpr Duration shortest_key = 40ms; // RFC 4733 2.5.1.2, ITU-T Q.24; keys are pressed at least so long
    static constexpr Duration longest_key = 8s;    // and at most so long.
    static constexpr Duration longest_pause = 60s;
    static constexpr Duration between_keys = 60ms; // Of silence, so that two equal keys stay two.

    // All of the steps, or none: false if one is no key, or if too many wait.
    bool send(std::span<const DigitStep> steps);

    // True while a key is down or its silence lasts: the place of sound is taken.
    [[nodiscard]] bool takes_the_line() const;
    [[nodiscard]] bool idle() const { return steps_.empty(); }

    // Batches of `send` that came to their end, since this was asked last.
    [[nodiscard]] int take_finished();

    struct Packet {
        TelephoneEvent event;
        std::uint32_t timestamp = 0; // When the key, or this segment of it, began.
        bool marker = false;
    };

    // The next `length` of the line, while `takes_the_line`: a packet of telephone-event whose clock ticks `clock_rate`
    // times a second, or silence. `timestamp`: of the sound that it takes the place of.
    std::optional<Packet> next_packet(Duration length, std::uint32_t timestamp, int clock_rate);

    // The same as sound.
    void next_sound(std::span<std::int16_t> out, int sample_rate);

    // The next `length` of a pause.
    void next_pause(Duration length);

private:
    struct Step {
        std::optional<char> key;
        Duration length;
        bool last_of_batch;
        Duration elapsed {};
        // As packets:
        std::uint32_t began = 0;   // Of the segment.
        std::uint32_t told = 0;    // Ticks in segments before this one.
        bool segment_told = false; // To its full length.
        int ends_sent = 0;
        // As sound:
        std::optional<DtmfTone> tone = {};
        Duration silent {}; // Since it went up.
    };

    void finish();

    std::deque<Step> steps_;
    int finished_ = 0;
};

} // namespace parley::media
