#include "base/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <vector>

namespace parley {

namespace {

struct ClassRow {
    std::string_view network;
    IpClass ip_class;
};

// The first row that matches decides. IANA special-purpose registries (RFC 6890 and successors).
constexpr ClassRow class_table[] = {
    { "0.0.0.0/8", IpClass::unspecified }, { "127.0.0.0/8", IpClass::loopback }, { "10.0.0.0/8", IpClass::site },
    { "172.16.0.0/12", IpClass::site }, { "192.168.0.0/16", IpClass::site }, { "100.64.0.0/10", IpClass::site },
    { "169.254.0.0/16", IpClass::link_local }, { "224.0.0.0/4", IpClass::multicast },
    { "240.0.0.0/4", IpClass::reserved }, { "192.0.0.0/24", IpClass::reserved }, { "192.0.2.0/24", IpClass::reserved },
    { "192.88.99.0/24", IpClass::reserved }, { "198.18.0.0/15", IpClass::reserved },
    { "198.51.100.0/24", IpClass::reserved }, { "203.0.113.0/24", IpClass::reserved },
    { "::/128", IpClass::unspecified }, { "::1/128", IpClass::loopback }, { "fe80::/10", IpClass::link_local },
    { "fec0::/10", IpClass::site }, { "fc00::/7", IpClass::site }, { "ff00::/8", IpClass::multicast },
    { "::/96", IpClass::reserved },        // IPv4-compatible: means an IPv4 address.
    { "64:ff9b::/96", IpClass::reserved }, // NAT64, likewise.
    { "64:ff9b:1::/48", IpClass::reserved }, { "100::/64", IpClass::reserved },
    { "2001::/23", IpClass::reserved },                                         // Teredo, ORCHID, benchmarking.
    { "2001:db8::/32", IpClass::reserved }, { "2002::/16", IpClass::reserved }, // 6to4: means an IPv4 address.
};

struct NetworkRow {
    IpNetwork network;
    IpClass ip_class;
};

const std::vector<NetworkRow>& class_networks()
{
    static const std::vector<NetworkRow> rows = [] {
        std::vector<NetworkRow> parsed;
        for (const ClassRow& row : class_table) {
            auto network = IpNetwork::parse(row.network);
            VERIFY(network);
            parsed.push_back({ *network, row.ip_class });
        }
        return parsed;
    }();
    return rows;
}

std::optional<int> parse_number(std::string_view text, int highest)
{
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || text.empty() || text[0] == '-' || number > highest)
        return std::nullopt;
    return number;
}

bool is_v4_mapped(const std::array<std::uint8_t, 16>& bytes)
{
    return std::all_of(bytes.begin(), bytes.begin() + 10, [](std::uint8_t byte) { return byte == 0; })
        && bytes[10] == 0xff && bytes[11] == 0xff;
}

} // namespace

std::optional<IpAddress> parse_ip(std::string_view literal)
{
    const std::string text(literal);
    if (text.find('\0') != std::string::npos) // The C function would stop there.
        return std::nullopt;
    IpAddress address;
    if (inet_pton(AF_INET, text.c_str(), address.bytes.data()) == 1)
        return address;
    if (inet_pton(AF_INET6, text.c_str(), address.bytes.data()) != 1)
        return std::nullopt;
    address.v6 = true;
    if (is_v4_mapped(address.bytes)) {
        IpAddress mapped;
        std::copy(address.bytes.begin() + 12, address.bytes.end(), mapped.bytes.begin());
        return mapped;
    }
    return address;
}

std::string to_string(const IpAddress& address)
{
    char text[INET6_ADDRSTRLEN] = {};
    inet_ntop(address.v6 ? AF_INET6 : AF_INET, address.bytes.data(), text, sizeof text);
    return text;
}

IpClass classify(const IpAddress& address)
{
    for (const NetworkRow& row : class_networks()) {
        if (row.network.contains(address))
            return row.ip_class;
    }
    return IpClass::global;
}

Result<IpNetwork> IpNetwork::parse(std::string_view text)
{
    const auto slash = text.find('/');
    const auto address = parse_ip(text.substr(0, slash));
    if (!address)
        return Error { ErrorKind::invalid_request, "not an address or network: " + std::string(text) };
    const int width = address->v6 ? 128 : 32;
    if (slash == std::string_view::npos)
        return IpNetwork { *address, width };
    const auto prefix = parse_number(text.substr(slash + 1), width);
    if (!prefix)
        return Error { ErrorKind::invalid_request, "not a network prefix: " + std::string(text) };
    return IpNetwork { *address, *prefix };
}

bool IpNetwork::contains(const IpAddress& candidate) const
{
    if (candidate.v6 != address.v6)
        return false;
    const auto whole = static_cast<std::size_t>(prefix / 8);
    if (!std::equal(
            address.bytes.begin(), address.bytes.begin() + static_cast<std::ptrdiff_t>(whole), candidate.bytes.begin()))
        return false;
    const int rest = prefix % 8;
    return rest == 0 || ((address.bytes[whole] ^ candidate.bytes[whole]) >> (8 - rest)) == 0;
}

} // namespace parley
