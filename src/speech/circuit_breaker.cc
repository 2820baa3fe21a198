#include "speech/circuit_breaker.h"

#include <algorithm>

namespace parley {

bool CircuitBreaker::allows(Instant now) const
{
    return state_ == State::closed || now >= until_;
}

void CircuitBreaker::attempted(Instant now)
{
    if (state_ == State::closed || now < until_)
        return; // Tried although it rests, because nobody else was left.
    state_ = State::half_open;
    until_ = now + probe_patience;
}

void CircuitBreaker::succeeded()
{
    *this = {};
}

void CircuitBreaker::failed(Instant now)
{
    switch (state_) {
    case State::closed:
        if (++failures_ < failures_to_open)
            return;
        break;
    case State::open: return; // It rests already.
    case State::half_open: rest_ = std::min(rest_ * 2, longest_rest); break;
    }
    state_ = State::open;
    until_ = now + rest_;
}

} // namespace parley
