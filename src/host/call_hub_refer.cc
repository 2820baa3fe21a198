// Calls whose other side refers us to somebody else: whether the project may call there, and which way leads there.
#include "host/call_hub.h"

#include "net/clock.h"
#include "sip/uri.h"

namespace parley {

namespace {

// RFC 3261 21.4.4, 21.5.4
constexpr std::uint16_t sip_forbidden = 403;
constexpr std::uint16_t sip_unavailable = 503;

// As programs name it to `calling.dial`. What costs money is a number, however it is written.
DialSpec as_dial(const std::string& to, const std::vector<sip::DialRoute>& ways)
{
    const auto uri = sip::parse_uri(to);
    const bool is_number = uri && (uri->scheme == "tel" || (!ways.empty() && !ways.front().trunk.empty()));
    DialTarget target;
    target.device.type = is_number ? DeviceType::phone : DeviceType::sip;
    target.device.to = target.to = is_number ? uri->user : to;
    DialSpec spec;
    spec.groups = { { std::move(target) } };
    return spec;
}

} // namespace

void CallHub::referred(const LegReferred& referral)
{
    const auto leg = legs_.find(referral.leg);
    if (leg == legs_.end())
        return;
    const Entry& entry = calls_.at(leg->second);
    const auto refuse_it = [&](std::uint16_t status, std::string_view why) {
        log_.info(
            "transfer refused", { { "call", leg->second }, { "to", Pii<std::string>(referral.to) }, { "why", why } });
        sip_->handle(TellReferral { referral.leg, status });
    };
    if (draining_)
        return refuse_it(sip_unavailable, "the server stops");
    const auto project = options_.dialing.find(entry.project);
    const DialPolicy policy = project != options_.dialing.end() ? project->second.policy : DialPolicy {};
    const auto ways = sip_->endpoint().routes(referral.to, now());
    if (!may_dial(policy, as_dial(referral.to, ways)))
        return refuse_it(sip_forbidden, "the configuration does not allow to dial this");
    log_.info("call referred",
        { { "call", leg->second }, { "to", Pii<std::string>(referral.to) },
            { "attended", !referral.replaces.empty() } });
    to_call(referral.leg, referral);
}

void CallHub::refer(const CallId& call, DialLeg dial, sdp::LocalMedia media)
{
    loop_.post([this, call, dial = std::move(dial), media = std::move(media)]() mutable {
        dial_referred(call, std::move(dial), std::move(media));
    });
}

void CallHub::dial_referred(const CallId& call, DialLeg dial, sdp::LocalMedia media)
{
    const auto found = calls_.find(call);
    if (found == calls_.end())
        return;
    found->second.legs.push_back(dial.leg);
    legs_.emplace(dial.leg, call);
    const auto fail = [this](const LegId& leg, LegEndReason reason, std::string why) {
        to_call(leg, LegEnded { leg, reason, std::move(why) });
        legs_.erase(leg);
    };
    if (draining_)
        return fail(dial.leg, LegEndReason::error, "the server stops");
    auto ways = sip_->endpoint().routes(dial.to, now());
    if (ways.empty())
        return fail(dial.leg, LegEndReason::not_found, "no way leads there");
    sip::DialRoute way = std::move(ways.front()); // Of several phones of a user the one to try first.
    dial.to = way.uri;
    if (dial.from.empty() && way.trunk.empty())
        dial.from = "anonymous"; // RFC 3261 8.1.1.3
    send_dial({ std::move(dial), std::move(way.servers), std::move(media), std::move(way.trunk), way.registered });
}

} // namespace parley
