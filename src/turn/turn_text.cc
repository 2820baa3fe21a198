#include "turn/turn_text.h"

#include "turn/words.h"

#include <algorithm>
#include <utility>

namespace parley::turn {

void TurnText::begin()
{
    *this = TurnText();
}

void TurnText::begin_with_unsettled()
{
    TurnText next;
    next.finals_ = std::move(finals_);
    next.interim_ = std::move(interim_);
    next.confidence_ = confidence_;
    *this = std::move(next);
}

bool TurnText::collect(const WordsHeard& words)
{
    if (unsettled().size() + words.text.size() > max_bytes)
        return false;
    if (words.confidence > 0)
        confidence_ = confidence_ > 0 ? std::min(confidence_, words.confidence) : words.confidence;
    if (words.final) {
        finals_.push_back(words.text);
        interim_.clear();
    } else {
        interim_ = words.text;
    }
    return true;
}

void TurnText::drop_unsettled()
{
    finals_.clear();
    interim_.clear();
}

void TurnText::listen_anew()
{
    drop_unsettled();
    settled_interim_words_ = 0;
    confidence_ = 0;
}

void TurnText::settle()
{
    settled_words_ = has_words();
    if (!interim_.empty())
        settled_interim_words_ = count_words(interim_);
    drop_unsettled();
    confidence_ = 0;
    committed_.clear();
}

std::string TurnText::without_settled(const WordsHeard& words)
{
    if (settled_interim_words_ == 0)
        return words.text;
    const auto all = split_words(words.text);
    const std::size_t known = std::min(settled_interim_words_, all.size());
    if (words.final)
        settled_interim_words_ = 0;
    if (known == all.size())
        return {};
    return std::string(words.text.substr(static_cast<std::size_t>(all[known].data() - words.text.data())));
}

const std::string& TurnText::commit()
{
    committed_ = unsettled();
    return committed_;
}

bool TurnText::says_what_was_committed() const
{
    return same_words(unsettled(), committed_);
}

std::string TurnText::unsettled() const
{
    std::string text;
    const auto add = [&](const std::string& part) {
        if (part.empty())
            return;
        if (!text.empty())
            text += ' ';
        text += part;
    };
    for (const auto& part : finals_)
        add(part);
    add(interim_);
    return text;
}

} // namespace parley::turn
