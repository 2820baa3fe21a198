#pragma once

#include "base/time.h"

#include <optional>

// Whether a provider is worth trying. After a failure it is left alone for a while, so that the next utterance does not
// pay for finding out what the last one did; then one attempt decides. Each failure soon after another doubles the
// rest. Knows nothing of what the provider does.
namespace parley {

class CircuitBreaker {
public:
    static constexpr Duration first_rest = 2s; // A hiccup of the network is over by then.
    static constexpr Duration longest_rest = 60s;
    static constexpr Duration forgotten_after = 60s; // Of work behind a rest: the next failure is a first one again.
    static constexpr Duration probe_patience = 10s;  // A probe without outcome does not hold up the next one longer.

    [[nodiscard]] bool allows(Instant now) const;

    // An attempt begins. After a rest it is the probe, and until its outcome the only attempt.
    void attempted(Instant now);
    void succeeded();
    void failed(Instant now);

private:
    enum class State : std::uint8_t {
        closed,    // It works, as far as we know.
        open,      // It is left alone until `until_`.
        half_open, // A probe is under way; another may begin at `until_`.
    };

    [[nodiscard]] Duration next_rest(Instant now) const;

    State state_ = State::closed;
    Duration rest_ {}; // The last one.
    std::optional<Instant> failed_at_;
    Instant until_ {};
};

} // namespace parley
