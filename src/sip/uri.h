#pragma once

#include "base/result.h"
#include "base/socket_address.h"
#include "sip/hop.h"
#include "sip/scan.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Names of places (RFC 3261 19.1) and of people (20.10).
namespace parley::sip {

// A URI of any scheme; `user`, `host` and what follows are filled for sip: and sips:, `user` also for tel:.
struct Uri {
    std::string text;   // As received; written back byte for byte.
    std::string scheme; // Lower case.
    std::string user;   // Without escapes and password.
    std::string host;   // Without the brackets of IPv6.
    std::optional<std::uint16_t> port = {};
    std::vector<Parameter> parameters = {};

    [[nodiscard]] bool is_sip() const { return scheme == "sip" || scheme == "sips"; }
    [[nodiscard]] bool is_secure() const { return scheme == "sips"; }

    // The transport that it names, by parameter or scheme; nothing if it names none, or one that we do not speak.
    [[nodiscard]] std::optional<Transport> transport() const;

    // Where it points if the host is a literal address; nothing if it is a name. `otherwise`: over which transport if
    // it names none.
    [[nodiscard]] std::optional<Hop> literal_hop(Transport otherwise = Transport::udp) const;

    friend bool operator==(const Uri&, const Uri&) = default;
};

[[nodiscard]] Result<Uri> parse_uri(std::string_view);

// `user` is escaped (RFC 3261 25.1) and may be empty.
[[nodiscard]] std::string sip_uri(std::string_view user, const SocketAddress&);

// The same with a host as it stands in a URI: a name, or IPv6 in brackets.
[[nodiscard]] std::string sip_address(std::string_view user, std::string_view host);

// The same for a place that is reached over this transport.
[[nodiscard]] std::string sip_uri(std::string_view user, const SocketAddress&, Transport);

// "Ann" <sip:ann@example.com>;tag=7 — or the bare URI, whose parameters then belong to the field.
struct NameAddr {
    std::string display;
    Uri uri;
    std::vector<Parameter> parameters = {};

    [[nodiscard]] std::string tag() const; // Empty without one.

    friend bool operator==(const NameAddr&, const NameAddr&) = default;
};

[[nodiscard]] Result<NameAddr> parse_name_addr(std::string_view);

} // namespace parley::sip
