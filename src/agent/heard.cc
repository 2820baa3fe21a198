#include "agent/heard.h"

#include "turn/words.h"

#include <algorithm>
#include <string>

namespace parley::agent {

namespace {

// How far equal words may lie apart: "1,250" is read as "one thousand two hundred fifty".
constexpr std::size_t anchor_reach = 8;

// After how many words of the text the n-th spoken word ends, for every n.
std::vector<std::size_t> align(const std::vector<std::string>& text, const std::vector<std::string>& spoken)
{
    std::vector<std::size_t> after(spoken.size() + 1, 0);
    std::size_t t = 0, s = 0;
    while (s < spoken.size()) {
        // The nearest pair of equal words ahead.
        std::size_t best = 2 * anchor_reach, ahead_t = 0, ahead_s = 0;
        for (std::size_t i = 0; i < anchor_reach && s + i < spoken.size(); ++i) {
            for (std::size_t j = 0; j < anchor_reach && t + j < text.size(); ++j) {
                if (i + j < best && !text[t + j].empty() && text[t + j] == spoken[s + i]) {
                    best = i + j;
                    ahead_t = j;
                    ahead_s = i;
                }
            }
        }
        if (best == 2 * anchor_reach) { // None: the rest in proportion.
            const std::size_t rest = spoken.size() - s;
            for (std::size_t i = 1; i <= rest; ++i)
                after[s + i] = t + (text.size() - t) * i / rest;
            break;
        }
        // A word of the text that is read as several ends with the last of them.
        for (std::size_t i = 1; i <= ahead_s; ++i)
            after[s + i] = t + ahead_t * i / ahead_s;
        t += ahead_t + 1;
        s += ahead_s + 1;
        after[s] = t;
    }
    return after;
}

std::size_t end_of_word(std::string_view text, const std::vector<std::string_view>& words, std::size_t count)
{
    if (count == 0)
        return 0;
    const auto& last = words[std::min(count, words.size()) - 1];
    return static_cast<std::size_t>(last.data() - text.data()) + last.size();
}

} // namespace

std::size_t heard_by_words(std::string_view text, const std::vector<TimedWord>& words, Duration heard)
{
    const auto text_words = turn::split_words(text);
    const auto played = static_cast<std::size_t>(
        std::count_if(words.begin(), words.end(), [&](const TimedWord& word) { return word.end <= heard; }));
    if (text_words.empty() || played == 0)
        return 0;
    if (text_words.size() == words.size())
        return end_of_word(text, text_words, played);
    std::vector<std::string> bare_text, bare_spoken;
    for (const auto word : text_words)
        bare_text.push_back(turn::bare_word(word));
    for (const auto& word : words)
        bare_spoken.push_back(turn::bare_word(word.word));
    return end_of_word(text, text_words, align(bare_text, bare_spoken)[played]);
}

std::size_t heard_by_speed(std::string_view text, double bytes_per_second, Duration heard)
{
    const auto words = turn::split_words(text);
    const double bytes = bytes_per_second * std::chrono::duration<double>(heard).count();
    std::size_t count = 0;
    while (count + 1 < words.size() && static_cast<double>(end_of_word(text, words, count + 1)) <= bytes)
        ++count;
    return end_of_word(text, words, count);
}

void VoiceSpeed::learn(std::size_t bytes, Duration played)
{
    constexpr Duration shortest = std::chrono::milliseconds(500); // Less says little.
    if (played < shortest)
        return;
    const double rate = static_cast<double>(bytes) / std::chrono::duration<double>(played).count();
    rate_ += (std::clamp(rate, 4.0, 60.0) - rate_) / 2;
}

} // namespace parley::agent
