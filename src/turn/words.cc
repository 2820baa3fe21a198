#include "turn/words.h"

#include <algorithm>

namespace parley::turn {

namespace {

constexpr bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

constexpr char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
        || static_cast<unsigned char>(c) >= 0x80;
}

} // namespace

std::vector<std::string_view> split_words(std::string_view text)
{
    std::vector<std::string_view> words;
    std::size_t at = 0;
    while (at < text.size()) {
        while (at < text.size() && is_space(text[at]))
            ++at;
        const std::size_t begin = at;
        while (at < text.size() && !is_space(text[at]))
            ++at;
        if (at > begin)
            words.push_back(text.substr(begin, at - begin));
    }
    return words;
}

std::size_t count_words(std::string_view text)
{
    return split_words(text).size();
}

std::string lower_case(std::string_view text)
{
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), lower);
    return result;
}

std::string bare_word(std::string_view word)
{
    std::string bare;
    for (const char c : word) {
        if (is_word_byte(c))
            bare += lower(c);
    }
    return bare;
}

bool same_words(std::string_view a, std::string_view b)
{
    const auto bare = [](std::string_view text) {
        std::vector<std::string> words;
        for (const auto word : split_words(text)) {
            if (auto letters = bare_word(word); !letters.empty())
                words.push_back(std::move(letters));
        }
        return words;
    };
    return bare(a) == bare(b);
}

} // namespace parley::turn
