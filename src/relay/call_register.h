#pragma once

#include "base/id.h"

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <vector>

namespace parley::relay {

enum class CallStanding : std::uint8_t {
    live,
    ended,   // Was here not long ago.
    unknown, // Never was, or belongs to somebody else.
};

// Which connections hear of which call. One for all connections, on their thread.
// Every connection of a project may command its calls: a program that reconnects keeps its calls while the old socket
// is not yet known to be dead. Who commands a call also hears of it from then on.
class CallRegister {
public:
    static constexpr std::size_t max_remembered = 1'000; // Ended calls that still answer "gone" instead of "unknown".

    void add(const CallId&, const ProjectId&);
    void subscribe(const CallId&, const ConnectionId&); // No effect on a call that is not live.
    void exclude(const CallId&, const ConnectionId&); // Another client took the call: unknown to this one from now on.
    void end(const CallId&);
    void drop(const ConnectionId&);

    [[nodiscard]] CallStanding standing(const ProjectId&, const ConnectionId&, const CallId&) const;
    [[nodiscard]] std::vector<ConnectionId> subscribers(const CallId&) const;
    [[nodiscard]] std::set<CallId> calls_of(const ConnectionId&) const; // Live ones that it hears of.
    // Live calls of the project that nobody hears of: a client that returns takes them over.
    [[nodiscard]] std::vector<CallId> orphans(const ProjectId&) const;

private:
    struct Entry {
        ProjectId project;
        std::set<ConnectionId> subscribers;
        std::set<ConnectionId> excluded;
        bool taken_once = false; // Somebody heard of it: it can be orphaned.
        bool ended = false;
    };

    std::map<CallId, Entry> calls_;
    std::deque<CallId> ended_; // Oldest first.
};

} // namespace parley::relay
