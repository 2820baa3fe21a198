#pragma once

#include "base/json.h"

#include <string>
#include <string_view>
#include <variant>

// The JSON-RPC 2.0 envelope as RELAY clients speak it: one object per WebSocket text, never a batch.
// Knows frames; knows nothing of methods, sessions or calls.
namespace parley::relay {

enum class RpcCode : int {
    parse_error = -32700,
    invalid_request = -32600,
    method_not_found = -32601,
    invalid_params = -32602,
    limit_reached = 429,            // Only of `signalwire.connect`, whose result clients do not look at.
    unavailable = 503,              // The same.
    authentication_failed = -32002, // The code that the JavaScript clients stop reconnecting at.
};

struct RpcRequest {
    Json id; // A string or a number, echoed as it came.
    std::string method;
    Json::Object params; // Missing on the wire: empty.
};

// An answer to something that we asked: a pong, or the acknowledgement of an event.
struct RpcResponse {
    std::string id;
};

// Something that is no JSON-RPC. `id` is null when none can be echoed; then none is written, because a null `id`
// aborts the C++ client.
struct RpcFault {
    Json id;
    RpcCode code;
    std::string message;
};

using RpcFrame = std::variant<RpcRequest, RpcResponse, RpcFault>;

[[nodiscard]] RpcFrame decode_frame(std::string_view text);

[[nodiscard]] std::string encode_result(const Json& id, Json::Object result);
[[nodiscard]] std::string encode_error(
    const Json& id, RpcCode code, std::string_view message, Json::Object error_data = {});
[[nodiscard]] std::string encode_request(std::string_view id, std::string_view method, Json::Object params);

} // namespace parley::relay
