#include "sip/nat.h"

#include <algorithm>

namespace parley::sip {
namespace {

bool is_private(const IpAddress& address)
{
    const IpClass kind = classify(address);
    return kind == IpClass::site || kind == IpClass::link_local || kind == IpClass::loopback;
}

} // namespace

bool is_hidden(std::string_view said_ip, std::string_view seen_ip)
{
    const auto said = parse_ip(said_ip);
    const auto seen = parse_ip(seen_ip);
    // Two private addresses may well be of one network: a proxy and the gateway behind it.
    return said && seen && *said != *seen && is_private(*said) && !is_private(*seen);
}

bool is_inside(const std::vector<IpNetwork>& networks, std::string_view ip)
{
    if (networks.empty())
        return false;
    const auto address = parse_ip(ip);
    return address
        && std::ranges::any_of(networks, [&](const IpNetwork& network) { return network.contains(*address); });
}

SocketAddress reachable(SocketAddress said, std::string_view seen_ip)
{
    if (is_hidden(said.ip, seen_ip))
        said.ip = seen_ip;
    return said;
}

} // namespace parley::sip
