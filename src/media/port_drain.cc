#include "media/port_drain.h"

#include "net/clock.h"

#include <utility>

namespace parley::media {

PortDrain::PortDrain(EventLoop& loop, Duration keep_for)
    : keep_for_(keep_for)
    , timer_(loop)
{
}

void PortDrain::take(PortPair ports)
{
    if (keep_for_ == 0ms || !ports.rtp)
        return;
    if (waiting_.size() >= max_pairs)
        waiting_.pop_front();
    waiting_.push_back({ now() + keep_for_, std::move(ports) });
    if (!timer_.pending())
        timer_.set(waiting_.front().until, [this] { free_due(); });
}

void PortDrain::free_due()
{
    const Instant at = now();
    while (!waiting_.empty() && waiting_.front().until <= at)
        waiting_.pop_front();
    if (!waiting_.empty())
        timer_.set(waiting_.front().until, [this] { free_due(); });
}

} // namespace parley::media
