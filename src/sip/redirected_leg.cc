// Outgoing legs that are sent elsewhere by who was asked (RFC 3261 8.1.3.4).

#include "sip/endpoint_core.h"

#include <algorithm>
#include <cstdlib>
#include <functional>

namespace parley::sip {

// The targets of a redirection, the best one last; what was tried already is not tried again.
void SipEndpoint::Core::redirect(SipLeg& leg, const Response& response)
{
    struct Target {
        std::string uri;
        double quality;
    };
    const auto contacts = response.headers.list("Contact");
    if (!contacts)
        return;
    std::vector<Target> targets;
    for (const std::string& text : *contacts) {
        const auto contact = parse_name_addr(text);
        if (!contact || !contact->uri.is_sip() || contact->uri.text == leg.dialog.remote_target)
            continue;
        const Parameter* q = find_parameter(contact->parameters, "q");
        const double quality = q != nullptr && q->value ? std::strtod(q->value->c_str(), nullptr) : 1.0;
        targets.push_back({ contact->uri.text.substr(0, contact->uri.text.find('?')), quality });
    }
    std::ranges::stable_sort(targets, std::ranges::greater {}, &Target::quality);
    if (targets.size() > max_redirects)
        targets.resize(max_redirects);
    for (auto target = targets.rbegin(); target != targets.rend(); ++target)
        leg.redirects.push_back(std::move(target->uri));
}

// To the best target that is left. False: there is none. A name is looked up first, by whoever carries us.
bool SipEndpoint::Core::follow_redirect(SipLeg& leg, Instant now, Commands& out)
{
    while (!leg.redirects.empty()) {
        leg.digest.reset(); // The account is the trunk's, not that of whoever it points at.
        leg.dialog.remote_target = std::move(leg.redirects.back());
        leg.redirects.pop_back();
        leg.servers.clear(); // They stood for the first target.
        leg.timers.clear(LegTimer::next_server);
        const auto target = parse_uri(leg.dialog.remote_target);
        if (!target)
            continue;
        leg.dialog.secure = leg.dialog.secure || target->is_secure();
        leg.state = LegState::calling;
        if (auto hop = target->literal_hop(leg.dialog.peer.transport)) {
            if (invite_redirected(leg, { std::move(*hop) }, now, out))
                return true;
            continue;
        }
        leg.locating = true;
        out.emplace_back(LocateTarget { leg.id, leg.dialog.remote_target });
        return true;
    }
    return false;
}

// False: nothing may be offered over the way there.
bool SipEndpoint::Core::invite_redirected(SipLeg& leg, Hops servers, Instant now, Commands& out)
{
    failed_hops_.put_last(servers, now);
    for (const Hop& each : servers) // Each of them may come to see the offer.
        withhold_keys(leg.media, each, settings_.keys_over);
    if (lacks_protection(leg.media))
        return false;
    leg.local_description = sdp::make_offer(leg.media);
    leg.dialog.peer = std::move(servers.front());
    leg.servers.assign(servers.begin() + 1, servers.end());
    await_server(leg, now);
    ++leg.dialog.local_cseq;
    send_invite(leg, now, out);
    return true;
}

void SipEndpoint::Core::on(const TargetLocated& located, Instant now, Commands& out)
{
    SipLeg* leg = find_leg(located.leg);
    if (leg == nullptr || !std::exchange(leg->locating, false))
        return; // Given up meanwhile.
    const LegNumber number = leg->number;
    if (is_full())
        end(*leg, LegState::ended, LegEndReason::error, "too many transactions", out);
    else if ((located.hops.empty() || !invite_redirected(*leg, located.hops, now, out))
        && !follow_redirect(*leg, now, out))
        end(*leg, LegState::ended, LegEndReason::not_found, "the redirection leads nowhere", out);
    settle(number);
}

} // namespace parley::sip
