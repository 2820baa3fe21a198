#pragma once

#include "base/id.h"
#include "base/time.h"
#include "call/leg.h"

#include <cstdint>
#include <string>
#include <vector>

namespace parley {

enum class CallDirection : std::uint8_t { inbound, outbound };

// How the other side is reached; decides the shape of the wire's device object.
enum class DeviceType : std::uint8_t { phone, sip };

struct CallDevice {
    DeviceType type = DeviceType::phone;
    std::string from; // A number for `phone`, a SIP URI for `sip`.
    std::string to;
    std::string from_name;               // May be empty.
    std::vector<LegHeader> headers = {}; // That the program gave to its dial.

    friend bool operator==(const CallDevice&, const CallDevice&) = default;
};

// What is known of a call when it begins and never changes.
struct CallFacts {
    CallId id;
    LegId leg; // Wire: `segment_id`.
    NodeId node;
    ProjectId project;
    ContextName context; // Never empty on an inbound call: clients route by it.
    CallDirection direction = CallDirection::inbound;
    CallDevice device;
    std::string tag = {}; // Of the dial that it belongs to; inbound: empty.

    friend bool operator==(const CallFacts&, const CallFacts&) = default;
};

} // namespace parley
