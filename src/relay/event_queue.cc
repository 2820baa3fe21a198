#include "relay/event_queue.h"

#include <algorithm>

namespace parley::relay {

void EventQueue::push(Event event, Instant now, std::optional<Instant> last_response)
{
    const auto leaves = last_response ? std::max(now, *last_response + response_gap) : now;
    waiting_.push_back({ std::move(event), leaves });
}

void EventQueue::take(Instant now, std::vector<Event>& out)
{
    while (!waiting_.empty() && waiting_.front().leaves <= now) {
        out.push_back(std::move(waiting_.front().event));
        waiting_.pop_front();
    }
}

void EventQueue::take_all(std::vector<Event>& out)
{
    for (auto& waiting : waiting_)
        out.push_back(std::move(waiting.event));
    waiting_.clear();
}

std::optional<EventQueue::Event> EventQueue::remove(std::string_view id)
{
    const auto found = std::ranges::find(waiting_, id, [](const Waiting& waiting) { return waiting.event.id; });
    if (found == waiting_.end())
        return std::nullopt;
    auto event = std::move(found->event);
    waiting_.erase(found);
    return event;
}

std::optional<Instant> EventQueue::deadline() const
{
    if (waiting_.empty())
        return std::nullopt;
    return waiting_.front().leaves;
}

} // namespace parley::relay
