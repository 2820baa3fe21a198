#pragma once

#include "base/time.h"
#include "sip/digest_server.h"
#include "sip/fields.h"
#include "sip/hop.h"
#include "sip/message.h"
#include "sip/registrar.h"
#include "sip/registration.h"
#include "sip/source_guard.h"
#include "sip/trunk.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

// Who may talk SIP to us: trunks by their address, phones by their password, guests if they are wanted; everybody else
// is asked for a password, or not answered at all.
// Decides about requests that begin something; those within a dialog are known by its tags.
namespace parley::sip {

enum class Guests : std::uint8_t {
    refuse,   // Callers authenticate.
    loopback, // Callers on this machine need not.
    accept,   // Nobody needs to.
};

// What scanners call themselves: parts of their User-Agent, in lower case.
[[nodiscard]] const std::vector<std::string>& known_scanners();

struct AccessSettings {
    DigestServerSettings digest;
    DigestUsers users;
    std::vector<Trunk> trunks;
    Guests guests = Guests::loopback;
    std::vector<std::string> scanners = known_scanners(); // Dropped in silence.
    GuardSettings guard = {};
    RegistrarSettings registrar = {};
    RegistrationSettings registration = {};
    Rate invites = { 50, 100 };           // Of one address that is no trunk; more: 503.
    std::size_t max_calls_per_source = 0; // At once, of one address that is no trunk; more: 503. 0: no limit.
    Duration locate_every = 5min;         // How often the name of a trunk's server is looked up.
};

// Counted since the start; for metrics.
struct AccessCounters {
    std::uint64_t scanners_dropped = 0;
    std::uint64_t strangers_dropped = 0; // Beyond their rate, or with nothing that they could authenticate with.
    std::uint64_t locked_out_dropped = 0;
    std::uint64_t challenges = 0;
    std::uint64_t wrong_passwords = 0;
    std::uint64_t lock_outs = 0;
    std::uint64_t calls_limited = 0; // 503 for a rate or a number of calls.
};

struct Admission {
    enum class Kind : std::uint8_t {
        admitted,
        challenged, // 401 with `challenges`.
        refused,    // With `status`.
        dropped,    // Without a word.
    };
    Kind kind = Kind::admitted;
    std::uint16_t status = 403;
    std::vector<std::string> challenges = {};
    std::string trunk = {};  // Whose line it came over.
    std::string user = {};   // Who authenticated.
    std::string party = {};  // Whose calls are counted together.
    std::string called = {}; // INVITE: the user part that is meant.
    bool locks_out = false;  // This one was one wrong password too many.
};

// The user part that an INVITE is for: of the Request-URI, or of To when that names nobody, or our `account` with the
// provider: calls to those who registered are sent to the contact that they gave.
[[nodiscard]] std::string called_user(const Request&, const Envelope&, std::string_view account);

class Doorkeeper {
public:
    explicit Doorkeeper(AccessSettings);

    // Before a message is read: nothing is heard from there for a while.
    [[nodiscard]] bool is_deaf_to(const Hop& source, Instant now);

    // Before a broken request is answered.
    [[nodiscard]] bool answers(const Hop& source, Instant now);

    // A request outside of any dialog.
    [[nodiscard]] Admission admit(const Request&, const Envelope&, const Hop& source, Instant now);

    // From now on. Who is locked out, how many calls are up and where trunks were found stays known, and so do the
    // registrations of users who are still there.
    void change(AccessSettings);

    // Room for a call of this party over this trunk; an empty party is never limited. `call_ended` gives it back.
    [[nodiscard]] bool has_room(std::string_view party, std::string_view trunk) const;
    void call_began(const std::string& party);
    void call_ended(const std::string& party);

    [[nodiscard]] static std::string party_of_trunk(std::string_view name) { return "trunk " + std::string(name); }

    [[nodiscard]] bool has_users() const { return has_users_; }
    [[nodiscard]] const AccessSettings& settings() const { return settings_; }
    [[nodiscard]] const AccessCounters& counters() const { return counters_; }
    [[nodiscard]] std::size_t locked_out(Instant now) const { return guard_.locked_out(now); }

    // What it decides by, kept up to date by the endpoint.
    Registrar registrar;
    TrunkTable trunks;

private:
    [[nodiscard]] bool is_trusted(const Hop& source) const;
    [[nodiscard]] bool is_guest(const Hop& source) const;
    [[nodiscard]] bool is_scanner(const Request&) const;
    [[nodiscard]] Admission authenticate(const Request&, const Hop& source, bool trusted, Instant now);
    [[nodiscard]] Admission admit_from_trunk(
        const Trunk&, const Request&, const Envelope&, const Hop& source, Instant now);
    [[nodiscard]] Admission drop_stranger();
    [[nodiscard]] bool take_invite(const std::string& party, const Rate&, Instant now);

    AccessSettings settings_;
    bool has_users_;
    DigestServer digest_;
    SourceGuard guard_;
    AccessCounters counters_;
    std::unordered_map<std::string, TokenBucket> invites_; // By party.
    std::unordered_map<std::string, std::size_t> calls_;   // Likewise.
};

inline constexpr std::size_t max_watched_parties = 20'000; // Rates of INVITE; then those at rest are forgotten.

} // namespace parley::sip
