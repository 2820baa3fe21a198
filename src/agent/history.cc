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

void History::start_epoch(EntryId from)
{
    const auto first = from == EntryId::none
        ? entries_.end()
        : std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.id >= from; });
    entries_.erase(entries_.begin(), first);
}

std::size_t History::trim(std::size_t limit)
{
    std::size_t tokens = 0;
    for (const auto& prompt : prompts_)
        tokens += prompt.size() / 4 + 4;
    for (const auto& entry : entries_)
        tokens += estimated_tokens(entry.message);

    std::size_t gone = 0;
    for (std::size_t at = 0; tokens > limit && at + 1 < entries_.size();) {
        if (entries_[at].kind != Kind::dialogue) {
            ++at;
            continue;
        }
        std::size_t end = at + 1;
        while (end < entries_.size() && entries_[end].message.role == LmMessage::Role::tool)
            ++end; // The results go with their call.
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

std::vector<LmMessage> History::messages() const
{
    std::vector<LmMessage> messages;
    for (const auto& prompt : prompts_) {
        if (!prompt.empty())
            messages.push_back({ LmMessage::Role::system, prompt, {}, {} });
    }
    for (const auto& entry : entries_) {
        if (!entry.hidden)
            messages.push_back(entry.message);
    }
    return messages;
}

} // namespace parley::agent
