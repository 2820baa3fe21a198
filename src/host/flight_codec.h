#pragma once

#include "agent/ai_session.h"
#include "base/json.h"
#include "base/result.h"
#include "call/call.h"

#include <cstdint>

// What the machines of a call were made of, what they were told and what they asked for, as JSON and back. Passwords of
// webhooks are left out: no machine looks at them.
namespace parley::flight {

struct CallMade {
    CallFacts facts;
    CallPolicy policy;
    std::uint64_t seed = 0; // Of its `IdSource`.
};
struct SessionMade {
    AiSpec spec;
    agent::SessionIdentity identity;
};

[[nodiscard]] Json encode(const CallMade&);
[[nodiscard]] Json encode(const SessionMade&);
[[nodiscard]] Json encode(const CallEvent&);
[[nodiscard]] Json encode(const CallOutput&);
[[nodiscard]] Json encode(const agent::Event&);
[[nodiscard]] Json encode(const agent::Command&);

// `invalid_request`: written by another version.
[[nodiscard]] Result<CallMade> decode_call(const Json&);
[[nodiscard]] Result<SessionMade> decode_session(const Json&);
[[nodiscard]] Result<CallEvent> decode_call_event(const Json&);
[[nodiscard]] Result<agent::Event> decode_session_event(const Json&);

} // namespace parley::flight
