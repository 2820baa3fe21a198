#pragma once

#include "base/time.h"

#include <cstdint>
#include <optional>
#include <span>

// When the other side of a call is heard to speak. It is a machine that sends digital silence between its words, so
// loudness alone decides.
namespace parley::caller {

class AgentEar {
public:
    static constexpr double audible_dbfs = -50;
    static constexpr Duration pause = 900ms; // Silence this long ends its speech.

    // One received frame; `arrived`: when its last sample was there. True if the agent began to speak with it.
    bool hear(std::span<const std::int16_t> samples, Duration length, Instant arrived);

    // True if its speech is over now.
    bool handle_timeout(Instant now);
    [[nodiscard]] std::optional<Instant> deadline() const;

    [[nodiscard]] bool speaking() const { return speaking_; }
    [[nodiscard]] Instant onset() const { return onset_; }           // Of the speech under way, or of the last one.
    [[nodiscard]] Instant last_sound() const { return last_sound_; } // End of the last audible frame.

private:
    bool speaking_ = false;
    int audible_frames_ = 0; // In a row.
    Instant candidate_ {};   // Where this row began.
    Instant onset_ {};
    Instant last_sound_ {};
};

} // namespace parley::caller
