#pragma once

#include <chrono>
#include <cstdint>

// Time for machines and time for people.
// Machines are told the time: `CallClock` has no `now()`, so asking does not compile. Carriers read the clock
// (`net/clock.h`).
namespace parley {

using Duration = std::chrono::microseconds;

struct CallClock {
    using duration = Duration;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<CallClock>;
    static constexpr bool is_steady = true;
};

// A point on a steady clock whose origin means nothing. Only differences count.
using Instant = CallClock::time_point;

// Microseconds since 1970-01-01T00:00:00Z.
struct WallTime {
    std::int64_t microseconds = 0;

    friend auto operator<=>(const WallTime&, const WallTime&) = default;
    friend WallTime operator+(WallTime time, Duration by) { return { time.microseconds + by.count() }; }
    friend Duration operator-(WallTime a, WallTime b) { return Duration(a.microseconds - b.microseconds); }
};

// One moment read on both clocks: lets a pure room turn an `Instant` into a date.
struct ClockPair {
    Instant instant;
    WallTime wall;

    [[nodiscard]] WallTime at(Instant when) const { return wall + (when - instant); }
};

[[nodiscard]] constexpr std::int64_t to_milliseconds(Duration d)
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(d).count();
}

using namespace std::chrono_literals;

} // namespace parley
