#include "host/relay_host.h"

#include "net/address.h"
#include "net/clock.h"

#include <algorithm>

namespace parley {

namespace {

constexpr std::size_t max_away = 10'000;                // Lost sessions that are kept for their clients.
constexpr Duration late_answers = 1s;                   // How long a connection that was left is still read.
constexpr std::uint16_t close_going_away = 1001;        // RFC 6455 7.4.1
constexpr std::size_t send_queue_reserve = 1024 * 1024; // Above what a client may leave unread: for the last words.

} // namespace

RelayHost::RelayHost(EventLoop& loop, Options options, Listener listener, Log log)
    : loop_(loop)
    , options_(std::move(options))
    , listener_(std::move(listener))
    , log_(std::move(log))
    , ids_(IdSource::random())
    , projects_(options_.projects)
    , offers_(options_.offers)
    , offer_timer_(loop)
    , timer_(loop)
{
}

RelayHost::~RelayHost() = default;

Result<std::unique_ptr<RelayHost>> RelayHost::create(EventLoop& loop, Options options, Listener listener, Log log)
{
    std::unique_ptr<RelayHost> host(new RelayHost(loop, std::move(options), std::move(listener), std::move(log)));
    RelayHost* raw = host.get();
    WebSocketEvents events;
    events.opened = [raw](WebSocket& socket) { raw->opened(socket); };
    events.message = [raw](WebSocket& socket, std::string text) { raw->message(socket, std::move(text)); };
    events.closed = [raw](WebSocket& socket, const WebSocketClosed& closed) { raw->closed(socket, closed); };
    WebSocketLimits limits;
    limits.connections = host->options_.max_connections;
    limits.send_queue = host->options_.policy.max_unread_hard + send_queue_reserve;
    auto server
        = WebSocketServer::listen(loop, { host->options_.listen, host->options_.tls, limits }, std::move(events));
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
    auto connection
        = std::unique_ptr<Connection>(new Connection { id, &socket, socket.peer().address.ip, std::move(session) });
    deadlines_.set(id, connection->session.deadline());
    connections_.emplace(id, std::move(connection));
    by_socket_.emplace(&socket, id);
    set_timer();
}

void RelayHost::message(WebSocket& socket, std::string text)
{
    if (const auto known = by_socket_.find(&socket); known != by_socket_.end())
        handle(known->second, relay::TextArrived { std::move(text), socket.queued_bytes() });
    else if (const auto left = retired_.find(&socket); left != retired_.end())
        handle(left->second.session, relay::LateTextArrived { std::move(text) });
}

void RelayHost::closed(WebSocket& socket, const WebSocketClosed& closed)
{
    retired_.erase(&socket);
    const auto known = by_socket_.find(&socket);
    if (known == by_socket_.end())
        return;
    Connection& connection = *connections_.at(known->second);
    log_.info("RELAY connection closed",
        { { "connection", connection.id }, { "code", static_cast<int>(closed.code) }, { "detail", closed.detail } });
    working_ = true; // What this leads to comes after it.
    if (connection.session.leave(now()) && connections_.size() - by_socket_.size() < max_away)
        settle(connection);
    else
        forget(ConnectionId { connection.id });
    work();
}

void RelayHost::retire(WebSocket& socket, const ConnectionId& session)
{
    auto timer = std::make_unique<Timer>(loop_);
    timer->set(now() + late_answers, [this, session] { close_retired(session); });
    retired_.emplace(&socket, Retired { &socket, session, std::move(timer) });
}

void RelayHost::close_retired(const ConnectionId& session)
{
    for (auto left = retired_.begin(); left != retired_.end();) {
        if (left->second.session != session) {
            ++left;
            continue;
        }
        left->second.socket->close(close_going_away, "the client goes on with another connection");
        left = retired_.erase(left);
    }
}

// The session stays, without a socket.
void RelayHost::detach(Connection& connection)
{
    by_socket_.erase(std::exchange(connection.socket, nullptr));
    if (std::exchange(connection.is_counted, false))
        projects_.meters().disconnected(connection.session.project());
    register_.away(connection.id);
    offer(relay::ClientAway { connection.id });
}

void RelayHost::forget(const ConnectionId& id)
{
    const auto found = connections_.find(id);
    Connection& connection = *found->second;
    if (connection.socket)
        by_socket_.erase(connection.socket);
    if (connection.is_counted)
        projects_.meters().disconnected(connection.session.project());
    std::string owner;
    if (const auto named = by_protocol_.find(connection.session.protocol());
        named != by_protocol_.end() && named->second == id) {
        owner = named->first;
        by_protocol_.erase(named);
    }
    deadlines_.set(id, std::nullopt);
    const ProjectId project = connection.session.project();
    const std::set<CallId> calls = register_.calls_of(id);
    connections_.erase(found);
    register_.drop(id);
    offer(relay::ClientLeft { id });
    // One that rings is offered to others; one that was answered has nobody any more.
    for (const CallId& call : calls) {
        if (register_.subscribers(call).empty() && register_.standing(project, id, call) == relay::CallStanding::live)
            listener_.abandoned(call);
    }
    if (!owner.empty())
        listener_.owner_gone(owner);
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
        carry_out(connection, out);
        settle(connection);
    }
    working_ = false;
    set_timer();
}

void RelayHost::carry_out(Connection& connection, relay::RelayCommands& commands)
{
    for (relay::RelayCommand& command : commands)
        std::visit([&](auto& c) { carry_out(connection, c); }, command);
}

void RelayHost::settle(Connection& connection)
{
    relay::RelaySession& session = connection.session;
    if (session.is_closed())
        return forget(ConnectionId { connection.id });
    if (session.is_away()) {
        if (connection.socket)
            detach(connection);
    } else if (!session.protocol().empty()) {
        if (!std::exchange(connection.is_counted, true)) {
            by_protocol_.insert_or_assign(session.protocol(), connection.id);
            projects_.meters().connected(session.project());
        }
    }
    deadlines_.set(connection.id, session.deadline());
}

void RelayHost::set_timer()
{
    const auto first = deadlines_.first();
    if (!first)
        return timer_.cancel();
    timer_.set(*first, [this] { wake(); });
}

void RelayHost::wake()
{
    working_ = true;
    while (const auto due = deadlines_.take_due(now())) {
        Connection& connection = *connections_.at(*due);
        relay::RelayCommands out;
        connection.session.handle_timeout(now(), out);
        carry_out(connection, out);
        settle(connection);
    }
    work();
}

// ---- What a session asks ------------------------------------------------------------------------------------------

Result<ProjectId> RelayHost::authenticate(
    const ConnectionId& connection, const relay::Credentials& credentials, WallTime wall)
{
    return projects_.authenticate(connections_.at(connection)->address, credentials, wall, now());
}

std::optional<Error> RelayHost::admit_session(const ProjectId& project)
{
    if (is_draining_)
        return Error { ErrorKind::unavailable, "the server takes no new sessions" };
    return projects_.meters().connection(project);
}

std::optional<Error> RelayHost::admit_command(const ProjectId& project, Instant at)
{
    return projects_.meters().command(project, at);
}

relay::CallStanding RelayHost::standing(
    const ProjectId& project, const ConnectionId& connection, const CallId& call) const
{
    return register_.standing(project, connection, call);
}

// Also one whose connection seems to live: the client may know that it is dead before we do.
bool RelayHost::resumable(const ProjectId& project, std::string_view protocol) const
{
    const auto named = by_protocol_.find(protocol);
    if (named == by_protocol_.end())
        return false;
    const relay::RelaySession& session = connections_.at(named->second)->session;
    return session.can_resume() && session.project() == project;
}

std::string RelayHost::state_key(const ProjectId& project) const
{
    return projects_.state_key(project);
}

std::optional<std::size_t> RelayHost::max_events(const ProjectId& project) const
{
    return projects_.meters().limits(project).events;
}

// ---- Commands of a session ----------------------------------------------------------------------------------------

void RelayHost::carry_out(Connection& connection, relay::SendText& send)
{
    connection.socket->send(std::move(send.text));
    if (connection.socket->queued_bytes() > options_.policy.max_unread_hard
        && !std::exchange(connection.was_slow, true))
        handle(connection.id, relay::ClientDoesNotRead {});
}

void RelayHost::carry_out(Connection& connection, relay::CloseConnection& close)
{
    connection.socket->close(close.code, std::move(close.reason));
}

void RelayHost::carry_out(Connection& connection, relay::Forward& forward)
{
    register_.subscribe(forward.call, connection.id);
    if (std::holds_alternative<AnswerCall>(forward.command) || std::holds_alternative<StartAi>(forward.command))
        register_.answering(forward.call);
    offer(relay::CallCommanded { forward.call, connection.id });
    listener_.forward(forward.call, forward.request, std::move(forward.command));
}

void RelayHost::carry_out(Connection&, relay::ForwardDial& forward)
{
    listener_.dial(std::move(forward));
}

void RelayHost::carry_out(Connection& connection, relay::ContextsChanged& changed)
{
    for (const CallId& orphan : register_.orphans(changed.project))
        register_.subscribe(orphan, connection.id);
    offer(relay::ClientSubscribed { connection.id, changed.project, changed.contexts });
}

void RelayHost::carry_out(Connection& connection, relay::OfferAccepted& accepted)
{
    offer(relay::OfferAcknowledged { accepted.call, connection.id });
}

void RelayHost::carry_out(Connection& connection, relay::OfferInDoubt& doubt)
{
    offer(relay::OfferDoubtful { doubt.call, connection.id });
}

void RelayHost::carry_out(Connection& connection, relay::CallPassed& passed)
{
    register_.release(passed.call, connection.id);
    offer(relay::OfferPassed { passed.call, connection.id });
}

void RelayHost::carry_out(Connection& connection, relay::ResumeSession& resume)
{
    const auto named = by_protocol_.find(resume.protocol);
    VERIFY(named != by_protocol_.end()); // It was `resumable` just now.
    const ConnectionId before = std::exchange(named->second, connection.id);
    Connection& left = *connections_.at(before);
    close_retired(before); // Its numbers are older than what an answer may prove from now on.
    if (WebSocket* const socket = left.socket) {
        left.session.leave(now());
        detach(left);
        retire(*socket, connection.id);
    }
    register_.returned(before, connection.id);
    offer(relay::ClientReturned { before, connection.id });
    // What calls say and the old connection has not handled yet. Answers to its commands it gave up.
    for (auto& [id, event] : waiting_) {
        const bool of_a_call = std::holds_alternative<relay::CallNoticed>(event)
            || std::holds_alternative<relay::CallOffered>(event) || std::holds_alternative<relay::OfferWithdrawn>(event)
            || std::holds_alternative<relay::DialEnded>(event);
        if (id == before && of_a_call)
            id = connection.id;
    }
    deadlines_.set(before, std::nullopt);
    auto session = std::move(left.session);
    connections_.erase(before);
    relay::RelayCommands out;
    connection.session.resume(std::move(session), resume.received, now(), out);
    carry_out(connection, out);
}

// ---- Calls --------------------------------------------------------------------------------------------------------

void RelayHost::call_arrived(const CallFacts& call)
{
    calls_.emplace(call.id, KnownCall { call, clock_pair_now().wall });
    projects_.meters().call_began(call.project);
    register_.add(call.id, call.project);
    offer(relay::CallArrived { call.id, call.project, call.context });
}

void RelayHost::call_begun(const CallFacts& call, const std::string& owner)
{
    calls_.emplace(call.id, KnownCall { call, clock_pair_now().wall, CallState::created });
    projects_.meters().call_began(call.project);
    register_.add(call.id, call.project);
    register_.answering(call.id); // It does not ring for a program: there is nobody to pass it to.
    if (const auto session = by_protocol_.find(owner); session != by_protocol_.end())
        register_.subscribe(call.id, session->second);
    else if (const auto door = doors_.find(ConnectionId { owner }); door != doors_.end())
        door->second(relay::CallNoticed { call, CallStateChanged { CallState::created } });
}

void RelayHost::open_door(const ConnectionId& name, std::function<void(relay::RelayEvent)> door)
{
    doors_.insert_or_assign(name, std::move(door));
}

void RelayHost::tell(relay::RelayEvent event)
{
    if (const auto* dial = std::get_if<relay::DialEnded>(&event))
        return tell_owner(*dial);
    const RequestKey* request = nullptr;
    if (const auto* accept = std::get_if<Accept>(&event))
        request = &accept->request;
    else if (const auto* reject = std::get_if<Reject>(&event))
        request = &reject->request;
    if (request) {
        const ConnectionId asked_by = request->connection;
        const auto door = doors_.find(asked_by);
        return door != doors_.end() ? door->second(std::move(event)) : handle(asked_by, std::move(event));
    }
    const auto* noticed = std::get_if<relay::CallNoticed>(&event);
    if (!noticed)
        return;
    const CallId call = noticed->call.id;
    const auto* changed = std::get_if<CallStateChanged>(&noticed->notice);
    const auto known = calls_.find(call);
    if (changed && known != calls_.end())
        known->second.state = changed->state;
    if (changed && changed->state == CallState::answered)
        register_.answering(call);
    const std::vector<ConnectionId> subscribers = register_.subscribers(call);
    for (const ConnectionId& subscriber : subscribers)
        handle(subscriber, event);
    if (!changed || changed->state != CallState::ended)
        return;
    register_.end(call);
    if (known != calls_.end()) {
        projects_.meters().call_ended(known->second.facts.project);
        calls_.erase(known);
    }
    offer(relay::CallOver { call });
    if (is_draining_)
        for (const ConnectionId& subscriber : subscribers)
            send_idle_away(subscriber);
}

void RelayHost::tell_owner(const relay::DialEnded& dial)
{
    if (const auto session = by_protocol_.find(dial.owner); session != by_protocol_.end())
        handle(ConnectionId { session->second }, dial);
    else if (const auto door = doors_.find(ConnectionId { dial.owner }); door != doors_.end())
        door->second(dial);
    else if (dial.winner && register_.subscribers(dial.winner->id).empty())
        listener_.abandoned(dial.winner->id); // Who wanted it left while it rang.
}

const RelayHost::KnownCall* RelayHost::known(const CallId& call) const
{
    const auto found = calls_.find(call);
    return found == calls_.end() ? nullptr : &found->second;
}

void RelayHost::drain()
{
    is_draining_ = true;
    std::vector<ConnectionId> all;
    for (const auto& [id, connection] : connections_)
        all.push_back(id);
    for (const ConnectionId& id : all)
        send_idle_away(id);
}

void RelayHost::send_idle_away(const ConnectionId& connection)
{
    if (register_.calls_of(connection).empty())
        handle(connection, relay::ClientSentAway { relay::ClientSentAway::Session::dropped });
}

void RelayHost::stop()
{
    std::vector<ConnectionId> all;
    for (const auto& [id, connection] : connections_)
        all.push_back(id);
    for (const ConnectionId& id : all)
        handle(id, relay::ClientSentAway { relay::ClientSentAway::Session::kept });
}

// ---- Offers -------------------------------------------------------------------------------------------------------

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
            handle(asked->connection, relay::CallOffered { call->second.facts });
        } else if (const auto* taken = std::get_if<relay::CallTaken>(&command)) {
            log_.info("call taken", { { "call", taken->call }, { "connection", taken->connection } });
        } else if (const auto* withdrawn = std::get_if<relay::WithdrawOffer>(&command)) {
            register_.exclude(withdrawn->call, withdrawn->connection);
            if (const auto call = calls_.find(withdrawn->call); call != calls_.end())
                handle(withdrawn->connection, relay::OfferWithdrawn { call->second.facts });
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
