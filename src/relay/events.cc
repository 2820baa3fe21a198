#include "relay/events.h"

#include "relay/rpc.h"

namespace parley::relay {

namespace {

std::string_view to_string(CallDirection direction)
{
    switch (direction) {
    case CallDirection::inbound: return "inbound";
    case CallDirection::outbound: return "outbound";
    }
    return "";
}

Json::Object device_object(const CallDevice& device)
{
    Json::Object params;
    std::string_view type;
    switch (device.type) {
    case DeviceType::phone:
        type = "phone";
        params = { { "from_number", device.from }, { "to_number", device.to } };
        break;
    case DeviceType::sip:
        type = "sip";
        params = { { "from", device.from }, { "to", device.to } };
        break;
    }
    if (!device.from_name.empty())
        params["from_name"] = device.from_name;
    Json::Array headers;
    for (const LegHeader& header : device.headers)
        headers.push_back(Json::Object { { "name", header.name }, { "value", header.value } });
    params["headers"] = std::move(headers);
    return { { "type", type }, { "params", std::move(params) } };
}

// Every state event carries all of it: the JavaScript client replaces what it knew of the call by the latest event.
Json::Object call_object(const CallFacts& call, CallState state)
{
    Json::Object object {
        { "call_id", call.id.value },
        { "node_id", call.node.value },
        { "segment_id", call.leg.value },
        { "project_id", call.project.value },
    };
    if (!call.context.empty())
        object["context"] = call.context.value;
    object["tag"] = call.tag;
    object["direction"] = to_string(call.direction);
    object["call_state"] = to_string(state);
    object["device"] = device_object(call.device);
    return object;
}

EncodedEvent encode(const CallFacts& call, const CallStateChanged& changed)
{
    auto params = call_object(call, changed.state);
    if (changed.reason)
        params["end_reason"] = to_string(*changed.reason);
    return { "calling.call.state", std::move(params) };
}

std::string_view event_type(ActionChanged::Kind kind)
{
    switch (kind) {
    case ActionChanged::Kind::play: return "calling.call.play";
    case ActionChanged::Kind::send_digits: return "calling.call.send_digits";
    }
    return "";
}

EncodedEvent encode(const CallFacts& call, const ActionChanged& changed)
{
    Json::Object params {
        { "call_id", call.id.value },
        { "node_id", call.node.value },
        { "segment_id", call.leg.value },
        { "control_id", changed.control_id.value },
        { "state", to_string(changed.state) },
    };
    if (!changed.message.empty())
        params["message"] = changed.message;
    return { event_type(changed.kind), std::move(params) };
}

EncodedEvent encode(const CallFacts& call, const AiActionEnded& ended)
{
    const bool finished = ended.state == AiActionEnded::State::finished;
    Json::Object params {
        { "call_id", call.id.value },
        { "node_id", call.node.value },
        { "segment_id", call.leg.value },
        { "control_id", ended.control_id.value },
        { "state", finished ? "finished" : "error" },
    };
    if (finished) {
        params["reason"] = ended.reason;
    } else {
        params["code"] = "500";
        params["message"] = ended.message;
    }
    if (!ended.session.empty())
        params["ai_session_id"] = ended.session.value;
    return { "calling.call.ai", std::move(params) };
}

EncodedEvent encode(const CallFacts& call, const AiEventSent& sent)
{
    Json::Object params {
        { "call_id", call.id.value },
        { "node_id", call.node.value },
        { "segment_id", call.leg.value },
        { "event", sent.event },
    };
    if (!sent.session.empty())
        params["ai_session_id"] = sent.session.value;
    return { "calling.user_event", std::move(params) };
}

} // namespace

EncodedEvent call_receive_event(const CallFacts& call, std::string_view protocol, std::string_view space_id)
{
    auto params = call_object(call, CallState::ringing);
    if (!space_id.empty())
        params["space_id"] = space_id;
    params["protocol"] = protocol;
    return { "calling.call.receive", std::move(params) };
}

EncodedEvent notice_event(const CallFacts& call, const CallNotice& notice)
{
    return std::visit([&](const auto& n) { return encode(call, n); }, notice);
}

EncodedEvent dial_answered_event(const CallFacts& call)
{
    auto winner = call_object(call, CallState::answered);
    winner["dial_winner"] = true;
    return { "calling.call.dial",
        { { "node_id", call.node.value }, { "tag", call.tag }, { "dial_state", "answered" },
            { "call", std::move(winner) } } };
}

EncodedEvent dial_failed_event(const NodeId& node, std::string_view tag, CallEndReason reason)
{
    return { "calling.call.dial",
        { { "node_id", node.value }, { "tag", tag }, { "dial_state", "failed" }, { "reason", to_string(reason) },
            { "source", "outbound" } } };
}

std::string encode_event(const EventFrame& frame, const CallFacts& call, EncodedEvent event)
{
    Json::Object params {
        { "event_type", event.type },
        { "event_channel", frame.channel },
        { "timestamp", frame.timestamp },
        { "project_id", call.project.value },
    };
    if (!frame.space_id.empty())
        params["space_id"] = frame.space_id;
    if (!call.context.empty())
        params["context"] = call.context.value;
    params["node_id"] = call.node.value;
    params["params"] = std::move(event.params);
    return encode_request(frame.id, "signalwire.event", std::move(params));
}

std::string_view result_code(ErrorKind kind)
{
    switch (kind) {
    case ErrorKind::invalid_request: return "400";
    case ErrorKind::unauthenticated: return "401";
    case ErrorKind::not_found: return "404";
    case ErrorKind::conflict: return "409";
    case ErrorKind::unsupported: return "501";
    case ErrorKind::limit_reached: return "429";
    case ErrorKind::unavailable: return "503";
    case ErrorKind::timed_out: return "504";
    }
    return "500";
}

Json::Object success_result(std::string_view message, const CallId& call, const ControlId& control_id)
{
    Json::Object result { { "code", "200" }, { "message", message } };
    if (!call.empty())
        result["call_id"] = call.value;
    if (!control_id.empty())
        result["control_id"] = control_id.value;
    return result;
}

Json::Object failure_result(std::string_view code, std::string_view message, const CallId& call)
{
    Json::Object result { { "code", code }, { "message", message } };
    if (!call.empty())
        result["call_id"] = call.value;
    return result;
}

} // namespace parley::relay
