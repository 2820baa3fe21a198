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

History::EntryId History::add(LmMessage message)
{
    const auto id = static_cast<EntryId>(++next_);
    entries_.push_back({ id, std::move(message) });
    return id;
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
    while (tokens > limit && gone + 1 < entries_.size()) {
        std::size_t end = gone + 1;
        while (end < entries_.size() && entries_[end].message.role == LmMessage::Role::tool)
            ++end; // The results go with their call.
        if (end == entries_.size())
            break;
        for (; gone < end; ++gone)
            tokens -= estimated_tokens(entries_[gone].message);
    }
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(gone));
    return gone;
}

std::vector<LmMessage> History::messages() const
{
    std::vector<LmMessage> messages;
    for (const auto& prompt : prompts_) {
        if (!prompt.empty())
            messages.push_back({ LmMessage::Role::system, prompt, {}, {} });
    }
    for (const auto& entry : entries_)
        messages.push_back(entry.message);
    return messages;
}

} // namespace parley::agent
