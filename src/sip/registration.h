#pragma once

#include "base/id.h"
#include "base/time.h"
#include "sip/digest_client.h"
#include "sip/hop.h"
#include "sip/message.h"
#include "sip/trunk.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// Keeps one trunk registered (RFC 3261 10.2): answers challenges, refreshes in time, goes from one server to the next
// when one fails (RFC 3263 4.3), and waits longer after each round of failures.
// Knows nothing of transactions: it is told how each request ended.
namespace parley::sip {

enum class RegistrationState : std::uint8_t {
    locating,      // The server's address is not known yet.
    registering,   // A request is on its way; never registered so far, or no longer.
    registered,    // Holds; perhaps with a refresh on its way.
    failed,        // Waits before it tries again.
    unregistering, // The last request is on its way.
    stopped,
};

[[nodiscard]] std::string_view to_string(RegistrationState);

// For logs, metrics and people.
struct RegistrationStatus {
    std::string trunk;
    RegistrationState state = RegistrationState::locating;
    std::string detail; // Why it failed: "403 Forbidden", "no response".
    std::optional<Hop> server;
    std::optional<Instant> expires; // Of the registration that holds.
};

// Events of `handle`.
struct ServerLocated {
    Hops hops; // Best first; none: the name does not resolve.
};
struct RegisterAnswered {
    Response response;
};
struct RegisterUnanswered {
    std::string why; // "no response", "cannot be reached"
};
struct StopRegistration { };
using RegistrationEvent = std::variant<ServerLocated, RegisterAnswered, RegisterUnanswered, StopRegistration>;

// Commands.
struct SendRegister {
    Request request; // Without Via.
    Hop hop;
};
struct LocateServer { }; // `ServerLocated` answers.
struct RegistrationChanged {
    RegistrationStatus status;
};
using RegistrationCommand = std::variant<SendRegister, LocateServer, RegistrationChanged>;
using RegistrationCommands = std::vector<RegistrationCommand>;

struct RegistrationSettings {
    Duration first_retry = 5s;  // After a round of failures; doubled by each further one,
    Duration max_retry = 10min; // up to this.
    std::string product = "Parley";
};

class Registration {
public:
    // `contact`: our own URI for calls that come over the way to this server.
    using Contact = std::function<std::string(const Hop&)>;

    Registration(const Trunk&, const RegistrationSettings&, Contact, IdSource ids);

    void start(RegistrationCommands& out);
    void handle(const RegistrationEvent&, Instant now, RegistrationCommands& out);
    void handle_timeout(Instant now, RegistrationCommands& out);
    [[nodiscard]] std::optional<Instant> deadline() const { return due_; }

    [[nodiscard]] const RegistrationStatus& status() const { return status_; }
    [[nodiscard]] const std::string& trunk() const { return status_.trunk; }

private:
    void on(const ServerLocated&, Instant now, RegistrationCommands& out);
    void on(const RegisterAnswered&, Instant now, RegistrationCommands& out);
    void on(const RegisterUnanswered&, Instant now, RegistrationCommands& out);
    void on(const StopRegistration&, Instant now, RegistrationCommands& out);
    void locate(RegistrationCommands& out);
    void send(RegistrationCommands& out);
    void accepted(const Response&, Instant now, RegistrationCommands& out);
    void try_next(std::string why, Instant now, RegistrationCommands& out);
    void fail(std::string why, Instant now, RegistrationCommands& out);
    void change(RegistrationState, std::string detail, RegistrationCommands& out);

    const std::string registrar_; // Request-URI
    const std::string identity_;  // From and To, without tag.
    const RegistrationSettings settings_;
    const Duration wanted_;
    const Contact contact_;
    IdSource ids_;
    DigestClient digest_;
    bool has_account_;
    std::string user_;
    std::string call_id_;
    std::string tag_;

    RegistrationStatus status_;
    std::uint32_t cseq_ = 0;
    Duration asked_; // 423 raises it.
    Hops hops_;
    std::size_t hop_ = 0;
    std::size_t challenges_ = 0; // Answered for the request that is on its way.
    bool waits_ = false;         // For its response.
    std::uint32_t failures_ = 0; // Rounds in a row.
    std::optional<Instant> due_; // Refresh, or the next try.
    bool locating_ = false;      // `LocateServer` has no answer yet.
};

} // namespace parley::sip
