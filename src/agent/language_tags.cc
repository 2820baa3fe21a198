#include "agent/language_tags.h"

#include <algorithm>
#include <utility>

namespace parley::agent {

namespace {

constexpr std::string_view opening = "~LN(";
constexpr std::string_view separator = "-;"; // `replace_in_history` of the field writes `~LN(name)-; text`.

bool begins_like(std::string_view text, std::string_view sign)
{
    const auto size = std::min(text.size(), sign.size());
    return std::equal(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size), sign.begin(),
        [](char a, char b) { return (a >= 'a' && a <= 'z' ? char(a - 'a' + 'A') : a) == b; });
}

} // namespace

std::vector<TaggedText> LanguageTags::next(std::string_view piece)
{
    held_ += piece;
    return read(Tail::unfinished);
}

std::vector<TaggedText> LanguageTags::end()
{
    auto texts = read(Tail::final);
    place_ = Place::text;
    return texts;
}

std::vector<TaggedText> LanguageTags::read(Tail tail)
{
    std::vector<TaggedText> texts(1);
    std::string_view rest = held_;
    while (!rest.empty()) {
        if (place_ != Place::text) {
            rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n"), rest.size()));
            if (rest.empty())
                break;
            if (place_ == Place::behind_tag && begins_like(rest, separator)) {
                if (rest.size() < separator.size() && tail == Tail::unfinished)
                    break; // The next piece tells.
                if (rest.starts_with(separator)) {
                    rest.remove_prefix(separator.size());
                    place_ = Place::behind_separator;
                    continue;
                }
            }
            place_ = Place::text;
        }
        const auto tilde = std::min(rest.find('~'), rest.size());
        texts.back().text += rest.substr(0, tilde);
        rest.remove_prefix(tilde);
        if (rest.empty())
            break;
        const bool like = begins_like(rest, opening);
        const auto close = like ? rest.find(')') : std::string_view::npos;
        if (like && close == std::string_view::npos && rest.size() <= opening.size() + longest_name) {
            if (tail == Tail::unfinished)
                break;
            if (rest.size() < opening.size())
                texts.back().text += rest; // Signs like any other.
            rest = {};
        } else if (like && close != std::string_view::npos && close <= opening.size() + longest_name) {
            texts.push_back({ std::string(rest.substr(opening.size(), close - opening.size())), "" });
            rest.remove_prefix(close + 1);
            place_ = Place::behind_tag;
        } else {
            texts.back().text += rest.front();
            rest.remove_prefix(1);
        }
    }
    held_ = std::string(rest);
    if (texts.front().text.empty())
        texts.erase(texts.begin());
    return texts;
}

} // namespace parley::agent
