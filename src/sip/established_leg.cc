// Legs of both roles once they are answered: requests within the dialog, hanging up, timers (RFC 3261 12.2, 14, 15).

#include "sip/endpoint_core.h"
#include "sip/keypad_body.h"
#include "sip/nat.h"
#include "sip/responding.h"

#include <algorithm>

namespace parley::sip {
namespace {

std::string with_reason(std::string detail, const Headers& headers)
{
    const std::string reason = read_reason(headers);
    return reason.empty() ? detail : detail + " (" + reason + ')';
}

} // namespace

void SipEndpoint::Core::on_within_dialog(SipLeg& leg, const Received& received, Instant now, Commands& out)
{
    const Request& request = received.request;
    const std::uint32_t cseq = received.envelope.cseq.number;
    if (leg.dialog.remote_cseq && cseq < *leg.dialog.remote_cseq) { // RFC 3261 12.2.2
        refuse(request, received.reply_to, 500, {}, out, "Retry-After", "0");
        return;
    }
    if (request.method == "OPTIONS") {
        leg.dialog.remote_cseq = cseq;
        answer_options(received, out);
    } else if (request.method == "BYE") {
        leg.dialog.remote_cseq = cseq;
        on_bye(leg, received, now, out);
    } else if (request.method == "INFO") {
        on_info(leg, received, now, out);
    } else if (request.method == "PRACK") {
        on_prack(leg, received, now, out);
    } else if (request.method == "REFER") {
        on_refer(leg, received, now, out);
    } else if (request.method == "UPDATE") {
        on_update(leg, received, now, out);
    } else {
        on_reinvite(leg, received, now, out);
    }
    settle(leg.number);
}

// A response that ends its transaction at once.
void SipEndpoint::Core::answer_request(const Received& received, Response response, Instant now, Commands& out)
{
    if (is_full()) { // Without a transaction: a lost response is made good by the next retransmission.
        response.headers.add("Server", settings_.product);
        send({ write(response), received.reply_to }, out);
    } else {
        respond(open_server(received), std::move(response), now, out);
    }
}

// The keys of a telephone, as INFO had them before packages (RFC 6086 2); no package is known here.
void SipEndpoint::Core::on_info(SipLeg& leg, const Received& received, Instant now, Commands& out)
{
    const Request& request = received.request;
    if (request.headers.count("Info-Package") > 0) {
        refuse(request, received.reply_to, 469, {}, out, "Recv-Info", "");
        return;
    }
    const std::string* type = request.headers.find("Content-Type");
    const std::string_view media_type
        = type != nullptr ? trim(std::string_view(*type).substr(0, type->find(';'))) : std::string_view();
    if (!request.body.empty() && !is_keypad_type(media_type)) {
        refuse(request, received.reply_to, 415, {}, out, "Accept", "application/dtmf-relay, application/dtmf");
        return;
    }
    const auto press = request.body.empty() ? std::optional<KeyPress>() : parse_keypad(media_type, request.body);
    if (!press) {
        refuse(request, received.reply_to, 400, press.error().what, out);
        return;
    }
    leg.dialog.remote_cseq = received.envelope.cseq.number;
    answer_request(received, local_response(leg, request, 200), now, out);
    if (*press && numbers_.contains(leg.id))
        out.emplace_back(LegDigit { leg.id, (*press)->key, (*press)->held });
}

void SipEndpoint::Core::on_bye(SipLeg& leg, const Received& received, Instant now, Commands& out)
{
    answer_request(received, local_response(leg, received.request, 200), now, out);
    switch (leg.state) {
    case LegState::offered:
    case LegState::ringing: // RFC 3261 15.1.2: a pending INVITE is answered with 487.
        reject(
            leg, 487, LegEndReason::cancel, with_reason("BYE before the answer", received.request.headers), now, out);
        break;
    case LegState::established:
        end(leg, LegState::ended, LegEndReason::hangup,
            with_reason("hung up by the other side", received.request.headers), out);
        break;
    case LegState::closing:
        leg.timers.clear_all();
        leg.referral.reset();
        leg.state = LegState::ended;
        break;
    case LegState::calling:
    case LegState::proceeding:
    case LegState::giving_up:
    case LegState::cancelling:
    case LegState::ended: break;
    }
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
        close_if_free(*leg, now, out);
    } else if (acknowledged.our_offer) {
        auto body = read_description(received.request.headers, received.request.body);
        const auto* answer = std::get_if<sdp::SessionDescription>(&body);
        const auto agreed = answer != nullptr
            ? sdp::accept_answer(*leg->local_description, *answer)
            : Result<sdp::AgreedMedia>(Error { ErrorKind::invalid_request, "SDP answer missing in ACK" });
        if (!agreed) {
            break_off(*leg, 488, agreed.error().what, now, out);
        } else {
            if (acknowledged.first || *agreed != leg->agreed)
                agree(*leg, *agreed, out);
            if (acknowledged.first)
                out.emplace_back(LegAnswered { leg->id });
            tell_hold(*leg, out);
        }
    }
    offer_if_free(*leg, now, out);
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
    case LegState::proceeding:
        leg->answered_elsewhere = command.answered_elsewhere;
        give_up(*leg, LegEndReason::cancel, "given up before the answer", now, out);
        break;
    case LegState::established:
        // RFC 3261 15: not before the ACK, or until it is clear that none will come. Who referred us hears first what
        // became of it.
        if (leg->pending_ack || (leg->referral && leg->referral->open)) {
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
        if (leg.state == LegState::closing) {
            close_if_free(leg, now, out);
        } else {
            break_off(leg, 408, "no ACK", now, out);
        }
        break;
    case LegTimer::no_answer: give_up(leg, LegEndReason::no_answer, "no answer in time", now, out); break;
    case LegTimer::next_server:
        if (leg.state == LegState::calling && !leg.servers.empty()) {
            layer_.drop_client(leg.transaction, pending_);
            if (!try_next_server(leg, now, out)) // No room for another transaction.
                end(leg, LegState::ended, LegEndReason::error, "no response", out);
        }
        break;
    case LegTimer::no_final: layer_.drop_client(leg.transaction, pending_); break;
    case LegTimer::offer_again:
        if (leg.wanted)
            offer_if_free(leg, now, out);
        else
            refresh_session(leg, now, out);
        break;
    case LegTimer::refresh: refresh_session(leg, now, out); break;
    case LegTimer::repeat_provisional:
        VERIFY(leg.unacknowledged.has_value());
        send(leg.unacknowledged->packet, out);
        ++counters_.retransmissions;
        leg.unacknowledged->interval *= 2; // RFC 3262 3: without a limit.
        leg.timers.set(LegTimer::repeat_provisional, when + leg.unacknowledged->interval);
        break;
    case LegTimer::no_prack: reject(leg, 504, LegEndReason::error, "no PRACK", now, out); break;
    case LegTimer::referral_ends: end_referral(leg, now, out); break;
    case LegTimer::expired: break_off(leg, 408, "session expired", now, out); break;
    case LegTimer::count: break;
    }
}

void SipEndpoint::Core::send_bye(SipLeg& leg, Instant now, Commands& out, std::string_view reason)
{
    Request bye = leg.dialog.request("BYE", ++leg.dialog.local_cseq);
    bye.headers.add("User-Agent", settings_.product);
    if (!reason.empty())
        bye.headers.add("Reason", reason);
    leg.bye = send_within(leg, std::move(bye), leg.dialog.next_hop(), now, out);
}

// BYE, once what it waits for is done.
void SipEndpoint::Core::close_if_free(SipLeg& leg, Instant now, Commands& out)
{
    if (leg.pending_ack || (leg.referral && leg.referral->open))
        return;
    send_bye(leg, now, out);
    leg.timers.clear_all();
    leg.state = LegState::ended;
}

void SipEndpoint::Core::break_off(SipLeg& leg, std::uint16_t why, std::string detail, Instant now, Commands& out)
{
    send_bye(leg, now, out, write_reason(why, detail));
    end(leg, LegState::ended, LegEndReason::error, std::move(detail), out);
}

// Said once sound flows, and whenever the other side changes its mind.
void SipEndpoint::Core::tell_hold(SipLeg& leg, Commands& out)
{
    const bool held = leg.agreed && sdp::may_send(leg.media.direction) && !sdp::may_send(leg.agreed->direction);
    if (held == leg.held || leg.state != LegState::established)
        return;
    leg.held = held;
    if (held)
        out.emplace_back(LegHeld { leg.id });
    else
        out.emplace_back(LegResumed { leg.id });
}

void SipEndpoint::Core::agree(SipLeg& leg, const sdp::AgreedMedia& media, Commands& out)
{
    leg.agreed = media;
    sdp::AgreedMedia reached = media;
    reached.remote_rtp = reachable(media.remote_rtp, leg.dialog.peer.address.ip);
    reached.remote_rtcp = reachable(media.remote_rtcp, leg.dialog.peer.address.ip);
    out.emplace_back(MediaAgreed { leg.id, std::move(reached), leg.state != LegState::established });
}

// Tells the user once; what remains to be said to the peer is what `next` stands for.
void SipEndpoint::Core::end(SipLeg& leg, LegState next, LegEndReason reason, std::string detail, Commands& out)
{
    leg.state = next;
    if (next == LegState::ended) {
        leg.timers.clear_all();
        leg.pending_ack.reset();
        leg.referral.reset();
    }
    invites_.erase(leg.transaction);
    if (numbers_.erase(leg.id) == 0)
        return;
    if (door_)
        door_->call_ended(leg.party);
    log_.debug("sip leg ended", { { "leg", leg.id }, { "sip_call_id", leg.dialog.call_id }, { "why", detail } });
    out.emplace_back(LegEnded { leg.id, reason, std::move(detail), leg.retry_after });
}

} // namespace parley::sip
