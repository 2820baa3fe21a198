// What clients ask, and what they are answered at once.
#include "relay/authorization_state.h"
#include "relay/events.h"
#include "relay/relay_session.h"

#include <algorithm>
#include <utility>

namespace parley::relay {

namespace {

// RFC 6455 7.4.1 and its registry.
constexpr std::uint16_t close_policy = 1008;
constexpr std::uint16_t close_try_again_later = 1013;

constexpr std::string_view protocol_prefix = "signalwire_";
constexpr std::size_t signature_length = 32; // No `_` in it: clients split the protocol string there.

// Clients that keep the authorization state and show it again; the JavaScript ones of 3.0 do not.
bool shows_state(int version)
{
    return version == 2 || version == 4;
}

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

void RelaySession::execute(const RpcRequest& request, Instant now, RelayCommands& out)
{
    if (stage_ == Stage::closed)
        return;
    const auto decoded = decode_method(request.method, request.params, directory_.agents());
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

void RelaySession::execute_early(Instant now, RelayCommands& out)
{
    const auto early = std::exchange(early_, {});
    for (const auto& request : early)
        execute(request, now, out);
}

// ---- signalwire.connect -------------------------------------------------------------------------------------------

void RelaySession::perform(const Json& id, const Connect& connect, Instant now, RelayCommands& out)
{
    if (stage_ != Stage::unauthenticated) {
        out.emplace_back(
            SendText { encode_error(id, RpcCode::invalid_request, "signalwire.connect: already connected") });
        last_response_ = now;
        return;
    }
    auto project = directory_.authenticate(identity_.connection, connect.credentials, clock_.at(now));
    if (!project)
        return refuse(id, project.error(), out);
    project_ = std::move(*project);
    const bool is_restored = !connect.protocol.empty() && directory_.resumable(project_, connect.protocol);
    if (!is_restored) {
        if (const auto error = directory_.admit_session(project_))
            return refuse(id, *error, out);
    }
    contexts_ = connect.contexts;
    std::uint64_t received = 0;
    // A state that is no state, of somebody else or too old is not there: the credentials have said enough.
    auto state
        = unseal(connect.authorization_state, directory_.state_key(project_), clock_.at(now), policy_.state_life);
    if (state && state->project == project_ && state->protocol == connect.protocol) {
        if (is_restored)
            received = state->received;
        else if (contexts_.size() + state->contexts.size() <= policy_.max_contexts)
            contexts_.merge(state->contexts); // The session is gone; what it received need not be.
    }
    welcome(id, connect, is_restored, now, out);
    if (is_restored)
        out.emplace_back(ResumeSession { protocol_, received }); // What came early waits for it.
    else
        execute_early(now, out);
}

// An answer first, then the close: a client that is only closed waits its whole timeout.
void RelaySession::refuse(const Json& id, const Error& error, RelayCommands& out)
{
    log_.warning("client refused", { { "why", error.what } });
    if (error.kind == ErrorKind::unauthenticated) {
        out.emplace_back(SendText { encode_error(id, RpcCode::authentication_failed,
            "Authentication service failed with status ProtocolError, 401 Unauthorized: {}",
            { { "signalwire_error_code", "AUTH_REQUIRED" } }) });
        return close(close_policy, "authentication failed", out);
    }
    const auto code = error.kind == ErrorKind::limit_reached ? RpcCode::limit_reached : RpcCode::unavailable;
    out.emplace_back(SendText { encode_error(id, code, error.what) });
    close(close_try_again_later, error.what, out);
}

void RelaySession::welcome(const Json& id, const Connect& connect, bool is_restored, Instant now, RelayCommands& out)
{
    stage_ = Stage::connected;
    event_acks_ = connect.event_acks;
    wants_state_ = event_acks_ && shows_state(connect.version);
    next_ = now + policy_.ping_every;
    protocol_ = is_restored ? connect.protocol : new_protocol();
    const bool by_jwt = !connect.credentials.jwt.empty();
    Json::Object result {
        { "identity", ids_.uuid() + "@" + identity_.node.value },
        { "protocol", protocol_ },
        { "sessionid", ids_.uuid() },
        { "session_restored", is_restored },
        { "nodeid", identity_.node.value },
        { "authorization",
            Json::Object {
                { "project", project_.value },
                { "project_id", project_.value },
                { "type", by_jwt ? "jwt" : "token" },
                { "scopes", Json::Array { "calling" } },
                { "signature", protocol_.substr(protocol_prefix.size(), signature_length) },
            } },
    };
    if (by_jwt) // Go clients overwrite their own with it; others would take it for theirs.
        result["jwt_token"] = connect.credentials.jwt;
    out.emplace_back(SendText { encode_result(id, std::move(result)) });
    last_response_ = now;
    if (wants_state_)
        state_due_ = now + EventQueue::response_gap;
    log_.info("client connected",
        { { "project", project_ }, { "agent", connect.agent.substr(0, 100) }, { "contexts", contexts_.size() } });
    if (!is_restored)
        out.emplace_back(ContextsChanged { project_, contexts_ });
}

// The signature stands in it a second time: clients only offer a session again whose two signatures agree.
std::string RelaySession::new_protocol()
{
    const auto signature = ids_.token(signature_length);
    return std::string(protocol_prefix) + signature + "_" + ids_.uuid();
}

// ---- signalwire.receive, unreceive, ping --------------------------------------------------------------------------

void RelaySession::perform(const Json& id, const Receive& receive, Instant now, RelayCommands& out)
{
    auto contexts = contexts_;
    contexts.insert(receive.contexts.begin(), receive.contexts.end());
    if (contexts.size() > policy_.max_contexts) {
        const Error error { ErrorKind::limit_reached,
            "contexts: at most " + std::to_string(policy_.max_contexts) + " for one client" };
        return answer_error(id, error, {}, now, out);
    }
    for (const auto& context : receive.contexts)
        unreceived_.erase(context);
    contexts_ = std::move(contexts);
    if (wants_state_)
        state_due_ = now + EventQueue::response_gap;
    answer(id, success_result("Receiving events"), now, out);
    out.emplace_back(ContextsChanged { project_, contexts_ });
}

void RelaySession::perform(const Json& id, const Unreceive& unreceive, Instant now, RelayCommands& out)
{
    for (const auto& context : unreceive.contexts) {
        contexts_.erase(context);
        if (unreceived_.size() < policy_.max_contexts)
            unreceived_.insert(context);
    }
    if (wants_state_)
        state_due_ = now + EventQueue::response_gap;
    answer(id, success_result("Unreceiving events"), now, out);
    out.emplace_back(ContextsChanged { project_, contexts_ });
}

void RelaySession::perform(const Json& id, const Ping& ping, Instant now, RelayCommands& out)
{
    answer(id, { { "timestamp", ping.timestamp ? *ping.timestamp : Json(wall_seconds(now)) } }, now, out);
}

// ---- calling.* ----------------------------------------------------------------------------------------------------

bool RelaySession::refused(const Json& id, const CallId& call, Instant now, RelayCommands& out)
{
    const auto refuse_with = [&](const Error& error) {
        answer_error(id, error, call, now, out);
        return true;
    };
    switch (directory_.standing(project_, identity_.connection, call)) {
    case CallStanding::unknown: answer(id, failure_result("404", "call_id: no such call", call), now, out); return true;
    case CallStanding::ended:
        answer(id, failure_result("410", "call_id: the call has ended", call), now, out);
        return true;
    case CallStanding::ringing:
    case CallStanding::live: break;
    }
    if (const auto error = directory_.admit_command(project_, now))
        return refuse_with(*error);
    const auto of_call = [&](const auto& pending) { return pending.second.call == call; };
    if (static_cast<std::size_t>(std::ranges::count_if(pending_, of_call)) >= policy_.max_pending_commands)
        return refuse_with({ ErrorKind::limit_reached, "too many commands of this call wait for their answer" });
    if (const auto error = lagging())
        return refuse_with(*error);
    return false;
}

std::optional<Error> RelaySession::lagging() const
{
    if (outbox_.unacknowledged() >= max_unacknowledged())
        return Error { ErrorKind::limit_reached, "limits.events: too many events are not acknowledged" };
    if (unread_ >= policy_.max_unread)
        return Error { ErrorKind::limit_reached, "too much was sent to this client and not read" };
    return std::nullopt;
}

void RelaySession::perform(const Json& id, const CommandCall& command, Instant now, RelayCommands& out)
{
    if (refused(id, command.call, now, out))
        return;
    const RequestKey key { identity_.connection, ++requests_ };
    pending_.emplace(key.number, Pending { id, command.call, command.warnings, now });
    auto forwarded = command.command;
    name_action(forwarded, ids_);
    out.emplace_back(Forward { command.call, key, std::move(forwarded) });
}

void RelaySession::perform(const Json& id, const DialCall& dial, Instant now, RelayCommands& out)
{
    const auto refuse_with = [&](const Error& error) { answer_error(id, error, {}, now, out); };
    if (const auto error = directory_.admit_command(project_, now))
        return refuse_with(*error);
    const auto is_dial = [](const auto& pending) { return pending.second.call.empty(); };
    if (static_cast<std::size_t>(std::ranges::count_if(pending_, is_dial)) >= policy_.max_pending_commands)
        return refuse_with({ ErrorKind::limit_reached, "too many dials wait for their answer" });
    if (const auto error = lagging())
        return refuse_with(*error);
    const RequestKey key { identity_.connection, ++requests_ };
    pending_.emplace(key.number, Pending { id, {}, {}, now });
    out.emplace_back(ForwardDial { key, protocol_, project_, dial.spec });
}

void RelaySession::perform(const Json& id, const PassCall& pass, Instant now, RelayCommands& out)
{
    if (refused(id, pass.call, now, out))
        return;
    if (directory_.standing(project_, identity_.connection, pass.call) == CallStanding::live)
        return answer_error(
            id, { ErrorKind::conflict, "call_id: only a call that rings can be passed on" }, pass.call, now, out);
    answer(id, success_result("Passing call", pass.call), now, out);
    out.emplace_back(CallPassed { pass.call });
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

} // namespace parley::relay
