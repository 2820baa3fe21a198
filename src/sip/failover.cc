// From one server of a call to the next (RFC 3263 4.3).

#include "sip/endpoint_core.h"

namespace parley::sip {

// The latest server failed: the same INVITE goes to the next one, as a transaction of its own. False: there is none.
bool SipEndpoint::Core::try_next_server(SipLeg& leg, Instant now, Commands& out)
{
    failed_hops_.failed(leg.dialog.peer, now);
    if (leg.servers.empty() || is_full())
        return false;
    log_.info("server failed, the next one is asked",
        { { "leg", leg.id }, { "server", host_port(leg.dialog.peer.address) },
            { "next", host_port(leg.servers.front().address) } });
    leg.dialog.peer = leg.servers.front();
    leg.servers.erase(leg.servers.begin());
    await_server(leg, now);
    send_invite(leg, now, out);
    return true;
}

// The last server has all the time that the caller has.
void SipEndpoint::Core::await_server(SipLeg& leg, Instant now)
{
    if (leg.servers.empty())
        leg.timers.clear(LegTimer::next_server);
    else
        leg.timers.set(LegTimer::next_server, now + settings_.server_patience);
}

} // namespace parley::sip
