#include "media/port_pair.h"

namespace parley::media {

namespace {

constexpr int kernel_attempts = 100;

Result<PortPair> open_at(EventLoop& loop, const std::string& ip, std::uint16_t port, const UdpSocket::Receive& rtp,
    const UdpSocket::Receive& rtcp)
{
    auto first = UdpSocket::bind(loop, { ip, port }, rtp);
    if (!first)
        return std::move(first.error());
    const std::uint16_t even = (*first)->local().port;
    if (even % 2 != 0)
        return Error { ErrorKind::conflict, "RTP port: odd" };
    auto second = UdpSocket::bind(loop, { ip, static_cast<std::uint16_t>(even + 1) }, rtcp);
    if (!second)
        return std::move(second.error());
    return PortPair { std::move(*first), std::move(*second) };
}

} // namespace

Result<PortPair> open_port_pair(EventLoop& loop, const std::string& ip, PortRange range, std::uint32_t random,
    UdpSocket::Receive rtp, UdpSocket::Receive rtcp)
{
    const bool kernel_chooses = range.first == 0 && range.last == 0;
    const std::uint32_t lowest = (range.first + 1U) / 2; // Pairs, counted by half their even port.
    const std::uint32_t pairs = range.last + 1U >= 2 * lowest + 2 ? (range.last + 1U) / 2 - lowest : 0;
    const std::uint32_t attempts = kernel_chooses ? kernel_attempts : pairs;
    for (std::uint32_t n = 0; n < attempts; ++n) {
        const std::uint32_t port = kernel_chooses ? 0 : 2 * (lowest + (random + n) % pairs);
        auto pair = open_at(loop, ip, static_cast<std::uint16_t>(port), rtp, rtcp);
        if (pair || pair.error().kind != ErrorKind::conflict)
            return pair;
    }
    return Error { ErrorKind::limit_reached,
        "no free pair of RTP ports in " + std::to_string(range.first) + "-" + std::to_string(range.last) };
}

} // namespace parley::media
