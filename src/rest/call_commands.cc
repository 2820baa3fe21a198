#include "rest/call_commands.h"

#include "base/base64.h"
#include "store/page_token.h"

#include <algorithm>

namespace parley {

namespace {

RestError unauthenticated(std::string_view reason, std::string message)
{
    return { 401, "UNAUTHENTICATED", reason, std::move(message) };
}

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// RFC 7617: `Authorization: Basic project:token`.
std::optional<relay::Credentials> basic_credentials_of(const RestRequest& request)
{
    constexpr std::string_view scheme = "basic ";
    const auto field = request.header("Authorization");
    if (!field || field->size() < scheme.size()
        || !std::ranges::equal(field->substr(0, scheme.size()), scheme, {}, lower))
        return std::nullopt;
    const auto pair
        = base64_decode(field->substr(std::min(field->find_first_not_of(' ', scheme.size()), field->size())));
    const auto colon = pair ? pair->find(':') : std::string::npos;
    if (colon == std::string::npos)
        return std::nullopt;
    return relay::Credentials { { pair->substr(0, colon) }, pair->substr(colon + 1), "" };
}

// Older spellings without the namespace.
std::string method_of(const std::string& command)
{
    return command == "dial" || command == "update" ? "calling." + command : command;
}

// RELAY clients name each action; here the name may be missing, and the answer tells it.
void name_the_action(std::string_view method, Json::Object& params, IdSource& ids)
{
    const bool begins_one = std::ranges::count(method, '.') == 1;
    if (begins_one && params.find("control_id") == nullptr)
        params["control_id"] = ids.uuid();
}

std::variant<relay::CommandCall, RestError> decoded(const Json& body, IdSource& ids)
{
    const auto command = body.string_or("command");
    if (command.empty())
        return invalid_parameter("command: is missing, or is no text");
    const auto* given = body.find("params");
    if (given != nullptr && !given->is_null() && !given->is_object())
        return invalid_parameter("params: must be an object");
    Json::Object params;
    if (given != nullptr && given->is_object())
        params = given->as_object();
    const auto method = method_of(command);
    if (method == "calling.dial") // There the answer is the one call; here a dial may have several.
        return call_error({ ErrorKind::unsupported, "calling.dial is not available by HTTP" });
    params["call_id"] = body.string_or("id");
    name_the_action(method, params, ids);
    auto request = relay::decode_call_request(method, params);
    if (const auto* error = std::get_if<Error>(&request)) {
        if (error->kind == ErrorKind::invalid_request && body.string_or("id").empty())
            return invalid_parameter("id: is missing, or is no text");
        return call_error(*error);
    }
    if (auto* of_call = std::get_if<relay::CallRequest>(&request)) {
        if (auto* for_call = std::get_if<relay::CommandCall>(of_call))
            return std::move(*for_call);
    }
    return invalid_parameter("command: \"" + command.substr(0, 100) + "\" is no command of this door");
}

std::string_view type_of(DeviceType type)
{
    switch (type) {
    case DeviceType::phone: return "relay_pstn_call";
    case DeviceType::sip: return "relay_sip_call";
    }
    return "";
}

} // namespace

std::variant<CallDoorRequest, RestError> call_command_of(const RestRequest& request, IdSource& ids)
{
    auto credentials = basic_credentials_of(request);
    if (!credentials)
        return unauthenticated("AUTHENTICATION_REQUIRED", "Basic authentication with project and token is required.");
    const auto body = Json::parse(request.body);
    if (!body)
        return invalid_parameter("body: " + body.error().what);
    if (!body->is_object())
        return invalid_parameter("body: must be a JSON object");
    auto command = decoded(*body, ids);
    if (auto* error = std::get_if<RestError>(&command))
        return std::move(*error);
    return CallDoorRequest { request.ip, std::move(*credentials), std::get<relay::CommandCall>(std::move(command)) };
}

Json to_json(const CommandedCall& call)
{
    const CallFacts& facts = call.facts;
    Json::Object json {
        { "id", facts.id.value },
        { "from", facts.device.from },
        { "to", facts.device.to },
        { "direction", facts.direction == CallDirection::inbound ? "inbound" : "outbound-api" },
        { "status", to_string(call.state) },
        { "duration", nullptr },
        { "duration_ms", nullptr },
        { "billing_ms", nullptr },
        { "source", "realtime_api" },
        { "type", type_of(facts.device.type) },
        { "url", nullptr },
        { "charge", 0 },
        { "charge_details", Json::Array {} },
        { "parent_id", nullptr },
        { "created_at", time_text(call.since) },
        { "code", "200" },
        { "message", call.message },
    };
    if (!call.control_id.empty())
        json["control_id"] = call.control_id.value;
    return json;
}

RestError call_error(const Error& error)
{
    RestError told = rest_error(error);
    told.message = error.what;
    if (error.kind == ErrorKind::not_found)
        told.reason = "CALL_NOT_FOUND";
    else if (error.kind == ErrorKind::invalid_request)
        told.reason = "INVALID_REQUEST_PARAMETER";
    return told;
}

} // namespace parley
