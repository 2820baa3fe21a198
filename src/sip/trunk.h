#pragma once

#include "base/ip_address.h"
#include "sip/hop.h"
#include "sip/token_bucket.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The lines that a provider gives us: who calls over them, and which one a number is dialled over.
// Knows prefixes and addresses; knows nothing of messages. Names of hosts are resolved by the carrier, which tells the
// outcome.
namespace parley::sip {

// Where the number of who calls stands in an INVITE over the trunk.
enum class CallerIdField : std::uint8_t {
    from,              // From names the caller.
    asserted_identity, // From names the account, P-Asserted-Identity (RFC 3325) the caller.
};

struct Trunk {
    std::string name;

    // Out.
    std::string server;   // A SIP URI without user: where calls and registrations go. Empty: inbound only.
    std::string domain;   // The host in From, To and the Request-URI; empty: the one of `server`.
    std::string username; // Of the digest account that answers challenges; empty: none.
    std::string password;
    bool registers = false;
    Duration expires = 1h; // Asked for.
    std::string caller_id; // The number to show when the call brings none; empty: the username.
    CallerIdField caller_id_field = CallerIdField::from;
    std::vector<std::string>
        prefixes;            // Numbers that are dialled over this trunk; the longest match of all trunks wins.
    bool is_default = false; // Takes the numbers that no prefix names.

    // In.
    std::vector<IpNetwork> sources; // Whose calls are this trunk's, beside the addresses of `server`.
    std::string inbound_user; // Its calls must come with this user's digest as well; empty: the address is enough.
    std::vector<std::string> may_call; // Prefixes of numbers; empty: all.

    // Both.
    std::size_t max_calls = 0; // At once; 0: no limit of its own.
    Rate invites = { 50, 100 };

    // Whoever is registered for the one is so for the other.
    [[nodiscard]] bool is_same_line(const Trunk& other) const;

    // As it stands in URIs: the domain, or the server's host.
    [[nodiscard]] std::string host() const;
};

class TrunkTable {
public:
    TrunkTable() = default;
    explicit TrunkTable(std::vector<Trunk> trunks)
        : trunks_(std::move(trunks))
        , resolved_(trunks_.size())
    {
    }

    // Trunks whose server stays are known to be where they were.
    void change(std::vector<Trunk>);

    // Whose call it is. A trunk that lists the address goes before one whose server resolved to it.
    [[nodiscard]] const Trunk* of_source(std::string_view ip) const;

    // The one to dial a number over; nothing if no prefix matches and there is no default.
    [[nodiscard]] const Trunk* for_number(std::string_view number) const;

    [[nodiscard]] const Trunk* find(std::string_view name) const;
    [[nodiscard]] const std::vector<Trunk>& all() const { return trunks_; }

    // What the server's name means now, best first.
    void resolved(std::string_view name, Hops hops);
    [[nodiscard]] const Hops& hops(std::string_view name) const;

private:
    [[nodiscard]] std::optional<std::size_t> place(std::string_view name) const;

    std::vector<Trunk> trunks_;
    std::vector<Hops> resolved_; // Likewise.
};

// `number` starts with one of them, or there are none.
[[nodiscard]] bool matches_prefix(const std::vector<std::string>& prefixes, std::string_view number);

} // namespace parley::sip
