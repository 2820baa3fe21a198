// Requests within a dialog that are challenged (RFC 3261 22.2, 22.3): sent again with the credentials of the trunk's
// account. A re-INVITE or UPDATE of ours is in `renegotiation.cc`: it is made anew.

#include "sip/endpoint_core.h"

#include <algorithm>

namespace parley::sip {
namespace {

Request with_cseq(const Request& request, std::uint32_t number)
{
    Request again = request;
    again.headers = {};
    for (const Header& header : request.headers.fields())
        again.headers.add(
            header.name, header.name == "CSeq" ? std::to_string(number) + ' ' + request.method : header.value);
    return again;
}

} // namespace

// BYE, NOTIFY and PRACK. `request` has neither Via nor credentials yet.
TransactionId SipEndpoint::Core::send_within(SipLeg& leg, Request request, const Hop& next, Instant now, Commands& out)
{
    authorize(leg, request);
    Request sent = request;
    add_via(sent, next);
    const TransactionId transaction = layer_.send(std::move(sent), next, leg.number, now, pending_);
    if (leg.digest)
        leg.challengeable.push_back({ transaction, std::move(request), next });
    collect(out);
    return transaction;
}

// What follows it in its dialog counts on from there. A BYE is the last one, of whichever fork.
std::uint32_t SipEndpoint::Core::cseq_after(SipLeg& leg, const Request& request)
{
    const std::string* to = request.headers.find("To");
    const auto fork
        = std::ranges::find_if(leg.early, [&](const auto& early) { return early.second.dialog.remote == *to; });
    if (request.method == "PRACK" && fork != leg.early.end())
        return ++fork->second.dialog.local_cseq;
    if (request.method == "BYE")
        return parse_cseq(*request.headers.find("CSeq"))->number + 1;
    return ++leg.dialog.local_cseq;
}

// True if the response was a challenge, and the request is on its way again.
bool SipEndpoint::Core::answer_challenge(
    SipLeg& leg, TransactionId transaction, const Response& response, Instant now, Commands& out)
{
    const auto found = std::ranges::find(leg.challengeable, transaction, &Challengeable::transaction);
    if (found == leg.challengeable.end() || response.status < 200)
        return false;
    const bool is_challenge = response.status == 401 || response.status == 407;
    if (!is_challenge || !leg.digest || is_full() || !leg.digest->take_challenges(response, found->challenges)) {
        leg.challengeable.erase(found);
        return false;
    }
    ++found->challenges;
    found->request = with_cseq(found->request, cseq_after(leg, found->request));
    leg.digest->authorize(found->request, ids_);
    Request again = found->request;
    add_via(again, found->next);
    found->transaction = layer_.send(std::move(again), found->next, leg.number, now, pending_);
    if (leg.bye == transaction)
        leg.bye = found->transaction;
    if (leg.referral && leg.referral->notify == transaction)
        leg.referral->notify = found->transaction;
    collect(out);
    return true;
}

} // namespace parley::sip
