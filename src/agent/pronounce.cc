#include "agent/pronounce.h"

#include "turn/words.h"

namespace parley::agent {

namespace {

bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
        || static_cast<unsigned char>(c) >= 0x80;
}

// A phrase is replaced where it stands as words of its own: "SQL" not in "MySQL".
bool stands_alone(std::string_view text, std::size_t at, std::size_t size)
{
    const bool open = at == 0 || !is_word_byte(text[at]) || !is_word_byte(text[at - 1]);
    const std::size_t end = at + size;
    const bool close = end == text.size() || !is_word_byte(text[end - 1]) || !is_word_byte(text[end]);
    return open && close;
}

std::string replace_phrase(const std::string& text, const PronounceRule& rule)
{
    const std::string haystack = rule.ignore_case ? turn::lower_case(text) : text;
    const std::string needle = rule.ignore_case ? turn::lower_case(rule.replace) : rule.replace;
    std::string result;
    std::size_t from = 0;
    for (std::size_t at = haystack.find(needle); at != std::string::npos; at = haystack.find(needle, at)) {
        if (!stands_alone(text, at, needle.size())) {
            ++at;
            continue;
        }
        result.append(text, from, at - from);
        result += rule.with;
        at += needle.size();
        from = at;
    }
    result.append(text, from, std::string::npos);
    return result;
}

} // namespace

std::string pronounce(std::string_view text, const std::vector<PronounceRule>& rules)
{
    std::string result(text);
    for (const auto& rule : rules) {
        if (!rule.replace.empty())
            result = replace_phrase(result, rule);
    }
    return result;
}

} // namespace parley::agent
