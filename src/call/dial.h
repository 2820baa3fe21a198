#pragma once

#include "base/id.h"
#include "base/time.h"
#include "call/call_facts.h"
#include "call/call_notice.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

// Calling out: several telephones one after the other or at the same time, until one answers. Each attempt is a call of
// its own; this decides which are begun and which one is kept. Knows neither numbers nor lines.
namespace parley {

// One telephone to try.
struct DialTarget {
    CallDevice device;      // As programs are shown it.
    std::string to;         // A number, a user of ours or a SIP URI.
    std::string from;       // Number or user of the caller.
    Duration timeout = 30s; // For its answer.
};

struct DialSpec {
    std::string tag;                             // By which the program knows its dial.
    std::vector<std::vector<DialTarget>> groups; // One group after the other; those of a group at the same time.
    std::optional<Duration> max_duration = {};   // Of the call, from its answer on.
};

using AttemptId = Ordinal<struct AttemptIdTag>; // Counted within a dial, from 1.

// ---- What can happen ----------------------------------------------------------------------------------------------

struct DialStarted { };
struct AttemptAnswered {
    AttemptId attempt;
};
// Each attempt that was begun ends with exactly one of these, also one that was dropped or never began in truth.
struct AttemptEnded {
    AttemptId attempt;
    CallEndReason reason = CallEndReason::hangup;
};
struct DialCancelled { // Nobody wants an answer any more.
    CallEndReason reason = CallEndReason::cancel;
};
using DialEvent = std::variant<DialStarted, AttemptAnswered, AttemptEnded, DialCancelled>;

// ---- What it asks for ---------------------------------------------------------------------------------------------

struct BeginAttempt {
    AttemptId attempt;
    std::size_t group = 0; // Where its target stands in the spec.
    std::size_t member = 0;

    friend bool operator==(const BeginAttempt&, const BeginAttempt&) = default;
};
// In whatever state it is; `AttemptEnded` follows.
struct DropAttempt {
    AttemptId attempt;
    CallEndReason reason = CallEndReason::cancel;

    friend bool operator==(const DropAttempt&, const DropAttempt&) = default;
};
// Exactly one of these two, once.
struct DialWon {
    AttemptId attempt;

    friend bool operator==(const DialWon&, const DialWon&) = default;
};
struct DialLost { // No attempt is left.
    CallEndReason reason = CallEndReason::no_answer;

    friend bool operator==(const DialLost&, const DialLost&) = default;
};
using DialOutput = std::variant<BeginAttempt, DropAttempt, DialWon, DialLost>;
using DialOutputs = std::vector<DialOutput>;

class Dial {
public:
    explicit Dial(DialSpec);

    void handle(const DialEvent&, Instant now, DialOutputs& out);
    void handle_timeout(Instant now, DialOutputs& out);
    [[nodiscard]] std::optional<Instant> deadline() const;

    // Told, and every attempt but the winner has ended.
    [[nodiscard]] bool over() const;
    [[nodiscard]] const DialSpec& spec() const { return spec_; }

private:
    enum class Stage : std::uint8_t {
        created,
        dialling,
        cancelled, // The attempts end; then it is lost.
        told,      // Won or lost. Losers may still have to end.
    };
    struct Attempt {
        AttemptId id;
        Instant no_answer;    // When it is dropped.
        bool dropped = false; // Whatever it says now comes too late.
    };

    void on(const DialStarted&, Instant now, DialOutputs& out);
    void on(const AttemptAnswered&, Instant now, DialOutputs& out);
    void on(const AttemptEnded&, Instant now, DialOutputs& out);
    void on(const DialCancelled&, Instant now, DialOutputs& out);

    void begin_group(Instant now, DialOutputs& out);
    void drop(Attempt&, CallEndReason, DialOutputs& out);
    void lose(DialOutputs& out);

    DialSpec spec_;
    Stage stage_ = Stage::created;
    std::size_t next_group_ = 0;
    AttemptId last_ {};
    std::vector<Attempt> attempts_;       // Begun and not ended; without the winner.
    std::optional<CallEndReason> reason_; // The one that says most, of those that ended.
};

} // namespace parley
