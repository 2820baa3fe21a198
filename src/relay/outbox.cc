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

void Outbox::mark(std::string id)
{
    if (marks_.size() >= max_marks)
        marks_.pop_front();
    marks_.emplace_back(std::move(id), sent_);
}

std::optional<CallId> Outbox::acknowledge(const std::string& id)
{
    if (const auto mark = std::ranges::find(marks_, id, &std::pair<std::string, std::uint64_t>::first);
        mark != marks_.end()) {
        arrived(mark->second);
        marks_.erase(marks_.begin(), std::next(mark));
        return std::nullopt;
    }
    const auto number = by_id_.extract(id);
    if (!number)
        return std::nullopt;
    const auto event = left_.extract(number.mapped());
    bytes_ -= event.mapped().event.text.size();
    arrived(number.mapped());
    if (event.mapped().event.purpose == EventQueue::Purpose::offer)
        return event.mapped().call;
    return std::nullopt;
}

// An offer stays: only its own acknowledgement takes the call while the connection lasts.
void Outbox::arrived(std::uint64_t up_to)
{
    arrived_ = std::max(arrived_, up_to);
    for (auto event = left_.begin(); event != left_.end() && event->first <= up_to;) {
        if (event->second.event.purpose == EventQueue::Purpose::offer) {
            ++event;
            continue;
        }
        bytes_ -= event->second.event.text.size();
        by_id_.erase(event->second.event.id);
        event = left_.erase(event);
    }
}

std::vector<CallId> Outbox::acknowledge_late(const std::string& id)
{
    std::vector<CallId> offers;
    const auto answered = earlier_by_id_.find(id);
    if (answered == earlier_by_id_.end())
        return offers;
    const auto end = earlier_.upper_bound(answered->second);
    for (auto event = earlier_.begin(); event != end; event = earlier_.erase(event)) {
        if (event->second.purpose == EventQueue::Purpose::offer)
            offers.push_back(event->second.call);
        else
            drop_waiting(event->second);
    }
    return offers;
}

// Also if it left again meanwhile: then nobody has to acknowledge it a second time.
void Outbox::drop_waiting(const Earlier& event)
{
    if (const auto number = by_id_.extract(event.id)) {
        const auto left = left_.extract(number.mapped());
        bytes_ -= left.mapped().event.text.size();
        return;
    }
    const auto queue = queues_.find(event.call);
    if (queue == queues_.end())
        return;
    if (const auto removed = queue->second.remove(event.id)) {
        bytes_ -= removed->text.size();
        --waiting_;
    }
    if (queue->second.empty())
        queues_.erase(queue);
}

Outbox::Rewound Outbox::rewind(std::uint64_t received, Instant now)
{
    received = std::max(received, arrived_);
    Rewound rewound;
    const auto waiting = std::exchange(queues_, {});
    const auto left = std::exchange(left_, {});
    earlier_.clear();
    earlier_by_id_.clear();
    for (auto& [id, number] : std::exchange(marks_, {}))
        earlier_by_id_.emplace(std::move(id), number);
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
        if (number <= received)
            continue;
        earlier_.emplace(number, Earlier { event.call, event.event.id, event.event.purpose });
        earlier_by_id_.emplace(event.event.id, number);
        if (is_offer)
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
