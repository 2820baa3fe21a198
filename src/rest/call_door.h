#pragma once

#include "base/result.h"
#include "base/time.h"
#include "call/call_facts.h"
#include "call/call_notice.h"
#include "relay/call_requests.h"
#include "relay/methods.h"

#include <functional>
#include <string>
#include <variant>
#include <vector>

// Where commands for calls go: to the calls, wherever they live.
namespace parley {

struct CallDoorRequest {
    std::string ip; // Of the client.
    relay::Credentials credentials;
    std::variant<relay::CommandCall, relay::DialCall> command;
};

// The call as it was when it took the command.
struct CommandedCall {
    CallFacts facts;
    CallState state = CallState::ringing;
    WallTime since; // When it arrived here.
    std::string message;
    ControlId control_id; // Of the action that was begun or addressed.
    // Of a dial: every call that was begun, this one is the first. Of later groups there are none yet.
    std::vector<CallId> begun = {};
};

class CallDoor {
public:
    using Answer = std::function<void(Result<CommandedCall>)>;

    virtual ~CallDoor() = default;
    // Of a dial: `invalid_request` if nothing leads to any device.
    // Answers once, when the call has taken the command or refused it; perhaps on another thread. A call of another
    // project is `not_found`, as one that is none.
    virtual void command(CallDoorRequest, Answer) = 0;
    // Agents that a program may name instead of writing them out.
    [[nodiscard]] virtual const swaig::AgentLibrary& agents() const { return swaig::no_agents(); }
};

} // namespace parley
