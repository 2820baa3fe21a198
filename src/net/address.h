#pragma once

#include "base/ip_address.h"
#include "base/result.h"
#include "base/socket_address.h"

#include <string>
#include <string_view>

// Reads and prints addresses with their ports. Literals only; names are `http_client.h`'s business.
namespace parley {

// "192.0.2.1:5060", "[2001:db8::1]:5060". Zero as port is allowed.
[[nodiscard]] Result<SocketAddress> parse_socket_address(std::string_view);
[[nodiscard]] std::string to_string(const SocketAddress&);

} // namespace parley
