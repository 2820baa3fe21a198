// Legs whose other side sends us elsewhere: REFER and the subscription that it begins (RFC 3515, 6665, 3892, 4488).

#include "sip/endpoint_core.h"
#include "sip/responding.h"

#include <algorithm>

namespace parley::sip {
namespace {

// What a REFER asks for, or why it is not taken.
struct Refused {
    std::uint16_t status = 400;
    std::string what = {};
};

std::variant<LegReferred, Refused> read_referral(const LegId& leg, const Headers& headers)
{
    auto target = read_refer_to(headers);
    if (!target)
        return Refused { 400, target.error().what };
    if (headers.count("Referred-By") > 1) // RFC 3892 2
        return Refused { 400, "Referred-By" };
    if (!target->uri.is_sip() && target->uri.scheme != "tel")
        return Refused { 416 };
    std::string to = target->uri.text;
    if (const Parameter* method = find_parameter(target->uri.parameters, "method")) {
        if (method->value.value_or("") != "INVITE") // Nothing but a call is begun.
            return Refused { 400, "Refer-To: method" };
        const auto at = lower(to).find(";method=invite");
        VERIFY(at != std::string::npos);
        to.erase(at, std::string_view(";method=INVITE").size()); // A Request-URI has none (RFC 3261 19.1.1).
    }
    const std::string* referred_by = headers.find("Referred-By");
    return LegReferred { leg, std::move(to), target->replaces, referred_by != nullptr ? *referred_by : "" };
}

} // namespace

void SipEndpoint::Core::on_refer(SipLeg& leg, const Received& received, Instant now, Commands& out)
{
    const Request& request = received.request;
    const auto turn_down = [&](std::uint16_t status, std::string_view what = {}) {
        refuse(request, received.reply_to, status, what, out);
    };
    if (settings_.referrers == Referrers::trusted && !leg.trusted)
        return turn_down(403);
    if (leg.state != LegState::established || leg.referral)
        return turn_down(491);
    if (is_full())
        return turn_down(503);
    const auto asked = read_referral(leg.id, request.headers);
    if (const auto* refused = std::get_if<Refused>(&asked))
        return turn_down(refused->status, refused->what);

    leg.dialog.remote_cseq = received.envelope.cseq.number;
    Referral referral;
    if (std::exchange(leg.was_referred, true))
        referral.id = received.envelope.cseq.number;
    const std::string* wanted = request.headers.find("Refer-Sub");
    referral.subscribed = wanted == nullptr || !same_word(trim(*wanted), "false");
    referral.ends = now + referral_lasts;
    leg.referral = referral;
    leg.timers.set(LegTimer::referral_ends, referral.ends);

    Response response = local_response(leg, request, 202);
    response.headers.add("Contact", contact(leg.dialog));
    if (!referral.subscribed)
        response.headers.add("Refer-Sub", "false");
    answer_request(received, std::move(response), now, out);
    report_referral(leg, 100, now, out); // RFC 3515 2.4.4: at once.
    out.emplace_back(std::get<LegReferred>(asked));
}

void SipEndpoint::Core::on(const TellReferral& command, Instant now, Commands& out)
{
    SipLeg* leg = find_leg(command.leg);
    if (leg == nullptr || !leg->referral || leg->referral->over)
        return;
    VERIFY(command.sip_status >= 100 && command.sip_status <= 699);
    report_referral(*leg, command.sip_status, now, out);
    settle(leg->number);
}

// One NOTIFY at a time: two on their way could overtake each other. Of what happens meanwhile the latest is told.
void SipEndpoint::Core::report_referral(SipLeg& leg, std::uint16_t status, Instant now, Commands& out)
{
    Referral& referral = *leg.referral;
    referral.over = status >= 200;
    if (referral.over)
        leg.timers.clear(LegTimer::referral_ends);
    if (!referral.subscribed) {
        if (referral.over && !referral.open)
            leg.referral.reset();
        return;
    }
    if (referral.open)
        referral.next = status;
    else
        send_notify(leg, status, "noresource", now, out); // RFC 3515 2.4.7: there is nothing more to say.
}

// `reason`: why the subscription is over, if this is its last word.
void SipEndpoint::Core::send_notify(
    SipLeg& leg, std::uint16_t status, std::string_view reason, Instant now, Commands& out)
{
    Referral& referral = *leg.referral;
    const auto left = std::max<std::int64_t>(to_milliseconds(referral.ends - now) / 1'000, 1);
    Request notify = leg.dialog.request("NOTIFY", ++leg.dialog.local_cseq);
    notify.headers.add("Contact", contact(leg.dialog));
    notify.headers.add("Event", referral.id ? "refer;id=" + std::to_string(*referral.id) : "refer");
    notify.headers.add("Subscription-State",
        referral.over ? "terminated;reason=" + std::string(reason) : "active;expires=" + std::to_string(left));
    notify.headers.add("User-Agent", settings_.product);
    notify.headers.add("Content-Type", "message/sipfrag;version=2.0");
    notify.body = "SIP/2.0 " + std::to_string(status) + ' ' + std::string(reason_phrase(status)) + "\r\n";
    referral.open = true;
    referral.notify = send_within(leg, std::move(notify), leg.dialog.next_hop(), now, out);
}

// Or it never will be. `is_gone`: the other side knows of no subscription, and hears no more.
void SipEndpoint::Core::on_notify_answered(SipLeg& leg, bool is_gone, Instant now, Commands& out)
{
    Referral& referral = *leg.referral;
    referral.open = false;
    referral.subscribed = referral.subscribed && !is_gone;
    if (referral.next && referral.subscribed)
        send_notify(leg, *std::exchange(referral.next, std::nullopt), "noresource", now, out);
    else if (referral.over)
        leg.referral.reset();
    if (leg.state == LegState::closing)
        close_if_free(leg, now, out);
}

void SipEndpoint::Core::end_referral(SipLeg& leg, Instant now, Commands& out)
{
    Referral& referral = *leg.referral;
    log_.warning("nobody said what became of a REFER", { { "leg", leg.id } });
    referral.over = true;
    referral.next.reset();
    if (!referral.subscribed || referral.open)
        leg.referral.reset(); // A NOTIFY that is not answered by now never will be.
    else
        send_notify(leg, 100, "timeout", now, out);
}

} // namespace parley::sip
