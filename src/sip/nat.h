#pragma once

#include "base/ip_address.h"
#include "base/socket_address.h"

#include <string_view>
#include <vector>

// Peers behind address translators say addresses that nobody outside can reach.
namespace parley::sip {

// `said` is of a private network, and the peer is seen to send from elsewhere.
[[nodiscard]] bool is_hidden(std::string_view said_ip, std::string_view seen_ip);

// Where sound is sent until the first packet tells better: the port that was said, at the address that the peer's
// signalling comes from if the said one is hidden. `0.0.0.0` (hold, RFC 3264 8.4) stays.
[[nodiscard]] SocketAddress reachable(SocketAddress said, std::string_view seen_ip);

[[nodiscard]] bool is_inside(const std::vector<IpNetwork>&, std::string_view ip);

} // namespace parley::sip
