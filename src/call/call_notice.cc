#include "call/call_notice.h"

#include <array>
#include <utility>

namespace parley {

std::string_view to_string(CallState state)
{
    switch (state) {
    case CallState::created: return "created";
    case CallState::ringing: return "ringing";
    case CallState::answered: return "answered";
    case CallState::ending: return "ending";
    case CallState::ended: return "ended";
    }
    return "";
}

std::string_view to_string(CallEndReason reason)
{
    switch (reason) {
    case CallEndReason::hangup: return "hangup";
    case CallEndReason::cancel: return "cancel";
    case CallEndReason::busy: return "busy";
    case CallEndReason::no_answer: return "noAnswer";
    case CallEndReason::decline: return "decline";
    case CallEndReason::error: return "error";
    case CallEndReason::max_duration: return "max_duration";
    case CallEndReason::not_found: return "not_found";
    }
    return "";
}

std::string_view to_string(ActionChanged::State state)
{
    switch (state) {
    case ActionChanged::State::playing: return "playing";
    case ActionChanged::State::paused: return "paused";
    case ActionChanged::State::finished: return "finished";
    case ActionChanged::State::error: return "error";
    }
    return "";
}

std::optional<CallEndReason> call_end_reason_from(std::string_view text)
{
    constexpr std::array all { CallEndReason::hangup, CallEndReason::cancel, CallEndReason::busy,
        CallEndReason::no_answer, CallEndReason::decline, CallEndReason::error, CallEndReason::max_duration,
        CallEndReason::not_found };
    for (const auto reason : all) {
        if (to_string(reason) == text)
            return reason;
    }
    return std::nullopt;
}

} // namespace parley
