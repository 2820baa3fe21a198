#include "host/relay_host.h"

#include "net/address.h"
#include "net/clock.h"

#include <algorithm>

namespace parley {

namespace {

constexpr std::size_t max_left = 1'000;          // Lost sessions that are kept for their clients.
constexpr std::uint16_t close_going_away = 1001; // RFC 6455 7.4.1

// Takes the same time wherever they differ.
bool same_secret(std::string_view a, std::string_view b)
{
    if (a.size() != b.size())
        return false;
    unsigned difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
    return difference == 0;
}

} // namespace

RelayHost::RelayHost(EventLoop& loop, Options options, Listener listener, Log log)
    : loop_(loop)
    , options_(std::move(options))
    , listener_(std::move(listener))
    , log_(std::move(log))
    , ids_(IdSource::random())
    , offers_(options_.offers)
    , offer_timer_(loop)
{
}

RelayHost::~RelayHost() = default;

Result<std::unique_ptr<RelayHost>> RelayHost::create(EventLoop& loop, Options options, Listener listener, Log log)
{
    std::unique_ptr<RelayHost> host(new RelayHost(loop, std::move(options), std::move(listener), std::move(log)));
    RelayHost* raw = host.get();
    WebSocketEvents events;
    events.opened = [raw](WebSocket& socket) { raw->opened(socket); };
    events.message = [raw](WebSocket& socket, std::string text) {
        if (const auto known = raw->by_socket_.find(&socket); known != raw->by_socket_.end())
            raw->handle(known->second, relay::TextArrived { std::move(text) });
    };
    events.closed = [raw](WebSocket& socket, const WebSocketClosed& closed) { raw->closed(socket, closed); };
    auto server = WebSocketServer::listen(loop, { host->options_.listen, host->options_.tls, {} }, std::move(events));
    if (!server)
        return server.error();
    host->server_ = std::move(*server);
    return host;
}

// ---- Connections --------------------------------------------------------------------------------------------------

void RelayHost::opened(WebSocket& socket)
{
    const ConnectionId id { ids_.uuid() };
    const Log log = log_.with({ { "connection", id } });
    log.info("RELAY connection opened", { { "peer", to_string(socket.peer().address) }, { "tls", socket.peer().tls } });
    relay::RelaySession session({ id, options_.node, options_.space_id }, options_.policy, *this, IdSource::random(),
        clock_pair_now(), log, now());
    auto connection = std::unique_ptr<Connection>(new Connection { &socket, std::move(session), Timer(loop_) });
    set_timer(id, *connection);
    connections_.emplace(id, std::move(connection));
    by_socket_.emplace(&socket, id);
}

void RelayHost::closed(WebSocket& socket, const WebSocketClosed& closed)
{
    const auto known = by_socket_.find(&socket);
    if (known == by_socket_.end())
        return;
    const ConnectionId id = known->second;
    log_.info("RELAY connection closed",
        { { "connection", id }, { "code", static_cast<int>(closed.code) }, { "detail", closed.detail } });
    by_socket_.erase(known);
    if (auto left = take_apart(id))
        keep(std::move(*left));
}

std::optional<RelayHost::Left> RelayHost::take_apart(const ConnectionId& id)
{
    const auto found = connections_.find(id);
    Left left { std::move(found->second), register_.calls_of(id) };
    connections_.erase(found);
    register_.drop(id);
    offer(relay::ClientLeft { id });
    left.connection->timer.cancel();
    if (!left.connection->session.leave())
        return std::nullopt;
    return left;
}

void RelayHost::keep(Left left)
{
    if (left_.size() >= max_left)
        return log_.warning("lost session not kept", { { "kept", left_.size() } });
    const std::string protocol = left.connection->session.protocol();
    left.connection->socket = nullptr;
    left.connection->timer.set(now() + options_.policy.resume_within, [this, protocol] { left_.erase(protocol); });
    left_.insert_or_assign(protocol, std::move(left));
}

void RelayHost::handle(const ConnectionId& connection, relay::RelayEvent event)
{
    waiting_.emplace_back(connection, std::move(event));
    if (!working_)
        work();
}

void RelayHost::work()
{
    working_ = true;
    while (!waiting_.empty()) {
        const auto [id, event] = std::move(waiting_.front());
        waiting_.pop_front();
        const auto found = connections_.find(id);
        if (found == connections_.end())
            continue;
        Connection& connection = *found->second;
        relay::RelayCommands out;
        connection.session.handle(event, now(), out);
        for (relay::RelayCommand& command : out)
            std::visit([&](auto& c) { carry_out(found->first, connection, c); }, command);
        set_timer(found->first, connection);
    }
    working_ = false;
}

void RelayHost::set_timer(const ConnectionId& id, Connection& connection)
{
    const auto deadline = connection.session.deadline();
    if (!deadline)
        return connection.timer.cancel();
    connection.timer.set(*deadline, [this, id] {
        const auto found = connections_.find(id);
        if (found == connections_.end())
            return;
        relay::RelayCommands out;
        found->second->session.handle_timeout(now(), out);
        working_ = true;
        for (relay::RelayCommand& command : out)
            std::visit([&](auto& c) { carry_out(found->first, *found->second, c); }, command);
        set_timer(found->first, *found->second);
        work();
    });
}

bool RelayHost::authentic(const ProjectId& project, std::string_view token) const
{
    const auto known = options_.tokens.find(project);
    return known != options_.tokens.end() && same_secret(known->second, token);
}

relay::CallStanding RelayHost::standing(
    const ProjectId& project, const ConnectionId& connection, const CallId& call) const
{
    return register_.standing(project, connection, call);
}

bool RelayHost::resumable(const ProjectId& project, std::string_view protocol) const
{
    if (const auto left = left_.find(std::string(protocol)); left != left_.end())
        return left->second.connection->session.project() == project;
    // The client may know that its old connection is dead before we do.
    return std::ranges::any_of(connections_, [&](const auto& entry) {
        const relay::RelaySession& session = entry.second->session;
        return session.connected() && session.project() == project && session.protocol() == protocol;
    });
}

// ---- Commands of a session ----------------------------------------------------------------------------------------

void RelayHost::carry_out(const ConnectionId&, Connection& connection, relay::SendText& send)
{
    connection.socket->send(std::move(send.text));
}

void RelayHost::carry_out(const ConnectionId&, Connection& connection, relay::CloseConnection& close)
{
    connection.socket->close(close.code, std::move(close.reason));
}

void RelayHost::carry_out(const ConnectionId& id, Connection&, relay::Forward& forward)
{
    register_.subscribe(forward.call, id);
    offer(relay::CallCommanded { forward.call, id });
    listener_.forward(forward.call, forward.request, std::move(forward.command));
}

void RelayHost::carry_out(const ConnectionId&, Connection&, relay::ForwardDial& forward)
{
    listener_.dial(std::move(forward));
}

void RelayHost::carry_out(const ConnectionId& id, Connection&, relay::ContextsChanged& changed)
{
    for (const CallId& orphan : register_.orphans(changed.project))
        register_.subscribe(orphan, id);
    offer(relay::ClientSubscribed { id, changed.project, changed.contexts });
}

void RelayHost::carry_out(const ConnectionId& id, Connection&, relay::OfferAccepted& accepted)
{
    offer(relay::OfferAcknowledged { accepted.call, id });
}

void RelayHost::carry_out(const ConnectionId& id, Connection& connection, relay::ResumeSession& resume)
{
    auto left = take_left(id, resume.protocol);
    VERIFY(left.has_value()); // It was `resumable` just now.
    for (const CallId& call : left->calls)
        register_.subscribe(call, id);
    relay::RelayCommands out;
    connection.session.resume(std::move(left->connection->session), now(), out);
    for (relay::RelayCommand& command : out)
        std::visit([&](auto& c) { carry_out(id, connection, c); }, command);
}

std::optional<RelayHost::Left> RelayHost::take_left(const ConnectionId& taker, const std::string& protocol)
{
    if (auto kept = left_.extract(protocol))
        return std::move(kept.mapped());
    for (const auto& [id, connection] : connections_) {
        if (id == taker || !connection->session.connected() || connection->session.protocol() != protocol)
            continue;
        WebSocket* const socket = connection->socket;
        by_socket_.erase(socket);
        auto left = take_apart(ConnectionId { id });
        socket->close(close_going_away, "the client goes on with another connection");
        return left;
    }
    return std::nullopt;
}

// ---- Calls --------------------------------------------------------------------------------------------------------

void RelayHost::call_arrived(const CallFacts& call)
{
    calls_.emplace(call.id, call);
    register_.add(call.id, call.project);
    offer(relay::CallArrived { call.id, call.project, call.context });
}

void RelayHost::call_begun(const CallFacts& call, const std::string& owner)
{
    calls_.emplace(call.id, call);
    register_.add(call.id, call.project);
    if (const auto connection = connection_of(owner))
        register_.subscribe(call.id, *connection);
    else if (const auto left = left_.find(owner); left != left_.end())
        left->second.calls.insert(call.id); // Its client hears of it when it comes back.
}

std::optional<ConnectionId> RelayHost::connection_of(const std::string& protocol) const
{
    for (const auto& [id, connection] : connections_) {
        if (connection->session.connected() && connection->session.protocol() == protocol)
            return id;
    }
    return std::nullopt;
}

void RelayHost::tell(relay::RelayEvent event)
{
    if (const auto* dial = std::get_if<relay::DialEnded>(&event)) {
        if (const auto connection = connection_of(dial->owner))
            return handle(*connection, std::move(event));
        relay::RelayCommands nothing; // There is nobody to send to.
        if (const auto left = left_.find(dial->owner); left != left_.end())
            left->second.connection->session.handle(event, now(), nothing);
        return;
    }
    if (const auto* accept = std::get_if<Accept>(&event)) {
        const ConnectionId asked_by = accept->request.connection;
        return handle(asked_by, std::move(event));
    }
    if (const auto* reject = std::get_if<Reject>(&event)) {
        const ConnectionId asked_by = reject->request.connection;
        return handle(asked_by, std::move(event));
    }
    const auto* noticed = std::get_if<relay::CallNoticed>(&event);
    if (!noticed)
        return;
    const CallId call = noticed->call.id;
    const auto* state = std::get_if<CallStateChanged>(&noticed->notice);
    const bool ended = state && state->state == CallState::ended;
    for (const ConnectionId& subscriber : register_.subscribers(call))
        handle(subscriber, event);
    for (auto left = left_.begin(); left != left_.end();) {
        relay::RelaySession& session = left->second.connection->session;
        relay::RelayCommands nothing; // There is nobody to send to.
        if (left->second.calls.contains(call))
            session.handle(event, now(), nothing);
        left = session.is_closed() ? left_.erase(left) : std::next(left);
    }
    if (!ended)
        return;
    register_.end(call);
    calls_.erase(call);
    offer(relay::CallOver { call });
}

void RelayHost::stop()
{
    std::vector<ConnectionId> all;
    for (const auto& [id, connection] : connections_)
        all.push_back(id);
    for (const ConnectionId& id : all)
        handle(id, relay::ServerStopping {});
}

void RelayHost::offer(const relay::OfferEvent& event)
{
    std::vector<relay::OfferCommand> out;
    offers_.handle(event, now(), out);
    carry_out(out);
}

void RelayHost::carry_out(const std::vector<relay::OfferCommand>& commands)
{
    for (const relay::OfferCommand& command : commands) {
        if (const auto* asked = std::get_if<relay::OfferCall>(&command)) {
            const auto call = calls_.find(asked->call);
            if (call == calls_.end())
                continue;
            register_.subscribe(asked->call, asked->connection);
            handle(asked->connection, relay::CallOffered { call->second });
        } else if (const auto* taken = std::get_if<relay::CallTaken>(&command)) {
            log_.info("call taken", { { "call", taken->call }, { "connection", taken->connection } });
        } else if (const auto* withdrawn = std::get_if<relay::WithdrawOffer>(&command)) {
            register_.exclude(withdrawn->call, withdrawn->connection);
            if (const auto call = calls_.find(withdrawn->call); call != calls_.end())
                handle(withdrawn->connection, relay::OfferWithdrawn { call->second });
        } else if (const auto* refused = std::get_if<relay::RefuseCall>(&command)) {
            log_.info("nobody took the call", { { "call", refused->call } });
            listener_.nobody_there(refused->call);
        }
    }
    set_offer_timer();
}

void RelayHost::set_offer_timer()
{
    const auto deadline = offers_.deadline();
    if (!deadline)
        return offer_timer_.cancel();
    offer_timer_.set(*deadline, [this] {
        std::vector<relay::OfferCommand> out;
        offers_.handle_timeout(now(), out);
        carry_out(out);
    });
}

} // namespace parley
