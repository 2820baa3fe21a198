#pragma once

#include "base/socket_address.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Where a message comes from or goes to: an address, how it is reached, and the connection if there is one already.
namespace parley::sip {

enum class Transport : std::uint8_t { udp, tcp, tls };

// Reliable transports need no retransmissions (RFC 3261 17).
[[nodiscard]] constexpr bool is_reliable(Transport transport)
{
    return transport != Transport::udp;
}

// RFC 3261 19.1.2.
[[nodiscard]] constexpr std::uint16_t default_port(Transport transport)
{
    return transport == Transport::tls ? 5061 : 5060;
}

// As in a Via: "UDP", "TCP", "TLS".
[[nodiscard]] constexpr std::string_view via_name(Transport transport)
{
    switch (transport) {
    case Transport::udp: return "UDP";
    case Transport::tcp: return "TCP";
    case Transport::tls: break;
    }
    return "TLS";
}

// A connection as the carrier numbers it, never twice.
using FlowId = std::uint64_t;
inline constexpr FlowId no_flow = 0;

struct Hop {
    SocketAddress address = {}; // Reached by a new connection if there is no flow, or if it is gone.
    Transport transport = Transport::udp;
    FlowId flow = no_flow; // Taken as long as it lives (RFC 3261 18.2.2, RFC 5626).
    std::string host = {}; // TLS: the name that their certificate has to carry; empty: the address itself.

    Hop() = default;
    Hop(SocketAddress where, Transport how = Transport::udp, FlowId over = no_flow, std::string name = {}) // NOLINT:
        : address(std::move(where)) // an address alone is one over UDP.
        , transport(how)
        , flow(over)
        , host(std::move(name))
    {
    }

    friend bool operator==(const Hop&, const Hop&) = default;
};

using Hops = std::vector<Hop>; // To be tried in order (RFC 3263 4.3).

// What befalls one befalls the other: the same connection, or the same address over the same transport.
[[nodiscard]] inline bool same_way(const Hop& a, const Hop& b)
{
    return (a.flow != no_flow && a.flow == b.flow) || (a.transport == b.transport && a.address == b.address);
}

} // namespace parley::sip
