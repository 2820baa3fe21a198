#include "speech/spoken_rest.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdint>

namespace parley {
namespace {

constexpr std::string_view blank = " \t\r\n";
constexpr Duration rounding = 20ms; // Word times are milliseconds of somebody else's clock.

std::vector<std::size_t> word_starts(std::string_view text)
{
    std::vector<std::size_t> starts;
    for (auto at = text.find_first_not_of(blank); at != std::string_view::npos;) {
        starts.push_back(at);
        const auto gap = text.find_first_of(blank, at);
        at = gap == std::string_view::npos ? gap : text.find_first_not_of(blank, gap);
    }
    return starts;
}

// A voice that tells times piece by piece may have told only the first letters of its last word.
bool is_cut(std::string_view from_word, std::string_view told)
{
    const auto token = from_word.substr(0, from_word.find_first_of(blank));
    if (!token.starts_with(told))
        return false;
    const auto missing = token.substr(told.size());
    return std::any_of(missing.begin(), missing.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || static_cast<unsigned char>(c) >= 0x80;
    });
}

} // namespace

std::size_t spoken_until(
    std::string_view text, const std::vector<TimedWord>& words, double bytes_per_second, Duration spoken)
{
    const auto starts = word_starts(text);
    if (!words.empty()) {
        const auto whole = std::count_if(
            words.begin(), words.end(), [&](const TimedWord& word) { return word.end <= spoken + rounding; });
        auto known = static_cast<std::size_t>(whole);
        if (known == words.size() && known > 0 && known <= starts.size()
            && is_cut(text.substr(starts[known - 1]), words.back().word))
            --known;
        return known < starts.size() ? starts[known] : text.size();
    }
    const double seconds = static_cast<double>(spoken.count()) / 1e6;
    const auto reached = static_cast<std::size_t>(std::lround(std::max(0.0, bytes_per_second * seconds)));
    if (reached >= text.size())
        return text.size();
    // The nearest start of a word: as likely a syllable too few as one too many.
    std::size_t nearest = text.size();
    const auto distance = [&](std::size_t at) { return at > reached ? at - reached : reached - at; };
    for (const auto start : starts) {
        if (distance(start) < distance(nearest))
            nearest = start;
    }
    return nearest;
}

} // namespace parley
