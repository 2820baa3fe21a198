#include "turn/turn_engine.h"

#include "turn/words.h"

#include <algorithm>
#include <utility>

namespace parley::turn {

namespace {

// A recogniser dates the onset of speech a little before voice activity reports it.
constexpr Duration onset_slack = 500ms;

} // namespace

TurnEngine::TurnEngine(TurnPolicy policy, Log log)
    : policy_(std::move(policy))
    , endpointer_(policy_)
    , log_(std::move(log))
    , barge_rule_(policy_, log_)
{
}

void TurnEngine::set_policy(TurnPolicy policy)
{
    policy_ = std::move(policy);
    endpointer_ = Endpointer(policy_);
    barge_rule_ = BargeRule(policy_, log_);
    if (policy_.attention == 0ms)
        stop(Timer::attention);
}

void TurnEngine::handle(const Event& event, Instant now, Commands& out)
{
    handle_timeout(now, out); // What was due before this event happens before it.
    std::visit([&](const auto& e) { on(e, now, out); }, event);
    if (floor_ != Floor::agent && floor_ != Floor::contested && playout_start_ && !playout_end_)
        playout_end_ = now;
}

std::optional<Instant> TurnEngine::deadline() const
{
    std::optional<Instant> first;
    for (const auto& timer : timers_) {
        if (timer && (!first || *timer < *first))
            first = timer;
    }
    return first;
}

void TurnEngine::handle_timeout(Instant now, Commands& out)
{
    for (;;) {
        auto first = timers_.end();
        for (auto timer = timers_.begin(); timer != timers_.end(); ++timer) {
            if (*timer && **timer <= now && (first == timers_.end() || **timer < **first))
                first = timer;
        }
        if (first == timers_.end())
            return;
        const Instant due = **first;
        first->reset();
        fire(static_cast<Timer>(first - timers_.begin()), due, out);
    }
}

// ---- Events: one function a column of the table, one case a row ----------------------------------------------------

void TurnEngine::on(const SpeechStarted& event, Instant now, Commands& out)
{
    const Instant began = std::min(event.at.value_or(now), now);
    speaking_ = true;
    voice_since_playout_ = true;
    switch (floor_) {
    case Floor::open:
        begin_turn();
        enter_user(now);
        break;
    case Floor::user: break;
    case Floor::endpointing: enter_user(now); break;
    case Floor::thinking: // Nothing was said aloud yet, so the turn simply goes on.
        if (!interruptible_ || last_)
            break;
        if (!text_.has_words())
            reply_owed_ = true; // If this is a cough, what the reply was for still waits.
        went_on_ = text_.has_words();
        out.emplace_back(CancelReply {});
        enter_user(now);
        break;
    case Floor::agent:
        if (may_barge())
            contest(began, now, out);
        break;
    case Floor::contested: // Speech again before the verdict: the agent must not resume into it.
        stop(Timer::verdict);
        start(Timer::contest_limit, now + policy_.contest_limit);
        if (!paused_)
            start(Timer::pause, std::max(now, began + policy_.barge_pause));
        if (policy_.noise > 0ms)
            start(Timer::noise, std::max(now, began + policy_.noise));
        break;
    case Floor::held: break;
    }
}

void TurnEngine::on(const SpeechStopped& event, Instant now, Commands&)
{
    speaking_ = false;
    speech_end_ = std::min(event.at.value_or(now), now);
    switch (floor_) {
    case Floor::user:
        enter(Floor::endpointing);
        start(Timer::end_of_speech, std::max(now, *speech_end_ + pause()));
        break;
    case Floor::contested:
        stop(Timer::pause);
        stop(Timer::noise);
        stop(Timer::contest_limit);
        start(Timer::verdict, now + policy_.verdict); // Words come after speech.
        break;
    case Floor::open:
    case Floor::endpointing:
    case Floor::thinking:
    case Floor::agent:
    case Floor::held: break;
    }
}

void TurnEngine::on(const WordsHeard& event, Instant now, Commands& out)
{
    if (is_echo(event))
        return log_.debug("words of the agent's echo ignored", { { "turn", turn_ } });
    streams_ = streams_ || !event.final;
    if (floor_ == Floor::agent && playout_start_ && event.speech_start >= *playout_start_)
        text_.expect_nothing_settled(); // Spoken after the answer began: certainly something else.
    WordsHeard words = event;
    words.text = text_.without_settled(event);
    if (count_words(words.text) == 0)
        return;
    switch (floor_) {
    case Floor::open:
        begin_turn();
        collect(words, now);
        if (speaking_) {
            enter_user(now);
        } else {
            speech_end_ = now;
            enter(Floor::endpointing);
            start(Timer::end_of_speech, now + pause());
        }
        break;
    case Floor::user:
        collect(words, now);
        watch_words(now);
        break;
    case Floor::endpointing:
        collect(words, now);
        weigh_pause(now, out);
        break;
    case Floor::thinking: // Interim words wait for their final text: one restart is enough.
        if (last_)
            return log_.info("words after the last turn not taken", { { "turn", turn_ } });
        collect(words, now);
        if (interruptible_ && words.final && !text_.says_what_was_committed()) {
            out.emplace_back(CancelReply {});
            commit(now, out);
        }
        break;
    case Floor::agent:
        if (!playout_start_ || words.speech_start < *playout_start_)
            break; // The tail of the user's own turn.
        if (!may_barge()) {
            collect(words, now); // Answered when the agent has finished.
        } else if (barge_rule_.passes(words, words.text)) {
            collect(words, now);
            take_floor(Why::words, words.speech_start, now, out);
        }
        break;
    case Floor::contested:
        if (playout_start_ && words.speech_start + onset_slack < *playout_start_)
            break;
        collect(words, now);
        if (barge_rule_.passes(words, text_.unsettled()))
            take_floor(Why::words, contested_since_, now, out);
        break;
    case Floor::held: break;
    }
}

void TurnEngine::on(const PlayoutStarted&, Instant now, Commands&)
{
    if (floor_ == Floor::contested)
        played_out_.reset(); // It was not all, after all.
    if (floor_ != Floor::thinking)
        return;
    if (interruptible_)
        text_.settle(); // The answer sounds: from here on the turn is a fact.
    playout_start_ = now;
    if (!reply_start_)
        reply_start_ = now;
    playout_end_.reset();
    voice_since_playout_ = speaking_;
    enter(Floor::agent);
}

void TurnEngine::on(const PlayoutFinished& finished, Instant now, Commands& out)
{
    switch (floor_) {
    case Floor::agent:
        if (finished.more) {
            enter(Floor::thinking);
            watch_silence(now);
        } else {
            open_floor(now, out);
        }
        break;
    case Floor::contested: played_out_ = finished; break; // The verdict decides what follows.
    case Floor::open:
    case Floor::user:
    case Floor::endpointing:
    case Floor::thinking:
    case Floor::held: break;
    }
}

void TurnEngine::on(const ReplyOpened& reply, Instant, Commands&)
{
    if (floor_ != Floor::open)
        return;
    begin_turn();
    interruptible_ = reply.may_interrupt;
    enter(Floor::thinking);
}

void TurnEngine::on(const ReplyEnded&, Instant now, Commands& out)
{
    switch (floor_) {
    case Floor::thinking:
        if (interruptible_)
            text_.settle(); // It was answered with silence; asking again would give silence again.
        open_floor(now, out);
        break;
    case Floor::agent: open_floor(now, out); break;
    case Floor::contested: played_out_ = PlayoutFinished {}; break;
    case Floor::open:
    case Floor::user:
    case Floor::endpointing:
    case Floor::held: break;
    }
}

void TurnEngine::on(const TurnSettled&, Instant, Commands&)
{
    text_.settle();
}

void TurnEngine::on(const MessageInjected& message, Instant now, Commands& out)
{
    switch (floor_) {
    case Floor::open:
        if (message.wants_reply) {
            begin_turn();
            commit(now, out);
        }
        break;
    case Floor::user:
    case Floor::endpointing:
    case Floor::contested:
    case Floor::held: // It joins the history; the next reply sees it, and one is owed.
        reply_owed_ = reply_owed_ || message.wants_reply;
        break;
    case Floor::thinking:
        out.emplace_back(CancelReply {});
        commit(now, out);
        break;
    case Floor::agent:
        if (message.by_user && !may_barge()) {
            reply_owed_ = reply_owed_ || message.wants_reply;
        } else if (message.wants_reply) {
            out.emplace_back(StopPlayout {});
            out.emplace_back(CancelReply {});
            begin_turn();
            commit(now, out);
        }
        break;
    }
}

void TurnEngine::on(const KeyPressed&, Instant, Commands& out)
{
    switch (floor_) {
    case Floor::open: stop(Timer::attention); break;
    case Floor::agent:
    case Floor::contested:
        if (!may_barge())
            break;
        log_.info("barge-in", { { "turn", turn_ }, { "why", "key" } });
        out.emplace_back(StopPlayout {});
        out.emplace_back(CancelReply {});
        out.emplace_back(FloorTaken {});
        begin_turn();
        enter(Floor::open);
        break;
    case Floor::user:
    case Floor::endpointing:
    case Floor::thinking: // Not audible yet; the message restarts it.
    case Floor::held: break;
    }
}

void TurnEngine::on(const LastReplyWanted&, Instant now, Commands& out)
{
    last_ = true;
    switch (floor_) {
    case Floor::user:
    case Floor::endpointing: reply_owed_ = true; break;
    case Floor::contested:
        reply_owed_ = true;
        take_floor(Why::last_reply, contested_since_, now, out);
        break;
    case Floor::agent:
        out.emplace_back(StopPlayout {});
        out.emplace_back(CancelReply {});
        begin_turn();
        commit(now, out);
        break;
    case Floor::thinking:
        out.emplace_back(CancelReply {});
        commit(now, out);
        break;
    case Floor::open:
    case Floor::held:
        begin_turn();
        commit(now, out);
        break;
    }
}

void TurnEngine::on(const SilenceBegan&, Instant now, Commands&)
{
    watch_silence(now);
}

void TurnEngine::on(const HoldStarted& hold, Instant now, Commands& out)
{
    switch (floor_) {
    case Floor::thinking:
        out.emplace_back(CancelReply {});
        reply_owed_ = true; // The question is answered after the hold.
        break;
    case Floor::agent:
        out.emplace_back(StopPlayout {});
        out.emplace_back(CancelReply {});
        break;
    case Floor::contested:
        out.emplace_back(StopPlayout {});
        out.emplace_back(CancelReply {});
        text_.drop_unsettled();
        break;
    case Floor::open:
    case Floor::user:
    case Floor::endpointing:
    case Floor::held: break;
    }
    enter(Floor::held);
    start(Timer::hold, now + hold.limit);
}

void TurnEngine::on(const HoldEnded&, Instant now, Commands& out)
{
    if (floor_ == Floor::held)
        release_hold(now, out);
}

void TurnEngine::on(const LineTaken&, Instant, Commands&)
{
    line_taken_ = true;
    stop(Timer::attention);
    stop(Timer::reply_budget);
}

void TurnEngine::on(const LineFreed&, Instant now, Commands&)
{
    line_taken_ = false;
    watch_silence(now);
}

// ---- Timers --------------------------------------------------------------------------------------------------------

void TurnEngine::fire(Timer timer, Instant now, Commands& out)
{
    switch (timer) {
    case Timer::attention:
        begin_turn();
        enter(Floor::thinking);
        out.emplace_back(PromptAttention {});
        break;
    case Timer::turn_limit:
        log_.info("turn limit reached", { { "turn", turn_ } });
        if (text_.has_words() || reply_owed_)
            commit(now, out);
        else
            open_floor(now, out);
        break;
    case Timer::no_words: // Not asked for `speaking_`: whoever that is says nothing.
        log_.debug("voice without words ignored", { { "turn", turn_ } });
        if (text_.has_words() || reply_owed_) {
            commit(now, out);
        } else {
            enter(Floor::open);
            watch_silence(now);
        }
        break;
    case Timer::speech_event:
        log_.info("no more words came", { { "turn", turn_ } });
        commit(now, out);
        break;
    case Timer::end_of_speech:
        if (awaits_final_text())
            start(Timer::first_word, now + policy_.first_word);
        else if (text_.has_words())
            commit(now, out);
        else if (policy_.first_word > 0ms)
            start(Timer::first_word, now + policy_.first_word);
        else
            open_floor(now, out);
        break;
    case Timer::first_word:
        if (text_.has_words()) {
            commit(now, out); // Their final text never came.
            break;
        }
        log_.debug("speech without words ignored", { { "turn", turn_ } });
        open_floor(now, out);
        break;
    case Timer::reply_budget:
        filler_said_ = true;
        out.emplace_back(SayFiller {});
        break;
    case Timer::pause:
        paused_ = true;
        out.emplace_back(PausePlayout {});
        break;
    case Timer::noise: take_floor(Why::noise, contested_since_, now, out); break;
    case Timer::verdict: yield_back(now, out, "no words"); break;
    case Timer::contest_limit: yield_back(now, out, "noise"); break;
    case Timer::hold:
        out.emplace_back(EndHold {});
        release_hold(now, out);
        break;
    case Timer::count: break;
    }
}

// ---- Words ---------------------------------------------------------------------------------------------------------

void TurnEngine::collect(const WordsHeard& words, Instant now)
{
    if (text_.collect(words))
        last_words_ = now;
    else
        log_.warning("turn too long, words dropped", { { "turn", turn_ }, { "limit_bytes", TurnText::max_bytes } });
}

// Interim words may be the beginning of what was said: a recogniser that lags must not have its user answered halfway.
// A text that reads like a whole sentence is not waited for.
bool TurnEngine::awaits_final_text() const
{
    return text_.has_interim() && policy_.first_word > 0ms
        && !(policy_.turn_detection && looks_finished(text_.unsettled()));
}

// Words that began while the agent spoke, and nobody was heard to speak since it began: on a line that sends our voice
// back, the recogniser hears it too.
bool TurnEngine::is_echo(const WordsHeard& words) const
{
    return playout_start_ && words.speech_start >= *playout_start_
        && (!playout_end_ || words.speech_start <= *playout_end_) && !voice_since_playout_;
}

} // namespace parley::turn
