#pragma once

#include "base/id.h"
#include "base/time.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <variant>
#include <vector>

namespace parley::relay {

// A client's subscriptions as they now are; also how a client appears. A client that subscribes to nothing takes no
// calls.
struct ClientSubscribed {
    ConnectionId connection;
    ProjectId project;
    std::set<ContextName> contexts;
};
struct ClientLeft {
    ConnectionId connection;
};
// Its connection is lost; it may come back. What rings and waits for it is offered to others as well.
struct ClientAway {
    ConnectionId connection;
};
struct ClientReturned {
    ConnectionId before;
    ConnectionId now;
};
// The client came back and may not have had this offer: it is asked again if it gives no sign of it and nobody else
// is left to ask. Not at once, because who is offered a call twice handles it twice.
struct OfferDoubtful {
    CallId call;
    ConnectionId connection;
};
// The client does not want the call.
struct OfferPassed {
    CallId call;
    ConnectionId connection;
};
struct CallArrived {
    CallId call;
    ProjectId project;
    ContextName context;
};
// The client has the offer. The call is its until another one commands it; but no program need have taken it.
struct OfferAcknowledged {
    CallId call;
    ConnectionId connection;
};
// The client commands the call, whether or not it was asked or acknowledged: that takes it.
struct CallCommanded {
    CallId call;
    ConnectionId connection;
};
struct CallOver {
    CallId call;
};
using OfferEvent = std::variant<ClientSubscribed, ClientLeft, ClientAway, ClientReturned, CallArrived,
    OfferAcknowledged, OfferDoubtful, OfferPassed, CallCommanded, CallOver>;

// Send the offer, and from now on the call's state events, to this client.
struct OfferCall {
    CallId call;
    ConnectionId connection;

    friend bool operator==(const OfferCall&, const OfferCall&) = default;
};
struct CallTaken {
    CallId call;
    ConnectionId connection;

    friend bool operator==(const CallTaken&, const CallTaken&) = default;
};
// Another client took it: for this one the call is over.
struct WithdrawOffer {
    CallId call;
    ConnectionId connection;

    friend bool operator==(const WithdrawOffer&, const WithdrawOffer&) = default;
};
// Nobody was there: SIP 480.
struct RefuseCall {
    CallId call;

    friend bool operator==(const RefuseCall&, const RefuseCall&) = default;
};
using OfferCommand = std::variant<OfferCall, CallTaken, WithdrawOffer, RefuseCall>;

struct OfferPolicy {
    Duration acknowledgement = 5s; // How long one client may take before the next is asked as well.
    Duration nobody = 10s;         // How long a call that nobody takes waits in total, however many are asked.
    // How long one that acknowledged may go without a command before the next is asked as well. SDKs acknowledge before
    // they look: a program that is full, or hangs, does it too.
    Duration command = 10s;
};

// Brings each inbound call to one client among those that subscribed to its context: the one with the fewest calls,
// and among equals the one that was asked longest ago. Sees all connections; knows nothing of texts or sockets.
// A client is asked once per call and connection, because a client that is offered a call twice runs its handler twice.
class Offers {
public:
    explicit Offers(OfferPolicy policy)
        : policy_(policy)
    {
    }

    void handle(const OfferEvent&, Instant now, std::vector<OfferCommand>& out);
    void handle_timeout(Instant now, std::vector<OfferCommand>& out);
    [[nodiscard]] std::optional<Instant> deadline() const;

private:
    struct Client {
        ProjectId project;
        std::set<ContextName> contexts;
        std::size_t calls = 0;        // Offered to it or taken by it.
        std::uint64_t last_asked = 0; // Order of asking.
        bool away = false;            // Not asked.
    };
    enum class Stage : std::uint8_t {
        asking,       // A client was asked; at `next` another one is asked as well.
        waiting,      // Nobody is left to ask.
        acknowledged, // A client acknowledged; at `next` another one is asked as well, if there is one. Never refused.
        missing,      // The one that acknowledged lost its connection; at `next` another one is asked.
        taken,        // A client commanded. No timer runs.
    };
    struct Offered {
        ProjectId project;
        ContextName context;
        Stage stage = Stage::waiting;
        Instant refused;                               // When, unless it is taken before.
        Instant next;                                  // While `asking`, `acknowledged` or `missing`.
        std::vector<ConnectionId> asked;               // In order; also those that left. The taker once `taken`.
        std::set<ConnectionId> acknowledged_by = {};   // Also those whose connection is lost.
        std::map<ConnectionId, Instant> doubtful = {}; // Asked, and perhaps in vain: may be asked again from then on.
    };
    using Commands = std::vector<OfferCommand>;

    void on(const ClientSubscribed&, Instant now, Commands& out);
    void on(const ClientLeft&, Instant now, Commands& out);
    void on(const ClientAway&, Instant now, Commands& out);
    void on(const ClientReturned&, Instant now, Commands& out);
    void on(const CallArrived&, Instant now, Commands& out);
    void on(const OfferDoubtful&, Instant now, Commands& out);
    void on(const OfferPassed&, Instant now, Commands& out);
    void on(const OfferAcknowledged&, Instant now, Commands& out);
    void on(const CallCommanded&, Instant now, Commands& out);
    void on(const CallOver&, Instant now, Commands& out);
    [[nodiscard]] std::optional<ConnectionId> next_client(const Offered&, Instant now) const;
    void connection_lost(const ConnectionId&, Instant now, Commands& out);
    // Asks the next client, or waits when there is none.
    void ask_next(const CallId&, Offered&, Instant now, Commands& out);
    void ask(const CallId&, Offered&, const ConnectionId&, Commands& out);
    // The call is this client's and no other's.
    void give_to(const CallId&, Offered&, const ConnectionId&, Commands& out);
    void acknowledged(const CallId&, Offered&, const ConnectionId&, Instant now, Commands& out);
    [[nodiscard]] bool is_there(const ConnectionId&) const;
    [[nodiscard]] bool is_held(const Offered&) const; // By one whose connection lives.
    [[nodiscard]] static Instant due(const Offered&);
    void release(const ConnectionId&);

    OfferPolicy policy_;
    std::map<ConnectionId, Client> clients_;
    std::map<CallId, Offered> calls_;
    std::uint64_t asked_ = 0;
};

} // namespace parley::relay
