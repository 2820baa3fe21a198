#pragma once

#include "base/id.h"
#include "base/log.h"
#include "base/time.h"
#include "call/call.h"
#include "call/call_facts.h"
#include "call/dial.h"
#include "relay/call_register.h"
#include "relay/event_queue.h"
#include "relay/events.h"
#include "relay/methods.h"
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

// What a session has to ask others. Constant while an event is handled.
class RelayDirectory {
public:
    virtual ~RelayDirectory() = default;
    [[nodiscard]] virtual bool authentic(const ProjectId&, std::string_view token) const = 0;
    [[nodiscard]] virtual CallStanding standing(const ProjectId&, const ConnectionId&, const CallId&) const = 0;
    // Is there a session of this name and project that a client may go on with?
    [[nodiscard]] virtual bool resumable(const ProjectId&, std::string_view protocol) const = 0;
};

// One whole WebSocket text.
struct TextArrived {
    std::string text;
};
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
// The server is about to stop: the client shall connect again, elsewhere or later.
struct ServerStopping { };
// `Accept` and `Reject` are the call's answers to what was forwarded.
using RelayEvent
    = std::variant<TextArrived, Accept, Reject, CallOffered, OfferWithdrawn, CallNoticed, DialEnded, ServerStopping>;

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
// The client goes on with the session of this name. Answer with `resume`, before anything else is handled.
struct ResumeSession {
    std::string protocol;

    friend bool operator==(const ResumeSession&, const ResumeSession&) = default;
};
using RelayCommand
    = std::variant<SendText, CloseConnection, Forward, ForwardDial, ContextsChanged, OfferAccepted, ResumeSession>;
using RelayCommands = std::vector<RelayCommand>;

struct RelayPolicy {
    Duration connect_within = 10s;               // From the first byte to `signalwire.connect`.
    Duration ping_every = 10s;                   // JavaScript clients close 15 s after a ping that no other followed.
    Duration dead_after = 60s;                   // Silence. Go clients read nothing for 30 s after a reconnect.
    Duration close_after = 1s;                   // After `signalwire.disconnect`; nobody waits for its answer.
    std::size_t max_early_frames = 64;           // Before `signalwire.connect`; then the connection is closed.
    std::size_t max_pending_commands = 64;       // Of one call; then `limit_reached`.
    std::size_t max_unacknowledged = 500;        // Events; then commands are answered with `limit_reached`.
    std::size_t max_unacknowledged_hard = 1'000; // Then the connection is closed.
    std::size_t max_contexts = 256;              // Of one client; then `limit_reached`.
    Duration resume_within = 60s; // After its connection was lost. Clients try again every 30 s at least.
};

struct RelayIdentity {
    ConnectionId connection;
    NodeId node;
    std::string space_id; // A UUID; named in events.
};

class RelaySession {
public:
    RelaySession(RelayIdentity, RelayPolicy, const RelayDirectory&, IdSource, ClockPair, Log, Instant now);

    void handle(const RelayEvent&, Instant now, RelayCommands& out);
    void handle_timeout(Instant now, RelayCommands& out);
    [[nodiscard]] std::optional<Instant> deadline() const;

    [[nodiscard]] bool connected() const { return stage_ == Stage::connected; }
    // The connection is lost. True: the client may come back and `resume` this session; until then `CallNoticed` may be
    // handled. Nothing is sent.
    bool leave();
    // Takes over the contexts of a session that was left, and the events that its client may not have.
    void resume(RelaySession left, Instant now, RelayCommands& out);

    [[nodiscard]] const ProjectId& project() const { return project_; }
    [[nodiscard]] const std::string& protocol() const { return protocol_; }
    [[nodiscard]] bool is_closed() const { return stage_ == Stage::closed; }
    [[nodiscard]] std::size_t unacknowledged() const { return unacknowledged_.size(); }

private:
    enum class Stage : std::uint8_t {
        unauthenticated, // Nothing was sent; frames other than `signalwire.connect` wait.
        connected,
        stopping, // `signalwire.disconnect` was sent; still answers.
        away,     // The connection was lost; events wait for the client to come back.
        closed,   // `CloseConnection` was given. Nothing follows.
    };
    enum class EventPurpose : std::uint8_t { news, offer };
    // Something forwarded that the call has not answered.
    struct Pending {
        Json id;
        CallId call;
        std::vector<std::string> warnings;
    };
    // An event that left, for the case that it never arrived.
    struct Sent {
        std::uint64_t order;
        CallId call;
        std::string text;
    };

    void on(const TextArrived&, Instant now, RelayCommands& out);
    void on(const Accept&, Instant now, RelayCommands& out);
    void on(const Reject&, Instant now, RelayCommands& out);
    void on(const CallOffered&, Instant now, RelayCommands& out);
    void on(const OfferWithdrawn&, Instant now, RelayCommands& out);
    void on(const CallNoticed&, Instant now, RelayCommands& out);
    void on(const DialEnded&, Instant now, RelayCommands& out);
    void on(const ServerStopping&, Instant now, RelayCommands& out);

    void on_frame(const RpcRequest&, Instant now, RelayCommands& out);
    void on_frame(const RpcResponse&, Instant now, RelayCommands& out);
    void on_frame(const RpcFault&, Instant now, RelayCommands& out);

    void execute(const RpcRequest&, Instant now, RelayCommands& out);
    void perform(const Json& id, const Connect&, Instant now, RelayCommands& out);
    void perform(const Json& id, const Receive&, Instant now, RelayCommands& out);
    void perform(const Json& id, const Unreceive&, Instant now, RelayCommands& out);
    void perform(const Json& id, const Ping&, Instant now, RelayCommands& out);
    void perform(const Json& id, const CommandCall&, Instant now, RelayCommands& out);
    void perform(const Json& id, const DialCall&, Instant now, RelayCommands& out);

    void refuse_authentication(const Json& id, RelayCommands& out);
    void welcome(const Json& id, const Connect&, bool is_restored, Instant now, RelayCommands& out);
    void execute_early(Instant now, RelayCommands& out);
    void answer(const Json& id, Json::Object result, Instant now, RelayCommands& out);
    void answer_error(const Json& id, const Error&, const CallId&, Instant now, RelayCommands& out);
    void queue_event(const CallFacts&, EncodedEvent, EventPurpose, Instant now, RelayCommands& out);
    void queue_text(const CallId&, EventQueue::Event, Instant now, RelayCommands& out);
    void flush(Instant now, RelayCommands& out);
    void send_event(const CallId&, EventQueue::Event, RelayCommands& out);
    std::string new_protocol();
    void ping(Instant now, RelayCommands& out);
    void close(std::uint16_t code, std::string reason, RelayCommands& out);
    [[nodiscard]] double wall_seconds(Instant now) const;

    RelayIdentity identity_;
    RelayPolicy policy_;
    const RelayDirectory& directory_;
    IdSource ids_;
    ClockPair clock_;
    Log log_;

    Stage stage_ = Stage::unauthenticated;
    ProjectId project_;
    std::string protocol_; // `signalwire_<signature>_<uuid>`: the session's name on the wire.
    bool event_acks_ = true;
    std::set<ContextName> contexts_;
    std::vector<RpcRequest> early_;
    std::size_t early_faults_ = 0;             // Before `signalwire.connect`.
    std::map<std::uint64_t, Pending> pending_; // By `RequestKey::number`.
    std::uint64_t requests_ = 0;
    std::map<CallId, EventQueue> queues_;
    std::map<std::string, CallId> offers_;       // Event id of each offer that was not acknowledged.
    std::map<std::string, Sent> unacknowledged_; // By the event's id.
    std::uint64_t sent_ = 0;
    std::optional<Instant> last_response_;
    Instant last_heard_;
    Instant next_ping_; // While unauthenticated: when to give up. While stopping: when to close.
};

} // namespace parley::relay
