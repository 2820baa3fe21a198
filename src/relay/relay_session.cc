#include "relay/relay_session.h"

#include "relay/events.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace parley::relay {

namespace {

// RFC 6455 7.4.1
constexpr std::uint16_t close_going_away = 1001;
constexpr std::uint16_t close_policy = 1008;

constexpr std::string_view protocol_prefix = "signalwire_";
constexpr std::size_t signature_length = 32; // No `_` in it: clients split the protocol string there.

// A program that does not care how its action is called gets a name for it.
void name_action(CallCommand& command, IdSource& ids)
{
    const auto name = [&](auto* start) {
        if (start != nullptr && start->control_id.empty())
            start->control_id.value = ids.uuid();
    };
    name(std::get_if<StartAi>(&command));
    name(std::get_if<StartPlay>(&command));
    name(std::get_if<StartDigits>(&command));
}

} // namespace

RelaySession::RelaySession(RelayIdentity identity, RelayPolicy policy, const RelayDirectory& directory, IdSource ids,
    ClockPair clock, Log log, Instant now)
    : identity_(std::move(identity))
    , policy_(policy)
    , directory_(directory)
    , ids_(ids)
    , clock_(clock)
    , log_(std::move(log))
    , last_heard_(now)
    , next_ping_(now + policy.connect_within)
{
}

void RelaySession::handle(const RelayEvent& event, Instant now, RelayCommands& out)
{
    handle_timeout(now, out);
    if (stage_ == Stage::closed)
        return;
    std::visit([&](const auto& e) { on(e, now, out); }, event);
    flush(now, out);
}

bool RelaySession::leave()
{
    if (stage_ != Stage::connected)
        return false;
    stage_ = Stage::away;
    pending_.clear(); // Clients give up what was not answered on the connection that asked.
    return true;
}

void RelaySession::resume(RelaySession left, Instant now, RelayCommands& out)
{
    contexts_.merge(left.contexts_);
    out.emplace_back(ContextsChanged { project_, contexts_ });

    std::map<std::uint64_t, std::pair<std::string, Sent>> sent;
    for (auto& [id, event] : left.unacknowledged_) {
        const std::uint64_t order = event.order;
        sent.emplace(order, std::pair { id, std::move(event) });
    }
    // An offer is not made again: meanwhile it was another client's, or will be one of this connection.
    for (auto& [order, event] : sent) {
        if (!left.offers_.contains(event.first))
            queue_text(event.second.call, { event.first, std::move(event.second.text) }, now, out);
    }
    for (auto& [call, queue] : left.queues_) {
        std::vector<EventQueue::Event> waiting;
        queue.take_all(waiting);
        for (auto& event : waiting) {
            if (!left.offers_.contains(event.id))
                queue_text(call, std::move(event), now, out);
        }
    }
    log_.info("session resumed", { { "events", sent.size() }, { "contexts", contexts_.size() } });
    execute_early(now, out);
    flush(now, out);
}

void RelaySession::handle_timeout(Instant now, RelayCommands& out)
{
    switch (stage_) {
    case Stage::away:
    case Stage::closed: return;
    case Stage::unauthenticated:
        if (next_ping_ <= now)
            close(close_policy, "signalwire.connect did not come in time", out);
        return;
    case Stage::stopping:
        flush(now, out);
        if (next_ping_ <= now)
            close(close_going_away, "the server stops", out);
        return;
    case Stage::connected:
        flush(now, out);
        if (last_heard_ + policy_.dead_after <= now)
            close(close_policy, "the client was silent for too long", out);
        else if (next_ping_ <= now)
            ping(now, out);
        return;
    }
}

std::optional<Instant> RelaySession::deadline() const
{
    if (stage_ == Stage::closed || stage_ == Stage::away)
        return std::nullopt;
    auto first = next_ping_;
    if (stage_ == Stage::connected)
        first = std::min(first, last_heard_ + policy_.dead_after);
    for (const auto& [call, queue] : queues_) {
        if (const auto leaves = queue.deadline())
            first = std::min(first, *leaves);
    }
    return first;
}

void RelaySession::on(const TextArrived& e, Instant now, RelayCommands& out)
{
    last_heard_ = now;
    const auto frame = decode_frame(e.text);
    std::visit([&](const auto& f) { on_frame(f, now, out); }, frame);
}

void RelaySession::on_frame(const RpcFault& fault, Instant now, RelayCommands& out)
{
    log_.warning("frame rejected", { { "why", fault.message } });
    // Clients expect nothing before the answer to `signalwire.connect`, but who writes nonsense has to be told. Not for
    // ever: nobody authenticated yet.
    if (stage_ == Stage::unauthenticated && ++early_faults_ > policy_.max_early_frames)
        return close(close_policy, "too many messages before signalwire.connect", out);
    out.emplace_back(SendText { encode_error(fault.id, fault.code, fault.message) });
    last_response_ = now;
}

void RelaySession::on_frame(const RpcResponse& response, Instant, RelayCommands& out)
{
    if (unacknowledged_.erase(response.id) == 0)
        return; // A pong, or nothing of ours.
    if (const auto offer = offers_.extract(response.id))
        out.emplace_back(OfferAccepted { offer.mapped() });
}

void RelaySession::on_frame(const RpcRequest& request, Instant now, RelayCommands& out)
{
    if (stage_ != Stage::unauthenticated || request.method == "signalwire.connect")
        return execute(request, now, out);
    // Clients pipeline commands behind `signalwire.connect`; some may overtake it. They wait for it.
    if (early_.size() >= policy_.max_early_frames)
        return close(close_policy, "too many messages before signalwire.connect", out);
    early_.push_back(request);
}

void RelaySession::execute(const RpcRequest& request, Instant now, RelayCommands& out)
{
    if (stage_ == Stage::closed)
        return;
    const auto decoded = decode_method(request.method, request.params);
    if (const auto* method = std::get_if<RelayRequest>(&decoded))
        return std::visit([&](const auto& r) { perform(request.id, r, now, out); }, *method);
    if (const auto* error = std::get_if<Error>(&decoded)) {
        // Clients apply no code check to the result of `signalwire.connect`: it has to be an error of the envelope.
        if (request.method == "signalwire.connect")
            return on_frame(RpcFault { request.id, RpcCode::invalid_params, error->what }, now, out);
        const auto* call = request.params.find("call_id");
        return answer_error(
            request.id, *error, CallId { call && call->is_string() ? call->as_string() : "" }, now, out);
    }
    out.emplace_back(SendText {
        encode_error(request.id, RpcCode::method_not_found, "Method not found: " + request.method.substr(0, 100)) });
    last_response_ = now;
}

void RelaySession::perform(const Json& id, const Connect& connect, Instant now, RelayCommands& out)
{
    if (stage_ != Stage::unauthenticated) {
        out.emplace_back(
            SendText { encode_error(id, RpcCode::invalid_request, "signalwire.connect: already connected") });
        last_response_ = now;
        return;
    }
    if (!directory_.authentic(connect.project, connect.token)) {
        log_.warning("client refused", { { "project", connect.project } });
        return refuse_authentication(id, out);
    }
    const bool is_restored = !connect.protocol.empty() && directory_.resumable(connect.project, connect.protocol);
    welcome(id, connect, is_restored, now, out);
    if (is_restored)
        out.emplace_back(ResumeSession { protocol_ }); // What came early waits for it.
    else
        execute_early(now, out);
}

void RelaySession::execute_early(Instant now, RelayCommands& out)
{
    const auto early = std::exchange(early_, {});
    for (const auto& request : early)
        execute(request, now, out);
}

// An answer first, then the close: a client that is only closed waits its whole timeout.
void RelaySession::refuse_authentication(const Json& id, RelayCommands& out)
{
    out.emplace_back(SendText { encode_error(id, RpcCode::authentication_failed,
        "Authentication service failed with status ProtocolError, 401 Unauthorized: {}",
        { { "signalwire_error_code", "AUTH_REQUIRED" } }) });
    close(close_policy, "authentication failed", out);
}

void RelaySession::welcome(const Json& id, const Connect& connect, bool is_restored, Instant now, RelayCommands& out)
{
    stage_ = Stage::connected;
    project_ = connect.project;
    event_acks_ = connect.event_acks;
    contexts_ = connect.contexts;
    next_ping_ = now + policy_.ping_every;
    protocol_ = is_restored ? connect.protocol : new_protocol();
    const auto signature = protocol_.substr(protocol_prefix.size(), signature_length);
    out.emplace_back(SendText { encode_result(id,
        {
            { "identity", ids_.uuid() + "@" + identity_.node.value },
            { "protocol", protocol_ },
            { "sessionid", ids_.uuid() },
            { "session_restored", is_restored },
            { "nodeid", identity_.node.value },
            { "authorization",
                Json::Object {
                    { "project", project_.value },
                    { "project_id", project_.value },
                    { "type", "token" },
                    { "scopes", Json::Array { "calling" } },
                    { "signature", signature },
                } },
        }) });
    last_response_ = now;
    log_.info("client connected",
        { { "project", project_ }, { "agent", connect.agent.substr(0, 100) }, { "contexts", contexts_.size() } });
    if (!is_restored)
        out.emplace_back(ContextsChanged { project_, contexts_ });
}

void RelaySession::perform(const Json& id, const Receive& receive, Instant now, RelayCommands& out)
{
    auto contexts = contexts_;
    contexts.insert(receive.contexts.begin(), receive.contexts.end());
    if (contexts.size() > policy_.max_contexts) {
        const Error error { ErrorKind::limit_reached,
            "contexts: at most " + std::to_string(policy_.max_contexts) + " for one client" };
        return answer_error(id, error, {}, now, out);
    }
    contexts_ = std::move(contexts);
    answer(id, success_result("Receiving events"), now, out);
    out.emplace_back(ContextsChanged { project_, contexts_ });
}

void RelaySession::perform(const Json& id, const Unreceive& unreceive, Instant now, RelayCommands& out)
{
    for (const auto& context : unreceive.contexts)
        contexts_.erase(context);
    answer(id, success_result("Unreceiving events"), now, out);
    out.emplace_back(ContextsChanged { project_, contexts_ });
}

void RelaySession::perform(const Json& id, const Ping& ping, Instant now, RelayCommands& out)
{
    answer(id, { { "timestamp", ping.timestamp ? *ping.timestamp : Json(wall_seconds(now)) } }, now, out);
}

void RelaySession::perform(const Json& id, const CommandCall& command, Instant now, RelayCommands& out)
{
    switch (directory_.standing(project_, identity_.connection, command.call)) {
    case CallStanding::unknown:
        return answer(id, failure_result("404", "call_id: no such call", command.call), now, out);
    case CallStanding::ended:
        return answer(id, failure_result("410", "call_id: the call has ended", command.call), now, out);
    case CallStanding::live: break;
    }
    const auto of_call = [&](const auto& pending) { return pending.second.call == command.call; };
    if (static_cast<std::size_t>(std::ranges::count_if(pending_, of_call)) >= policy_.max_pending_commands)
        return answer_error(id, { ErrorKind::limit_reached, "too many commands of this call wait for their answer" },
            command.call, now, out);
    if (unacknowledged_.size() >= policy_.max_unacknowledged)
        return answer_error(
            id, { ErrorKind::limit_reached, "too many events are not acknowledged" }, command.call, now, out);

    const RequestKey key { identity_.connection, ++requests_ };
    pending_.emplace(key.number, Pending { id, command.call, command.warnings });
    auto forwarded = command.command;
    name_action(forwarded, ids_);
    out.emplace_back(Forward { command.call, key, std::move(forwarded) });
}

void RelaySession::perform(const Json& id, const DialCall& dial, Instant now, RelayCommands& out)
{
    const auto is_dial = [](const auto& pending) { return pending.second.call.empty(); };
    if (static_cast<std::size_t>(std::ranges::count_if(pending_, is_dial)) >= policy_.max_pending_commands)
        return answer_error(id, { ErrorKind::limit_reached, "too many dials wait for their answer" }, {}, now, out);
    if (unacknowledged_.size() >= policy_.max_unacknowledged)
        return answer_error(id, { ErrorKind::limit_reached, "too many events are not acknowledged" }, {}, now, out);
    const RequestKey key { identity_.connection, ++requests_ };
    pending_.emplace(key.number, Pending { id, {}, {} });
    out.emplace_back(ForwardDial { key, protocol_, project_, dial.spec });
}

void RelaySession::on(const Accept& accept, Instant now, RelayCommands& out)
{
    const auto found = pending_.find(accept.request.number);
    if (found == pending_.end())
        return;
    const auto pending = std::move(found->second);
    pending_.erase(found);
    auto result = success_result(accept.message, pending.call, accept.control_id);
    if (!pending.warnings.empty())
        result["warnings"] = Json::Array(pending.warnings.begin(), pending.warnings.end());
    answer(pending.id, std::move(result), now, out);
}

void RelaySession::on(const Reject& reject, Instant now, RelayCommands& out)
{
    const auto found = pending_.find(reject.request.number);
    if (found == pending_.end())
        return;
    const auto pending = std::move(found->second);
    pending_.erase(found);
    answer_error(pending.id, reject.error, pending.call, now, out);
}

void RelaySession::on(const CallOffered& e, Instant now, RelayCommands& out)
{
    if (stage_ == Stage::unauthenticated || stage_ == Stage::away)
        return;
    queue_event(e.call, call_receive_event(e.call, protocol_, identity_.space_id), EventPurpose::offer, now, out);
}

void RelaySession::on(const OfferWithdrawn& e, Instant now, RelayCommands& out)
{
    // Not a state of the call, but of what this client has of it: somebody else answered, as in SIP forking.
    on(CallNoticed { e.call, CallStateChanged { CallState::ended, CallEndReason::cancel } }, now, out);
}

void RelaySession::on(const CallNoticed& e, Instant now, RelayCommands& out)
{
    if (stage_ != Stage::unauthenticated)
        queue_event(e.call, notice_event(e.call, e.notice), EventPurpose::news, now, out);
}

// Behind what the winner's call told so far; a dial that failed has no call.
void RelaySession::on(const DialEnded& e, Instant now, RelayCommands& out)
{
    if (stage_ == Stage::unauthenticated)
        return;
    CallFacts call = e.winner.value_or(CallFacts {});
    call.project = e.project;
    call.node = e.node;
    auto event = e.winner ? dial_answered_event(call) : dial_failed_event(e.node, e.tag, e.reason);
    queue_event(call, std::move(event), EventPurpose::news, now, out);
}

void RelaySession::on(const ServerStopping&, Instant now, RelayCommands& out)
{
    if (stage_ == Stage::unauthenticated)
        return close(close_going_away, "the server stops", out);
    if (stage_ == Stage::stopping || stage_ == Stage::away)
        return;
    stage_ = Stage::stopping;
    next_ping_ = now + policy_.close_after;
    out.emplace_back(SendText { encode_request(ids_.uuid(), "signalwire.disconnect", {}) });
}

void RelaySession::answer(const Json& id, Json::Object result, Instant now, RelayCommands& out)
{
    out.emplace_back(SendText { encode_result(id, std::move(result)) });
    last_response_ = now;
}

void RelaySession::answer_error(const Json& id, const Error& error, const CallId& call, Instant now, RelayCommands& out)
{
    answer(id, failure_result(result_code(error.kind), error.what, call), now, out);
}

void RelaySession::queue_event(
    const CallFacts& call, EncodedEvent event, EventPurpose purpose, Instant now, RelayCommands& out)
{
    const auto id = ids_.uuid();
    auto text = encode_event({ id, protocol_, wall_seconds(now), identity_.space_id }, call, std::move(event));
    queue_text(call.id, { id, std::move(text) }, now, out);
    if (purpose == EventPurpose::offer)
        offers_.emplace(id, call.id);
}

void RelaySession::queue_text(const CallId& call, EventQueue::Event event, Instant now, RelayCommands& out)
{
    if (stage_ != Stage::closed && !queues_[call].push(std::move(event), now, last_response_))
        close(close_policy, "too many events wait for this client", out);
}

void RelaySession::flush(Instant now, RelayCommands& out)
{
    if (stage_ == Stage::away)
        return;
    for (auto queue = queues_.begin(); queue != queues_.end();) {
        std::vector<EventQueue::Event> leaving;
        queue->second.take(now, leaving);
        for (auto& event : leaving) {
            if (stage_ == Stage::closed)
                return;
            send_event(queue->first, std::move(event), out);
        }
        queue = queue->second.empty() ? queues_.erase(queue) : std::next(queue);
    }
}

void RelaySession::send_event(const CallId& call, EventQueue::Event event, RelayCommands& out)
{
    out.emplace_back(SendText { event.text });
    if (!event_acks_) {
        // This client acknowledges nothing: what was sent to it counts as taken.
        if (const auto offer = offers_.extract(event.id))
            out.emplace_back(OfferAccepted { offer.mapped() });
        return;
    }
    unacknowledged_.insert_or_assign(std::move(event.id), Sent { ++sent_, call, std::move(event.text) });
    if (unacknowledged_.size() >= policy_.max_unacknowledged_hard)
        close(close_policy, "too many events are not acknowledged", out);
}

// The signature stands in it a second time: clients only offer a session again whose two signatures agree.
std::string RelaySession::new_protocol()
{
    const auto signature = ids_.token(signature_length);
    return std::string(protocol_prefix) + signature + "_" + ids_.uuid();
}

void RelaySession::ping(Instant now, RelayCommands& out)
{
    next_ping_ = now + policy_.ping_every;
    out.emplace_back(
        SendText { encode_request(ids_.uuid(), "signalwire.ping", { { "timestamp", wall_seconds(now) } }) });
}

void RelaySession::close(std::uint16_t code, std::string reason, RelayCommands& out)
{
    stage_ = Stage::closed;
    log_.info("client closed", { { "why", reason } });
    out.emplace_back(CloseConnection { code, std::move(reason) });
}

double RelaySession::wall_seconds(Instant now) const
{
    return static_cast<double>(clock_.at(now).microseconds) / 1e6;
}

} // namespace parley::relay
