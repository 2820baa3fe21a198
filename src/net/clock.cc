#include "net/clock.h"

#include <chrono>

namespace parley {

Instant now()
{
    return Instant(std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
}

WallTime wall_now()
{
    return { std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch()).count() };
}

ClockPair clock_pair_now()
{
    return { now(), wall_now() };
}

} // namespace parley
