// Before the answer, both roles: reliable provisional responses (RFC 3262) and early media (RFC 3960).

#include "sip/endpoint_core.h"
#include "sip/nat.h"
#include "sip/responding.h"

#include <algorithm>

namespace parley::sip {
namespace {

bool knows_reliable(const SipLeg& leg)
{
    return lists_option(leg.invite.headers, "Supported", "100rel")
        || lists_option(leg.invite.headers, "Require", "100rel");
}

} // namespace

// ---- Incoming -----------------------------------------------------------------------------------------------------

// Reliably if the caller insists on it, or if it can and the response carries a description.
void SipEndpoint::Core::send_provisional(SipLeg& leg, Response response, Instant now, Commands& out)
{
    const bool required = lists_option(leg.invite.headers, "Require", "100rel");
    if (!required && (response.body.empty() || !knows_reliable(leg))) {
        respond(leg.transaction, std::move(response), now, out);
        return;
    }
    if (leg.unacknowledged) { // RFC 3262 3: one after the other. There are two at most, 180 and 183.
        leg.provisional_queue.push_back(std::move(response));
        return;
    }
    leg.rseq = leg.rseq == 0 ? 1 + ids_.number() % 0x3FFF'FFFF : leg.rseq + 1;
    response.headers.add("Require", "100rel");
    response.headers.add("RSeq", std::to_string(leg.rseq));
    const bool describes = !response.body.empty();
    const std::size_t before = out.size();
    respond(leg.transaction, std::move(response), now, out);
    if (out.size() == before)
        return; // The transaction failed in the same moment; its end is on its way.
    const auto& sent = std::get<SendMessage>(out.back());
    leg.unacknowledged = ReliableResponse { leg.rseq, { sent.bytes, sent.destination }, settings_.timers.t1, describes,
        describes && !leg.remote_offer };
    leg.timers.set(LegTimer::repeat_provisional, now + settings_.timers.t1);
    leg.timers.set(LegTimer::no_prack, now + settings_.timers.transaction_timeout());
}

// Sound before the answer: 183 with our description.
void SipEndpoint::Core::on(const PreviewSipLeg& command, Instant now, Commands& out)
{
    SipLeg* leg = find_leg(command.leg);
    if (leg == nullptr || (leg->state != LegState::offered && leg->state != LegState::ringing) || leg->previewed)
        return;
    if (!leg->remote_offer && !knows_reliable(*leg))
        return; // RFC 3261 13.2.1: an offer of ours can be answered by PRACK, else not before the ACK.
    leg->media = as_reached(command.media, leg->dialog.peer);
    withhold_keys(leg->media, leg->dialog.peer, settings_.keys_over);
    auto answer = leg->remote_offer ? sdp::make_answer(*leg->remote_offer, leg->media)
                                    : Result<sdp::Answer>(sdp::Answer { sdp::make_offer(leg->media), {} });
    if (!answer) // The socket's owner has fewer suites than there are; the answer will say so.
        return;
    leg->state = LegState::ringing;
    leg->previewed = true;
    Response response = local_response(*leg, leg->invite, 183);
    add_dialog_fields(response, *leg, leg->invite);
    response.headers.add("Content-Type", "application/sdp");
    leg->local_description = std::move(answer->description);
    if (leg->remote_offer)
        agree(*leg, answer->agreed, out);
    response.body = sdp::write(*leg->local_description);
    send_provisional(*leg, std::move(response), now, out);
    settle(leg->number);
}

void SipEndpoint::Core::on_prack(SipLeg& leg, const Received& received, Instant now, Commands& out)
{
    const Request& request = received.request;
    const std::string* field = request.headers.find("RAck");
    const auto rack = parse_rack(field != nullptr ? *field : std::string());
    if (!rack) {
        refuse(request, received.reply_to, 400, rack.error().what, out);
        return;
    }
    const bool waits = (leg.state == LegState::offered || leg.state == LegState::ringing) && leg.unacknowledged;
    const std::string* invite_cseq = waits ? leg.invite.headers.find("CSeq") : nullptr;
    const std::string meant = std::to_string(rack->cseq) + ' ' + rack->method;
    if (invite_cseq == nullptr || rack->rseq != leg.unacknowledged->rseq || meant != *invite_cseq) {
        refuse(request, received.reply_to, 481, {}, out);
        return;
    }
    auto body = read_description(request.headers, request.body);
    if (const auto* error = std::get_if<BodyError>(&body)) {
        refuse(request, received.reply_to, error->status, error->what, out);
        return;
    }
    leg.dialog.remote_cseq = received.envelope.cseq.number;
    const bool offered = leg.unacknowledged->offers;
    leg.early_session = leg.early_session || leg.unacknowledged->describes;
    leg.unacknowledged.reset();
    leg.timers.clear(LegTimer::repeat_provisional);
    leg.timers.clear(LegTimer::no_prack);
    Response response = local_response(leg, request, 200);
    const auto* description = std::get_if<sdp::SessionDescription>(&body);
    std::optional<sdp::AgreedMedia> agreed;
    if (offered) { // RFC 3262 5: the PRACK answers.
        const auto accepted = description != nullptr
            ? sdp::accept_answer(*leg.local_description, *description)
            : Result<sdp::AgreedMedia>(Error { ErrorKind::invalid_request, "SDP answer missing in PRACK" });
        if (!accepted) {
            refuse(request, received.reply_to, 400, accepted.error().what, out);
            reject(leg, 488, LegEndReason::error, accepted.error().what, now, out);
            return;
        }
        agreed = *accepted;
    } else if (description != nullptr) { // A new offer, once the first one has its answer.
        auto answer = leg.early_session ? sdp::make_answer(*description, leg.media)
                                        : Result<sdp::Answer>(Error { ErrorKind::unsupported, "" });
        if (!answer) {
            refuse(request, received.reply_to, 488, {}, out);
        } else {
            number_version(leg, answer->description);
            response.headers.add("Content-Type", "application/sdp");
            response.body = sdp::write(answer->description);
            leg.local_description = std::move(answer->description);
            agreed = answer->agreed;
        }
    }
    if (description == nullptr || agreed)
        answer_request(received, std::move(response), now, out);
    if (agreed && agreed != leg.agreed)
        agree(leg, *agreed, out);
    if (!leg.provisional_queue.empty()) {
        Response next = std::move(leg.provisional_queue.front());
        leg.provisional_queue.pop_front();
        send_provisional(leg, std::move(next), now, out);
    } else if (const auto answer = std::exchange(leg.answer_later, std::nullopt)) {
        on(*answer, now, out);
    }
}

// ---- Outgoing -----------------------------------------------------------------------------------------------------

// The dialog that a response to our INVITE sets up (RFC 3261 12.1.2).
SipDialog SipEndpoint::Core::dialog_of(
    const SipLeg& leg, const Response& response, const Envelope& envelope, const Hop& source) const
{
    SipDialog dialog = leg.dialog;
    dialog.remote = *response.headers.find("To");
    dialog.remote_tag = envelope.to.tag();
    dialog.local_cseq = envelope.cseq.number;
    dialog.peer = source;
    dialog.route_set.clear();
    if (auto route_set = read_record_route(response.headers)) {
        std::ranges::reverse(*route_set);
        dialog.route_set = std::move(*route_set);
    }
    if (const auto their_contact = read_contact(response.headers)) {
        dialog.remote_target = their_contact->uri.text;
        dialog.behind_nat = dialog.route_set.empty() && is_hidden(their_contact->uri.host, source.address.ip);
    }
    return dialog;
}

// What a response before the answer brings: each tag is a fork with a dialog of its own. The sound of the latest one
// that has any is heard; who answers decides. False: a reliable response that is repeated or out of order.
bool SipEndpoint::Core::meet_early_dialog(
    SipLeg& leg, const Response& response, const Envelope& envelope, const Hop& source, Instant now, Commands& out)
{
    const std::string tag = envelope.to.tag();
    auto found = leg.early.find(tag);
    if (found == leg.early.end()) {
        if (tag.empty() || leg.early.size() == max_forks)
            return true;
        found = leg.early.emplace(tag, EarlyDialog { dialog_of(leg, response, envelope, source) }).first;
    }
    EarlyDialog& early = found->second;
    const bool reliable = lists_option(response.headers, "Require", "100rel");
    if (reliable) {
        const auto rseq = read_rseq(response.headers);
        if (!rseq || (early.rseq != 0 && *rseq != early.rseq + 1))
            return false; // RFC 3262 4
        early.rseq = *rseq;
        Request prack = early.dialog.request("PRACK", ++early.dialog.local_cseq);
        prack.headers.add("RAck", std::to_string(*rseq) + ' ' + std::to_string(envelope.cseq.number) + " INVITE");
        prack.headers.add("User-Agent", settings_.product);
        send_within(leg, std::move(prack), early.dialog.next_hop(), now, out);
    }
    auto body = read_description(response.headers, response.body);
    const auto* answer = std::get_if<sdp::SessionDescription>(&body);
    if (answer == nullptr || early.answered)
        return true;
    const auto agreed = sdp::accept_answer(*leg.local_description, *answer);
    if (!agreed)
        return true; // The final response says whether the call fails by it.
    early.media = *agreed;
    early.answered = reliable;
    if (*agreed != leg.agreed)
        agree(leg, *agreed, out);
    return true;
}

} // namespace parley::sip
