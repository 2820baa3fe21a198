#pragma once

#include "base/id.h"
#include "rest/call_door.h"
#include "rest/request.h"
#include "rest/response.h"

#include <string_view>
#include <variant>

// `POST /api/calling/calls`: the commands of RELAY for programs without a WebSocket, in the shape that SignalWire's
// clients send them, `{"id": …, "command": "calling.ai_message", "params": {…}}`. The names and their parameters are
// those of the one table in `relay/call_requests.h`.
namespace parley {

inline constexpr std::string_view call_commands_path = "/api/calling/calls";

// What the request asks for, or why it cannot be. `ids` names actions that the client gave no name.
[[nodiscard]] std::variant<CallDoorRequest, RestError> call_command_of(
    const RestRequest&, IdSource& ids, const swaig::AgentLibrary&);

[[nodiscard]] Json to_json(const CommandedCall&);
[[nodiscard]] RestError call_error(const Error&);

} // namespace parley
