#pragma once

#include "base/id.h"
#include "base/json.h"
#include "call/call.h"
#include "call/dial.h"
#include "swaig/agent_library.h"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

// What programs ask of calls, in one table for both doors, RELAY and REST: the name of a method -> how its parameters
// become a value. Unknown members are ignored, since clients add their own.
namespace parley::relay {

// Something for a call.
struct CommandCall {
    CallId call;
    CallCommand command;
    std::vector<std::string> warnings = {}; // What was ignored, for the client to read.
};
// Calls that are to be begun.
struct DialCall {
    DialSpec spec;
};
// The call that rings here shall be offered to somebody else.
struct PassCall {
    CallId call;
};
using CallRequest = std::variant<CommandCall, DialCall, PassCall>;

// No such method: a fault of the envelope, unlike one that is documented and not offered here.
struct UnknownMethod { };

// An `Error` of kind `unsupported` means a documented method that is not there yet; of kind `invalid_request` it names
// the parameter.
using DecodedCallRequest = std::variant<CallRequest, UnknownMethod, Error>;

// `not_found`: the agent that was named is not there.
[[nodiscard]] DecodedCallRequest decode_call_request(
    std::string_view method, const Json::Object& params, const swaig::AgentLibrary& = swaig::no_agents());

} // namespace parley::relay
