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

// One telephone to call may be named as other doors of this kind take it: `to`, `from`, `timeout`.
void list_the_device(Json::Object& params)
{
    const auto* to = params.find("to");
    if (params.find("devices") != nullptr || to == nullptr)
        return;
    const bool is_address
        = to->is_string() && (to->as_string().starts_with("sip:") || to->as_string().starts_with("sips:"));
    Json::Object device;
    device[is_address ? "to" : "to_number"] = *to;
    if (const auto* from = params.find("from"))
        device[is_address ? "from" : "from_number"] = *from;
    for (const auto* name : { "timeout", "headers", "from_name" })
        if (const auto* given = params.find(name))
            device[name] = *given;
    params["devices"] = Json::Array { Json::Array {
        Json::Object { { "type", is_address ? "sip" : "phone" }, { "params", std::move(device) } } } };
}

std::optional<RestError> prepare_dial(Json::Object& params, IdSource& ids)
{
    for (const auto* name : { "url", "swml" })
        if (params.find(name) != nullptr)
            return call_error({ ErrorKind::unsupported,
                std::string(name) + ": is not available; send calling.ai to the call that the answer names" });
    list_the_device(params);
    if (params.find("tag") == nullptr)
        params["tag"] = ids.uuid();
    return std::nullopt;
}

using Command = std::variant<relay::CommandCall, relay::DialCall>;

std::variant<Command, RestError> decoded(const Json& body, IdSource& ids, const swaig::AgentLibrary& agents)
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
    const bool dials = method == "calling.dial";
    if (dials) {
        if (auto error = prepare_dial(params, ids))
            return std::move(*error);
    } else {
        params["call_id"] = body.string_or("id");
        name_the_action(method, params, ids);
    }
    auto request = relay::decode_call_request(method, params, agents);
    if (const auto* error = std::get_if<Error>(&request)) {
        if (!dials && error->kind == ErrorKind::invalid_request && body.string_or("id").empty())
            return invalid_parameter("id: is missing, or is no text");
        if (error->kind == ErrorKind::not_found) // The call itself has not been looked for yet.
            return RestError { 404, "NOT_FOUND", "AGENT_NOT_FOUND", error->what };
        return call_error(*error);
    }
    if (auto* of_call = std::get_if<relay::CallRequest>(&request)) {
        if (auto* for_call = std::get_if<relay::CommandCall>(of_call))
            return Command { std::move(*for_call) };
        if (auto* dial = std::get_if<relay::DialCall>(of_call))
            return Command { std::move(*dial) };
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

std::variant<CallDoorRequest, RestError> call_command_of(
    const RestRequest& request, IdSource& ids, const swaig::AgentLibrary& agents)
{
    auto credentials = basic_credentials_of(request);
    if (!credentials)
        return unauthenticated("AUTHENTICATION_REQUIRED", "Basic authentication with project and token is required.");
    const auto body = Json::parse(request.body);
    if (!body)
        return invalid_parameter("body: " + body.error().what);
    if (!body->is_object())
        return invalid_parameter("body: must be a JSON object");
    auto command = decoded(*body, ids, agents);
    if (auto* error = std::get_if<RestError>(&command))
        return std::move(*error);
    return CallDoorRequest { request.ip, std::move(*credentials), std::get<Command>(std::move(command)) };
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
    if (!facts.tag.empty())
        json["tag"] = facts.tag;
    if (!call.begun.empty()) {
        Json::Array begun;
        for (const CallId& id : call.begun)
            begun.push_back(id.value);
        json["calls"] = std::move(begun);
    }
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
