#pragma once

#include "base/id.h"
#include "base/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

// What can happen to one party's line, and what can be asked of it: the words that a call and its carriers share.
// Knows nothing of SIP messages or sound; a carrier translates (`sip/sip_endpoint.h` for telephone lines).
namespace parley {

// Why a leg is over. Every leg that was announced or dialled ends with exactly one `LegEnded`.
enum class LegEndReason : std::uint8_t {
    hangup,    // One side hung up an answered leg.
    cancel,    // The calling side gave up before the answer.
    busy,      // The called side is in another call.
    no_answer, // Nobody answered in time, or nobody is there now.
    decline,   // The called side does not want the call.
    error,     // Signalling or media failed.
    not_found, // There is no such number.
};

// Events: what a leg tells its call.

struct LegIncoming {
    LegId leg;
    std::string from;      // The caller's user part: a number or a name.
    std::string to;        // The called user part: what is routed.
    std::string from_name; // The caller's display name; may be empty.

    friend bool operator==(const LegIncoming&, const LegIncoming&) = default;
};

// An outgoing leg rings at the other side.
struct LegRinging {
    LegId leg;

    friend bool operator==(const LegRinging&, const LegRinging&) = default;
};

// The leg carries sound from now on. Follows `AnswerLeg`, or the other side's answer to `DialLeg`.
struct LegAnswered {
    LegId leg;

    friend bool operator==(const LegAnswered&, const LegAnswered&) = default;
};

struct LegEnded {
    LegId leg;
    LegEndReason reason = LegEndReason::hangup;
    std::string detail;                       // For logs and people ("486 Busy Here"), never parsed.
    std::optional<Duration> retry_after = {}; // The other side said how long it makes no sense to call again.

    friend bool operator==(const LegEnded&, const LegEnded&) = default;
};

// The other side of an answered leg wants no sound from us; it may play music.
struct LegHeld {
    LegId leg;

    friend bool operator==(const LegHeld&, const LegHeld&) = default;
};
// It listens again.
struct LegResumed {
    LegId leg;

    friend bool operator==(const LegResumed&, const LegResumed&) = default;
};

// A key of the other side's telephone that was signalled beside the sound.
struct LegDigit {
    LegId leg;
    char key = '0'; // 0-9 * # A-D
    Duration held {};

    friend bool operator==(const LegDigit&, const LegDigit&) = default;
};

// The other side of an answered leg wants us to talk to somebody else in its place. It is told by `TellReferral` what
// becomes of that.
struct LegReferred {
    LegId leg;
    std::string to;               // A `sip:`, `sips:` or `tel:` URI.
    std::string replaces = {};    // The call there that ours takes the place of, in the carrier's words; may be empty.
    std::string referred_by = {}; // Likewise, who says so.

    friend bool operator==(const LegReferred&, const LegReferred&) = default;
};

using LegEvent
    = std::variant<LegIncoming, LegRinging, LegAnswered, LegEnded, LegHeld, LegResumed, LegDigit, LegReferred>;

// Commands: what a call asks of a leg. A command for a leg that is already over has no effect.

// Tell the caller of an incoming leg that it rings.
struct RingLeg {
    LegId leg;

    friend bool operator==(const RingLeg&, const RingLeg&) = default;
};

// Sound flows on an incoming leg before it is answered, if the caller can do that.
struct PreviewLeg {
    LegId leg;

    friend bool operator==(const PreviewLeg&, const PreviewLeg&) = default;
};

struct AnswerLeg {
    LegId leg;

    friend bool operator==(const AnswerLeg&, const AnswerLeg&) = default;
};

// Refuse an incoming leg that was not answered.
struct RejectLeg {
    LegId leg;
    LegEndReason reason = LegEndReason::decline;
    std::optional<std::uint16_t> sip_status = {}; // A final status of 300 to 699; without it the reason decides.

    friend bool operator==(const RejectLeg&, const RejectLeg&) = default;
};

// End the leg in whatever state it is: cancels an outgoing one, rejects or hangs up an incoming one.
struct HangUpLeg {
    LegId leg;
    bool answered_elsewhere = false; // A leg that still rings is told that the call did not go unanswered.

    friend bool operator==(const HangUpLeg&, const HangUpLeg&) = default;
};

// A field of the request that begins a call, for whoever is called.
struct LegHeader {
    std::string name;
    std::string value;

    friend bool operator==(const LegHeader&, const LegHeader&) = default;
};

struct DialLeg {
    LegId leg;
    std::string from;
    std::string to; // A number, a user name or a whole `sip:` URI; the carrier knows how to reach it.
    std::string from_name;
    Duration answer_within = 60s; // Then the leg ends with `no_answer`.
    std::string replaces = {};    // As in the `LegReferred` that this follows.
    std::string referred_by = {};
    std::vector<LegHeader> headers = {};

    friend bool operator==(const DialLeg&, const DialLeg&) = default;
};

// How the call that `LegReferred` asked for gets on. A status of 200 or more is the last word.
struct TellReferral {
    LegId leg;
    std::uint16_t sip_status = 100;

    friend bool operator==(const TellReferral&, const TellReferral&) = default;
};

using LegCommand = std::variant<RingLeg, PreviewLeg, AnswerLeg, RejectLeg, HangUpLeg, DialLeg, TellReferral>;

} // namespace parley
