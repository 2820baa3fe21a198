#pragma once

#include "base/log.h"
#include "base/pattern.h"
#include "turn/turn_policy.h"
#include "turn/turn_text.h"

#include <optional>
#include <string_view>

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
    std::optional<Pattern> match_;
    Log log_;
};

} // namespace parley::turn
