#include "relay/relay_session.h"

#include "relay/authorization_state.h"
#include "relay/events.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace parley::relay {

namespace {

// RFC 6455 7.4.1 and its registry.
constexpr std::uint16_t close_going_away = 1001;
constexpr std::uint16_t close_policy = 1008;
constexpr std::uint16_t close_try_again_later = 1013;

constexpr double frame_burst_seconds = 4;

} // namespace

RelaySession::RelaySession(RelayIdentity identity, RelayPolicy policy, RelayDirectory& directory, IdSource ids,
    ClockPair clock, Log log, Instant now)
    : identity_(std::move(identity))
    , policy_(policy)
    , directory_(directory)
    , ids_(ids)
    , clock_(clock)
    , log_(std::move(log))
    , frames_(policy.frames_per_second, policy.frames_per_second * frame_burst_seconds, now)
    , last_heard_(now)
    , next_(now + policy.connect_within)
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

bool RelaySession::leave(Instant now)
{
    if (!can_resume())
        return false;
    if (stage_ != Stage::away) {
        stage_ = Stage::away;
        next_ = now + policy_.resume_within;
    }
    pending_.clear(); // Clients give up what was not answered on the connection that asked.
    return true;
}

void RelaySession::resume(RelaySession left, std::uint64_t received, Instant now, RelayCommands& out)
{
    // What the client unreceived stays so, though it repeats the contexts that it began with.
    for (const auto& context : left.unreceived_)
        contexts_.erase(context);
    contexts_.merge(left.contexts_);
    unreceived_ = std::move(left.unreceived_);
    outbox_ = std::move(left.outbox_);
    // The client has at most what left.
    const auto rewound = outbox_.rewind(std::min(received, outbox_.sent()), now);
    log_.info("session resumed",
        { { "events", outbox_.events() }, { "again", rewound.events }, { "contexts", contexts_.size() } });
    for (const auto& call : rewound.taken)
        out.emplace_back(OfferAccepted { call });
    execute_early(now, out); // A command takes its call, whatever became of the offer.
    for (const auto& call : rewound.doubtful)
        out.emplace_back(OfferInDoubt { call });
    out.emplace_back(ContextsChanged { project_, contexts_ });
    flush(now, out);
}

void RelaySession::handle_timeout(Instant now, RelayCommands& out)
{
    switch (stage_) {
    case Stage::closed: return;
    case Stage::away:
        if (next_ <= now) {
            stage_ = Stage::closed;
            log_.info("session is over: its client did not come back", { { "events", outbox_.events() } });
        }
        return;
    case Stage::unauthenticated:
        if (next_ <= now)
            close(close_policy, "signalwire.connect did not come in time", out);
        return;
    case Stage::leaving:
        give_up_answers(now, out);
        flush(now, out);
        if (next_ > now || stage_ == Stage::closed)
            return;
        if (forget_)
            close(close_going_away, "connect again", out);
        else
            go_away(close_going_away, "connect again", now, out);
        return;
    case Stage::connected:
        give_up_answers(now, out);
        flush(now, out);
        if (stage_ != Stage::connected)
            return;
        if (last_heard_ + policy_.dead_after <= now)
            go_away(close_policy, "the client was silent for too long", now, out);
        else if (next_ <= now)
            ping(now, out);
        return;
    }
}

std::optional<Instant> RelaySession::deadline() const
{
    if (stage_ == Stage::closed)
        return std::nullopt;
    if (stage_ == Stage::away)
        return next_;
    auto first = next_;
    if (stage_ == Stage::connected)
        first = std::min(first, last_heard_ + policy_.dead_after);
    if (const auto leaves = outbox_.deadline())
        first = std::min(first, *leaves);
    if (state_due_)
        first = std::min(first, *state_due_);
    if (!pending_.empty())
        first = std::min(first, pending_.begin()->second.asked + policy_.answer_within);
    return first;
}

void RelaySession::on(const TextArrived& e, Instant now, RelayCommands& out)
{
    if (stage_ == Stage::away)
        return; // What still comes from a connection that was given up.
    last_heard_ = now;
    unread_ = e.unread;
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
    if (!frames_.take(now)) {
        if (++excess_frames_ > policy_.max_excess_frames)
            close(close_policy, "too many messages", out);
        return;
    }
    out.emplace_back(SendText { encode_error(fault.id, fault.code, fault.message) });
    last_response_ = now;
}

void RelaySession::on_frame(const RpcResponse& response, Instant, RelayCommands& out)
{
    if (const auto offered = outbox_.acknowledge(response.id))
        out.emplace_back(OfferAccepted { *offered });
}

void RelaySession::on_frame(const RpcRequest& request, Instant now, RelayCommands& out)
{
    if (stage_ == Stage::unauthenticated && request.method != "signalwire.connect") {
        // Clients pipeline commands behind `signalwire.connect`; some may overtake it. They wait for it.
        if (early_.size() >= policy_.max_early_frames)
            return close(close_policy, "too many messages before signalwire.connect", out);
        early_.push_back(request);
        return;
    }
    if (frames_.take(now)) {
        excess_frames_ = 0;
        return execute(request, now, out);
    }
    if (++excess_frames_ > policy_.max_excess_frames)
        return close(close_policy, "too many messages", out);
    answer_error(request.id, { ErrorKind::limit_reached, "too many messages in a short time" }, {}, now, out);
}

// ---- What calls say -----------------------------------------------------------------------------------------------

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
    queue_event(e.call, call_receive_event(e.call, protocol_, identity_.space_id), Purpose::offer, now, out);
}

void RelaySession::on(const OfferWithdrawn& e, Instant now, RelayCommands& out)
{
    // Not a state of the call, but of what this client has of it: somebody else answered, as in SIP forking.
    on(CallNoticed { e.call, CallStateChanged { CallState::ended, CallEndReason::cancel } }, now, out);
}

void RelaySession::on(const CallNoticed& e, Instant now, RelayCommands& out)
{
    if (stage_ != Stage::unauthenticated)
        queue_event(e.call, notice_event(e.call, e.notice), Purpose::news, now, out);
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
    queue_event(call, std::move(event), Purpose::news, now, out);
}

void RelaySession::on(const ClientSentAway& e, Instant now, RelayCommands& out)
{
    if (stage_ == Stage::unauthenticated)
        return close(close_going_away, "connect again", out);
    if (stage_ != Stage::connected)
        return;
    stage_ = Stage::leaving;
    forget_ = e.session == ClientSentAway::Session::dropped;
    next_ = now + policy_.close_after;
    // Never with restart: SDKs would forget their authorization state, and with it the contexts that `receive` added.
    // Whoever they come to, this server once it is back or another one, takes them as new ones if it does not know the
    // session.
    ask("signalwire.disconnect", { { "restart", false } }, out);
}

void RelaySession::on(const ClientDoesNotRead&, Instant now, RelayCommands& out)
{
    if (stage_ == Stage::unauthenticated)
        return close(close_try_again_later, "the client does not read", out);
    if (stage_ != Stage::away)
        go_away(close_try_again_later, "the client does not read", now, out);
}

void RelaySession::on(const LateTextArrived& e, Instant, RelayCommands& out)
{
    const auto frame = decode_frame(e.text);
    const auto* answer = std::get_if<RpcResponse>(&frame);
    if (answer == nullptr)
        return; // Requests were given up with their connection.
    for (const auto& offered : outbox_.acknowledge_late(answer->id))
        out.emplace_back(OfferAccepted { offered });
}

// ---- Events -------------------------------------------------------------------------------------------------------

void RelaySession::queue_event(
    const CallFacts& call, EncodedEvent event, Purpose purpose, Instant now, RelayCommands& out)
{
    if (stage_ == Stage::closed)
        return;
    const auto id = ids_.uuid();
    auto text = encode_event({ id, protocol_, wall_seconds(now), identity_.space_id }, call, std::move(event));
    const Outbox::Limits limits { max_unacknowledged() * policy_.max_events_factor, policy_.max_event_bytes };
    if (!outbox_.push(call.id, { id, std::move(text), purpose }, now, last_response_, limits))
        close(close_policy, "too many events wait for this client", out);
}

void RelaySession::flush(Instant now, RelayCommands& out)
{
    if (stage_ != Stage::connected && stage_ != Stage::leaving)
        return;
    std::vector<Outbox::Leaving> leaving;
    outbox_.take(now, event_acks_ ? Outbox::Keep::yes : Outbox::Keep::no, leaving);
    for (auto& event : leaving) {
        out.emplace_back(SendText { std::move(event.text) });
        if (event.taken)
            out.emplace_back(OfferAccepted { *event.taken });
    }
    if (!leaving.empty() && wants_state_)
        state_due_ = std::max(now, state_given_ + policy_.state_every);
    if (state_due_ && *state_due_ <= now)
        give_state(now, out);
}

void RelaySession::give_state(Instant now, RelayCommands& out)
{
    state_given_ = now;
    state_due_ = now + policy_.state_life / 2;
    const AuthorizationState state { project_, protocol_, contexts_, outbox_.sent(), clock_.at(now) };
    ask("signalwire.event",
        {
            { "event_type", "signalwire.authorization.state" },
            { "event_channel", protocol_ },
            { "timestamp", wall_seconds(now) },
            { "project_id", project_.value },
            { "params", Json::Object { { "authorization_state", seal(state, directory_.state_key(project_)) } } },
        },
        out);
}

// Every request gets its answer, whatever became of the call's.
void RelaySession::give_up_answers(Instant now, RelayCommands& out)
{
    while (!pending_.empty() && pending_.begin()->second.asked + policy_.answer_within <= now) {
        const auto pending = std::move(pending_.begin()->second);
        pending_.erase(pending_.begin()); // They are numbered in the order of asking.
        answer_error(pending.id, { ErrorKind::timed_out, "the call did not answer in time" }, pending.call, now, out);
    }
}

void RelaySession::ping(Instant now, RelayCommands& out)
{
    next_ = now + policy_.ping_every;
    ask("signalwire.ping", { { "timestamp", wall_seconds(now) } }, out);
}

void RelaySession::ask(std::string_view method, Json::Object params, RelayCommands& out)
{
    auto id = ids_.uuid();
    out.emplace_back(SendText { encode_request(id, method, std::move(params)) });
    outbox_.mark(std::move(id));
}

void RelaySession::go_away(std::uint16_t code, std::string reason, Instant now, RelayCommands& out)
{
    log_.info("connection given up", { { "why", reason } });
    leave(now);
    out.emplace_back(CloseConnection { code, std::move(reason) });
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

std::size_t RelaySession::max_unacknowledged() const
{
    return directory_.max_events(project_).value_or(policy_.max_unacknowledged);
}

} // namespace parley::relay
