// Incoming legs: from the INVITE to its final response (RFC 3261 8.2, 9.2, 13.3).

#include "sip/endpoint_core.h"
#include "sip/nat.h"
#include "sip/responding.h"

#include <algorithm>

namespace parley::sip {
namespace {

std::uint16_t status_of(LegEndReason reason)
{
    switch (reason) {
    case LegEndReason::busy: return 486;
    case LegEndReason::no_answer:
    case LegEndReason::hangup:
    case LegEndReason::cancel: return 480;
    case LegEndReason::decline: return 603;
    case LegEndReason::not_found: return 404;
    case LegEndReason::error: break;
    }
    return 500;
}

std::string describe(std::uint16_t status)
{
    return std::to_string(status) + ' ' + std::string(reason_phrase(status));
}

} // namespace

void SipEndpoint::Core::on_invite(const Received& received, Instant now, Commands& out)
{
    const Request& request = received.request;
    const auto turn_away = [&](std::uint16_t status, std::string_view what) {
        refuse(request, received.reply_to, status, what, out, status == 415 ? "Accept" : "",
            status == 415 ? "application/sdp" : "");
    };
    if (is_full() || numbers_.size() >= settings_.limits.max_legs)
        return turn_away(503, {});
    if (refuse_short_session(received, out))
        return;
    const auto their_contact = read_contact(request.headers);
    if (!their_contact)
        return turn_away(400, their_contact.error().what);
    auto route_set = read_record_route(request.headers);
    if (!route_set)
        return turn_away(400, route_set.error().what);
    auto body = read_description(request.headers, request.body);
    if (const auto* error = std::get_if<BodyError>(&body))
        return turn_away(error->status, error->what);

    std::optional<sdp::AgreedMedia> media;
    auto* offer = std::get_if<sdp::SessionDescription>(&body);
    sdp::LocalMedia ours;
    ours.sound = settings_.sound;
    ours.srtp = settings_.srtp;
    if (ours.srtp != sdp::SrtpPolicy::off)
        for (const auto suite : sdp::all_crypto_suites)
            ours.crypto.push_back({ suite }); // Real keys come with the socket.
    withhold_keys(ours, received.source, settings_.keys_over);
    if (lacks_protection(ours))
        return turn_away(488, {});
    if (offer != nullptr) {
        auto answer = sdp::make_answer(*offer, ours);
        if (!answer)
            return answer.error().kind == ErrorKind::unsupported ? turn_away(488, {})
                                                                 : turn_away(400, answer.error().what);
        media = answer->agreed;
        media->srtp.reset();
    }

    const auto target = parse_uri(request.uri);
    SipLeg& leg = add_leg(LegId { ids_.uuid() }, LegRole::incoming);
    const Envelope& envelope = received.envelope;
    leg.dialog.call_id = envelope.call_id;
    leg.dialog.local_tag = ids_.token(16);
    leg.dialog.remote_tag = envelope.from.tag();
    leg.dialog.local = *request.headers.find("To") + ";tag=" + leg.dialog.local_tag;
    leg.dialog.remote = *request.headers.find("From");
    leg.dialog.remote_cseq = envelope.cseq.number;
    leg.dialog.remote_target = their_contact->uri.text;
    leg.dialog.route_set = std::move(*route_set); // RFC 3261 12.1.1: in the order of the request.
    leg.dialog.peer = received.source;
    leg.takes_update = allows(request.headers, "UPDATE");
    leg.trusted = !received.admission.trunk.empty() || !received.admission.user.empty();
    leg.dialog.secure = target && target->is_secure();
    leg.dialog.behind_nat = leg.dialog.route_set.empty()
        && (envelope.via.host != received.source.address.ip
            || is_hidden(their_contact->uri.host, received.source.address.ip));
    leg.invite = request;
    leg.invite.body.clear();
    if (offer != nullptr)
        leg.remote_offer = std::move(*offer);
    leg.transaction = open_server(received);
    dialogs_.emplace(leg.dialog.key(), leg.number);
    invites_.emplace(leg.transaction, leg.number);
    // RFC 3261 17.2.1 lets 200 ms pass first; at once is allowed and stops retransmissions sooner.
    respond(leg.transaction, make_response(request, 100, {}), now, out);

    count_call(leg, received.admission.party);
    if (const Trunk* trunk = door_ ? door_->trunks.find(received.admission.trunk) : nullptr;
        trunk != nullptr && !trunk->username.empty()) // For challenges to our BYE and the like.
        leg.digest.emplace(DigestAccount { trunk->username, trunk->password });
    out.emplace_back(
        LegOffered { LegIncoming { leg.id, envelope.from.uri.user, received.admission.called, envelope.from.display },
            envelope.call_id, received.source, media, received.admission.trunk, received.admission.user });
}

void SipEndpoint::Core::on(const RingLeg& command, Instant now, Commands& out)
{
    SipLeg* leg = find_leg(command.leg);
    if (leg == nullptr || leg->state != LegState::offered)
        return;
    leg->state = LegState::ringing;
    Response response = local_response(*leg, leg->invite, 180);
    add_dialog_fields(response, *leg, leg->invite);
    send_provisional(*leg, std::move(response), now, out);
    settle(leg->number);
}

void SipEndpoint::Core::on(const AnswerSipLeg& command, Instant now, Commands& out)
{
    SipLeg* leg = find_leg(command.leg);
    if (leg == nullptr || (leg->state != LegState::offered && leg->state != LegState::ringing))
        return;
    if (leg->unacknowledged) { // RFC 3262 3
        leg->answer_later = command;
        return;
    }
    if (leg->early_session) {
        leg->state = LegState::established;
        accept_invite(*leg, leg->invite, leg->transaction, std::nullopt, false, true, now, out);
        leg->invite = {};
        leg->remote_offer.reset();
        out.emplace_back(LegAnswered { leg->id });
        tell_hold(*leg, out);
        settle(leg->number);
        return;
    }
    leg->media = as_reached(command.media, leg->dialog.peer);
    withhold_keys(leg->media, leg->dialog.peer, settings_.keys_over);
    if (!leg->remote_offer) {
        leg->state = LegState::established;
        accept_invite(*leg, leg->invite, leg->transaction, sdp::make_offer(leg->media), true, true, now, out);
        leg->invite = {};
        settle(leg->number);
        return;
    }
    auto answer = sdp::make_answer(*leg->remote_offer, leg->media);
    if (!answer) { // `on_invite` refused what has no answer; the socket's owner has fewer suites than there are.
        reject(*leg, 488, LegEndReason::error, answer.error().what, now, out);
        settle(leg->number);
        return;
    }
    leg->state = LegState::established;
    accept_invite(*leg, leg->invite, leg->transaction, std::move(answer->description), false, true, now, out);
    leg->invite = {}; // Nothing needs it any more, and a call may last.
    leg->remote_offer.reset();
    if (answer->agreed != leg->agreed)
        agree(*leg, answer->agreed, out);
    out.emplace_back(LegAnswered { leg->id });
    tell_hold(*leg, out);
    settle(leg->number);
}

// What sets up a dialog (RFC 3261 12.1.1).
void SipEndpoint::Core::add_dialog_fields(Response& response, const SipLeg& leg, const Request& invite) const
{
    for (const Header& header : invite.headers.fields())
        if (header.name == "Record-Route")
            response.headers.add(header.name, header.value);
    response.headers.add("Contact", contact(leg.dialog));
    add_abilities(response.headers);
}

// Sends 200 and repeats it until its ACK comes (RFC 3261 13.3.1.4).
void SipEndpoint::Core::accept_invite(SipLeg& leg, const Request& invite, TransactionId transaction,
    std::optional<sdp::SessionDescription> description, bool our_offer, bool first, Instant now, Commands& out)
{
    Response response = local_response(leg, invite, 200);
    add_dialog_fields(response, leg, invite);
    agree_on_session(leg, invite, response, now);
    if (description) {
        response.headers.add("Content-Type", "application/sdp");
        response.body = sdp::write(*description);
        leg.local_description = std::move(description);
    }
    invites_.erase(transaction);

    const auto cseq = parse_cseq(*invite.headers.find("CSeq"));
    const auto top_via = parse_via(*invite.headers.find("Via"));
    VERIFY(cseq && top_via);
    const std::size_t before = out.size();
    respond(transaction, std::move(response), now, out);
    if (out.size() == before)
        return; // The transaction failed in the same moment; its end is on its way.
    const auto& sent = std::get<SendMessage>(out.back());
    leg.pending_ack
        = PendingAck { cseq->number, { sent.bytes, sent.destination }, settings_.timers.t1, first, our_offer };
    leg.timers.set(LegTimer::repeat_success, now + settings_.timers.t1);
    leg.timers.set(LegTimer::no_ack, now + settings_.timers.transaction_timeout());
}

void SipEndpoint::Core::on(const RejectLeg& command, Instant now, Commands& out)
{
    SipLeg* leg = find_leg(command.leg);
    if (leg == nullptr || (leg->state != LegState::offered && leg->state != LegState::ringing))
        return;
    const std::uint16_t status = command.sip_status.value_or(status_of(command.reason));
    VERIFY(status >= 300 && status <= 699);
    reject(*leg, status, command.reason, describe(status), now, out);
    settle(leg->number);
}

void SipEndpoint::Core::reject(
    SipLeg& leg, std::uint16_t status, LegEndReason reason, std::string detail, Instant now, Commands& out)
{
    Response response = local_response(leg, leg.invite, status);
    if (status == 503)
        response.headers.add("Retry-After", std::to_string(to_milliseconds(settings_.retry_after) / 1'000));
    respond(leg.transaction, std::move(response), now, out);
    end(leg, LegState::ended, reason, std::move(detail), out);
}

// RFC 3261 9.2: answered in any case; it ends an INVITE that has no final response yet, and one that crosses our 200
// has no effect.
void SipEndpoint::Core::on_cancel(const Received& received, Instant now, Commands& out)
{
    const auto transaction = layer_.find_cancelled(received.request, received.envelope);
    if (!transaction) {
        refuse(received.request, received.reply_to, 481, {}, out);
        return;
    }
    // Behind the 200 its leg is still found here, so that the tag stays the same (RFC 3261 9.2): a caller that takes
    // the tag of the latest response for the dialog's would send its ACK and BYE to nobody.
    const auto leg
        = std::ranges::find_if(legs_, [&](const auto& entry) { return entry.second.transaction == *transaction; });
    Response response = make_response(
        received.request, 200, leg == legs_.end() ? stateless_tag(received.request) : leg->second.dialog.local_tag);
    response.headers.add("Server", settings_.product);
    send({ write(response), received.reply_to }, out);
    if (leg == legs_.end() || !invites_.contains(*transaction))
        return;
    const LegNumber number = leg->first;
    const std::string why = read_reason(received.request.headers);
    reject(leg->second, 487, LegEndReason::cancel, "cancelled by the caller" + (why.empty() ? why : " (" + why + ')'),
        now, out);
    settle(number);
}

} // namespace parley::sip
