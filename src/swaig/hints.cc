#include "swaig/hints.h"

#include "base/pattern.h"
#include "swaig/coerce.h"

#include <utility>

namespace parley::swaig {

namespace {

using Warnings = std::vector<std::string>;

std::string text_at(const Json& object, std::string_view key)
{
    const auto* value = object.find(key);
    return value == nullptr ? "" : to_text(*value).value_or("");
}

bool flag_at(const Json& object, std::string_view key, bool standard)
{
    const auto* value = object.find(key);
    return value == nullptr ? standard : to_bool(*value).value_or(standard);
}

std::string limited(const std::string& where, std::size_t limit)
{
    return where + ": only the first " + std::to_string(limit) + " are taken";
}

void take_rewrite(const Json& hint, const std::string& where, ParsedHints& hints, Warnings& warnings)
{
    HearingHint rewrite { text_at(hint, "pattern"), text_at(hint, "replace"), flag_at(hint, "ignore_case", false) };
    if (rewrite.pattern.empty())
        return;
    const auto compiled
        = Pattern::compile(rewrite.pattern, rewrite.ignore_case ? PatternCase::ignored : PatternCase::as_written);
    if (compiled)
        hints.rewrites.push_back(std::move(rewrite));
    else
        warnings.push_back(where + ".pattern: " + compiled.error().what + ", left out");
}

} // namespace

ParsedHints parse_hints(const Json& value, const std::string& where, Warnings& warnings)
{
    ParsedHints hints;
    const auto list = value.is_array() ? value.as_array() : Json::Array { value };
    for (std::size_t i = 0; i < list.size(); ++i) {
        const auto here = value.is_array() ? where + "[" + std::to_string(i) + "]" : where;
        if (i == max_hints) {
            warnings.push_back(limited(where, max_hints));
            break;
        }
        if (!list[i].is_object() && !list[i].is_string()) {
            warnings.push_back(here + ": must be a string or an object, left out");
            continue;
        }
        auto word = list[i].is_string() ? list[i].as_string() : text_at(list[i], "hint");
        if (!word.empty())
            hints.words.push_back(std::move(word));
        if (list[i].is_object())
            take_rewrite(list[i], here, hints, warnings);
    }
    return hints;
}

std::vector<PronounceRule> parse_pronounce(const Json& value, const std::string& where, Warnings& warnings)
{
    std::vector<PronounceRule> rules;
    const auto list = value.is_array() ? value.as_array() : Json::Array { value };
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (i == max_pronounce_rules) {
            warnings.push_back(limited(where, max_pronounce_rules));
            break;
        }
        PronounceRule rule { text_at(list[i], "replace"), text_at(list[i], "with"),
            flag_at(list[i], "ignore_case", true) };
        if (rule.replace.empty())
            warnings.push_back(where + "[" + std::to_string(i) + "].replace: is missing, left out");
        else
            rules.push_back(std::move(rule));
    }
    return rules;
}

} // namespace parley::swaig
