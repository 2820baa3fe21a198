#include "rtp/remote_reception.h"

#include <algorithm>

namespace parley {

void RemoteReception::reported(const ReportBlock& block, std::uint64_t ntp)
{
    ++view_.reports;
    view_.lost = block.cumulative_lost;
    view_.worst_loss = std::max(view_.worst_loss, block.fraction_lost / 256.0);
    view_.jitter = block.jitter;
    view_.worst_jitter = std::max(view_.worst_jitter, block.jitter);
    if (block.last_sr == 0)
        return; // They had no sender report of ours yet.
    // RFC 3550 6.4.1, in 1/65536 s.
    const auto arrived = static_cast<std::uint32_t>(ntp >> 16);
    const auto ticks = static_cast<std::int32_t>(arrived - block.last_sr - block.delay_since_last_sr);
    const Duration way(static_cast<std::int64_t>(ticks) * 1'000'000 / 65'536);
    if (way < 0ms || way > longest_round_trip)
        return;
    view_.round_trip = way;
    view_.least_round_trip = view_.round_trips == 0 ? way : std::min(view_.least_round_trip, way);
    view_.most_round_trip = std::max(view_.most_round_trip, way);
    all_round_trips_ += way;
    ++view_.round_trips;
    view_.mean_round_trip = all_round_trips_ / static_cast<std::int64_t>(view_.round_trips);
}

std::optional<RemoteView> RemoteReception::view() const
{
    return view_.reports == 0 ? std::nullopt : std::optional(view_);
}

} // namespace parley
