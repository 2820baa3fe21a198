#pragma once

#include "base/time.h"

// Whether a voice keeps up with who listens to it. Its sound may come in lumps and may stop for a moment; but one that
// trickles, slower than it is heard, is as good as silent, though a bit of it comes all the time. Knows lengths and
// time.
namespace parley {

class SoundFlow {
public:
    static constexpr Duration flowing = 500ms; // Heard without a wait: the waits before are forgiven.

    // `patience`: how long the listener waits, in one piece or in many.
    explicit SoundFlow(Duration patience, Instant now)
        : patience_(patience)
        , heard_until_(now)
    {
    }

    void sound(Duration length, Instant now);

    // When patience ends, should nothing come until then.
    [[nodiscard]] Instant due() const { return heard_until_ + patience_ - waited_; }

private:
    Duration patience_;
    Instant heard_until_; // All that came is heard by then.
    Duration waited_ {};
    Duration fluent_ {}; // Of sound since the last wait.
};

} // namespace parley
