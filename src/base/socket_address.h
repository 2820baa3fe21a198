#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace parley {

// Where a datagram comes from or goes to. Pure rooms carry it; only `net/` turns it into something a socket takes.
struct SocketAddress {
    std::string ip; // A literal: "192.0.2.1" or "2001:db8::1", never a name.
    std::uint16_t port = 0;

    friend auto operator<=>(const SocketAddress&, const SocketAddress&) = default;
};

// Exact literals only: no name, no brackets, no zone.
[[nodiscard]] bool is_ipv4(std::string_view);
[[nodiscard]] bool is_ipv6(std::string_view);

// "192.0.2.1:5060", "[2001:db8::1]:5060".
[[nodiscard]] std::string host_port(const SocketAddress&);

} // namespace parley
