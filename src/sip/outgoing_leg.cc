// Outgoing legs: from the INVITE to its final response (RFC 3261 8.1, 9.1, 13.2).

#include "sip/endpoint_core.h"
#include "sip/nat.h"

#include <algorithm>
#include <array>
#include <utility>

namespace parley::sip {
namespace {

LegEndReason reason_of(std::uint16_t status)
{
    struct Meaning {
        std::uint16_t status;
        LegEndReason reason;
    };
    static constexpr std::array meanings { Meaning { 404, LegEndReason::not_found },
        Meaning { 410, LegEndReason::not_found }, Meaning { 414, LegEndReason::not_found },
        Meaning { 416, LegEndReason::not_found }, Meaning { 484, LegEndReason::not_found },
        Meaning { 485, LegEndReason::not_found }, Meaning { 604, LegEndReason::not_found },
        Meaning { 408, LegEndReason::no_answer }, Meaning { 480, LegEndReason::no_answer },
        Meaning { 486, LegEndReason::busy }, Meaning { 600, LegEndReason::busy },
        Meaning { 403, LegEndReason::decline }, Meaning { 433, LegEndReason::decline },
        Meaning { 603, LegEndReason::decline }, Meaning { 607, LegEndReason::decline },
        Meaning { 608, LegEndReason::decline }, Meaning { 487, LegEndReason::cancel } };
    const auto found = std::ranges::find(meanings, status, &Meaning::status);
    return found == meanings.end() ? LegEndReason::error : found->reason;
}

} // namespace

void SipEndpoint::Core::on(const DialSipLeg& command, Instant now, Commands& out)
{
    const DialLeg& dial = command.dial;
    const auto fail = [&](std::string detail) {
        out.emplace_back(LegEnded { dial.leg, LegEndReason::error, std::move(detail) });
    };
    if (is_full() || numbers_.size() >= settings_.limits.max_legs)
        return fail("too many legs");
    if (!has_room_on_trunk(command.trunk))
        return fail("too many calls over the trunk");
    VERIFY(!command.servers.empty());
    Hops servers = command.servers;
    failed_hops_.put_last(servers, now);
    const Hop server = servers.front();
    const std::string scheme = lower(dial.to.substr(0, dial.to.find(':') + 1));
    const auto target = parse_uri(
        scheme == "sip:" || scheme == "sips:" ? dial.to : sip_uri(dial.to, server.address, server.transport));
    if (!target || !target->is_sip())
        return fail("cannot dial this address");

    sdp::LocalMedia media = command.media;
    for (const Hop& each : command.servers) // Each of them may come to see the offer.
        withhold_keys(media, each, settings_.keys_over);
    if (lacks_protection(media))
        return fail("SRTP is required, and SIP to there is not protected");

    SipLeg& leg = add_leg(dial.leg, LegRole::outgoing);
    leg.state = LegState::calling;
    leg.media = as_reached(std::move(media), server);
    leg.local_description = sdp::make_offer(leg.media);
    leg.dialog.call_id = ids_.token(24) + '@' + settings_.local.ip;
    leg.dialog.local_tag = ids_.token(16);
    const std::string name = dial.from_name.empty() ? "" : quote(dial.from_name) + ' ';
    leg.dialog.local = name + '<' + sip_uri(dial.from, settings_.local) + ">;tag=" + leg.dialog.local_tag;
    leg.dialog.remote = '<' + target->text + '>';
    leg.dialog.remote_target = target->text;
    leg.dialog.local_cseq = 1;
    leg.dialog.peer = server;
    leg.servers.assign(servers.begin() + 1, servers.end());
    await_server(leg, now);
    leg.dialog.secure = target->is_secure();
    use_trunk(leg, command);
    leg.trusted = command.registered || (door_ && door_->trunks.find(command.trunk) != nullptr);
    if (!dial.replaces.empty())
        leg.more.push_back({ "Replaces", dial.replaces });
    if (!dial.referred_by.empty())
        leg.more.push_back({ "Referred-By", dial.referred_by });
    for (const LegHeader& header : dial.headers)
        leg.more.push_back({ header.name, header.value });

    leg.timers.set(LegTimer::no_answer, now + dial.answer_within);
    send_invite(leg, now, out);
    settle(leg.number);
}

// The first INVITE of the leg, or one more after a response that asks for it: with the CSeq, the target and the peer
// that its dialog has now.
void SipEndpoint::Core::send_invite(SipLeg& leg, Instant now, Commands& out)
{
    ++leg.attempts;
    leg.early.clear();
    Request invite = leg.dialog.request("INVITE", leg.dialog.local_cseq);
    add_via(invite, leg.dialog.peer);
    invite.headers.add("Contact", contact(leg.dialog));
    add_abilities(invite.headers);
    ask_for_session(leg, invite);
    invite.headers.add("User-Agent", settings_.product);
    if (!leg.asserted_identity.empty())
        invite.headers.add("P-Asserted-Identity", leg.asserted_identity);
    authorize(leg, invite);
    for (const Header& header : leg.more)
        invite.headers.add(header.name, header.value);
    invite.headers.add("Content-Type", "application/sdp");
    invite.body = sdp::write(*leg.local_description);
    leg.invite = invite;
    leg.invite.body.clear();
    leg.state = LegState::calling;
    leg.transaction = layer_.send(std::move(invite), leg.dialog.peer, leg.number, now, pending_);
    collect(out);
}

void SipEndpoint::Core::on_invite_response(
    SipLeg& leg, const Response& response, const Envelope& envelope, const Hop& source, Instant now, Commands& out)
{
    if (response.status < 200)
        on_provisional(leg, response, envelope, source, now, out);
    else if (response.status < 300)
        on_success(leg, response, envelope, source, now, out);
    else
        on_failure(leg, response, now, out);
}

void SipEndpoint::Core::on_provisional(
    SipLeg& leg, const Response& response, const Envelope& envelope, const Hop& source, Instant now, Commands& out)
{
    if (leg.state == LegState::giving_up)
        send_cancel(leg, now, out);
    if (leg.state == LegState::calling)
        leg.state = LegState::proceeding;
    if (leg.state != LegState::proceeding || response.status == 100
        || !meet_early_dialog(leg, response, envelope, source, now, out))
        return;
    if (response.status == 180 && !leg.rang) {
        leg.rang = true;
        out.emplace_back(LegRinging { leg.id });
    }
}

// Each 2xx is acknowledged, whoever sent it and however late; all but the first answer are hung up at once
// (RFC 3261 13.2.2.4).
void SipEndpoint::Core::on_success(
    SipLeg& leg, const Response& response, const Envelope& envelope, const Hop& source, Instant now, Commands& out)
{
    const std::string tag = envelope.to.tag();
    if (const auto known = leg.acks.find(tag); known != leg.acks.end()) {
        send(known->second, out);
        return;
    }
    if (leg.acks.size() == max_forks)
        return;

    const auto their_contact = read_contact(response.headers);
    const auto route_set = read_record_route(response.headers);
    SipDialog dialog = dialog_of(leg, response, envelope, source);
    Request ack = dialog.request("ACK", dialog.local_cseq);
    const Hop next = dialog.next_hop();
    add_via(ack, next);
    const Packet packet { write(ack), next };
    leg.acks.emplace(tag, packet);
    const auto early = leg.early.find(tag);
    if (early != leg.early.end())
        dialog.local_cseq = std::max(dialog.local_cseq, early->second.dialog.local_cseq); // Its PRACKs counted on.
    send(packet, out);

    const bool wanted = leg.state == LegState::calling || leg.state == LegState::proceeding;
    const SipDialog first = std::exchange(leg.dialog, std::move(dialog));
    if (!wanted) {
        send_bye(leg, now, out);
        leg.dialog = first; // Another fork answered too, perhaps after we hung up on this one.
        if (leg.state != LegState::established) {
            leg.timers.clear_all();
            leg.state = LegState::ended;
        }
        return;
    }
    leg.timers.clear_all();
    auto body = read_description(response.headers, response.body);
    const auto* answer = std::get_if<sdp::SessionDescription>(&body);
    auto agreed = answer != nullptr ? sdp::accept_answer(*leg.local_description, *answer)
                                    : Result<sdp::AgreedMedia>(Error { ErrorKind::invalid_request, "SDP answer" });
    const bool previewed = early != leg.early.end() && early->second.media;
    if (previewed && (early->second.answered || std::holds_alternative<std::monostate>(body)))
        agreed = *early->second.media; // A reliable response answered already, or the answer is not said twice.
    leg.early.clear();
    if (!agreed || !their_contact || !route_set) {
        send_bye(leg, now, out);
        const std::string what = !agreed ? agreed.error().what : "Contact or Record-Route of the answer";
        end(leg, LegState::ended, LegEndReason::error, what, out);
        return;
    }
    leg.state = LegState::established;
    leg.takes_update = allows(response.headers, "UPDATE");
    dialogs_.emplace(leg.dialog.key(), leg.number);
    learn_session(leg, response, now);
    if (*agreed != leg.agreed)
        agree(leg, *agreed, out);
    out.emplace_back(LegAnswered { leg.id });
    tell_hold(leg, out);
}

// True if the failure is answered by another INVITE: elsewhere, or with what was asked for.
bool SipEndpoint::Core::try_again(SipLeg& leg, const Response& response, Instant now, Commands& out)
{
    if (leg.attempts > max_redirects || is_full())
        return false;
    if (response.status == 422) { // RFC 4028 7.3
        const auto least = read_min_se(response.headers);
        if (!least || !*least || **least <= leg.session.least)
            return false;
        leg.session.least = **least;
    } else if (response.status == 401 || response.status == 407) {
        if (!leg.digest || !leg.digest->take_challenges(response, leg.challenges++))
            return false;
    } else {
        if (response.status < 400)
            redirect(leg, response);
        if (leg.redirects.empty() || response.status >= 600)
            return false;
        return follow_redirect(leg, now, out);
    }
    ++leg.dialog.local_cseq;
    send_invite(leg, now, out);
    return true;
}

void SipEndpoint::Core::on_failure(SipLeg& leg, const Response& response, Instant now, Commands& out)
{
    switch (leg.state) {
    case LegState::calling:
    case LegState::proceeding:
        if (try_again(leg, response, now, out))
            break;
        if (response.status == 503 && try_next_server(leg, now, out))
            break;
        leg.retry_after = read_retry_after(response.headers);
        end(leg, LegState::ended, reason_of(response.status), std::to_string(response.status) + ' ' + response.reason,
            out);
        break;
    case LegState::giving_up:
    case LegState::cancelling:
        leg.timers.clear_all();
        leg.state = LegState::ended;
        break;
    case LegState::offered:
    case LegState::ringing:
    case LegState::established:
    case LegState::closing:
    case LegState::ended: break;
    }
}

void SipEndpoint::Core::on_client_news(const ClientNews& news, Instant now, Commands& out)
{
    if (on_line_news(news, now, out))
        return;
    const auto found = legs_.find(news.leg);
    if (found == legs_.end())
        return;
    SipLeg& leg = found->second;
    if (leg.referral && leg.referral->open && leg.referral->notify == news.transaction
        && news.kind != ClientNews::Kind::gone)
        on_notify_answered(leg, true, now, out);
    if (leg.own && leg.own->transaction == news.transaction && news.kind != ClientNews::Kind::gone) {
        leg.own.reset();
        if (leg.state == LegState::established) // RFC 3261 12.2.1.2: as if 408 had come.
            break_off(leg, 408, "no response within the dialog", now, out);
    }
    if (news.kind != ClientNews::Kind::gone)
        std::erase_if(
            leg.challengeable, [&](const Challengeable& each) { return each.transaction == news.transaction; });
    if (leg.transaction != news.transaction) { // Else its BYE: whatever came of it, the leg is over.
        settle(news.leg);
        return;
    }
    const bool waits = leg.state == LegState::calling || leg.state == LegState::proceeding;
    switch (news.kind) {
    case ClientNews::Kind::timed_out:
        if (waits && !try_next_server(leg, now, out))
            end(leg, LegState::ended, LegEndReason::error, "no response", out);
        break;
    case ClientNews::Kind::transport_error:
        if (waits && !try_next_server(leg, now, out))
            end(leg, LegState::ended, LegEndReason::error, "cannot be reached", out);
        break;
    case ClientNews::Kind::gone:
        if (leg.state == LegState::giving_up || leg.state == LegState::cancelling)
            leg.state = LegState::ended;
        break;
    }
    settle(news.leg);
}

// The leg is over for its user; its INVITE has to be taken back (RFC 3261 9.1).
void SipEndpoint::Core::give_up(SipLeg& leg, LegEndReason reason, std::string detail, Instant now, Commands& out)
{
    if (std::exchange(leg.locating, false)) // Nothing is on its way.
        return end(leg, LegState::ended, reason, std::move(detail), out);
    const bool answered_somehow = leg.state == LegState::proceeding;
    leg.timers.clear_all();
    end(leg, LegState::giving_up, reason, std::move(detail), out);
    if (answered_somehow)
        send_cancel(leg, now, out);
}

void SipEndpoint::Core::send_cancel(SipLeg& leg, Instant now, Commands& out)
{
    leg.state = LegState::cancelling;
    leg.timers.set(LegTimer::no_final, now + settings_.timers.transaction_timeout());
    Request cancel { "CANCEL", leg.invite.uri };
    for (const Header& header : leg.invite.headers.fields()) {
        if (header.name == "CSeq")
            cancel.headers.add("CSeq", std::to_string(leg.dialog.local_cseq) + " CANCEL");
        else if (header.name == "Via" || header.name == "From" || header.name == "To" || header.name == "Call-ID"
            || header.name == "Max-Forwards" || header.name == "Route")
            cancel.headers.add(header.name, header.value);
    }
    if (leg.answered_elsewhere)
        cancel.headers.add("Reason", write_reason(200, "Call completed elsewhere"));
    layer_.send(std::move(cancel), leg.dialog.peer, 0, now, pending_);
    collect(out);
}

} // namespace parley::sip
