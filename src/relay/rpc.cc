#include "relay/rpc.h"

namespace parley::relay {

namespace {

bool can_be_echoed(const Json* id)
{
    return id != nullptr && (id->is_string() || id->is_number());
}

RpcFrame request_from(const Json& frame, const Json& method, const Json* id)
{
    if (!can_be_echoed(id))
        return RpcFault { nullptr, RpcCode::invalid_request, "id: a request needs a string or a number" };
    if (!method.is_string())
        return RpcFault { *id, RpcCode::invalid_request, "method: must be a string" };
    const auto* params = frame.find("params");
    if (params != nullptr && !params->is_object() && !params->is_null())
        return RpcFault { *id, RpcCode::invalid_request, "params: must be an object" };
    RpcRequest request { *id, method.as_string(), {} };
    if (params != nullptr && params->is_object())
        request.params = params->as_object();
    return request;
}

} // namespace

RpcFrame decode_frame(std::string_view text)
{
    auto parsed = Json::parse(text);
    if (!parsed)
        return RpcFault { nullptr, RpcCode::parse_error, "Parse error: " + parsed.error().what };
    if (parsed->is_array())
        return RpcFault { nullptr, RpcCode::invalid_request, "Batches are not accepted: send one object per message" };
    if (!parsed->is_object())
        return RpcFault { nullptr, RpcCode::invalid_request, "A message must be a JSON object" };

    const auto* id = parsed->find("id");
    if (const auto* method = parsed->find("method"))
        return request_from(*parsed, *method, id);
    if (parsed->find("result") == nullptr && parsed->find("error") == nullptr)
        return RpcFault { can_be_echoed(id) ? *id : Json(), RpcCode::invalid_request, "method: is missing" };
    // We only ever ask with strings. An answer to anything else is unknown, and unknown answers are ignored.
    return RpcResponse { id != nullptr && id->is_string() ? id->as_string() : std::string() };
}

std::string encode_result(const Json& id, Json::Object result)
{
    return Json(Json::Object { { "jsonrpc", "2.0" }, { "id", id }, { "result", std::move(result) } }).dump();
}

std::string encode_error(const Json& id, RpcCode code, std::string_view message, Json::Object error_data)
{
    Json::Object error { { "code", static_cast<int>(code) }, { "message", message } };
    if (!error_data.empty())
        error["data"] = std::move(error_data);
    Json::Object frame { { "jsonrpc", "2.0" } };
    if (!id.is_null())
        frame["id"] = id;
    frame["error"] = std::move(error);
    return Json(std::move(frame)).dump();
}

std::string encode_request(std::string_view id, std::string_view method, Json::Object params)
{
    return Json(
        Json::Object { { "jsonrpc", "2.0" }, { "id", id }, { "method", method }, { "params", std::move(params) } })
        .dump();
}

} // namespace parley::relay
