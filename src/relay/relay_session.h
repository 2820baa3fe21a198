#pragma once

#include "base/id.h"
#include "base/log.h"
#include "base/time.h"
#include "base/token_bucket.h"
#include "call/call.h"
#include "call/call_facts.h"
#include "call/dial.h"
#include "relay/call_register.h"
#include "relay/events.h"
#include "relay/methods.h"
#include "relay/outbox.h"
#include "relay/rpc.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

// RELAY as one WebSocket sees it: who is there, what may be asked, what is answered, and which event follows when.
// Knows texts and call commands; knows nothing of sockets, threads or of what a call does with a command.
namespace parley::relay {

// What a session has to ask others.
class RelayDirectory {
public:
    virtual ~RelayDirectory() = default;
    // Whom the credentials speak for. `unauthenticated`, or `limit_reached` after too many that were wrong.
    virtual Result<ProjectId> authenticate(const ConnectionId&, const Credentials&, WallTime) = 0;
    // May another session of the project begin? `limit_reached` or `unavailable`.
    virtual std::optional<Error> admit_session(const ProjectId&) { return std::nullopt; }
    // May the project give another command? `limit_reached`.
    virtual std::optional<Error> admit_command(const ProjectId&, Instant) { return std::nullopt; }
    [[nodiscard]] virtual CallStanding standing(const ProjectId&, const ConnectionId&, const CallId&) const = 0;
    // Is there a session of this name and project that a client may go on with?
    [[nodiscard]] virtual bool resumable(const ProjectId&, std::string_view protocol) const = 0;
    // With what the authorization states of the project are sealed.
    [[nodiscard]] virtual std::string state_key(const ProjectId&) const { return "no secret"; }
    // Agents that a program may name instead of writing them out.
    [[nodiscard]] virtual const swaig::AgentLibrary& agents() const { return swaig::no_agents(); }
    // How many events of one client of the project may be unacknowledged; nothing: `RelayPolicy` says.
    [[nodiscard]] virtual std::optional<std::size_t> max_events(const ProjectId&) const { return std::nullopt; }
};

// One whole WebSocket text.
struct TextArrived {
    std::string text;
    std::size_t unread = 0; // Bytes that were sent to this client and that it has not read.
};
// A text that still came from the connection before `resume`. Only answers count: what they prove does not leave again.
struct LateTextArrived {
    std::string text;
};
// What it has not read is more than a client may leave unread.
struct ClientDoesNotRead { };
// This client is asked whether it takes the call.
struct CallOffered {
    CallFacts call;
};
// Another client took the call that was offered here.
struct OfferWithdrawn {
    CallFacts call;
};
struct CallNoticed {
    CallFacts call;
    CallNotice notice;
};
// A dial of this client is over, one way or the other. Comes after `answered` of its winner.
struct DialEnded {
    std::string owner; // The session that asked, by its `protocol`.
    ProjectId project;
    NodeId node;
    std::string tag;
    std::optional<CallFacts> winner;
    CallEndReason reason = CallEndReason::no_answer; // Without a winner.
};
// The client shall connect again: here, or wherever it then finds a server.
struct ClientSentAway {
    enum class Session : std::uint8_t {
        kept,   // It may go on with its session.
        dropped // It begins anew, with the contexts that its authorization state names.
    };
    Session session = Session::kept;
};
// `Accept` and `Reject` are the call's answers to what was forwarded.
using RelayEvent = std::variant<TextArrived, Accept, Reject, CallOffered, OfferWithdrawn, CallNoticed, DialEnded,
    ClientSentAway, ClientDoesNotRead, LateTextArrived>;

struct SendText {
    std::string text;

    friend bool operator==(const SendText&, const SendText&) = default;
};
// Close the WebSocket after what was sent. The code is RFC 6455's.
struct CloseConnection {
    std::uint16_t code;
    std::string reason;

    friend bool operator==(const CloseConnection&, const CloseConnection&) = default;
};
// Calls to be begun. Answer with `Accept` or `Reject`, then once with `DialEnded`.
struct ForwardDial {
    RequestKey request;
    std::string owner; // For `DialEnded`.
    ProjectId project;
    DialSpec spec;
};
// For the call, wherever it lives. Answer with `Accept` or `Reject`, exactly once.
struct Forward {
    CallId call;
    RequestKey request;
    CallCommand command;
};
// Authenticated, or the subscriptions changed: for `Offers`.
struct ContextsChanged {
    ProjectId project;
    std::set<ContextName> contexts;

    friend bool operator==(const ContextsChanged&, const ContextsChanged&) = default;
};
// The client acknowledged `CallOffered`: for `Offers`.
struct OfferAccepted {
    CallId call;

    friend bool operator==(const OfferAccepted&, const OfferAccepted&) = default;
};
// The connection was lost with this offer on its way, and the client came back: it may not have had it.
struct OfferInDoubt {
    CallId call;

    friend bool operator==(const OfferInDoubt&, const OfferInDoubt&) = default;
};
// The client does not want the call that rings here: for `Offers`.
struct CallPassed {
    CallId call;

    friend bool operator==(const CallPassed&, const CallPassed&) = default;
};
// The client goes on with the session of this name. Answer with `resume`, before anything else is handled.
struct ResumeSession {
    std::string protocol;
    std::uint64_t received = 0; // It has every event up to this one.

    friend bool operator==(const ResumeSession&, const ResumeSession&) = default;
};
using RelayCommand = std::variant<SendText, CloseConnection, Forward, ForwardDial, ContextsChanged, OfferAccepted,
    OfferInDoubt, CallPassed, ResumeSession>;
using RelayCommands = std::vector<RelayCommand>;

struct RelayPolicy {
    Duration connect_within = 10s;     // From the first byte to `signalwire.connect`.
    Duration ping_every = 10s;         // JavaScript clients close 15 s after a ping that no other followed.
    Duration dead_after = 60s;         // Silence. Go clients read nothing for 30 s after a reconnect.
    Duration answer_within = 4s;       // Of a call; then `timed_out`. Python clients give up the connection after 10 s.
    Duration close_after = 1s;         // After `signalwire.disconnect`; nobody waits for its answer.
    Duration resume_within = 60s;      // After its connection was lost. Clients try again every 30 s at least.
    Duration state_life = 24h;         // Of an authorization state; a fresh one follows after half of it.
    Duration state_every = 50ms;       // At most so often, while events leave.
    std::size_t max_early_frames = 64; // Before `signalwire.connect`; then the connection is closed.
    std::size_t max_pending_commands = 64; // Of one call; then `limit_reached`.
    std::size_t max_unacknowledged = 500;  // Events; then commands are answered with `limit_reached`.
    // Events of a client that wait or were not acknowledged, in numbers of `max_unacknowledged` and in bytes. Then it
    // is closed and its session is over.
    std::size_t max_events_factor = 2;
    std::size_t max_event_bytes = 4 * 1024 * 1024;
    std::size_t max_contexts = 256;                // Of one client; then `limit_reached`.
    std::size_t max_unread = 1024 * 1024;          // Bytes; then commands are answered with `limit_reached`.
    std::size_t max_unread_hard = 4 * 1024 * 1024; // Then the connection is closed.
    double frames_per_second = 500;        // Of one client, acknowledgements not counted; a burst of four seconds.
    std::size_t max_excess_frames = 1'000; // Beyond that rate they get `limit_reached`; so many, and it is closed.
};

struct RelayIdentity {
    ConnectionId connection;
    NodeId node;
    std::string space_id; // A UUID; named in events.
};

class RelaySession {
public:
    RelaySession(RelayIdentity, RelayPolicy, RelayDirectory&, IdSource, ClockPair, Log, Instant now);

    void handle(const RelayEvent&, Instant now, RelayCommands& out);
    void handle_timeout(Instant now, RelayCommands& out);
    [[nodiscard]] std::optional<Instant> deadline() const;

    // The connection is lost. True: the client may come back and `resume` this session; until its time is over, what
    // calls say may be handled. Nothing is sent.
    bool leave(Instant now);
    // Takes over what a session left: its contexts, and the events that its client may not have.
    void resume(RelaySession left, std::uint64_t received, Instant now, RelayCommands& out);

    [[nodiscard]] const ProjectId& project() const { return project_; }
    [[nodiscard]] const std::string& protocol() const { return protocol_; } // Empty before `signalwire.connect`.
    [[nodiscard]] bool connected() const { return stage_ == Stage::connected; }
    [[nodiscard]] bool is_closed() const { return stage_ == Stage::closed; }
    [[nodiscard]] bool is_away() const { return stage_ == Stage::away; }
    // A client may go on with it.
    [[nodiscard]] bool can_resume() const
    {
        return stage_ == Stage::connected || stage_ == Stage::away || (stage_ == Stage::leaving && !forget_);
    }
    [[nodiscard]] std::size_t unacknowledged() const { return outbox_.unacknowledged(); }

private:
    enum class Stage : std::uint8_t {
        unauthenticated, // Nothing was sent; frames other than `signalwire.connect` wait.
        connected,
        leaving, // `signalwire.disconnect` was sent; still answers.
        away,    // The connection is lost or given up; events wait for the client to come back.
        closed,  // Over. Nothing follows.
    };
    // Something forwarded that the call has not answered.
    struct Pending {
        Json id;
        CallId call;
        std::vector<std::string> warnings;
        Instant asked;
    };
    using Purpose = EventQueue::Purpose;

    void on(const TextArrived&, Instant now, RelayCommands& out);
    void on(const Accept&, Instant now, RelayCommands& out);
    void on(const Reject&, Instant now, RelayCommands& out);
    void on(const CallOffered&, Instant now, RelayCommands& out);
    void on(const OfferWithdrawn&, Instant now, RelayCommands& out);
    void on(const CallNoticed&, Instant now, RelayCommands& out);
    void on(const DialEnded&, Instant now, RelayCommands& out);
    void on(const ClientSentAway&, Instant now, RelayCommands& out);
    void on(const ClientDoesNotRead&, Instant now, RelayCommands& out);
    void on(const LateTextArrived&, Instant now, RelayCommands& out);

    void on_frame(const RpcRequest&, Instant now, RelayCommands& out);
    void on_frame(const RpcResponse&, Instant now, RelayCommands& out);
    void on_frame(const RpcFault&, Instant now, RelayCommands& out);

    // `relay_requests.cc`: what clients ask.
    void execute(const RpcRequest&, Instant now, RelayCommands& out);
    void execute_early(Instant now, RelayCommands& out);
    void perform(const Json& id, const Connect&, Instant now, RelayCommands& out);
    void perform(const Json& id, const Receive&, Instant now, RelayCommands& out);
    void perform(const Json& id, const Unreceive&, Instant now, RelayCommands& out);
    void perform(const Json& id, const Ping&, Instant now, RelayCommands& out);
    void perform(const Json& id, const CommandCall&, Instant now, RelayCommands& out);
    void perform(const Json& id, const DialCall&, Instant now, RelayCommands& out);
    void perform(const Json& id, const PassCall&, Instant now, RelayCommands& out);
    void welcome(const Json& id, const Connect&, bool is_restored, Instant now, RelayCommands& out);
    void refuse(const Json& id, const Error&, RelayCommands& out);
    // True, and answered, if nothing can be asked of this call now.
    bool refused(const Json& id, const CallId&, Instant now, RelayCommands& out);
    // The client has too much of what was sent to it before it.
    [[nodiscard]] std::optional<Error> lagging() const;
    void answer(const Json& id, Json::Object result, Instant now, RelayCommands& out);
    void answer_error(const Json& id, const Error&, const CallId&, Instant now, RelayCommands& out);
    std::string new_protocol();

    void queue_event(const CallFacts&, EncodedEvent, Purpose, Instant now, RelayCommands& out);
    void flush(Instant now, RelayCommands& out);
    void give_state(Instant now, RelayCommands& out);
    // A request of ours that is no event.
    void ask(std::string_view method, Json::Object params, RelayCommands& out);
    void give_up_answers(Instant now, RelayCommands& out);
    void ping(Instant now, RelayCommands& out);
    // The connection goes, the session waits for its client.
    void go_away(std::uint16_t code, std::string reason, Instant now, RelayCommands& out);
    void close(std::uint16_t code, std::string reason, RelayCommands& out);
    [[nodiscard]] double wall_seconds(Instant now) const;
    [[nodiscard]] std::size_t max_unacknowledged() const;

    RelayIdentity identity_;
    RelayPolicy policy_;
    RelayDirectory& directory_;
    IdSource ids_;
    ClockPair clock_;
    Log log_;

    Stage stage_ = Stage::unauthenticated;
    bool forget_ = false; // While leaving: the client shall begin anew.
    ProjectId project_;
    std::string protocol_; // `signalwire_<signature>_<uuid>`: the session's name on the wire.
    bool event_acks_ = true;
    bool wants_state_ = false;
    std::set<ContextName> contexts_;
    std::set<ContextName> unreceived_; // That clients repeat when they connect again.
    std::vector<RpcRequest> early_;
    std::size_t early_faults_ = 0; // Before `signalwire.connect`.
    TokenBucket frames_;
    std::size_t excess_frames_ = 0;
    std::size_t unread_ = 0;
    std::map<std::uint64_t, Pending> pending_; // By `RequestKey::number`.
    std::uint64_t requests_ = 0;
    Outbox outbox_;
    std::optional<Instant> state_due_;
    Instant state_given_;
    std::optional<Instant> last_response_;
    Instant last_heard_;
    // When to ping. While unauthenticated: when to give up. While leaving: when to close. While away: when it is over.
    Instant next_;
};

} // namespace parley::relay
