#pragma once

#include "base/result.h"
#include "base/socket_address.h"

#include <string>

namespace parley::caller {

struct Target {
    std::string uri;
    SocketAddress server;
};

// "sip:user@192.0.2.1:5060". Addresses only: a test telephone asks no name service.
[[nodiscard]] Result<Target> parse_target(const std::string& uri);

} // namespace parley::caller
