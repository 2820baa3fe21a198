#include "agent/history.h"

#include <algorithm>

namespace parley::agent {

std::size_t estimated_tokens(const LmMessage& message)
{
    std::size_t bytes = message.content.size();
    for (const auto& call : message.tool_calls)
        bytes += call.name.size() + call.arguments.size();
    return bytes / 4 + 4;
}

History::EntryId History::add(LmMessage message, Kind kind)
{
    const auto id = static_cast<EntryId>(++next_);
    entries_.push_back({ id, std::move(message), kind });
    return id;
}

void History::hide_instructions()
{
    std::erase_if(entries_, [](const Entry& entry) { return entry.kind != Kind::dialogue; });
}

void History::hide_question()
{
    std::erase_if(entries_, [](const Entry& entry) { return entry.kind == Kind::question; });
}

void History::hide_dialogue_after(EntryId id)
{
    for (auto& entry : entries_) {
        if (entry.id > id && entry.kind == Kind::dialogue)
            entry.hidden = true;
    }
}

void History::show_dialogue()
{
    for (auto& entry : entries_)
        entry.hidden = false;
}

std::vector<LmMessage> History::dialogue_after(EntryId id) const
{
    std::vector<LmMessage> dialogue;
    for (const auto& entry : entries_) {
        if (entry.id > id && entry.kind == Kind::dialogue && !entry.hidden)
            dialogue.push_back(entry.message);
    }
    return dialogue;
}

void History::set_second_prompt(const std::string& text)
{
    prompts_.resize(1);
    if (!text.empty())
        prompts_.push_back(text);
}

void History::replace(EntryId id, std::string content)
{
    const auto entry = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.id == id; });
    if (entry != entries_.end())
        entry->message.content = std::move(content);
}

void History::remove(EntryId id)
{
    entries_.erase(
        std::remove_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.id == id; }), entries_.end());
}

bool History::has(EntryId id) const
{
    return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.id == id; });
}

void History::shorten(EntryId id, std::string (*how)(const std::string&))
{
    const auto entry = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.id == id; });
    if (entry != entries_.end())
        entry->message.content = how(entry->message.content);
}

void History::replace_call(EntryId request, const std::string& call_id, const std::string& text)
{
    const auto entry = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.id == request; });
    if (entry == entries_.end())
        return;
    std::erase_if(entry->message.tool_calls, [&](const ToolCall& call) { return call.id == call_id; });
    auto behind = entry + 1; // Results stand right behind their call.
    while (behind != entries_.end() && behind->message.role == LmMessage::Role::tool)
        behind = behind->message.tool_call_id == call_id ? entries_.erase(behind) : behind + 1;
    if (!text.empty()) {
        Entry instead { static_cast<EntryId>(++next_), { LmMessage::Role::assistant, text, {}, {} } };
        instead.kind = entry->kind;
        instead.hidden = entry->hidden;
        entries_.insert(behind, std::move(instead));
    }
    const auto emptied
        = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.id == request; });
    if (emptied->message.tool_calls.empty() && emptied->message.content.empty())
        entries_.erase(emptied);
}

void History::start_epoch(EntryId from)
{
    const auto first = from == EntryId::none
        ? entries_.end()
        : std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.id >= from; });
    entries_.erase(entries_.begin(), first);
}

const std::string& History::prompt() const
{
    static const std::string none;
    return prompts_.empty() ? none : prompts_.front();
}

void History::rewrite_prompt(std::string text)
{
    if (!prompts_.empty())
        prompts_.front() = std::move(text);
}

std::size_t History::tokens() const
{
    std::size_t tokens = 0;
    for (const auto& prompt : prompts_)
        tokens += prompt.size() / 4 + 4;
    for (const auto& entry : entries_)
        tokens += estimated_tokens(entry.message);
    return tokens;
}

std::size_t History::end_of_group(std::size_t at) const
{
    std::size_t end = at + 1;
    while (end < entries_.size() && entries_[end].message.role == LmMessage::Role::tool)
        ++end;
    return end;
}

History::Oldest History::oldest(std::size_t tokens) const
{
    Oldest oldest;
    std::size_t held = 0;
    for (std::size_t at = 0; held < tokens && at < entries_.size();) {
        const std::size_t end = end_of_group(at);
        if (end == entries_.size())
            break;
        for (; at < end; ++at) {
            if (entries_[at].kind != Kind::dialogue)
                continue;
            held += estimated_tokens(entries_[at].message);
            oldest.last = entries_[at].id;
            if (!entries_[at].hidden)
                oldest.dialogue.push_back(entries_[at].message);
        }
    }
    return oldest;
}

bool History::fold(EntryId last, std::string summary)
{
    const auto at = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.id == last; });
    if (at == entries_.end())
        return false;
    const Entry folded { last, { LmMessage::Role::system, std::move(summary), {}, {} }, Kind::dialogue, false };
    std::erase_if(entries_, [&](const Entry& e) { return e.id <= last && e.kind == Kind::dialogue; });
    entries_.insert(entries_.begin(), folded);
    return true;
}

std::size_t History::trim(std::size_t limit)
{
    std::size_t tokens = this->tokens();

    std::size_t gone = 0;
    for (std::size_t at = 0; tokens > limit && at + 1 < entries_.size();) {
        if (entries_[at].kind != Kind::dialogue) {
            ++at;
            continue;
        }
        const std::size_t end = end_of_group(at);
        if (end == entries_.size())
            break;
        for (std::size_t i = at; i < end; ++i)
            tokens -= estimated_tokens(entries_[i].message);
        entries_.erase(
            entries_.begin() + static_cast<std::ptrdiff_t>(at), entries_.begin() + static_cast<std::ptrdiff_t>(end));
        gone += end - at;
    }
    return gone;
}

bool History::nothing_said() const
{
    return std::ranges::all_of(entries_, [](const Entry& e) { return e.message.role == LmMessage::Role::system; });
}

std::vector<LmMessage> History::messages(std::size_t window) const
{
    std::size_t first = 0;
    if (window > 0) {
        std::size_t shown = 0;
        for (first = entries_.size(); first > 0 && shown < window; --first) {
            const auto& entry = entries_[first - 1];
            if (!entry.hidden && entry.message.role != LmMessage::Role::system)
                ++shown;
        }
        while (first > 0 && first < entries_.size() && entries_[first].message.role == LmMessage::Role::tool)
            --first; // The call comes along.
    }
    std::vector<LmMessage> messages;
    for (const auto& prompt : prompts_) {
        if (!prompt.empty())
            messages.push_back({ LmMessage::Role::system, prompt, {}, {} });
    }
    for (std::size_t at = 0; at < entries_.size(); ++at) {
        const auto& entry = entries_[at];
        if (!entry.hidden && (at >= first || entry.message.role == LmMessage::Role::system))
            messages.push_back(entry.message);
    }
    return messages;
}

} // namespace parley::agent
