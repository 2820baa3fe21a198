#include "agent/sentence_splitter.h"

#include "turn/words.h"

#include <algorithm>
#include <array>

namespace parley::agent {

namespace {

bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}
bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}
bool is_closing(char c)
{
    return c == '"' || c == '\'' || c == ')' || c == ']';
}

// A full stop after these does not end a sentence.
constexpr std::array<std::string_view, 33> titles = { "mr", "mrs", "ms", "dr", "prof", "sr", "jr", "st", "vs", "e.g",
    "i.e", "no", "nr", "approx", "dept", "fig", "vol", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept",
    "oct", "nov", "dec", "ave", "gen", "capt", "ext" };

// After these it may, if the next word begins with a capital letter.
constexpr std::array<std::string_view, 8> endings = { "etc", "inc", "ltd", "co", "a.m", "p.m", "u.s", "u.k" };

template <std::size_t n> bool contains(const std::array<std::string_view, n>& list, std::string_view word)
{
    return std::find(list.begin(), list.end(), word) != list.end();
}

std::string_view word_before(std::string_view text, std::size_t at)
{
    std::size_t begin = at;
    while (begin > 0 && !is_space(text[begin - 1]) && text[begin - 1] != '(' && text[begin - 1] != '"')
        --begin;
    return text.substr(begin, at - begin);
}

enum class Cut { no, yes, wait };

// Does the full stop at `at` end a sentence? `after` is the first byte behind it and its closing quotes.
Cut full_stop(std::string_view text, std::size_t begin, std::size_t at, std::size_t after, bool complete)
{
    const auto word = word_before(text, at);
    const std::string lower = turn::lower_case(word);
    if (contains(titles, lower) || (word.size() == 1 && is_upper(word[0]) && word != "I"))
        return Cut::no;
    if (!word.empty() && std::all_of(word.begin(), word.end(), is_digit) && text.substr(begin, at - begin) == word)
        return Cut::no; // "1. First"
    if (contains(endings, lower)) {
        std::size_t next = after;
        while (next < text.size() && is_space(text[next]))
            ++next;
        if (next == text.size())
            return complete ? Cut::yes : Cut::wait;
        return is_upper(text[next]) ? Cut::yes : Cut::no;
    }
    return Cut::yes;
}

// How many bytes a sentence end at `at` has that needs no space after it (Chinese, Japanese); 0: none.
std::size_t wide_end(std::string_view text, std::size_t at)
{
    for (const std::string_view end : { "\xE3\x80\x82", "\xEF\xBC\x9F", "\xEF\xBC\x81" }) {
        if (text.substr(at, end.size()) == end)
            return end.size();
    }
    return 0;
}

// Where too long a text is cut: behind the last clause, else the last word, else between two characters.
std::size_t forced_cut(std::string_view text, std::size_t begin)
{
    const std::size_t limit = begin + SentenceSplitter::longest_piece;
    std::size_t space = 0;
    for (std::size_t at = limit; at > begin + SentenceSplitter::clause_min; --at) {
        if (!is_space(text[at]))
            continue;
        if (space == 0)
            space = at;
        const char before = text[at - 1];
        if (before == ',' || before == ';' || before == ':')
            return at;
    }
    if (space != 0)
        return space;
    std::size_t at = limit;
    while (at > begin + 1 && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80)
        --at;
    return at;
}

} // namespace

std::optional<TextRange> SentenceSplitter::next(std::string_view text, bool complete)
{
    while (begin_ < text.size() && is_space(text[begin_]))
        ++begin_;
    const auto piece = [&](std::size_t end) {
        TextRange range { begin_, end };
        begin_ = end;
        first_ = false;
        while (range.end > range.begin && is_space(text[range.end - 1]))
            --range.end;
        return range;
    };
    for (std::size_t at = begin_; at < text.size(); ++at) {
        if (at - begin_ >= longest_piece)
            return piece(forced_cut(text, begin_));
        const char c = text[at];
        if (c == '\n')
            return piece(at);
        if (const std::size_t wide = wide_end(text, at); wide != 0)
            return piece(at + wide);
        const bool ends = c == '.' || c == '!' || c == '?';
        const bool clause = first_ && (c == ',' || c == ';' || c == ':') && at - begin_ >= clause_min;
        if (!ends && !clause)
            continue;
        std::size_t after = at + 1;
        while (after < text.size() && is_closing(text[after]))
            ++after;
        if (after == text.size())
            break; // What follows decides; at the end of the text, the rest is the piece.
        if (!is_space(text[after]))
            continue;
        const Cut cut = c == '.' ? full_stop(text, begin_, at, after, complete) : Cut::yes;
        if (cut == Cut::yes)
            return piece(after);
        if (cut == Cut::wait)
            break;
    }
    if (!complete || begin_ == text.size())
        return std::nullopt;
    if (text.size() - begin_ > longest_piece)
        return piece(forced_cut(text, begin_));
    return piece(text.size());
}

} // namespace parley::agent
