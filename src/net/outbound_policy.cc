#include "net/outbound_policy.h"

#include <algorithm>

namespace parley {

Result<OutboundPolicy> OutboundPolicy::create(const std::vector<std::string>& networks)
{
    OutboundPolicy policy;
    for (const std::string& text : networks) {
        auto network = IpNetwork::parse(text);
        if (!network)
            return std::move(network.error());
        policy.allowed_.push_back(*network);
    }
    return policy;
}

OutboundPolicy OutboundPolicy::unrestricted()
{
    OutboundPolicy policy;
    policy.unrestricted_ = true;
    return policy;
}

bool OutboundPolicy::allows(const IpAddress& address) const
{
    if (unrestricted_ || classify(address) == IpClass::global)
        return true;
    return std::any_of(
        allowed_.begin(), allowed_.end(), [&](const IpNetwork& network) { return network.contains(address); });
}

} // namespace parley
