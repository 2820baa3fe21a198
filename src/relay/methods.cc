#include "relay/methods.h"

#include "relay/parameters.h"

#include <algorithm>
#include <array>
#include <utility>

namespace parley::relay {

namespace {

using Params = Json::Object;
using Decoded = Result<RelayRequest>;

// ---- signalwire.* -------------------------------------------------------------------------------------------------

// Whatever it says, it is served alike: clients of 2.0, 3.0 and 4.0 differ in what they do with answers.
int version_of(const Params& params)
{
    const auto* version = params.find("version");
    const auto* major = version != nullptr ? version->find("major") : nullptr;
    return major != nullptr && major->is_integer()
        ? static_cast<int>(std::clamp<std::int64_t>(major->as_integer(), 0, 99))
        : 0;
}

Decoded decode_connect(const Params& params)
{
    Connect connect;
    auto contexts = context_names(params, "contexts");
    if (!contexts)
        return std::move(contexts.error());
    connect.contexts = std::move(*contexts);
    // Some clients repeat project and token outside; only what stands inside counts.
    const auto* authentication = params.find("authentication");
    if (authentication != nullptr && !authentication->is_null() && !authentication->is_object())
        return Error { ErrorKind::invalid_request, "authentication: must be an object" };
    if (authentication != nullptr) {
        connect.credentials.project.value = authentication->string_or("project");
        connect.credentials.token = authentication->string_or("token");
        connect.credentials.jwt = authentication->string_or("jwt_token");
    }
    auto agent = optional_string(params, "agent");
    auto protocol = optional_string(params, "protocol");
    auto acks = optional_bool(params, "event_acks", true);
    for (const auto* error :
        { agent ? nullptr : &agent.error(), protocol ? nullptr : &protocol.error(), acks ? nullptr : &acks.error() }) {
        if (error != nullptr)
            return *error;
    }
    connect.version = version_of(params);
    connect.agent = std::move(*agent);
    connect.protocol = std::move(*protocol);
    if (const auto* state = params.find("authorization_state"); state != nullptr && state->is_string())
        connect.authorization_state = state->as_string(); // Anything else is ignored like any other invalid state.
    connect.event_acks = *acks;
    return RelayRequest { std::move(connect) };
}

template <typename Request> Decoded decode_contexts(const Params& params)
{
    auto contexts = context_names(params, "contexts");
    if (!contexts)
        return std::move(contexts.error());
    if (const auto* one = params.find("context"); one != nullptr && one->is_string()) // `calling.receive` of old.
        contexts->insert(ContextName { one->as_string() });
    return RelayRequest { Request { std::move(*contexts) } };
}

Decoded decode_ping(const Params& params)
{
    const auto* timestamp = params.find("timestamp");
    if (timestamp == nullptr || timestamp->is_null())
        return RelayRequest { Ping {} };
    return RelayRequest { Ping { *timestamp } };
}

// ---- The table ----------------------------------------------------------------------------------------------------

using Decoder = Decoded (*)(const Params&);

constexpr std::pair<std::string_view, Decoder> methods[] = {
    { "signalwire.connect", decode_connect }, { "signalwire.receive", decode_contexts<Receive> },
    { "signalwire.unreceive", decode_contexts<Unreceive> }, { "signalwire.ping", decode_ping },
    { "calling.receive", decode_contexts<Receive> }, // Older spelling.
};

// Documented, and not there yet.
constexpr std::string_view to_come[] = {
    "signalwire.reauthenticate",
    "signalwire.execute",
    "messaging.send",
    "messaging.receive",
};

} // namespace

DecodedMethod decode_method(std::string_view method, const Json::Object& params, const swaig::AgentLibrary& agents)
{
    const auto known = std::ranges::find(methods, method, &std::pair<std::string_view, Decoder>::first);
    if (known != std::end(methods)) {
        auto decoded = known->second(params);
        if (!decoded)
            return std::move(decoded.error());
        return std::move(*decoded);
    }
    if (std::ranges::find(to_come, method) != std::end(to_come))
        return Error { ErrorKind::unsupported, std::string(method) + " is not available yet" };
    auto request = decode_call_request(method, params, agents);
    if (auto* of_call = std::get_if<CallRequest>(&request))
        return std::visit([](auto& r) { return RelayRequest { std::move(r) }; }, *of_call);
    if (auto* error = std::get_if<Error>(&request))
        return std::move(*error);
    return UnknownMethod {};
}

} // namespace parley::relay
