#pragma once

#include "base/log.h"
#include "turn/turn_policy.h"
#include "turn/turn_text.h"

#include <memory>
#include <string_view>

namespace parley {
class Pattern;
}

// Which words of the user stop the agent. A rule: it looks at words and takes no decision.
namespace parley::turn {

class BargeRule {
public:
    // A `barge_match` that is no pattern is left out, with a line in the log.
    BargeRule(const TurnPolicy&, const Log&);

    // `said`: everything that was said over the agent, these words included.
    [[nodiscard]] bool passes(const WordsHeard&, std::string_view said) const;

private:
    bool on_final_;
    bool on_interim_;
    int min_words_;
    double confidence_;
    std::shared_ptr<const Pattern> match_; // Shared: it never changes, and rules are copied.
    Log log_;
};

} // namespace parley::turn
