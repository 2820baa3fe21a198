#include "agent/hearing.h"

#include <utility>

namespace parley::agent {

Hearing::Hearing(const std::vector<HearingHint>& hints)
{
    for (const auto& hint : hints)
        add(hint);
    own_ = hints_.size();
}

bool Hearing::add(const HearingHint& hint)
{
    auto pattern = Pattern::compile(hint.pattern, hint.ignore_case ? PatternCase::ignored : PatternCase::as_written);
    if (!pattern || hints_.size() >= max_hints)
        return false;
    hints_.push_back({ std::move(*pattern), hint });
    return true;
}

Hearing::Heard Hearing::rewrite(std::string text) const
{
    Heard heard { std::move(text), {} };
    for (const auto& [pattern, spec] : hints_) {
        auto rewritten = pattern.replace(heard.text, spec.replace);
        if (rewritten)
            heard.text = std::move(*rewritten);
        else
            heard.complaints.push_back(spec.pattern + ": " + rewritten.error().what);
    }
    return heard;
}

} // namespace parley::agent
