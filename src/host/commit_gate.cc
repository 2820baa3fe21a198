#include "host/commit_gate.h"

namespace parley {

void CommitGate::answered(const Result<void>& outcome)
{
    VERIFY(answered_ < appended_);
    ++answered_;
    if (!outcome)
        failure_ = outcome.error();
    release();
}

void CommitGate::pass(Released released)
{
    waiting_.push_back({ appended_, std::move(released) });
    release();
}

void CommitGate::release()
{
    while (!waiting_.empty() && waiting_.front().after <= answered_) {
        Released released = std::move(waiting_.front().released);
        waiting_.pop_front();
        const Result<void> outcome = failure_ ? Result<void>(*failure_) : Result<void>();
        failure_.reset();
        released(outcome); // May pass more.
    }
}

} // namespace parley
