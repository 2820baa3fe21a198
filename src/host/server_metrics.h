#pragma once

#include "agent/ai_session.h"
#include "agent/turn_report.h"
#include "call/call_facts.h"
#include "call/call_notice.h"

#include <cstdint>
#include <string_view>

// What a running server counts and times, for operators. Holds no name, number or word of anybody.
// Called from any thread; never blocks for long.
namespace parley {

class ServerMetrics {
public:
    enum class Provider : std::uint8_t { recogniser, voice, model, tool };

    virtual ~ServerMetrics() = default;

    virtual void call_admitted(CallDirection) = 0;
    virtual void call_refused(std::string_view why) = 0; // Static text.
    // `answered`: how long it carried sound; zero: never.
    virtual void call_ended(CallEndReason, Duration answered) = 0;
    virtual void session_started() = 0;
    virtual void session_ended(agent::FinishReason) = 0;
    virtual void turn_completed(const TurnReport&) = 0;
    virtual void provider_failed(Provider) = 0;

    // One that counts nothing; lives for ever.
    static ServerMetrics& none();
};

} // namespace parley
