#include "turn/endpointer.h"

#include "turn/words.h"

#include <algorithm>
#include <array>

namespace parley::turn {

bool looks_finished(std::string_view words)
{
    while (!words.empty() && (words.back() == ' ' || words.back() == '"' || words.back() == '\''))
        words.remove_suffix(1);
    if (words.empty())
        return false;
    if (words.ends_with("...") || words.ends_with("\xE2\x80\xA6"))
        return false; // A trailing thought, not an end.
    static constexpr std::array<std::string_view, 6> ends
        = { ".", "!", "?", "\xE3\x80\x82", "\xEF\xBC\x9F", "\xEF\xBC\x81" };
    if (std::none_of(ends.begin(), ends.end(), [&](std::string_view end) { return words.ends_with(end); }))
        return false;
    // Somebody who dictates a number pauses between its groups: "5 5 5." is not an end.
    const auto all = split_words(words);
    const std::string last = all.empty() ? std::string() : bare_word(all.back());
    return !last.empty() && !std::all_of(last.begin(), last.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool looks_dictated(std::string_view words)
{
    static constexpr std::array<std::string_view, 19> spelt { "zero", "oh", "one", "two", "three", "four", "five",
        "six", "seven", "eight", "nine", "double", "triple", "dash", "hyphen", "dot", "underscore", "slash", "plus" };
    std::size_t signs = 0;
    const auto all = split_words(words);
    for (auto word = all.rbegin(); word != all.rend() && signs < 2; ++word) {
        const std::string bare = bare_word(*word);
        const bool figures
            = !bare.empty() && std::all_of(bare.begin(), bare.end(), [](char c) { return c >= '0' && c <= '9'; });
        if (figures)
            signs += bare.size() > 2 ? bare.size() : 1; // "10" may well be an amount.
        else if (bare.size() == 1 || std::find(spelt.begin(), spelt.end(), bare) != spelt.end())
            ++signs;
        else
            break;
    }
    return signs >= 2;
}

Duration Endpointer::pause(std::string_view words, double confidence) const
{
    if (confidence > 0 && confidence < policy_.confidence)
        return policy_.end_of_speech * 2;
    if (!policy_.turn_detection)
        return policy_.end_of_speech;
    if (looks_dictated(words))
        return std::max(policy_.end_of_speech, dictated_pause);
    if (looks_finished(words))
        return std::min(policy_.end_of_speech, policy_.turn_detection_pause);
    return policy_.end_of_speech;
}

} // namespace parley::turn
