#pragma once

#include "base/time.h"

#include <algorithm>

namespace parley {

// Lets `per_second` pass on average and `burst` at once.
class TokenBucket {
public:
    TokenBucket(double per_second, double burst, Instant now)
        : per_second_(per_second)
        , burst_(burst)
        , tokens_(burst)
        , at_(now)
    {
    }

    [[nodiscard]] bool take(Instant now)
    {
        refill(now);
        if (tokens_ < 1)
            return false;
        tokens_ -= 1;
        return true;
    }

    // Until the next one may pass.
    [[nodiscard]] Duration wait(Instant now)
    {
        refill(now);
        return Duration(static_cast<Duration::rep>(std::max(0.0, 1 - tokens_) / per_second_ * 1e6));
    }

private:
    void refill(Instant now)
    {
        const std::chrono::duration<double> passed = std::max(now, at_) - at_;
        tokens_ = std::min(burst_, tokens_ + passed.count() * per_second_);
        at_ = std::max(now, at_);
    }

    double per_second_;
    double burst_;
    double tokens_;
    Instant at_;
};

} // namespace parley
