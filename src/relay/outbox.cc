#include "relay/outbox.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace parley::relay {

bool Outbox::push(const CallId& call, EventQueue::Event event, Instant now, std::optional<Instant> last_response,
    const Limits& limits)
{
    if (events() >= limits.events || bytes_ + event.text.size() > limits.bytes)
        return false;
    bytes_ += event.text.size();
    ++waiting_;
    queues_[call].push(std::move(event), now, last_response);
    return true;
}

void Outbox::take(Instant now, Keep keep, std::vector<Leaving>& out)
{
    for (auto queue = queues_.begin(); queue != queues_.end();) {
        std::vector<EventQueue::Event> leaving;
        queue->second.take(now, leaving);
        waiting_ -= leaving.size();
        for (auto& event : leaving) {
            ++sent_;
            const bool is_offer = event.purpose == EventQueue::Purpose::offer;
            if (keep == Keep::no) {
                bytes_ -= event.text.size();
                out.push_back({ std::move(event.text), is_offer ? std::optional(queue->first) : std::nullopt });
                continue;
            }
            out.push_back({ event.text });
            by_id_.emplace(event.id, sent_);
            left_.emplace(sent_, Left { queue->first, std::move(event) });
        }
        queue = queue->second.empty() ? queues_.erase(queue) : std::next(queue);
    }
}

std::optional<CallId> Outbox::acknowledge(const std::string& id)
{
    const auto number = by_id_.extract(id);
    if (!number)
        return std::nullopt;
    const auto event = left_.extract(number.mapped());
    bytes_ -= event.mapped().event.text.size();
    if (event.mapped().event.purpose == EventQueue::Purpose::offer)
        return event.mapped().call;
    return std::nullopt;
}

Outbox::Rewound Outbox::rewind(std::uint64_t received, Instant now)
{
    Rewound rewound;
    const auto waiting = std::exchange(queues_, {});
    const auto left = std::exchange(left_, {});
    by_id_.clear();
    waiting_ = 0;
    bytes_ = 0;
    const auto again = [&](const CallId& call, const EventQueue::Event& event) {
        bytes_ += event.text.size();
        ++waiting_;
        queues_[call].push(event, now, now); // The answer to `signalwire.connect` has just been written.
    };
    for (const auto& [number, event] : left) {
        const bool is_offer = event.event.purpose == EventQueue::Purpose::offer;
        if (is_offer)
            (number <= received ? rewound.taken : rewound.doubtful).push_back(event.call);
        if (is_offer || number <= received)
            continue;
        ++rewound.events;
        again(event.call, event.event);
    }
    for (auto [call, queue] : waiting) {
        std::vector<EventQueue::Event> events;
        queue.take_all(events);
        for (const auto& event : events) {
            if (event.purpose == EventQueue::Purpose::offer)
                rewound.doubtful.push_back(call);
            else
                again(call, event);
        }
    }
    return rewound;
}

std::optional<Instant> Outbox::deadline() const
{
    std::optional<Instant> first;
    for (const auto& [call, queue] : queues_) {
        const auto leaves = queue.deadline();
        if (leaves && (!first || *leaves < *first))
            first = leaves;
    }
    return first;
}

} // namespace parley::relay
