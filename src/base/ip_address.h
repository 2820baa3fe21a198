#pragma once

#include "base/result.h"

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Numeric addresses and their ranges, for rooms that decide by where something comes from.
namespace parley {

// An IPv4 or IPv6 address as bytes; v4-mapped IPv6 (`::ffff:1.2.3.4`) is read as the IPv4 address it means.
struct IpAddress {
    std::array<std::uint8_t, 16> bytes {}; // IPv4 uses the first four.
    bool v6 = false;

    friend auto operator<=>(const IpAddress&, const IpAddress&) = default;
};

enum class IpClass : std::uint8_t {
    global,      // May be reached by anybody.
    loopback,    // 127.0.0.0/8, ::1
    link_local,  // 169.254.0.0/16, fe80::/10
    site,        // 10/8, 172.16/12, 192.168/16, 100.64/10 (carrier NAT), fc00::/7, fec0::/10
    multicast,   // 224.0.0.0/4, ff00::/8
    unspecified, // 0.0.0.0/8, ::
    reserved, // 240/4 and broadcast, 192.0.0/24, test and documentation networks, 198.18/15, IPv6 transition prefixes
};

[[nodiscard]] std::optional<IpAddress> parse_ip(std::string_view literal);
[[nodiscard]] std::string to_string(const IpAddress&);
[[nodiscard]] IpClass classify(const IpAddress&);

// A CIDR range: "10.0.0.0/8", "fd00::/8", or one address.
struct IpNetwork {
    IpAddress address;
    int prefix = 0;

    [[nodiscard]] static Result<IpNetwork> parse(std::string_view);
    [[nodiscard]] bool contains(const IpAddress&) const;

    friend bool operator==(const IpNetwork&, const IpNetwork&) = default;
};

} // namespace parley
