// The floors: their names, and how one becomes another.
#include "turn/turn_engine.h"

#include "turn/words.h"

#include <algorithm>
#include <utility>

namespace parley::turn {

std::string_view to_string(Floor floor)
{
    switch (floor) {
    case Floor::open: return "open";
    case Floor::user: return "user";
    case Floor::endpointing: return "endpointing";
    case Floor::thinking: return "thinking";
    case Floor::agent: return "agent";
    case Floor::contested: return "contested";
    case Floor::held: return "held";
    }
    return "unknown";
}

void TurnEngine::enter(Floor floor)
{
    floor_ = floor;
    timers_.fill(std::nullopt); // Each timer belongs to one floor.
}

// Whose silence is waited for: the user's who has the floor to take, or the agent's who owes an answer.
void TurnEngine::watch_silence(Instant now)
{
    if (line_taken_)
        return;
    if (floor_ == Floor::open && policy_.attention > 0ms)
        start(Timer::attention, now + policy_.attention);
    if (floor_ == Floor::thinking && !filler_said_ && policy_.reply_budget > 0ms)
        start(Timer::reply_budget, now + policy_.reply_budget);
}

// A recogniser that tells words as they are spoken also tells by its silence.
void TurnEngine::watch_words(Instant now)
{
    stop(Timer::no_words);
    if (!streams_)
        return;
    if (text_.has_unsettled()) {
        if (policy_.speech_event > 0ms)
            start(Timer::speech_event, now + policy_.speech_event);
    } else if (policy_.first_word > 0ms) {
        start(Timer::no_words, now + policy_.first_word);
    }
}

void TurnEngine::enter_user(Instant now)
{
    enter(Floor::user);
    if (policy_.turn_limit > 0ms)
        start(Timer::turn_limit, now + policy_.turn_limit);
    watch_words(now);
}

void TurnEngine::open_floor(Instant now, Commands& out)
{
    if (reply_owed_ || text_.has_unsettled()) {
        if (speaking_) {
            enter_user(now);
            return;
        }
        commit(now, out);
        return;
    }
    enter(Floor::open);
    watch_silence(now);
}

void TurnEngine::begin_turn()
{
    text_.begin();
    last_words_.reset();
    note_turn_began();
}

void TurnEngine::note_turn_began()
{
    ++turn_.value;
    pieces_ = 1;
    barges_ = 0;
    went_on_ = false;
    interruptible_ = true;
    filler_said_ = false;
    reply_start_.reset();
    speech_end_.reset();
}

void TurnEngine::commit(Instant now, Commands& out)
{
    if (went_on_ && text_.has_unsettled() && !text_.says_what_was_committed())
        ++pieces_;
    went_on_ = false;
    reply_owed_ = false;
    interruptible_ = true;
    reply_start_.reset();
    enter(Floor::thinking);
    watch_silence(now);
    const auto& text = text_.commit();
    log_.info("turn committed", { { "turn", turn_ }, { "words", count_words(text) } });
    out.emplace_back(CommitTurn { turn_, text, pieces_, barges_ });
}

// Words arrived in a pause: is the pause long enough for what was said?
void TurnEngine::weigh_pause(Instant now, Commands& out)
{
    const Instant due = speech_end_.value_or(now) + pause();
    if (due <= now) {
        if (!awaits_final_text())
            commit(now, out);
        return;
    }
    stop(Timer::first_word);
    start(Timer::end_of_speech, due);
}

// Somebody speaks over the agent. What is collected from here on decides who has the floor.
void TurnEngine::contest(Instant began, Instant now, Commands& out)
{
    out.emplace_back(DuckPlayout {});
    enter(Floor::contested);
    paused_ = false;
    contested_since_ = began;
    played_out_.reset();
    text_.listen_anew();
    start(Timer::pause, std::max(now, began + policy_.barge_pause));
    start(Timer::contest_limit, now + policy_.contest_limit);
    if (policy_.noise > 0ms)
        start(Timer::noise, std::max(now, began + policy_.noise));
}

void TurnEngine::take_floor(Why why, Instant began, Instant now, Commands& out)
{
    // Over a reply that has only begun to answer words, the user did not interrupt: he had not finished.
    const bool transparent = why == Why::words && policy_.transparent_barge && text_.has_settled() && reply_start_
        && began <= *reply_start_ + policy_.transparent_barge_within;
    const auto speech_end = floor_ == Floor::contested ? speech_end_ : std::nullopt;
    if (transparent) {
        went_on_ = true;
        ++barges_;
    } else {
        text_.begin_with_unsettled();
        note_turn_began();
    }
    log_.info("barge-in",
        { { "turn", turn_ },
            { "why",
                why == Why::words       ? "words"
                    : why == Why::noise ? "noise"
                                        : "last reply" },
            { "transparent", transparent } });
    out.emplace_back(StopPlayout {});
    out.emplace_back(CancelReply {});
    out.emplace_back(FloorTaken { transparent });
    if (speaking_) {
        enter_user(now);
        return;
    }
    speech_end_ = speech_end.value_or(now);
    enter(Floor::endpointing);
    weigh_pause(now, out);
}

void TurnEngine::yield_back(Instant now, Commands& out, const char* why)
{
    log_.info("false barge-in", { { "why", why } });
    if (paused_)
        out.emplace_back(ResumePlayout {});
    out.emplace_back(UnduckPlayout {});
    if (!played_out_) {
        text_.drop_unsettled();
        enter(Floor::agent);
        return;
    }
    // The last sound ended under the ducked speech; the few words that came over it now count as said.
    enter(Floor::agent);
    on(*std::exchange(played_out_, std::nullopt), now, out);
}

void TurnEngine::release_hold(Instant now, Commands& out)
{
    log_.info("hold ended", {});
    open_floor(now, out);
}

} // namespace parley::turn
