// Legs of both roles once they are answered: requests within the dialog, hanging up, timers (RFC 3261 12.2, 14, 15).

#include "sip/endpoint_core.h"
#include "sip/responding.h"

#include <algorithm>

namespace parley::sip {

void SipEndpoint::Core::on_within_dialog(SipLeg& leg, const Received& received, Instant now, Commands& out)
{
    const Request& request = received.request;
    const std::uint32_t cseq = received.envelope.cseq.number;
    if (leg.dialog.remote_cseq && cseq < *leg.dialog.remote_cseq) { // RFC 3261 12.2.2
        refuse(request, received.reply_to, 500, {}, out);
        return;
    }
    if (request.method == "OPTIONS") {
        leg.dialog.remote_cseq = cseq;
        answer_options(received, out);
    } else if (request.method == "BYE") {
        leg.dialog.remote_cseq = cseq;
        on_bye(leg, received, now, out);
    } else {
        on_reinvite(leg, received, now, out);
    }
    settle(leg.number);
}

void SipEndpoint::Core::on_bye(SipLeg& leg, const Received& received, Instant now, Commands& out)
{
    Response response = local_response(leg, received.request, 200);
    if (is_full()) { // Without a transaction: a lost response is made good by the next retransmission.
        response.headers.add("Server", settings_.product);
        send({ write(response), received.reply_to }, out);
    } else {
        respond(open_server(received), std::move(response), now, out);
    }
    switch (leg.state) {
    case LegState::offered:
    case LegState::ringing: // RFC 3261 15.1.2: a pending INVITE is answered with 487.
        reject(leg, 487, LegEndReason::cancel, "BYE before the answer", now, out);
        break;
    case LegState::established:
        end(leg, LegState::ended, LegEndReason::hangup, "hung up by the other side", out);
        break;
    case LegState::closing:
        leg.timers.clear_all();
        leg.state = LegState::ended;
        break;
    case LegState::calling:
    case LegState::proceeding:
    case LegState::giving_up:
    case LegState::cancelling:
    case LegState::ended: break;
    }
}

void SipEndpoint::Core::on_reinvite(SipLeg& leg, const Received& received, Instant now, Commands& out)
{
    const Request& request = received.request;
    if (leg.state != LegState::established) {
        const bool before_answer = leg.state == LegState::offered || leg.state == LegState::ringing;
        // RFC 3261 14.2: 500 with Retry-After while the first INVITE is not answered.
        refuse(request, received.reply_to, before_answer ? 500 : 481, {}, out, before_answer ? "Retry-After" : "",
            before_answer ? "2" : "");
        return;
    }
    if (is_full()) {
        refuse(request, received.reply_to, 503, {}, out);
        return;
    }
    if (leg.pending_ack && leg.pending_ack->our_offer) { // RFC 3261 14.2, RFC 3264 4: one offer at a time.
        refuse(request, received.reply_to, 491, {}, out);
        return;
    }
    auto body = read_description(request.headers, request.body);
    if (const auto* error = std::get_if<BodyError>(&body)) {
        refuse(request, received.reply_to, error->status, error->what, out);
        return;
    }
    const bool moves = request.headers.count("Contact") > 0;
    const auto their_contact = moves ? read_contact(request.headers) : Result<NameAddr>(NameAddr {});
    if (!their_contact) {
        refuse(request, received.reply_to, 400, their_contact.error().what, out);
        return;
    }
    const auto* offer = std::get_if<sdp::SessionDescription>(&body);
    sdp::LocalMedia media = leg.media;
    auto answer = offer != nullptr ? sdp::make_answer(*offer, media)
                                   : Result<sdp::Answer>(sdp::Answer { sdp::make_offer(media), {} });
    if (!answer) { // The session stays as it was.
        const bool unsupported = answer.error().kind == ErrorKind::unsupported;
        refuse(request, received.reply_to, unsupported ? 488 : 400, unsupported ? "" : answer.error().what, out);
        return;
    }
    // RFC 3264 8: the version rises by one when the description changes, and only then.
    if (leg.local_description && answer->description != *leg.local_description) {
        ++leg.media.session_version;
        answer->description.origin.session_version = leg.media.session_version;
    }
    leg.dialog.remote_cseq = received.envelope.cseq.number;
    if (moves) // RFC 3261 12.2.2: a target refresh.
        leg.dialog.remote_target = their_contact->uri.text;
    const TransactionId transaction = open_server(received);
    accept_invite(leg, request, transaction, std::move(answer->description), offer == nullptr, false, now, out);
    if (offer != nullptr && answer->agreed != leg.agreed)
        agree(leg, answer->agreed, out);
}

void SipEndpoint::Core::on_ack(const Received& received, Instant now, Commands& out)
{
    SipLeg* leg = find_dialog(received.envelope);
    if (leg == nullptr || !leg->pending_ack || leg->pending_ack->cseq != received.envelope.cseq.number)
        return; // For a 2xx that was acknowledged already, or for a refusal that left nothing behind.
    const PendingAck acknowledged = std::move(*leg->pending_ack);
    leg->pending_ack.reset();
    leg->timers.clear(LegTimer::repeat_success);
    leg->timers.clear(LegTimer::no_ack);
    const LegNumber number = leg->number;
    if (leg->state == LegState::closing) {
        send_bye(*leg, now, out);
        leg->state = LegState::ended;
    } else if (acknowledged.our_offer) {
        auto body = read_description(received.request.headers, received.request.body);
        const auto* answer = std::get_if<sdp::SessionDescription>(&body);
        const auto agreed = answer != nullptr
            ? sdp::accept_answer(*leg->local_description, *answer)
            : Result<sdp::AgreedMedia>(Error { ErrorKind::invalid_request, "SDP answer missing in ACK" });
        if (!agreed) {
            send_bye(*leg, now, out);
            end(*leg, LegState::ended, LegEndReason::error, agreed.error().what, out);
        } else {
            agree(*leg, *agreed, out);
            if (acknowledged.first)
                out.emplace_back(LegAnswered { leg->id });
        }
    }
    settle(number);
}

void SipEndpoint::Core::on(const HangUpLeg& command, Instant now, Commands& out)
{
    SipLeg* leg = find_leg(command.leg);
    if (leg == nullptr)
        return;
    const LegNumber number = leg->number;
    switch (leg->state) {
    case LegState::offered:
    case LegState::ringing: reject(*leg, 603, LegEndReason::decline, "declined", now, out); break;
    case LegState::calling:
    case LegState::proceeding: give_up(*leg, LegEndReason::cancel, "given up before the answer", now, out); break;
    case LegState::established:
        if (leg->pending_ack) { // RFC 3261 15: not before the ACK, or until it is clear that none will come.
            end(*leg, LegState::closing, LegEndReason::hangup, "hung up by us", out);
        } else {
            send_bye(*leg, now, out);
            end(*leg, LegState::ended, LegEndReason::hangup, "hung up by us", out);
        }
        break;
    case LegState::giving_up:
    case LegState::cancelling:
    case LegState::closing:
    case LegState::ended: break;
    }
    settle(number);
}

void SipEndpoint::Core::on_leg_timer(SipLeg& leg, LegTimer timer, Instant when, Instant now, Commands& out)
{
    switch (timer) {
    case LegTimer::repeat_success:
        VERIFY(leg.pending_ack.has_value());
        send(leg.pending_ack->packet, out);
        ++counters_.retransmissions;
        leg.pending_ack->interval = std::min(2 * leg.pending_ack->interval, settings_.timers.t2);
        leg.timers.set(LegTimer::repeat_success, when + leg.pending_ack->interval);
        break;
    case LegTimer::no_ack: // RFC 3261 13.3.1.4: the dialog is there, the session is not.
        leg.pending_ack.reset();
        leg.timers.clear(LegTimer::repeat_success);
        send_bye(leg, now, out);
        if (leg.state == LegState::closing)
            leg.state = LegState::ended;
        else
            end(leg, LegState::ended, LegEndReason::error, "no ACK", out);
        break;
    case LegTimer::no_answer: give_up(leg, LegEndReason::no_answer, "no answer in time", now, out); break;
    case LegTimer::no_final: layer_.drop_client(leg.transaction, pending_); break;
    case LegTimer::count: break;
    }
}

void SipEndpoint::Core::send_bye(SipLeg& leg, Instant now, Commands& out)
{
    Request bye = leg.dialog.request("BYE", ++leg.dialog.local_cseq);
    const Hop next = leg.dialog.next_hop();
    add_via(bye, next.transport);
    bye.headers.add("User-Agent", settings_.product);
    leg.bye = layer_.send(std::move(bye), next, leg.number, now, pending_);
    collect(out);
}

void SipEndpoint::Core::agree(SipLeg& leg, const sdp::AgreedMedia& media, Commands& out)
{
    leg.agreed = media;
    out.emplace_back(MediaAgreed { leg.id, media });
}

// Tells the user once; what remains to be said to the peer is what `next` stands for.
void SipEndpoint::Core::end(SipLeg& leg, LegState next, LegEndReason reason, std::string detail, Commands& out)
{
    leg.state = next;
    if (next == LegState::ended) {
        leg.timers.clear_all();
        leg.pending_ack.reset();
    }
    invites_.erase(leg.transaction);
    if (numbers_.erase(leg.id) == 0)
        return;
    if (door_)
        door_->call_ended(leg.party);
    log_.debug("sip leg ended", { { "leg", leg.id }, { "sip_call_id", leg.dialog.call_id }, { "why", detail } });
    out.emplace_back(LegEnded { leg.id, reason, std::move(detail) });
}

} // namespace parley::sip
