#include "call/dial.h"

#include <algorithm>
#include <array>

namespace parley {

namespace {

// Of several telephones that did not answer, which reason tells a program most. What a person did comes first.
int weight(CallEndReason reason)
{
    constexpr std::array order { CallEndReason::cancel, CallEndReason::hangup, CallEndReason::error,
        CallEndReason::not_found, CallEndReason::max_duration, CallEndReason::no_answer, CallEndReason::busy,
        CallEndReason::decline };
    return static_cast<int>(std::ranges::find(order, reason) - order.begin());
}

} // namespace

Dial::Dial(DialSpec spec)
    : spec_(std::move(spec))
{
}

void Dial::handle(const DialEvent& event, Instant now, DialOutputs& out)
{
    handle_timeout(now, out);
    std::visit([&](const auto& e) { on(e, now, out); }, event);
}

void Dial::handle_timeout(Instant now, DialOutputs& out)
{
    for (Attempt& attempt : attempts_) {
        if (!attempt.dropped && attempt.no_answer <= now)
            drop(attempt, CallEndReason::no_answer, out);
    }
}

std::optional<Instant> Dial::deadline() const
{
    std::optional<Instant> first;
    for (const Attempt& attempt : attempts_) {
        if (!attempt.dropped && (!first || attempt.no_answer < *first))
            first = attempt.no_answer;
    }
    return first;
}

bool Dial::over() const
{
    return stage_ == Stage::told && attempts_.empty();
}

void Dial::on(const DialStarted&, Instant now, DialOutputs& out)
{
    if (stage_ != Stage::created)
        return;
    stage_ = Stage::dialling;
    begin_group(now, out);
}

void Dial::on(const AttemptAnswered& e, Instant, DialOutputs& out)
{
    const auto winner = std::ranges::find(attempts_, e.attempt, &Attempt::id);
    if (stage_ != Stage::dialling || winner == attempts_.end() || winner->dropped)
        return; // Another one was faster, or nobody wants it any more: it is being hung up.
    attempts_.erase(winner);
    stage_ = Stage::told;
    out.emplace_back(DialWon { e.attempt });
    for (Attempt& loser : attempts_) {
        if (!loser.dropped)
            drop(loser, CallEndReason::cancel, out);
    }
}

void Dial::on(const AttemptEnded& e, Instant now, DialOutputs& out)
{
    const auto ended = std::ranges::find(attempts_, e.attempt, &Attempt::id);
    if (ended == attempts_.end())
        return; // The winner's end is its call's own business.
    attempts_.erase(ended);
    if (!reason_ || weight(e.reason) > weight(*reason_))
        reason_ = e.reason;
    if (!attempts_.empty())
        return;
    switch (stage_) {
    case Stage::dialling: return begin_group(now, out);
    case Stage::cancelled: return lose(out);
    case Stage::created:
    case Stage::told: return;
    }
}

void Dial::on(const DialCancelled& e, Instant, DialOutputs& out)
{
    if (stage_ != Stage::created && stage_ != Stage::dialling)
        return;
    stage_ = Stage::cancelled;
    reason_ = e.reason;
    if (attempts_.empty())
        return lose(out);
    for (Attempt& attempt : attempts_) {
        if (!attempt.dropped)
            drop(attempt, e.reason, out);
    }
}

void Dial::begin_group(Instant now, DialOutputs& out)
{
    if (next_group_ == spec_.groups.size())
        return lose(out);
    const std::size_t group = next_group_++;
    for (std::size_t member = 0; member < spec_.groups[group].size(); ++member) {
        const AttemptId id { ++last_.value };
        attempts_.push_back({ id, now + spec_.groups[group][member].timeout });
        out.emplace_back(BeginAttempt { id, group, member });
    }
}

void Dial::drop(Attempt& attempt, CallEndReason reason, DialOutputs& out)
{
    attempt.dropped = true;
    out.emplace_back(DropAttempt { attempt.id, reason });
}

void Dial::lose(DialOutputs& out)
{
    stage_ = Stage::told;
    out.emplace_back(DialLost { reason_.value_or(CallEndReason::error) });
}

} // namespace parley
