#include "host/trunk_locator.h"

#include "sip/uri.h"

namespace parley {

TrunkLocator::TrunkLocator(EventLoop& loop, Log log, Answer answer)
    : loop_(loop)
    , log_(std::move(log))
    , answer_(std::move(answer))
{
}

void TrunkLocator::locate(const sip::LocateTrunk& asked)
{
    const auto uri = sip::parse_uri(asked.uri);
    VERIFY(uri.has_value()); // The configuration is read strictly.
    const sip::Transport transport
        = uri->transport().value_or(uri->is_secure() ? sip::Transport::tls : sip::Transport::udp);
    // Literal addresses are looked up as well: they are answered at once, and as late as names.
    lookups_[asked.trunk] = std::make_unique<NameLookup>(
        loop_, uri->host, [this, trunk = asked.trunk, uri = *uri, transport](Result<std::vector<IpAddress>> found) {
            sip::TrunkLocated located { trunk, {} };
            if (!found)
                log_.warning("trunk not found", { { "trunk", trunk }, { "error", found.error().what } });
            else
                for (const IpAddress& address : *found)
                    located.hops.emplace_back(
                        SocketAddress { to_string(address), uri.port.value_or(sip::default_port(transport)) },
                        transport, sip::no_flow, uri.host);
            answer_(std::move(located));
        });
}

} // namespace parley
