// What is told of the session while it runs: debug events.
#include "agent/ai_session_machine.h"

#include <utility>

namespace parley::agent {

void AiSession::Machine::happened(const Event& event, Instant now)
{
    if (phase_ != Phase::created && phase_ != Phase::finished)
        debug_.saw(event, now);
}

// Commands from `from` on are new.
void AiSession::Machine::feed(std::size_t from, Instant now, Commands& out)
{
    if (!debug_.on())
        return;
    for (std::size_t i = from; i < out.size(); ++i)
        debug_.saw(out[i], now);
    auto events = debug_.take();
    if (events.empty())
        return;
    std::optional<Command> last; // Nothing follows Finished.
    if (std::holds_alternative<Finished>(out.back())) {
        last = std::move(out.back());
        out.pop_back();
    }
    for (auto& event : events)
        out.emplace_back(PostDebug { std::move(event), { spec_.reporting.debug_url, "", "" } });
    if (last)
        out.push_back(std::move(*last));
}

} // namespace parley::agent
