#pragma once

#include "base/id.h"
#include "base/time.h"
#include "relay/event_queue.h"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace parley::relay {

// The events of one session, from the moment they arise until its client acknowledged them; survives the connection.
// An event that left and was not acknowledged leaves again on the next connection, in its old place and with its old
// id, unless something proves that the client has it: what it shows when it comes back, or its answer to anything that
// left later on the same connection, since a connection is read in order. Knows texts and times; knows nothing of
// sockets.
class Outbox {
public:
    static constexpr std::size_t max_marks = 64; // Requests of ours that are no events; the oldest is forgotten.

    struct Limits {
        std::size_t events = 1'000;          // That wait or were not acknowledged.
        std::size_t bytes = 4 * 1024 * 1024; // Of their texts.
    };
    struct Leaving {
        std::string text;
        std::optional<CallId> taken = {}; // An offer that counts as acknowledged as it leaves.
    };

    // False: a limit is reached and the event was not taken.
    [[nodiscard]] bool push(
        const CallId&, EventQueue::Event, Instant now, std::optional<Instant> last_response, const Limits&);

    // What may leave by now. `keep`: until it is acknowledged; else it counts as acknowledged.
    enum class Keep : std::uint8_t { no, yes };
    void take(Instant now, Keep keep, std::vector<Leaving>& out);

    // A request of ours that is no event leaves now: who answers it has every event that left before it.
    void mark(std::string id);

    // An answer on the connection of now. The call, if it acknowledges an offer.
    std::optional<CallId> acknowledge(const std::string& id);

    // An answer on the connection before the last `rewind`: what it proves does not leave again. The offers that it
    // proves: they are made no more.
    std::vector<CallId> acknowledge_late(const std::string& id);

    // A new connection begins, and its client is known to have every event up to `received`. What else is not
    // acknowledged leaves again, but for offers: they are made anew or not at all.
    struct Rewound {
        std::size_t events = 0;            // That leave again.
        std::vector<CallId> taken = {};    // Offers that the client has.
        std::vector<CallId> doubtful = {}; // Offers that it may not have.
    };
    Rewound rewind(std::uint64_t received, Instant now);

    [[nodiscard]] std::optional<Instant> deadline() const;
    [[nodiscard]] std::uint64_t sent() const { return sent_; } // The number of the last event that left.
    [[nodiscard]] std::size_t unacknowledged() const { return left_.size(); }
    [[nodiscard]] std::size_t events() const { return left_.size() + waiting_; }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

private:
    struct Left {
        CallId call;
        EventQueue::Event event;
    };
    // What left on the connection before and was in no way known to have arrived.
    struct Earlier {
        CallId call;
        std::string id;
        EventQueue::Purpose purpose;
    };

    void arrived(std::uint64_t up_to);
    void drop_waiting(const Earlier&);

    std::map<CallId, EventQueue> queues_;
    std::size_t waiting_ = 0;
    std::map<std::uint64_t, Left> left_;                      // In the order of leaving.
    std::map<std::string, std::uint64_t> by_id_;              // Of those that left.
    std::deque<std::pair<std::string, std::uint64_t>> marks_; // What left last before each.
    std::uint64_t sent_ = 0;
    std::uint64_t arrived_ = 0; // The last that is known to have arrived; all before it did.
    std::map<std::uint64_t, Earlier> earlier_;
    std::map<std::string, std::uint64_t> earlier_by_id_; // Marks included.
    std::size_t bytes_ = 0;
};

} // namespace parley::relay
