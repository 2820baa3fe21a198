#pragma once

#include "base/time.h"

// Whether a provider is worth trying. After failures in a row it is left alone for a while; then one attempt decides.
// Knows nothing of what the provider does.
namespace parley {

class CircuitBreaker {
public:
    static constexpr int failures_to_open = 2; // In a row. One may be the network's hiccup.
    static constexpr Duration first_rest = 5s; // Doubled by each failed probe.
    static constexpr Duration longest_rest = 60s;
    static constexpr Duration probe_patience = 10s; // A probe without outcome does not hold up the next one longer.

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

    State state_ = State::closed;
    int failures_ = 0;
    Duration rest_ = first_rest;
    Instant until_ {};
};

} // namespace parley
