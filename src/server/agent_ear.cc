#include "server/agent_ear.h"

#include "audio/gain.h"

namespace parley::caller {

bool AgentEar::hear(std::span<const std::int16_t> samples, Duration length, Instant arrived)
{
    if (level_dbfs(samples) < audible_dbfs) {
        audible_frames_ = 0;
        return false;
    }
    if (audible_frames_++ == 0)
        candidate_ = arrived - length;
    last_sound_ = arrived;
    constexpr int needed = 2; // One alone is a click.
    if (speaking_ || audible_frames_ < needed)
        return false;
    speaking_ = true;
    onset_ = candidate_;
    return true;
}

bool AgentEar::handle_timeout(Instant now)
{
    const auto due = deadline();
    if (!due || now < *due)
        return false;
    speaking_ = false;
    return true;
}

std::optional<Instant> AgentEar::deadline() const
{
    if (!speaking_)
        return std::nullopt;
    return last_sound_ + pause;
}

} // namespace parley::caller
