#include "providers/offline_words.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdlib>

namespace parley::offline {
namespace {

bool letter(char c)
{
    return std::isalnum(static_cast<unsigned char>(c)) || static_cast<unsigned char>(c) >= 0x80;
}

std::string lowered(std::string_view text)
{
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
    return lower;
}

constexpr std::array empty_words { "a", "an", "the", "this", "that", "these", "those", "is", "are", "am", "was", "were",
    "be", "been", "being", "do", "does", "did", "done", "have", "has", "had", "can", "could", "will", "would", "shall",
    "should", "may", "might", "must", "i", "you", "he", "she", "it", "we", "they", "me", "him", "her", "us", "them",
    "my", "your", "his", "its", "our", "their", "mine", "yours", "of", "in", "on", "at", "to", "for", "from", "by",
    "with", "about", "into", "as", "and", "or", "but", "not", "no", "yes", "so", "if", "then", "than", "there", "here",
    "what", "which", "who", "whom", "whose", "when", "where", "why", "how", "please", "want", "like", "need", "tell",
    "say", "know", "give", "get", "let", "just", "now", "also", "some", "any", "much", "many", "very", "too", "up",
    "out", "oh", "uh", "um", "ah", "well", "okay", "ok", "hello", "hi", "i'm", "i'd", "i'll", "i've", "it's", "what's",
    "where's", "who's", "there's", "that's", "don't", "can't", "you're", "we're", "let's", "thank", "thanks", "take",
    "make", "go", "going", "one", "use", "used", "given", "return", "returns", "function", "tool", "user", "caller",
    "customer", "set", "look", "find", "call", "calls", "called", "ask", "asks", "asked", "e.g", "example",
    "information", "info", "id", "string", "type", "value", "name" };

struct NumberWord {
    std::string_view word;
    int value;
};
constexpr std::array number_words { NumberWord { "zero", 0 }, NumberWord { "one", 1 }, NumberWord { "two", 2 },
    NumberWord { "three", 3 }, NumberWord { "four", 4 }, NumberWord { "five", 5 }, NumberWord { "six", 6 },
    NumberWord { "seven", 7 }, NumberWord { "eight", 8 }, NumberWord { "nine", 9 }, NumberWord { "ten", 10 },
    NumberWord { "eleven", 11 }, NumberWord { "twelve", 12 }, NumberWord { "thirteen", 13 },
    NumberWord { "fourteen", 14 }, NumberWord { "fifteen", 15 }, NumberWord { "sixteen", 16 },
    NumberWord { "seventeen", 17 }, NumberWord { "eighteen", 18 }, NumberWord { "nineteen", 19 },
    NumberWord { "twenty", 20 }, NumberWord { "thirty", 30 }, NumberWord { "forty", 40 }, NumberWord { "fifty", 50 },
    NumberWord { "sixty", 60 }, NumberWord { "seventy", 70 }, NumberWord { "eighty", 80 },
    NumberWord { "ninety", 90 } };

std::optional<int> number_word(std::string_view word)
{
    for (const auto& row : number_words) {
        if (row.word == word)
            return row.value;
    }
    return std::nullopt;
}

bool all_digits(std::string_view word)
{
    return !word.empty() && std::all_of(word.begin(), word.end(), [](unsigned char c) { return std::isdigit(c); });
}

bool ends(std::string_view word, std::string_view ending, std::size_t least)
{
    return word.size() >= ending.size() + least && word.ends_with(ending);
}

} // namespace

std::string stem_of(std::string_view lower)
{
    std::string word(lower);
    const auto cut = [&](std::size_t n) { word.resize(word.size() - n); };
    if (ends(word, "'s", 1))
        cut(2);
    if (ends(word, "ies", 2)) {
        cut(3);
        word += 'y';
    } else if (ends(word, "sses", 1) || ends(word, "ches", 1) || ends(word, "shes", 1) || ends(word, "xes", 1)) {
        cut(2);
    } else if (ends(word, "s", 2) && !word.ends_with("ss") && !word.ends_with("us") && !word.ends_with("is")) {
        cut(1);
    }
    const bool shortened = ends(word, "ing", 3) || ends(word, "ed", 3);
    if (ends(word, "ing", 3))
        cut(3);
    else if (ends(word, "ed", 3))
        cut(2);
    else if (ends(word, "ly", 4))
        cut(2);
    // "booked" and "book", "cancelled" and "cancel", "stopping" and "stop".
    if (shortened && word.size() > 3 && word.back() == word[word.size() - 2] && word.back() != 's')
        cut(1);
    if (word.size() > 3 && word.back() == 'e')
        cut(1);
    if (word.size() > 3 && word.back() == 'y')
        word.back() = 'i';
    return word;
}

Words words_of(std::string_view text)
{
    Words words;
    std::string word;
    const auto flush = [&] {
        while (!word.empty() && (word.back() == '\'' || word.back() == '.'))
            word.pop_back();
        if (word.empty())
            return;
        auto lower = lowered(word);
        auto stem = stem_of(lower);
        words.push_back({ std::move(word), std::move(lower), std::move(stem) });
        word.clear();
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const auto u = static_cast<unsigned char>(c);
        if (std::isupper(u) && !word.empty() && std::islower(static_cast<unsigned char>(word.back())))
            flush(); // camelCase
        const bool inside = !word.empty() && i + 1 < text.size() && letter(text[i + 1]);
        const bool point = c == '.' && inside && all_digits(word);
        if (letter(c) || (c == '\'' && inside) || point)
            word += c;
        else
            flush();
    }
    flush();
    return words;
}

bool weak_word(const Word& word)
{
    static constexpr std::array weak { "return", "returns", "take", "make", "use", "used", "find", "look", "call",
        "calls", "called", "set", "get", "give", "go", "need", "ask" };
    return std::find(weak.begin(), weak.end(), word.lower) != weak.end();
}

bool empty_word(const Word& word)
{
    return std::find(empty_words.begin(), empty_words.end(), word.lower) != empty_words.end();
}

std::optional<std::size_t> find_phrase(const Words& text, const Words& phrase)
{
    if (phrase.empty())
        return std::nullopt;
    const auto at = std::search(text.begin(), text.end(), phrase.begin(), phrase.end(),
        [](const Word& a, const Word& b) { return a.stem == b.stem; });
    if (at == text.end())
        return std::nullopt;
    return static_cast<std::size_t>(at - text.begin());
}

std::string join(const Words& words, std::size_t first, std::size_t last)
{
    std::string text;
    for (std::size_t i = first; i < last && i < words.size(); ++i)
        text += (text.empty() ? "" : " ") + words[i].written;
    return text;
}

std::vector<SpokenNumber> numbers_of(const Words& words)
{
    std::vector<SpokenNumber> numbers;
    for (std::size_t i = 0; i < words.size();) {
        const auto& word = words[i].lower;
        if (std::isdigit(static_cast<unsigned char>(word.front()))) {
            char* rest = nullptr;
            const double value = std::strtod(word.c_str(), &rest);
            const bool sane = value < 1e15; // Longer ones are no amounts; `digits_of` has them.
            if (sane && (*rest == '\0' || (value == std::floor(value) && rest - word.c_str() < 5))) // "3rd", "5pm"
                numbers.push_back({ value, i, i + 1 });
            ++i;
            continue;
        }
        auto part = number_word(word);
        if (!part) {
            ++i;
            continue;
        }
        SpokenNumber number { static_cast<double>(*part), i, i + 1 };
        // "twenty five", "two hundred", "two hundred and ten", "three thousand".
        for (++i; i < words.size(); ++i) {
            const auto& next = words[i].lower;
            const auto more = number_word(next);
            const int last = static_cast<int>(number.value);
            if (next == "hundred" && last < 10)
                number.value *= 100;
            else if (next == "thousand" && last < 1'000)
                number.value *= 1'000;
            else if (more && *more < 10 && *more > 0 && last % 10 == 0 && last % 100 >= 20)
                number.value += *more;
            else if (more && *more > 0 && last >= 100 && last % 100 == 0)
                number.value += *more;
            else if (next == "and" && last >= 100 && i + 1 < words.size() && number_word(words[i + 1].lower))
                continue;
            else
                break;
            number.last = i + 1;
        }
        numbers.push_back(number);
    }
    return numbers;
}

std::string digits_of(const Words& words)
{
    std::string best;
    std::string run;
    const auto flush = [&] {
        if (run.size() > best.size())
            best = run;
        run.clear();
    };
    for (const auto& word : words) {
        const auto value = number_word(word.lower);
        if (all_digits(word.lower))
            run += word.lower;
        else if (value && *value < 10)
            run += static_cast<char>('0' + *value);
        else if (word.lower == "oh" && !run.empty())
            run += '0';
        else
            flush();
    }
    flush();
    return best.size() >= 2 ? best : "";
}

std::vector<std::string> sentences_of(std::string_view text)
{
    std::vector<std::string> sentences;
    std::string sentence;
    const auto flush = [&] {
        const auto first = sentence.find_first_not_of(" \t\r-*#");
        if (first != std::string::npos)
            sentences.push_back(sentence.substr(first));
        sentence.clear();
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\n') {
            flush();
            continue;
        }
        sentence += text[i];
        const bool end = text[i] == '.' || text[i] == '!' || text[i] == '?';
        if (end && (i + 1 == text.size() || text[i + 1] == ' ' || text[i + 1] == '\n'))
            flush();
    }
    flush();
    return sentences;
}

std::string fill(std::string text, std::string_view name, std::string_view value)
{
    const std::string key = "{" + std::string(name) + "}";
    const auto ends = [](char c) { return c == '.' || c == '!' || c == '?'; };
    for (auto at = text.find(key); at != std::string::npos; at = text.find(key, at + value.size())) {
        const auto after = at + key.size();
        const bool two_ends = !value.empty() && ends(value.back()) && after < text.size() && ends(text[after]);
        text.replace(at, key.size() + (two_ends ? 1 : 0), value);
    }
    return text;
}

} // namespace parley::offline
