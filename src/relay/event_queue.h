#pragma once

#include "base/time.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley::relay {

// The events of one call on their way to one client, in order. A client's receive loop handles an event that arrives
// in one segment with a response before the code that awaited the response runs, so an event leaves at the earliest
// `response_gap` after the last response that was written before it was queued. Responses do not queue here: they pass.
class EventQueue {
public:
    static constexpr Duration response_gap = 20ms;

    enum class Purpose : std::uint8_t {
        news,
        offer, // Asks whether the client takes the call.
    };
    struct Event {
        std::string id; // JSON-RPC id, by which the client acknowledges it.
        std::string text;
        Purpose purpose = Purpose::news;
    };

    void push(Event, Instant now, std::optional<Instant> last_response);

    // What may leave by now, oldest first.
    void take(Instant now, std::vector<Event>& out);
    void take_all(std::vector<Event>& out);

    // Nothing if it does not wait here.
    std::optional<Event> remove(std::string_view id);

    [[nodiscard]] std::optional<Instant> deadline() const;
    [[nodiscard]] bool empty() const { return waiting_.empty(); }

private:
    struct Waiting {
        Event event;
        Instant leaves; // Not before; an older event ahead may hold it longer.
    };

    std::deque<Waiting> waiting_;
};

} // namespace parley::relay
