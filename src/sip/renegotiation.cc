// Offers on a leg that is answered, by re-INVITE (RFC 3261 14) and UPDATE (RFC 3311), in both directions: hold, another
// address, another codec, and the refreshes of a session timer.

#include "sip/endpoint_core.h"
#include "sip/responding.h"

#include <algorithm>

namespace parley::sip {
namespace {

// RFC 3261 14.1, in steps of 10 ms: who owns the Call-ID waits longer, so that both do not meet again.
Duration glare_pause(LegRole role, IdSource& ids)
{
    const std::uint64_t step = ids.number();
    return role == LegRole::outgoing ? std::chrono::milliseconds(2'100 + step % 191 * 10)
                                     : std::chrono::milliseconds(step % 201 * 10);
}

// RFC 3264 8: an offer keeps the lines that were refused before, and the place of the one that is in use.
sdp::SessionDescription offer_of(const SipLeg& leg, const sdp::LocalMedia& media)
{
    auto offer = sdp::make_offer(media);
    if (leg.local_description && leg.agreed && leg.agreed->srtp) { // What is protected stays so, by the same profile.
        const auto used
            = std::ranges::find_if(leg.local_description->media, [](const auto& each) { return each.port != 0; });
        if (used != leg.local_description->media.end())
            offer.media.front().protocol = used->protocol;
    }
    if (!leg.local_description || leg.local_description->media.size() < 2)
        return offer;
    auto lines = leg.local_description->media;
    const auto used = std::ranges::find_if(lines, [](const auto& line) { return line.port != 0; });
    if (used != lines.end())
        *used = std::move(offer.media.front());
    offer.media = std::move(lines);
    return offer;
}

} // namespace

// One offer at a time (RFC 3264 4, RFC 3261 14.2, RFC 3311 5.2).
bool SipEndpoint::Core::refuse_glare(const SipLeg& leg, const Received& received, Commands& out)
{
    const bool invite = received.request.method == "INVITE";
    const bool offers = invite || !received.request.body.empty();
    const bool ours_open = leg.own && (leg.own->offer || (invite && !leg.own->update));
    const bool our_offer_open = leg.pending_ack && leg.pending_ack->our_offer;
    if (!offers || (!ours_open && !our_offer_open))
        return false;
    refuse(received.request, received.reply_to, 491, {}, out);
    return true;
}

// RFC 3264 8: the version rises by one when the description changes, and only then.
void SipEndpoint::Core::number_version(SipLeg& leg, sdp::SessionDescription& description)
{
    if (!leg.local_description)
        return;
    description.origin.session_version = leg.local_description->origin.session_version;
    if (description != *leg.local_description)
        description.origin.session_version = ++leg.media.session_version;
}

// What we say to the offer of a re-INVITE or UPDATE, or nothing if that was refused: the session stays as it was.
std::optional<SipEndpoint::Core::Reanswer> SipEndpoint::Core::reanswer(
    SipLeg& leg, const Received& received, Commands& out)
{
    const Request& request = received.request;
    auto body = read_description(request.headers, request.body);
    if (const auto* error = std::get_if<BodyError>(&body)) {
        refuse(request, received.reply_to, error->status, error->what, out, error->status == 415 ? "Accept" : "",
            error->status == 415 ? "application/sdp" : "");
        return {};
    }
    const auto* offer = std::get_if<sdp::SessionDescription>(&body);
    sdp::LocalMedia media = leg.media;
    withhold_keys(media, received.source, settings_.keys_over);
    if (offer == nullptr && request.method == "UPDATE")
        return Reanswer {};
    if (offer == nullptr) { // RFC 3261 14.2: what we would offer now; the ACK answers.
        auto ours = offer_of(leg, media);
        number_version(leg, ours);
        return Reanswer { std::move(ours), {} };
    }
    auto answer = sdp::make_answer(*offer, media);
    if (!answer) {
        const bool unsupported = answer.error().kind == ErrorKind::unsupported;
        refuse(request, received.reply_to, unsupported ? 488 : 400, unsupported ? "" : answer.error().what, out);
        return {};
    }
    number_version(leg, answer->description);
    return Reanswer { std::move(answer->description), std::move(answer->agreed) };
}

// Before the answer the offer of the INVITE waits for its own (RFC 3261 14.2, RFC 3311 5.2); afterwards there is
// nothing.
void SipEndpoint::Core::refuse_outside_session(const SipLeg& leg, const Received& received, Commands& out)
{
    if (leg.state == LegState::offered || leg.state == LegState::ringing)
        refuse(received.request, received.reply_to, 500, {}, out, "Retry-After", std::to_string(ids_.number() % 11));
    else
        refuse(received.request, received.reply_to, 481, {}, out);
}

// A re-INVITE or UPDATE that is taken, a target refresh included (RFC 3261 12.2.2). Nothing: it was refused.
std::optional<SipEndpoint::Core::Reanswer> SipEndpoint::Core::take_offer(
    SipLeg& leg, const Received& received, Commands& out)
{
    const Headers& headers = received.request.headers;
    if (refuse_glare(leg, received, out) || refuse_short_session(received, out))
        return {};
    const bool moves = headers.count("Contact") > 0;
    const auto their_contact = moves ? read_contact(headers) : Result<NameAddr>(NameAddr {});
    if (!their_contact) {
        refuse(received.request, received.reply_to, 400, their_contact.error().what, out);
        return {};
    }
    auto said = reanswer(leg, received, out);
    if (!said)
        return {};
    leg.dialog.remote_cseq = received.envelope.cseq.number;
    if (moves)
        leg.dialog.remote_target = their_contact->uri.text;
    return said;
}

void SipEndpoint::Core::on_reinvite(SipLeg& leg, const Received& received, Instant now, Commands& out)
{
    const Request& request = received.request;
    if (leg.state != LegState::established)
        return refuse_outside_session(leg, received, out);
    if (is_full())
        return refuse(request, received.reply_to, 503, {}, out);
    auto said = take_offer(leg, received, out);
    if (!said)
        return;
    const TransactionId transaction = open_server(received);
    accept_invite(leg, request, transaction, std::move(said->description), !said->agreed, false, now, out);
    if (said->agreed && said->agreed != leg.agreed)
        agree(leg, *said->agreed, out);
    tell_hold(leg, out);
}

void SipEndpoint::Core::on_update(SipLeg& leg, const Received& received, Instant now, Commands& out)
{
    const Request& request = received.request;
    const bool early = leg.state == LegState::ringing && leg.early_session && !leg.unacknowledged;
    if (leg.state != LegState::established && !early)
        return refuse_outside_session(leg, received, out);
    auto said = take_offer(leg, received, out);
    if (!said)
        return;
    Response response = local_response(leg, request, 200);
    response.headers.add("Contact", contact(leg.dialog));
    add_abilities(response.headers);
    if (!early)
        agree_on_session(leg, request, response, now);
    if (said->description) {
        response.headers.add("Content-Type", "application/sdp");
        response.body = sdp::write(*said->description);
        leg.local_description = std::move(said->description);
    }
    answer_request(received, std::move(response), now, out);
    if (said->agreed && said->agreed != leg.agreed)
        agree(leg, *said->agreed, out);
    tell_hold(leg, out);
}

void SipEndpoint::Core::on(const OfferSipLeg& command, Instant now, Commands& out)
{
    SipLeg* leg = find_leg(command.leg);
    if (leg == nullptr || leg->state != LegState::established)
        return;
    leg->wanted = as_reached(command.media, leg->dialog.peer);
    offer_if_free(*leg, now, out);
    settle(leg->number);
}

// Sends what is wanted unless another offer is open; what closes that one asks again.
void SipEndpoint::Core::offer_if_free(SipLeg& leg, Instant now, Commands& out)
{
    if (leg.state != LegState::established || !leg.wanted || leg.own || leg.pending_ack
        || leg.timers.is_set(LegTimer::offer_again))
        return;
    OwnRequest own;
    own.media = *leg.wanted;
    withhold_keys(own.media, leg.dialog.peer, settings_.keys_over);
    own.media.session_id = leg.media.session_id;
    own.media.session_version = leg.media.session_version;
    own.offer = offer_of(leg, own.media);
    number_version(leg, *own.offer);
    own.media.session_version = leg.media.session_version;
    own.wanted = true;
    send_own(leg, std::move(own), now, out);
}

void SipEndpoint::Core::send_own(SipLeg& leg, OwnRequest own, Instant now, Commands& out)
{
    Request request = leg.dialog.request(own.update ? "UPDATE" : "INVITE", ++leg.dialog.local_cseq);
    const Hop next = leg.dialog.next_hop();
    add_via(request, next);
    authorize(leg, request);
    request.headers.add("Contact", contact(leg.dialog));
    add_abilities(request.headers);
    ask_for_session(leg, request);
    request.headers.add("User-Agent", settings_.product);
    if (own.offer) {
        request.headers.add("Content-Type", "application/sdp");
        request.body = sdp::write(*own.offer);
    }
    leg.own = std::move(own);
    leg.own->transaction = layer_.send(std::move(request), next, leg.number, now, pending_);
    if (!leg.own->update) {
        leg.reinvite = leg.own->transaction;
        leg.reinvite_ack.reset();
    }
    collect(out);
}

void SipEndpoint::Core::on_own_response(SipLeg& leg, const Response& response, Instant now, Commands& out)
{
    if (response.status < 200)
        return;
    OwnRequest own = std::move(*leg.own);
    leg.own.reset();
    if (response.status < 300)
        on_own_success(leg, std::move(own), response, now, out);
    else if (leg.state == LegState::established)
        on_own_failure(leg, std::move(own), response, now, out);
}

void SipEndpoint::Core::on_own_success(
    SipLeg& leg, OwnRequest own, const Response& response, Instant now, Commands& out)
{
    if (const auto moved = read_contact(response.headers))
        leg.dialog.remote_target = moved->uri.text;
    if (!own.update) { // Its ACK goes out even if the leg ended meanwhile.
        const auto cseq = parse_cseq(*response.headers.find("CSeq"));
        Request ack = leg.dialog.request("ACK", cseq->number);
        const Hop next = leg.dialog.next_hop();
        add_via(ack, next);
        leg.reinvite_ack = Packet { write(ack), next };
        send(*leg.reinvite_ack, out);
    }
    if (leg.state != LegState::established)
        return;
    learn_session(leg, response, now);
    if (own.offer) {
        auto body = read_description(response.headers, response.body);
        const auto* answer = std::get_if<sdp::SessionDescription>(&body);
        const bool refresh_only = std::holds_alternative<std::monostate>(body) && !own.wanted;
        if (!refresh_only) {
            const auto agreed = answer != nullptr
                ? sdp::accept_answer(*own.offer, *answer)
                : Result<sdp::AgreedMedia>(Error { ErrorKind::invalid_request, "SDP answer" });
            if (!agreed) { // RFC 3261 14.1 leaves no session that both sides know of.
                break_off(leg, 488, agreed.error().what, now, out);
                return;
            }
            leg.media = own.media;
            leg.local_description = std::move(own.offer);
            if (leg.wanted && own.wanted) {
                leg.wanted->session_version = own.media.session_version;
                leg.wanted->session_id = own.media.session_id;
                if (*leg.wanted == own.media)
                    leg.wanted.reset();
            }
            if (*agreed != leg.agreed)
                agree(leg, *agreed, out);
            tell_hold(leg, out);
        }
    }
    offer_if_free(leg, now, out);
}

void SipEndpoint::Core::on_own_failure(
    SipLeg& leg, OwnRequest own, const Response& response, Instant now, Commands& out)
{
    const auto pause = read_retry_after(response.headers);
    switch (response.status) {
    case 408:
    case 481: // RFC 3261 12.2.1.2, RFC 5057 5.1: the dialog is gone.
        break_off(leg, response.status, std::to_string(response.status) + " to a request of ours", now, out);
        return;
    case 401:
    case 407:
        if (!leg.digest || !leg.digest->take_challenges(response, own.challenges))
            break;
        ++own.challenges;
        send_own(leg, std::move(own), now, out);
        return;
    case 405:
    case 501:
        if (!own.update)
            break;
        leg.takes_update = false; // RFC 4028 9: by re-INVITE then.
        refresh_session(leg, now, out);
        return;
    case 422: {
        const auto least = read_min_se(response.headers);
        if (!least || !*least || **least <= leg.session.least)
            break;
        leg.session.least = **least;
        leg.session.interval = std::max(leg.session.interval, **least);
        if (own.wanted)
            offer_if_free(leg, now, out);
        else
            refresh_session(leg, now, out);
        return;
    }
    case 491: leg.timers.set(LegTimer::offer_again, now + glare_pause(leg.role, ids_)); return;
    case 500:
    case 503:
        if (!pause || *pause > longest_offer_pause)
            break;
        leg.timers.set(LegTimer::offer_again, now + *pause);
        return;
    default: break;
    }
    if (!own.wanted)
        return; // A refresh: the session lasts until it expires.
    leg.wanted.reset();
    out.emplace_back(OfferRefused { leg.id, response.status });
}

} // namespace parley::sip
