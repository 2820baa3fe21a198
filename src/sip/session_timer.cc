// Session timers (RFC 4028): a leg whose other side vanished ends, even if nobody hangs up.

#include "sip/endpoint_core.h"

#include <algorithm>

namespace parley::sip {

// 422 names the shortest interval that we take (RFC 4028 9). Also refuses fields that cannot be read.
bool SipEndpoint::Core::refuse_short_session(const Received& received, Commands& out)
{
    const Headers& headers = received.request.headers;
    if (settings_.session_interval == Duration {})
        return false;
    const auto asked = read_session_expires(headers);
    const auto least = read_min_se(headers);
    if (!asked || !least) {
        refuse(received.request, received.reply_to, 400, asked ? least.error().what : asked.error().what, out);
        return true;
    }
    // Who does not know the extension did not write the field: a proxy did, and 422 would help nobody.
    if (!*asked || (*asked)->interval >= min_session_interval || !lists_option(headers, "Supported", "timer"))
        return false;
    refuse(received.request, received.reply_to, 422, {}, out, "Min-SE",
        std::to_string(to_milliseconds(min_session_interval) / 1'000));
    return true;
}

// RFC 4028 9, table 2: what we say in the 2xx to an INVITE or UPDATE of the other side.
void SipEndpoint::Core::agree_on_session(SipLeg& leg, const Request& request, Response& response, Instant now)
{
    if (settings_.session_interval == Duration {})
        return;
    const bool they_know
        = lists_option(request.headers, "Supported", "timer") || lists_option(request.headers, "Require", "timer");
    const auto asked = read_session_expires(request.headers);
    const auto least = read_min_se(request.headers);
    SessionExpires said { settings_.session_interval, Refresher::uas };
    if (least && *least)
        leg.session.least = std::max(leg.session.least, **least);
    if (asked && *asked)
        said.interval = std::min(said.interval, (*asked)->interval);
    said.interval = std::max(said.interval, leg.session.least);
    if (they_know)
        said.refresher = asked && *asked ? (*asked)->refresher.value_or(Refresher::uac) : Refresher::uac;
    response.headers.add("Session-Expires", write(said));
    if (said.refresher == Refresher::uac)
        response.headers.add("Require", "timer");
    leg.session.interval = said.interval;
    leg.session.we_refresh = said.refresher == Refresher::uas;
    set_session_timers(leg, now);
}

void SipEndpoint::Core::ask_for_session(const SipLeg& leg, Request& request) const
{
    if (settings_.session_interval == Duration {})
        return;
    SessionExpires asked { std::max(settings_.session_interval, leg.session.least), {} };
    if (leg.session.interval != Duration {}) // A refresh keeps what was agreed on.
        asked = { leg.session.interval, leg.session.we_refresh ? Refresher::uac : Refresher::uas };
    request.headers.add("Session-Expires", write(asked));
    if (leg.session.least > min_session_interval)
        request.headers.add("Min-SE", std::to_string(to_milliseconds(leg.session.least) / 1'000));
}

// RFC 4028 7.2: what the 2xx to our INVITE or UPDATE says counts; without the field the session does not expire.
void SipEndpoint::Core::learn_session(SipLeg& leg, const Response& response, Instant now)
{
    if (settings_.session_interval == Duration {})
        return;
    const auto said = read_session_expires(response.headers);
    leg.session.interval = said && *said ? std::max((*said)->interval, min_session_interval) : Duration {};
    leg.session.we_refresh = said && *said && (*said)->refresher.value_or(Refresher::uac) == Refresher::uac;
    set_session_timers(leg, now);
}

void SipEndpoint::Core::set_session_timers(SipLeg& leg, Instant now)
{
    leg.timers.clear(LegTimer::refresh);
    leg.timers.clear(LegTimer::expired);
    const Duration interval = leg.session.interval;
    if (interval == Duration {})
        return;
    if (leg.session.we_refresh)
        leg.timers.set(LegTimer::refresh, now + interval / 2);
    // RFC 4028 10: so long before the end that the BYE still finds the other side in the session.
    leg.timers.set(LegTimer::expired, now + interval - std::min<Duration>(32s, interval / 3));
}

void SipEndpoint::Core::refresh_session(SipLeg& leg, Instant now, Commands& out)
{
    if (leg.state != LegState::established || leg.own)
        return; // What is under way refreshes as well.
    if (leg.wanted && !leg.pending_ack && !leg.timers.is_set(LegTimer::offer_again)) {
        offer_if_free(leg, now, out);
        return;
    }
    OwnRequest own;
    own.update = leg.takes_update;
    if (!own.update) {
        if (leg.pending_ack) {
            leg.timers.set(LegTimer::refresh, now + 1s); // RFC 3261 14.1: not while another INVITE is open.
            return;
        }
        own.media = leg.media;
        own.offer = leg.local_description; // RFC 4028 7.4: nothing changes.
    }
    send_own(leg, std::move(own), now, out);
}

} // namespace parley::sip
