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

private:
    TurnPolicy policy_;
};

// Does this read like a whole sentence? Only punctuation tells; a recogniser that writes none is never "finished".
[[nodiscard]] bool looks_finished(std::string_view words);

} // namespace parley::turn
