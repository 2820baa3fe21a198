#pragma once

#include "agent/tool_spec.h"
#include "base/id.h"
#include "base/log.h"
#include "base/time.h"
#include "net/event_loop.h"
#include "net/http_client.h"
#include "net/outbound_policy.h"

#include <cstddef>
#include <memory>
#include <string>

// Posts the debug events of AI sessions: those of one session one after the other, in order, and nobody waits for them.
// What cannot be delivered is dropped: nothing is tried twice.
namespace parley {

class DebugPoster {
public:
    static constexpr std::size_t max_waiting = 512; // Events of one session; what comes then is dropped and counted.
    static constexpr int max_failures = 3;          // In a row: what waits is dropped.
    static constexpr Duration patience = 5s;        // With one event.

    // Requests run on `client`'s loop under `policy`; this lives on `home`.
    DebugPoster(HttpClient& client, EventLoop& home, OutboundPolicy policy, Log);
    ~DebugPoster(); // What is under way is given up.
    DebugPoster(const DebugPoster&) = delete;
    DebugPoster& operator=(const DebugPoster&) = delete;

    void post(const AiSessionId&, const WebHook&, std::string body);

    [[nodiscard]] std::size_t waiting() const; // And under way.

private:
    struct State;
    std::shared_ptr<State> state_; // Shared with the request under way.
};

} // namespace parley
