#pragma once

#include "base/result.h"
#include "call/action.h"
#include "call/play.h"
#include "call/send_digits.h"

#include <cstddef>
#include <deque>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

// The actions of one call by their `control_id`. Those of one kind take the line one after the other, in the order in
// which they were started; different kinds run beside each other.
namespace parley {

class Actions {
public:
    explicit Actions(std::size_t max_actions)
        : max_actions_(max_actions)
    {
    }

    // Not taken: `conflict` (an active one has that name) or `limit_reached`.
    [[nodiscard]] Result<void> may_add(const ControlId&) const;
    void add(Play, Instant now, ActionOutputs& out);
    void add(SendDigits, Instant now, ActionOutputs& out);

    // The line carries sound from now on: those that waited for it begin.
    void open_line(Instant now, ActionOutputs& out);

    // nullptr: no such play is active. What it says goes out by `settle`.
    [[nodiscard]] Play* play(const ControlId&);
    // After a play was changed: what ended leaves, what waited for it begins.
    void settle(Instant now, ActionOutputs& out);

    void on(const SoundStarted&, Instant now, ActionOutputs& out);
    void on(const SoundEnded&, Instant now, ActionOutputs& out);
    void on(const SoundFailed&, Instant now, ActionOutputs& out);
    void on(const KeySent&, Instant now, ActionOutputs& out);
    void on(const KeyFailed&, Instant now, ActionOutputs& out);

    // The line is down: every action tells its end. Nothing begins any more.
    void end_all(ActionOutputs& out);

    void handle_timeout(Instant now, ActionOutputs& out);
    [[nodiscard]] std::optional<Instant> deadline() const;

    [[nodiscard]] bool active(const ControlId&) const;
    // For each that is active, how its end is told if nobody else can tell it any more.
    [[nodiscard]] std::vector<ActionChanged> failures(std::string_view message) const;
    // A play is heard: others on the line are silent for it.
    [[nodiscard]] bool take_line() const { return !plays_.empty() && plays_.front().takes_line(); }

private:
    template <typename E> void tell_play(const E&, Instant now, ActionOutputs& out);
    template <typename E> void tell_digits(const E&, Instant now, ActionOutputs& out);

    std::size_t max_actions_;
    bool line_open_ = false;
    SoundId last_sound_ {};
    std::deque<Play> plays_; // The first one has the line.
    std::deque<SendDigits> digits_;
};

} // namespace parley
