#pragma once

#include "base/time.h"

#include <algorithm>
#include <cstdint>

namespace parley::sip {

// So many a second in the long run, so many at once.
struct Rate {
    std::uint32_t per_second = 10;
    std::uint32_t burst = 30;

    friend bool operator==(const Rate&, const Rate&) = default;
};

// Counts in the time that it takes to earn one: no fractions, no drift.
class TokenBucket {
public:
    // False: none is left.
    [[nodiscard]] bool take(const Rate& rate, Instant now)
    {
        const Duration one = Duration(1s) / std::max<std::uint32_t>(rate.per_second, 1);
        const Instant earliest = now - one * std::max<std::uint32_t>(rate.burst, 1);
        spent_until_ = std::max(spent_until_, earliest);
        if (spent_until_ + one > now)
            return false;
        spent_until_ += one;
        return true;
    }

    // A bucket that nobody has taken from for so long is full again.
    [[nodiscard]] bool is_full(const Rate& rate, Instant now) const
    {
        return spent_until_ + Duration(1s) / std::max<std::uint32_t>(rate.per_second, 1) * rate.burst <= now
            || spent_until_ == Instant::min();
    }

private:
    Instant spent_until_ = Instant::min();
};

} // namespace parley::sip
