#pragma once

#include "base/id.h"
#include "base/json.h"
#include "relay/call_requests.h"

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// One table: the name of a method -> how its parameters become a value. Unknown members are ignored, since clients add
// their own.
namespace parley::relay {

// How a client says who it is: project and token, or a JSON Web Token.
struct Credentials {
    ProjectId project;
    std::string token;
    std::string jwt;
};
struct Connect {
    Credentials credentials;
    int version = 0;                 // `version.major`; 0: not told.
    std::string agent;               // The client's name for itself.
    std::string protocol;            // The session that a reconnecting client had.
    std::string authorization_state; // What that session gave it; see `AuthorizationState`.
    std::set<ContextName> contexts;
    bool event_acks = true;
};
struct Receive {
    std::set<ContextName> contexts;
};
struct Unreceive {
    std::set<ContextName> contexts;
};
struct Ping {
    std::optional<Json> timestamp; // Echoed if given.
};
using RelayRequest = std::variant<Connect, Receive, Unreceive, Ping, CommandCall, DialCall, PassCall>;

// An `Error` of kind `unsupported` means a documented method that is not there yet; of kind `invalid_request` it names
// the parameter.
using DecodedMethod = std::variant<RelayRequest, UnknownMethod, Error>;

[[nodiscard]] DecodedMethod decode_method(
    std::string_view method, const Json::Object& params, const swaig::AgentLibrary& = swaig::no_agents());

inline constexpr std::size_t max_control_id_size = 256;
inline constexpr std::size_t max_context_size = 256;

} // namespace parley::relay
