#pragma once

#include "base/error.h"
#include "base/json.h"
#include "call/call_facts.h"
#include "call/call_notice.h"

#include <string>
#include <string_view>

// What RELAY clients read: the inner parameters of events, and the results of methods. No member is ever null, since
// the C++ client aborts on one; what is not known is left out.
namespace parley::relay {

// Around each event. `channel` is the protocol string of the client that gets it.
struct EventFrame {
    std::string_view id;
    std::string_view channel;
    double timestamp; // Seconds since 1970.
    std::string_view space_id;
};

struct EncodedEvent {
    std::string_view type; // Static text.
    Json::Object params;
};

[[nodiscard]] EncodedEvent call_receive_event(const CallFacts&, std::string_view protocol, std::string_view space_id);
[[nodiscard]] EncodedEvent notice_event(const CallFacts&, const CallNotice&);
// `call`: the one that was answered.
[[nodiscard]] EncodedEvent dial_answered_event(const CallFacts& call);
[[nodiscard]] EncodedEvent dial_failed_event(const NodeId&, std::string_view tag, CallEndReason);
[[nodiscard]] std::string encode_event(const EventFrame&, const CallFacts&, EncodedEvent);

// `code` is a string: C++ and Go clients reject a number.
[[nodiscard]] std::string_view result_code(ErrorKind);
[[nodiscard]] Json::Object success_result(
    std::string_view message, const CallId& call = {}, const ControlId& control_id = {});
[[nodiscard]] Json::Object failure_result(std::string_view code, std::string_view message, const CallId& call = {});

} // namespace parley::relay
