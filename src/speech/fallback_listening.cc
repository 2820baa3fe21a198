#include "speech/fallback_listening.h"

#include <algorithm>

namespace parley {

FallbackListening::FallbackListening(std::vector<FallbackSttChoice> choices, std::vector<CircuitBreaker>& health)
    : choices_(std::move(choices))
    , health_(health)
{
    VERIFY(!choices_.empty() && choices_.size() == health_.size());
}

void FallbackListening::start(Instant now, Commands& out)
{
    open(best(now).value_or(0), now, out);
}

// ---- The line
// --------------------------------------------------------------------------------------------------------

void FallbackListening::push(const AudioFrame& frame, Instant arrived, Instant now, Commands& out)
{
    handle_timeout(now, out);
    if (over_ || finished_)
        return;
    kept_.push_back({ Push { frame, arrived }, arrived });
    kept_sound_ += frame.duration();
    trim(now);
    if (open_)
        out.emplace_back(Push { frame, arrived });
}

void FallbackListening::speech_started(Instant at, Instant now, Commands& out)
{
    handle_timeout(now, out);
    if (over_ || finished_ || speaking_)
        return;
    speaking_ = true;
    final_due_.reset();
    kept_.push_back({ Started { at }, at });
    // A better one that was away may be back. Between utterances nothing is lost by asking it.
    std::size_t better = 0;
    while (better < current_ && !health_[better].allows(now))
        ++better;
    if (open_ && !words_pending_ && better < current_) {
        tried_.clear();
        out.emplace_back(Replaced { current_, better, { ErrorKind::unavailable, "the better one is tried again" } });
        open(better, now, out);
    } else if (open_) {
        out.emplace_back(Started { at });
    }
}

void FallbackListening::speech_stopped(Instant at, Instant now, Commands& out)
{
    handle_timeout(now, out);
    if (over_ || !speaking_)
        return;
    speaking_ = false;
    speech_end_ = now;
    kept_.push_back({ Stopped { at }, at });
    if (open_)
        out.emplace_back(Stopped { at });
    arm_final(now);
}

void FallbackListening::set_hints(std::vector<std::string> hints, Instant now, Commands& out)
{
    handle_timeout(now, out);
    hints_ = std::move(hints);
    if (open_)
        out.emplace_back(SetHints { *hints_ });
}

void FallbackListening::finish(Instant now, Commands& out)
{
    handle_timeout(now, out);
    if (over_ || finished_)
        return;
    finished_ = true;
    if (open_)
        out.emplace_back(Finish {});
    arm_final(now);
}

// ---- The recogniser
// --------------------------------------------------------------------------------------------------

void FallbackListening::handle(const SttEvent& event, Instant now, Commands& out)
{
    handle_timeout(now, out);
    if (over_ || !open_)
        return;
    if (const auto* failed = std::get_if<SttFailed>(&event)) {
        if (failed->recoverable)
            out.emplace_back(Tell { event });
        else
            fail(failed->error, now, out);
        return;
    }
    ready_due_.reset();
    if (const auto* transcript = std::get_if<Transcript>(&event))
        hear(*transcript, now, out);
    else
        out.emplace_back(Tell { event });
}

void FallbackListening::hear(const Transcript& transcript, Instant now, Commands& out)
{
    health_[current_].succeeded();
    tried_.clear();
    rounds_ = 0;
    words_pending_ = !transcript.final;
    if (transcript.final) {
        final_due_.reset();
        forget_until(transcript.speech_end);
    } else if (!speaking_) {
        arm_final(now); // It works on it.
    }
    out.emplace_back(Tell { transcript });
}

void FallbackListening::fail(Error why, Instant now, Commands& out)
{
    if (now - opened_at_ >= proven) {
        tried_.clear();
        rounds_ = 0;
    }
    if (why.kind != ErrorKind::limit_reached) // Too much asked of it is no illness.
        health_[current_].failed(now);
    tried_.insert(current_);
    words_pending_ = false;
    const auto next = best(now);
    if (!next) {
        give_up_round(std::move(why), now, out);
        return;
    }
    out.emplace_back(Replaced { current_, *next, std::move(why) });
    open(*next, now, out);
}

void FallbackListening::give_up_round(Error why, Instant now, Commands& out)
{
    open_ = false;
    ready_due_.reset();
    final_due_.reset();
    out.emplace_back(Close {});
    if (++rounds_ >= max_rounds) {
        over_ = true;
        kept_.clear();
        out.emplace_back(Tell { SttFailed { std::move(why), false } });
        return;
    }
    tried_.clear();
    retry_due_ = now + retry_pause * (1 << (rounds_ - 1));
    out.emplace_back(Tell { SttFailed { std::move(why), true } });
}

// ---- Which one
// -------------------------------------------------------------------------------------------------------

// Of the list, or of those that are left to be tried. It is not given up for being slow: words that come late are
// better than an utterance that is handed back and forth.
bool FallbackListening::is_last() const
{
    return current_ + 1 == choices_.size() || tried_.size() + (tried_.contains(current_) ? 0 : 1) >= choices_.size();
}

// The first that works as far as we know; if all rest, the first one all the same.
std::optional<std::size_t> FallbackListening::best(Instant now) const
{
    std::optional<std::size_t> resting;
    for (std::size_t i = 0; i < choices_.size(); ++i) {
        if (tried_.contains(i))
            continue;
        if (health_[i].allows(now))
            return i;
        if (!resting)
            resting = i;
    }
    return resting;
}

void FallbackListening::open(std::size_t provider, Instant now, Commands& out)
{
    current_ = provider;
    open_ = true;
    opened_at_ = now;
    words_pending_ = false;
    retry_due_.reset();
    final_due_.reset();
    ready_due_.reset();
    if (!is_last())
        ready_due_ = now + choices_[current_].ready_timeout;
    health_[current_].attempted(now);
    out.emplace_back(Open { provider });
    if (hints_)
        out.emplace_back(SetHints { *hints_ });
    if (kept_begins_in_speech_)
        out.emplace_back(Started { kept_.empty() ? now : kept_.front().at });
    for (const auto& entry : kept_)
        std::visit([&](const auto& what) { out.emplace_back(what); }, entry.what);
    if (finished_)
        out.emplace_back(Finish {});
}

// ---- What may have to be heard again
// ---------------------------------------------------------------------------------

void FallbackListening::drop_front()
{
    const auto& what = kept_.front().what;
    if (const auto* frame = std::get_if<Push>(&what))
        kept_sound_ -= frame->frame.duration();
    else
        kept_begins_in_speech_ = std::holds_alternative<Started>(what);
    kept_.pop_front();
}

void FallbackListening::forget_until(Instant end)
{
    while (!kept_.empty() && kept_.front().at <= end)
        drop_front();
}

void FallbackListening::trim(Instant now)
{
    const bool quiet = !speaking_ && !words_pending_ && now - speech_end_ >= settle;
    const Duration most = quiet ? pre_roll : replay_limit;
    while (kept_sound_ > most)
        drop_front();
}

// ---- Time
// ------------------------------------------------------------------------------------------------------------

void FallbackListening::arm_final(Instant now)
{
    if (open_ && words_pending_ && !is_last())
        final_due_ = now + choices_[current_].final_timeout;
}

void FallbackListening::handle_timeout(Instant now, Commands& out)
{
    if (ready_due_ && *ready_due_ <= now)
        fail({ ErrorKind::timed_out, "speech recognition was not ready in time" }, *ready_due_, out);
    if (final_due_ && *final_due_ <= now)
        fail({ ErrorKind::timed_out, "speech recognition owed final words" }, *final_due_, out);
    if (retry_due_ && *retry_due_ <= now)
        open(best(now).value_or(0), now, out);
}

std::optional<Instant> FallbackListening::deadline() const
{
    std::optional<Instant> next;
    for (const auto& due : { ready_due_, final_due_, retry_due_ }) {
        if (due && (!next || *due < *next))
            next = due;
    }
    return next;
}

} // namespace parley
