#pragma once

#include "base/time.h"
#include "turn/turn_policy.h"

#include <string_view>

// How long a pause ends the user's turn. A strategy: it sets a timer, it takes no decision.
namespace parley::turn {

class Endpointer {
public:
    explicit Endpointer(const TurnPolicy& policy)
        : policy_(policy)
    {
    }

    // `words`: all of the turn so far. `confidence`: the least one of them, 0 if the recogniser has none.
    [[nodiscard]] Duration pause(std::string_view words, double confidence) const;

    // Somebody who dictates a number looks up its next group. Longer than the pauses of 1.5 s that people make.
    static constexpr Duration dictated_pause = 2'000ms;

private:
    TurnPolicy policy_;
};

// Does this read like a whole sentence? Only punctuation tells; a recogniser that writes none is never "finished".
[[nodiscard]] bool looks_finished(std::string_view words);

// Are its last words being spelt: at least two digits or letters in a row, or a numeral of three digits? Figures are
// known in every language, digits in words in English.
[[nodiscard]] bool looks_dictated(std::string_view words);

} // namespace parley::turn
