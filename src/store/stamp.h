#pragma once

#include "base/time.h"

namespace parley {

// Gives each row a time of its own: strictly increasing, above the newest stored row, whatever the clock does. Because
// no two rows share a time, a page may cut at a time alone. Is told the time; reads no clock.
class Stamp {
public:
    // `newest`: the newest time already stored, or nothing stored yet.
    explicit Stamp(WallTime newest = {})
        : newest_(newest)
    {
    }

    // `now`, or one microsecond after the last stamp if the clock stands still or stepped back.
    [[nodiscard]] WallTime next(WallTime now)
    {
        newest_ = now > newest_ ? now : newest_ + Duration(1);
        return newest_;
    }

private:
    WallTime newest_;
};

} // namespace parley
