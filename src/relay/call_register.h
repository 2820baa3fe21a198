#pragma once

#include "base/id.h"

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <vector>

namespace parley::relay {

enum class CallStanding : std::uint8_t {
    ringing, // Waits for a program to answer it.
    live,    // Was answered, or somebody said to.
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
    void answering(const CallId&);                    // From now on it rings no more.
    void release(const CallId&, const ConnectionId&); // This one wants to hear no more of it, but may command it.
    void end(const CallId&);
    void drop(const ConnectionId&);
    // The connection is lost and its client may come back: it keeps its calls, others may take them over meanwhile.
    void away(const ConnectionId&);
    void returned(const ConnectionId& before, const ConnectionId& now); // It came back with another connection.

    [[nodiscard]] CallStanding standing(const ProjectId&, const ConnectionId&, const CallId&) const;
    [[nodiscard]] bool belongs(const CallId&, const ProjectId&) const; // Also when it has ended.
    [[nodiscard]] std::vector<ConnectionId> subscribers(const CallId&) const;
    [[nodiscard]] std::set<CallId> calls_of(const ConnectionId&) const; // Live ones that it hears of.
    // Live calls of the project that nobody hears of who is there: a client that connects takes them over.
    [[nodiscard]] std::vector<CallId> orphans(const ProjectId&) const;

private:
    struct Entry {
        ProjectId project;
        std::set<ConnectionId> subscribers;
        std::set<ConnectionId> excluded;
        bool taken_once = false; // Somebody heard of it: it can be orphaned.
        bool answering = false;
        bool ended = false;
    };

    std::map<CallId, Entry> calls_;
    std::set<ConnectionId> away_;
    std::deque<CallId> ended_; // Oldest first.
};

} // namespace parley::relay
