#pragma once

#include "base/result.h"
#include "net/address.h"

#include <string>
#include <vector>

// Whether an address may be reached by a URL that came from a client. Public addresses may; private, loopback,
// link-local, multicast, unspecified and reserved ones only if listed. The client of `http_client.h` asks for every
// address a name resolves to, connects only to an address that passed, and asks again for each redirect.
namespace parley {

class OutboundPolicy {
public:
    OutboundPolicy() = default; // Public addresses only.

    // `networks`: CIDR ranges or single addresses that are allowed although they are not public.
    [[nodiscard]] static Result<OutboundPolicy> create(const std::vector<std::string>& networks);

    // For URLs that the operator wrote into the configuration.
    [[nodiscard]] static OutboundPolicy unrestricted();

    [[nodiscard]] bool allows(const IpAddress&) const;

private:
    std::vector<IpNetwork> allowed_;
    bool unrestricted_ = false;
};

} // namespace parley
