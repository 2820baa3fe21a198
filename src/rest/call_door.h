#pragma once

#include "base/result.h"
#include "base/time.h"
#include "call/call_facts.h"
#include "call/call_notice.h"
#include "relay/call_requests.h"
#include "relay/methods.h"

#include <functional>
#include <string>
#include <vector>

// Where commands for calls go: to the calls, wherever they live.
namespace parley {

struct CallDoorRequest {
    std::string ip; // Of the client.
    relay::Credentials credentials;
    relay::CommandCall command;
};

// The call as it was when it took the command.
struct CommandedCall {
    CallFacts facts;
    CallState state = CallState::ringing;
    WallTime since; // When it arrived here.
    std::string message;
    ControlId control_id; // Of the action that was begun or addressed.
};

class CallDoor {
public:
    using Answer = std::function<void(Result<CommandedCall>)>;

    virtual ~CallDoor() = default;
    // Answers once, when the call has taken the command or refused it; perhaps on another thread. A call of another
    // project is `not_found`, as one that is none.
    virtual void command(CallDoorRequest, Answer) = 0;
};

} // namespace parley
