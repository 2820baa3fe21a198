#pragma once

#include "agent/language_spec.h"
#include "base/pattern.h"

#include <cstddef>
#include <string>
#include <vector>

// Rewrites what was recognised by the patterns of `hints`, before anybody sees it.
namespace parley::agent {

class Hearing {
public:
    static constexpr std::size_t max_hints = 1'000; // What is beyond is left out.

    Hearing() = default;
    explicit Hearing(const std::vector<HearingHint>&);

    // Until `forget_added`. Nothing happens if its pattern cannot be read, or there are too many.
    bool add(const HearingHint&);
    void forget_added() { hints_.erase(hints_.begin() + static_cast<std::ptrdiff_t>(own_), hints_.end()); }

    struct Heard {
        std::string text;
        std::vector<std::string> complaints; // A pattern that takes too long is passed over: which, and why.
    };
    [[nodiscard]] Heard rewrite(std::string text) const; // By each hint, in their order.

private:
    struct Hint {
        Pattern pattern;
        HearingHint spec;
    };

    std::vector<Hint> hints_;
    std::size_t own_ = 0; // So many are of the specification.
};

} // namespace parley::agent
