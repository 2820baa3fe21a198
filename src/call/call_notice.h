#pragma once

#include "base/id.h"
#include "base/json.h"
#include "base/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

// What a call tells the program that controls it. The protocols encode it; the call knows no wire.
namespace parley {

// In this order; a call never goes back. Inbound calls are announced as `ringing`.
enum class CallState : std::uint8_t {
    created,  // Known here; nobody was told yet.
    ringing,  // Waits for the program to answer.
    answered, // Carries sound.
    ending,   // The line is down and all actions have ended.
    ended,    // Nothing follows.
};

[[nodiscard]] std::string_view to_string(CallState);

// Why a call ended, as programs are told.
enum class CallEndReason : std::uint8_t {
    hangup,
    cancel,
    busy,
    no_answer,
    decline,
    error,
    max_duration,
    not_found,
};

// The wire's spelling: "noAnswer".
[[nodiscard]] std::string_view to_string(CallEndReason);
[[nodiscard]] std::optional<CallEndReason> call_end_reason_from(std::string_view);

struct CallStateChanged {
    CallState state = CallState::created;
    std::optional<CallEndReason> reason = {}; // With `ended` alone.

    friend bool operator==(const CallStateChanged&, const CallStateChanged&) = default;
};

// The one and only event of an AI action: it is over.
struct AiActionEnded {
    enum class State : std::uint8_t { finished, error };

    ControlId control_id;
    State state = State::finished;
    std::string reason;       // finished: "hangup", "stopped", "completed", "max_duration"
    std::string message = {}; // error: for people.
    AiSessionId session = {};

    friend bool operator==(const AiActionEnded&, const AiActionEnded&) = default;
};

// What an action other than an AI session does. The last one of an action is `finished` or `error`.
struct ActionChanged {
    enum class Kind : std::uint8_t { play, send_digits };
    enum class State : std::uint8_t {
        playing,
        paused,
        finished, // By itself, or stopped.
        error,
    };

    Kind kind = Kind::play;
    ControlId control_id;
    State state = State::playing;
    std::string message = {}; // error: for people.

    friend bool operator==(const ActionChanged&, const ActionChanged&) = default;
};

[[nodiscard]] std::string_view to_string(ActionChanged::State);

// A function of the AI session sends the program something of its own.
struct AiEventSent {
    Json::Object event;
    AiSessionId session = {};

    friend bool operator==(const AiEventSent&, const AiEventSent&) = default;
};

using CallNotice = std::variant<CallStateChanged, AiActionEnded, ActionChanged, AiEventSent>;

} // namespace parley
