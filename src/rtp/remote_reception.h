#pragma once

#include "base/time.h"
#include "rtp/rtcp.h"

#include <cstdint>
#include <optional>

// What the other side reports of the packets that we send (RFC 3550 6.4), and how long the way there and back takes.
// Knows report blocks; knows nothing of what was sent.
namespace parley {

// Numbers of one stream as its receiver sees them.
struct RemoteView {
    std::uint64_t reports = 0;
    std::int32_t lost = 0;    // In all.
    double worst_loss = 0;    // Of one interval, 0 to 1.
    std::uint32_t jitter = 0; // The last one told, in timestamp units,
    std::uint32_t worst_jitter = 0;
    std::uint64_t round_trips = 0; // Measured.
    Duration round_trip {};        // The last one, the shortest, the longest and the mean.
    Duration least_round_trip {};
    Duration most_round_trip {};
    Duration mean_round_trip {};
};

class RemoteReception {
public:
    static constexpr Duration longest_round_trip = 10s; // More is a wrong clock, or a lie.

    // A block about our stream that arrived at `ntp` by our clock.
    void reported(const ReportBlock&, std::uint64_t ntp);

    // Nothing before the first report.
    [[nodiscard]] std::optional<RemoteView> view() const;

private:
    RemoteView view_;
    Duration all_round_trips_ {};
};

} // namespace parley
