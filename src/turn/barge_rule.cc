#include "turn/barge_rule.h"

#include "base/pattern.h"
#include "turn/words.h"

#include <algorithm>
#include <utility>

namespace parley::turn {

BargeRule::BargeRule(const TurnPolicy& policy, const Log& log)
    : on_final_(policy.barge_on_final)
    , on_interim_(policy.barge_on_interim)
    , min_words_(std::max(policy.barge_min_words, 1))
    , confidence_(policy.barge_confidence)
    , log_(log)
{
    if (policy.barge_match.empty())
        return;
    // Recognisers do not agree on capital letters.
    auto pattern = Pattern::compile(policy.barge_match, PatternCase::ignored);
    if (pattern)
        match_ = std::make_shared<const Pattern>(std::move(*pattern));
    else
        log_.warning("barge_match_string left out", { { "error", pattern.error().what } });
}

bool BargeRule::passes(const WordsHeard& words, std::string_view said) const
{
    if (!(words.final ? on_final_ : on_interim_))
        return false;
    // Interim words often come without a confidence; where one is asked for, their final text has to show it. A
    // recogniser that has none at all is trusted.
    if (words.confidence > 0 ? words.confidence < confidence_ : !words.final && confidence_ > 0)
        return false;
    if (count_words(said) < static_cast<std::size_t>(min_words_))
        return false;
    if (!match_)
        return true;
    const auto found = match_->search(said);
    if (!found)
        log_.warning("barge_match_string took too long", { { "error", found.error().what } });
    return found && *found;
}

} // namespace parley::turn
