// A call whose other side refers us to somebody else: whom we talk to then, and what becomes of it if nobody answers.
#include "call/call.h"

#include <utility>

namespace parley {

namespace {

// RFC 3261 21
constexpr std::uint16_t sip_ok = 200;
constexpr std::uint16_t sip_unavailable = 480;
constexpr std::uint16_t sip_terminated = 487;

std::uint16_t to_sip_status(LegEndReason reason)
{
    switch (reason) {
    case LegEndReason::busy: return 486;
    case LegEndReason::no_answer: return 480;
    case LegEndReason::decline: return 603;
    case LegEndReason::not_found: return 404;
    case LegEndReason::hangup:
    case LegEndReason::cancel: return 487;
    case LegEndReason::error: break;
    }
    return 503;
}

// We are who was called, or who called: "sip:agent@example.com" -> "agent".
std::string our_user(const CallFacts& facts)
{
    std::string user = facts.direction == CallDirection::inbound ? facts.device.to : facts.device.from;
    if (facts.device.type == DeviceType::sip) {
        user.erase(0, user.find(':') + 1); // Nothing if there is none.
        user.erase(std::min(user.find('@'), user.size()));
    }
    return user;
}

} // namespace

std::vector<LegId> Call::legs() const
{
    std::vector<LegId> all { leg_ };
    if (transfer_)
        all.push_back(transfer_->target);
    return all;
}

bool Call::is_target(const LegId& leg) const
{
    return transfer_ && transfer_->target == leg;
}

void Call::on(const LegReferred& e, Instant, CallOutputs& out)
{
    if (stage_ != Stage::answered || transfer_ || e.leg != leg_) {
        out.emplace_back(TellReferral { e.leg, sip_unavailable });
        return;
    }
    transfer_ = Transfer { LegId { ids_.uuid() } };
    log_.info("call is being transferred", { { "leg", transfer_->target } });
    DialLeg dial;
    dial.leg = transfer_->target;
    dial.from = our_user(facts_);
    dial.to = e.to;
    if (facts_.direction == CallDirection::outbound)
        dial.from_name = facts_.device.from_name;
    dial.answer_within = policy_.transfer;
    dial.replaces = e.replaces;
    dial.referred_by = e.referred_by;
    out.emplace_back(std::move(dial));
}

// What runs on the call goes on with who answered.
void Call::take_over(Instant now, CallOutputs& out)
{
    const Transfer done = *std::exchange(transfer_, std::nullopt);
    const LegId before = std::exchange(leg_, done.target);
    log_.info("call transferred", { { "leg", leg_ } });
    out.emplace_back(MoveSound { leg_ });
    if (!done.referrer_left) {
        out.emplace_back(TellReferral { before, sip_ok });
        out.emplace_back(HangUpLeg { before });
    }
    if (far_hold_) // That was the one who left.
        go_on(now, out);
}

void Call::transfer_failed(const LegEnded& e, Instant now, CallOutputs& out)
{
    log_.info("transfer failed", { { "leg", e.leg }, { "why", e.detail } });
    const bool alone = transfer_->referrer_left;
    transfer_.reset();
    if (!alone) {
        out.emplace_back(TellReferral { leg_, to_sip_status(e.reason) });
        return;
    }
    leg_ = e.leg;
    on(e, now, out);
}

// RFC 5589 2.1: it need not wait for what it asked for. Until somebody answers there is nobody to talk to.
void Call::referrer_left(Instant, CallOutputs& out)
{
    transfer_->referrer_left = true;
    log_.info("transferring side hung up, the transfer goes on");
    if (!far_hold_)
        hold_session(out);
}

// The call ends before somebody answered.
void Call::drop_transfer(CallOutputs& out)
{
    if (!transfer_)
        return;
    const Transfer dropped = *std::exchange(transfer_, std::nullopt);
    if (dropped.referrer_left) {
        leg_ = dropped.target;
        return;
    }
    out.emplace_back(HangUpLeg { dropped.target });
    out.emplace_back(TellReferral { leg_, sip_terminated });
}

} // namespace parley
