#pragma once

#include "base/log.h"
#include "base/result.h"
#include "call/call.h"
#include "host/deadlines.h"
#include "net/event_loop.h"
#include "net/web_socket_server.h"
#include "relay/call_register.h"
#include "relay/offers.h"
#include "relay/projects.h"
#include "relay/relay_session.h"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

// RELAY on its listener: one session for each client, with or without a WebSocket, and between them the offers of
// inbound calls. Lives on the signal loop; knows nothing of what a call does.
namespace parley {

class RelayHost final : private relay::RelayDirectory {
public:
    struct Options {
        SocketAddress listen;
        std::optional<TlsIdentity> tls;
        std::size_t max_connections = 10'000;
        NodeId node;
        std::string space_id;
        relay::RelayPolicy policy;
        relay::OfferPolicy offers;
        std::vector<relay::Project> projects;
        const swaig::AgentLibrary* agents = nullptr; // Outlives the host; nullptr: none.
    };
    struct Listener {
        // For the call, wherever it lives. Its answer comes by `tell`, exactly once.
        std::function<void(const CallId&, const RequestKey&, CallCommand)> forward;
        std::function<void(const CallId&)> nobody_there;
        // Calls to be begun. Its answer comes by `tell`, then one `DialEnded`.
        std::function<void(relay::ForwardDial)> dial;
        // Every program that heard of this answered call is gone for good.
        std::function<void(const CallId&)> abandoned;
        // The session of this `protocol` is over: nobody waits for its dials.
        std::function<void(const std::string& owner)> owner_gone = [](const std::string&) {};
    };

    static Result<std::unique_ptr<RelayHost>> create(EventLoop&, Options, Listener, Log);
    ~RelayHost() override;

    // Who may log in from now on, and what each may take. Sessions that are connected stay.
    void renew(std::vector<relay::Project> projects) { projects_.renew(std::move(projects)); }

    // For TLS connections from now on. On failure the old certificate stays.
    [[nodiscard]] Result<void> set_identity(const TlsIdentity& identity) { return server_->set_identity(identity); }

    // Some program hears of the call.
    [[nodiscard]] bool is_heard(const CallId& call) const { return !register_.subscribers(call).empty(); }

    // An inbound call that waits for a program.
    void call_arrived(const CallFacts&);
    // A call of a dial, which the session of that `protocol` hears of.
    void call_begun(const CallFacts&, const std::string& owner);

    // What a call says: Accept, Reject or CallNoticed.
    void tell(relay::RelayEvent);

    // No new session begins here. Clients without calls are told to connect elsewhere, the others when their last call
    // is over.
    void drain();

    // Tells every client to connect again. Its session, what it receives included, is found again by the next server
    // of this configuration.
    void stop();

    // For another door to the same calls and projects. `door` gets what is told for requests of its name.
    void open_door(const ConnectionId& name, std::function<void(relay::RelayEvent)> door);
    [[nodiscard]] relay::Projects& projects() { return projects_; }
    [[nodiscard]] const swaig::AgentLibrary& agents() const override
    {
        return options_.agents != nullptr ? *options_.agents : swaig::no_agents();
    }
    [[nodiscard]] relay::CallStanding standing(const ProjectId&, const ConnectionId&, const CallId&) const override;
    struct KnownCall {
        CallFacts facts;
        WallTime since;
        CallState state = CallState::ringing; // The last that was told.
    };
    [[nodiscard]] const KnownCall* known(const CallId&) const; // nullptr: none, or over.

    [[nodiscard]] std::size_t connections() const { return server_->connections(); }
    [[nodiscard]] const SocketAddress& local() const { return server_->local(); }

private:
    struct Connection {
        ConnectionId id;
        WebSocket* socket; // nullptr: lost; the session waits for its client.
        std::string address;
        relay::RelaySession session;
        bool is_counted = false; // Against the project's limit.
        bool was_slow = false;   // Told once.
    };
    // A connection that its client left for another one. What it acknowledged there may still be on its way.
    struct Retired {
        WebSocket* socket;
        ConnectionId session; // Goes on there.
        std::unique_ptr<Timer> closes;
    };
    RelayHost(EventLoop&, Options, Listener, Log);

    [[nodiscard]] Result<ProjectId> authenticate(const ConnectionId&, const relay::Credentials&, WallTime) override;
    [[nodiscard]] std::optional<Error> admit_session(const ProjectId&) override;
    [[nodiscard]] std::optional<Error> admit_command(const ProjectId&, Instant) override;
    [[nodiscard]] bool resumable(const ProjectId&, std::string_view protocol) const override;
    [[nodiscard]] std::string state_key(const ProjectId&) const override;
    [[nodiscard]] std::optional<std::size_t> max_events(const ProjectId&) const override;

    void opened(WebSocket&);
    void message(WebSocket&, std::string text);
    void closed(WebSocket&, const WebSocketClosed&);
    void retire(WebSocket&, const ConnectionId& session);
    void close_retired(const ConnectionId& session);
    void handle(const ConnectionId&, relay::RelayEvent);
    void work();
    void carry_out(Connection&, relay::RelayCommands&);
    // After its session handled something.
    void settle(Connection&);
    void wake();
    void set_timer();
    void detach(Connection&);
    void forget(const ConnectionId&);
    void tell_owner(const relay::DialEnded&);
    void send_idle_away(const ConnectionId&);

    void offer(const relay::OfferEvent&);
    void carry_out(const std::vector<relay::OfferCommand>&);
    void set_offer_timer();

    void carry_out(Connection&, relay::SendText&);
    void carry_out(Connection&, relay::CloseConnection&);
    void carry_out(Connection&, relay::Forward&);
    void carry_out(Connection&, relay::ForwardDial&);
    void carry_out(Connection&, relay::ContextsChanged&);
    void carry_out(Connection&, relay::OfferAccepted&);
    void carry_out(Connection&, relay::OfferInDoubt&);
    void carry_out(Connection&, relay::CallPassed&);
    void carry_out(Connection&, relay::ResumeSession&);

    EventLoop& loop_;
    Options options_;
    Listener listener_;
    Log log_;
    IdSource ids_;

    relay::Projects projects_;
    relay::Offers offers_;
    Timer offer_timer_;
    relay::CallRegister register_;
    std::map<CallId, KnownCall> calls_;
    std::map<ConnectionId, std::unique_ptr<Connection>> connections_; // Also those without a socket.
    std::map<const WebSocket*, ConnectionId> by_socket_;
    std::map<const WebSocket*, Retired> retired_;
    std::map<std::string, ConnectionId, std::less<>> by_protocol_;
    std::map<ConnectionId, std::function<void(relay::RelayEvent)>> doors_;
    Deadlines<ConnectionId> deadlines_;
    Timer timer_; // For the first of them.
    bool is_draining_ = false;

    // Events that came while commands are carried out: those go first.
    std::deque<std::pair<ConnectionId, relay::RelayEvent>> waiting_;
    bool working_ = false;

    std::unique_ptr<WebSocketServer> server_;
};

} // namespace parley
