#pragma once

#include "host/deadlines.h"
#include "host/relay_host.h"
#include "net/event_loop.h"
#include "rest/call_door.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

// Commands from the REST door on their way to the calls and back. Asked from any thread; lives on the signal loop,
// beside the RELAY clients whose projects, limits and calls it shares.
namespace parley {

class HubCallDoor final : public CallDoor {
public:
    struct Hooks {
        std::function<void(const CallId&, const RequestKey&, CallCommand)> forward;
        // Begins the calls of its first group, or refuses, before it returns.
        std::function<void(relay::ForwardDial)> dial;
        std::function<void(const CallId&)> abandoned; // As `RelayHost::Listener::abandoned`.
    };

    // On the signal loop, as the destructor. The host outlives it.
    HubCallDoor(EventLoop& signal, RelayHost&, Hooks);
    ~HubCallDoor() override;
    HubCallDoor(const HubCallDoor&) = delete;
    HubCallDoor& operator=(const HubCallDoor&) = delete;

    void command(CallDoorRequest, Answer) override;
    [[nodiscard]] const swaig::AgentLibrary& agents() const override { return agents_; }

private:
    struct Waiting {
        CommandedCall call;
        Answer answer;
        std::string tag = {}; // Of a dial.
    };
    struct State; // Shared with posted requests, which may outlive this.

    EventLoop& loop_;
    const swaig::AgentLibrary& agents_; // The RELAY clients' own.
    std::shared_ptr<State> state_;
};

} // namespace parley
