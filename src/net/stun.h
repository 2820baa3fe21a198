#pragma once

#include "base/result.h"
#include "base/socket_address.h"

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

// The question "where do you see me?" and its answer: the Binding method of STUN (RFC 8489), without credentials.
namespace parley::stun {

using TransactionId = std::array<std::byte, 12>;

[[nodiscard]] std::vector<std::byte> binding_request(const TransactionId&);

// Our address as the server saw it (XOR-MAPPED-ADDRESS, RFC 8489 14.2). `invalid_request`: no answer to this request.
[[nodiscard]] Result<SocketAddress> read_binding_response(std::span<const std::byte>, const TransactionId&);

} // namespace parley::stun
