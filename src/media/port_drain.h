#pragma once

#include "base/time.h"
#include "media/port_pair.h"
#include "net/event_loop.h"

#include <cstddef>
#include <deque>

// Where the ports of calls that ended go for a while: still ours, so that no new call is given one of them and hears
// what the old one is still being sent. What arrives meanwhile goes nowhere, and no ICMP error tells the sender.
namespace parley::media {

// Belongs to its loop's thread.
class PortDrain {
public:
    static constexpr std::size_t max_pairs = 2'048; // Then the one that waits longest is freed early.

    PortDrain(EventLoop&, Duration keep_for);

    // Whoever receives on these sockets must not be told any more.
    void take(PortPair);

    [[nodiscard]] std::size_t size() const { return waiting_.size(); }

private:
    void free_due();

    struct Waiting {
        Instant until;
        PortPair ports;
    };
    const Duration keep_for_;
    std::deque<Waiting> waiting_; // The oldest first.
    Timer timer_;
};

} // namespace parley::media
