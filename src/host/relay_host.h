#pragma once

#include "base/log.h"
#include "base/result.h"
#include "call/call.h"
#include "net/event_loop.h"
#include "net/web_socket_server.h"
#include "relay/call_register.h"
#include "relay/offers.h"
#include "relay/relay_session.h"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

// RELAY on its listener: one session for each WebSocket, and between them the offers of inbound calls. Lives on the
// signal loop; knows nothing of what a call does.
namespace parley {

class RelayHost final : private relay::RelayDirectory {
public:
    struct Options {
        SocketAddress listen;
        std::optional<TlsIdentity> tls;
        NodeId node;
        std::string space_id;
        relay::RelayPolicy policy;
        relay::OfferPolicy offers;
        std::map<ProjectId, std::string> tokens;
    };
    struct Listener {
        // For the call, wherever it lives. Its answer comes by `tell`, exactly once.
        std::function<void(const CallId&, const RequestKey&, CallCommand)> forward;
        std::function<void(const CallId&)> nobody_there;
        // Calls to be begun. Its answer comes by `tell`, then one `DialEnded`.
        std::function<void(relay::ForwardDial)> dial;
    };

    static Result<std::unique_ptr<RelayHost>> create(EventLoop&, Options, Listener, Log);
    ~RelayHost() override;

    // An inbound call that waits for a program.
    void call_arrived(const CallFacts&);
    // A call of a dial, which the session of that `protocol` hears of.
    void call_begun(const CallFacts&, const std::string& owner);

    // What a call says: Accept, Reject or CallNoticed.
    void tell(relay::RelayEvent);

    // Tells every client to leave.
    void stop();

    [[nodiscard]] std::size_t connections() const { return connections_.size(); }
    [[nodiscard]] const SocketAddress& local() const { return server_->local(); }

private:
    struct Connection {
        WebSocket* socket;
        relay::RelaySession session;
        Timer timer;
    };

    // A session whose connection was lost, until its client comes back or its time is over.
    struct Left {
        std::unique_ptr<Connection> connection; // Without a socket.
        std::set<CallId> calls;                 // That it heard of.
    };

    RelayHost(EventLoop&, Options, Listener, Log);

    [[nodiscard]] bool authentic(const ProjectId&, std::string_view token) const override;
    [[nodiscard]] relay::CallStanding standing(const ProjectId&, const ConnectionId&, const CallId&) const override;
    [[nodiscard]] bool resumable(const ProjectId&, std::string_view protocol) const override;

    void opened(WebSocket&);
    void closed(WebSocket&, const WebSocketClosed&);
    void handle(const ConnectionId&, relay::RelayEvent);
    void work();
    void set_timer(const ConnectionId&, Connection&);
    void offer(const relay::OfferEvent&);
    void carry_out(const std::vector<relay::OfferCommand>&);
    void set_offer_timer();

    void carry_out(const ConnectionId&, Connection&, relay::SendText&);
    void carry_out(const ConnectionId&, Connection&, relay::CloseConnection&);
    void carry_out(const ConnectionId&, Connection&, relay::Forward&);
    void carry_out(const ConnectionId&, Connection&, relay::ForwardDial&);
    void carry_out(const ConnectionId&, Connection&, relay::ContextsChanged&);
    void carry_out(const ConnectionId&, Connection&, relay::OfferAccepted&);
    void carry_out(const ConnectionId&, Connection&, relay::ResumeSession&);

    // What is left of a connection that goes: nothing, if its client may not come back.
    std::optional<Left> take_apart(const ConnectionId&);
    void keep(Left);
    // Of a session that is connected.
    [[nodiscard]] std::optional<ConnectionId> connection_of(const std::string& protocol) const;
    std::optional<Left> take_left(const ConnectionId& taker, const std::string& protocol);

    EventLoop& loop_;
    Options options_;
    Listener listener_;
    Log log_;
    IdSource ids_;

    relay::Offers offers_;
    Timer offer_timer_;
    relay::CallRegister register_;
    std::map<CallId, CallFacts> calls_;
    std::map<ConnectionId, std::unique_ptr<Connection>> connections_;
    std::map<const WebSocket*, ConnectionId> by_socket_;
    std::map<std::string, Left> left_; // By protocol.

    // Events that came while commands are carried out: those go first.
    std::deque<std::pair<ConnectionId, relay::RelayEvent>> waiting_;
    bool working_ = false;

    std::unique_ptr<WebSocketServer> server_;
};

} // namespace parley
