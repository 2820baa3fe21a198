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

// What is known of earlier failures stays: one that works for a word and breaks again rests longer each time.
void CircuitBreaker::succeeded()
{
    state_ = State::closed;
}

void CircuitBreaker::failed(Instant now)
{
    if (state_ == State::open && now < until_)
        return; // It rests already.
    rest_ = next_rest(now);
    failed_at_ = now;
    state_ = State::open;
    until_ = now + rest_;
}

Duration CircuitBreaker::next_rest(Instant now) const
{
    const bool first = !failed_at_ || (state_ == State::closed && now - *failed_at_ >= rest_ + forgotten_after);
    return first ? first_rest : std::min(rest_ * 2, longest_rest);
}

} // namespace parley
