#pragma once

#include "base/log.h"
#include "call/call_notice.h"
#include "call/dial.h"
#include "call/dial_policy.h"
#include "net/event_loop.h"
#include "relay/relay_session.h"
#include "sip/access_events.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

// Carries out the dials of all programs: begins their calls, tells a dial what became of its attempts, and the program
// what became of its dial. Lives on the signal loop.
namespace parley {

// What a call that we begin needs beside its facts.
struct OutgoingCall {
    DialTarget target;
    sip::DialRoute route;
    std::optional<Duration> max_duration;
};

class Dialer {
public:
    struct Hooks {
        // What keeps the project from dialling now: `limit_reached`, naming the limit. Counts a dial that may be.
        std::function<std::optional<Error>(const ProjectId&)> full;
        // The ways to a number, user or address; none: it cannot be reached.
        std::function<std::vector<sip::DialRoute>(const std::string& to)> routes;
        // Begins the call; what it says comes by `noticed`. Error: there is no room for it.
        std::function<Result<void>(const CallFacts&, const std::string& owner, OutgoingCall)> begin;
        std::function<void(const CallId&, CallEndReason)> drop;
        std::function<void(relay::RelayEvent)> tell;
    };

    Dialer(EventLoop&, NodeId, Hooks, Log);
    ~Dialer();

    // Answers the request by `tell`, and later with one `DialEnded`.
    void dial(const DialPolicy&, relay::ForwardDial);

    // What a call told its program, after it was told.
    void noticed(const CallFacts&, const CallNotice&);

    // The session that asked is over: its dials end, but for those of which somebody else hears.
    void owner_gone(const std::string& owner, const std::function<bool(const CallId&)>& is_heard);

    // The server stops: every dial that was not answered is lost.
    void cancel_all();

    [[nodiscard]] std::size_t dials() const { return dials_.size(); }

private:
    using DialNumber = std::uint64_t;
    struct Running {
        ProjectId project;
        std::string owner;
        Dial dial;
        std::unique_ptr<Timer> timer;
        std::map<AttemptId, CallFacts> calls;            // Of attempts that were begun in truth.
        std::vector<std::vector<sip::DialRoute>> routes; // One for each target of the expanded spec.
        std::vector<DialEvent> waiting;                  // That arose while outputs are carried out: those go first.
        bool working = false;
    };
    struct Attempt {
        DialNumber dial;
        AttemptId id;
    };

    void handle(DialNumber, DialEvent);
    void work(DialNumber, Running&);
    void carry_out(DialNumber, Running&, const BeginAttempt&);
    void carry_out(DialNumber, Running&, const DropAttempt&);
    void carry_out(DialNumber, Running&, const DialWon&);
    void carry_out(DialNumber, Running&, const DialLost&);

    EventLoop& loop_;
    NodeId node_;
    Hooks hooks_;
    Log log_;
    IdSource ids_;
    DialNumber last_ = 0;
    std::map<DialNumber, Running> dials_;
    std::map<CallId, Attempt> attempts_; // Calls of dials that are not over.
};

} // namespace parley
