#pragma once

#include "base/result.h"
#include "net/udp_socket.h"

#include <cstdint>
#include <memory>
#include <string>

// Two ports side by side: an even one for RTP, the next one for RTCP (RFC 3550 11).
namespace parley::media {

struct PortPair {
    std::unique_ptr<UdpSocket> rtp;
    std::unique_ptr<UdpSocket> rtcp;
};

struct PortRange {
    std::uint16_t first = 0; // Both 0: the kernel chooses.
    std::uint16_t last = 0;
};

// Begins to look at a random place. None free: `limit_reached`.
[[nodiscard]] Result<PortPair> open_port_pair(EventLoop&, const std::string& ip, PortRange, std::uint32_t random,
    UdpSocket::Receive rtp, UdpSocket::Receive rtcp);

} // namespace parley::media
