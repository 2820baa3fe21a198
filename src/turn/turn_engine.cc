#include "turn/turn_engine.h"

#include "turn/words.h"

#include <algorithm>
#include <utility>

namespace parley::turn {

namespace {

// Longest text of one turn. What is said beyond it is not taken.
constexpr std::size_t max_turn_text = 16 * 1024;

// A recogniser dates the onset of speech a little before voice activity reports it.
constexpr Duration onset_slack = 500ms;

} // namespace

TurnEngine::TurnEngine(TurnPolicy policy, Log log)
    : policy_(std::move(policy))
    , endpointer_(policy_)
    , log_(std::move(log))
{
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

std::string TurnEngine::unsettled() const
{
    std::string text;
    const auto add = [&](const std::string& part) {
        if (part.empty())
            return;
        if (!text.empty())
            text += ' ';
        text += part;
    };
    for (const auto& part : finals_)
        add(part);
    add(interim_);
    return text;
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
        if (!has_words())
            reply_owed_ = true; // If this is a cough, what the reply was for still waits.
        out.emplace_back(CancelReply {});
        enter_user(now);
        break;
    case Floor::agent:
        if (!policy_.barge)
            break;
        out.emplace_back(DuckPlayout {});
        enter(Floor::contested);
        paused_ = false;
        played_out_.reset();
        finals_.clear(); // What is collected now decides who has the floor.
        interim_.clear();
        settled_interim_words_ = 0;
        confidence_ = 0;
        start(Timer::pause, std::max(now, began + policy_.barge_pause));
        start(Timer::contest_limit, now + policy_.contest_limit);
        if (policy_.noise > 0ms)
            start(Timer::noise, std::max(now, began + policy_.noise));
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
        start(Timer::end_of_speech, std::max(now, *speech_end_ + endpointer_.pause(unsettled(), confidence_)));
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
    WordsHeard words = event;
    words.text = without_settled(event);
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
            start(Timer::end_of_speech, now + endpointer_.pause(unsettled(), confidence_));
        }
        break;
    case Floor::user: collect(words, now); break;
    case Floor::endpointing:
        collect(words, now);
        weigh_pause(now, out);
        break;
    case Floor::thinking: // Interim words wait for their final text: one restart is enough.
        collect(words, now);
        if (words.final && !same_words(unsettled(), committed_)) {
            out.emplace_back(CancelReply {});
            commit(now, out);
        }
        break;
    case Floor::agent:
        if (!playout_start_ || words.speech_start < *playout_start_)
            break; // The tail of the user's own turn.
        if (!policy_.barge) {
            collect(words, now); // Answered when the agent has finished.
        } else if (passes_barge_rule(words)) {
            collect(words, now);
            take_floor(now, out, "words");
        }
        break;
    case Floor::contested:
        if (playout_start_ && words.speech_start + onset_slack < *playout_start_)
            break;
        collect(words, now);
        if (passes_barge_rule(words))
            take_floor(now, out, "words");
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
    settle(); // The answer sounds: from here on the turn is a fact.
    playout_start_ = now;
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

void TurnEngine::on(const ReplyOpened&, Instant, Commands&)
{
    if (floor_ != Floor::open)
        return;
    begin_turn();
    enter(Floor::thinking);
}

void TurnEngine::on(const ReplyEnded&, Instant now, Commands& out)
{
    switch (floor_) {
    case Floor::thinking:
        settle(); // It was answered with silence; asking again would give silence again.
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
    settle();
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
        if (message.wants_reply) {
            out.emplace_back(StopPlayout {});
            out.emplace_back(CancelReply {});
            begin_turn();
            commit(now, out);
        }
        break;
    }
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
        finals_.clear();
        interim_.clear();
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
        if (has_words() || reply_owed_)
            commit(now, out);
        else
            open_floor(now, out);
        break;
    case Timer::end_of_speech:
        if (awaits_final_text())
            start(Timer::first_word, now + policy_.first_word);
        else if (has_words())
            commit(now, out);
        else if (policy_.first_word > 0ms)
            start(Timer::first_word, now + policy_.first_word);
        else
            open_floor(now, out);
        break;
    case Timer::first_word:
        if (has_words()) {
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
    case Timer::noise: take_floor(now, out, "noise"); break;
    case Timer::verdict: yield_back(now, out, "no words"); break;
    case Timer::contest_limit: yield_back(now, out, "noise"); break;
    case Timer::hold:
        out.emplace_back(EndHold {});
        release_hold(now, out);
        break;
    case Timer::count: break;
    }
}

// ---- Transitions ---------------------------------------------------------------------------------------------------

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

void TurnEngine::enter_user(Instant now)
{
    enter(Floor::user);
    if (policy_.turn_limit > 0ms)
        start(Timer::turn_limit, now + policy_.turn_limit);
}

void TurnEngine::open_floor(Instant now, Commands& out)
{
    if (reply_owed_ || !unsettled().empty()) {
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
    ++turn_.value;
    finals_.clear();
    interim_.clear();
    settled_interim_words_ = 0;
    confidence_ = 0;
    committed_.clear();
    settled_words_ = false;
    filler_said_ = false;
    speech_end_.reset();
    last_words_.reset();
}

void TurnEngine::commit(Instant now, Commands& out)
{
    committed_ = unsettled();
    reply_owed_ = false;
    enter(Floor::thinking);
    watch_silence(now);
    log_.info("turn committed", { { "turn", turn_ }, { "words", count_words(committed_) } });
    out.emplace_back(CommitTurn { turn_, committed_ });
}

// Words arrived in a pause: is the pause long enough for what was said?
void TurnEngine::weigh_pause(Instant now, Commands& out)
{
    const Instant due = speech_end_.value_or(now) + endpointer_.pause(unsettled(), confidence_);
    if (due <= now) {
        if (!awaits_final_text())
            commit(now, out);
        return;
    }
    stop(Timer::first_word);
    start(Timer::end_of_speech, due);
}

void TurnEngine::take_floor(Instant now, Commands& out, const char* why)
{
    auto finals = std::exchange(finals_, {});
    auto interim = std::exchange(interim_, {});
    const double confidence = confidence_;
    const auto speech_end = floor_ == Floor::contested ? speech_end_ : std::nullopt;
    const auto last_words = last_words_;
    begin_turn();
    finals_ = std::move(finals);
    interim_ = std::move(interim);
    confidence_ = confidence;
    last_words_ = last_words;
    log_.info("barge-in", { { "turn", turn_ }, { "why", why } });
    out.emplace_back(StopPlayout {});
    out.emplace_back(CancelReply {});
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
        finals_.clear();
        interim_.clear();
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

// ---- Words ---------------------------------------------------------------------------------------------------------

void TurnEngine::collect(const WordsHeard& words, Instant now)
{
    if (unsettled().size() + words.text.size() > max_turn_text) {
        log_.warning("turn too long, words dropped", { { "turn", turn_ }, { "limit_bytes", max_turn_text } });
        return;
    }
    last_words_ = now;
    if (words.confidence > 0)
        confidence_ = confidence_ > 0 ? std::min(confidence_, words.confidence) : words.confidence;
    if (words.final) {
        finals_.push_back(words.text);
        interim_.clear();
    } else {
        interim_ = words.text;
    }
}

void TurnEngine::settle()
{
    settled_words_ = has_words();
    if (!interim_.empty())
        settled_interim_words_ = count_words(interim_);
    finals_.clear();
    interim_.clear();
    confidence_ = 0;
    committed_.clear();
}

// An interim text that was settled comes again, whole, as a final one: only what it has more is new.
std::string TurnEngine::without_settled(const WordsHeard& words)
{
    if (floor_ == Floor::agent && playout_start_ && words.speech_start >= *playout_start_)
        settled_interim_words_ = 0; // Spoken after the answer began: certainly something else.
    if (settled_interim_words_ == 0)
        return words.text;
    const auto all = split_words(words.text);
    const std::size_t known = std::min(settled_interim_words_, all.size());
    if (words.final)
        settled_interim_words_ = 0;
    if (known == all.size())
        return {};
    return std::string(words.text.substr(static_cast<std::size_t>(all[known].data() - words.text.data())));
}

// Interim words may be the beginning of what was said: a recogniser that lags must not have its user answered halfway.
// A text that reads like a whole sentence is not waited for.
bool TurnEngine::awaits_final_text() const
{
    return !interim_.empty() && policy_.first_word > 0ms && !(policy_.turn_detection && looks_finished(unsettled()));
}

bool TurnEngine::has_words() const
{
    return settled_words_ || !finals_.empty() || !interim_.empty();
}

// Words that began while the agent spoke, and nobody was heard to speak since it began: on a line that sends our voice
// back, the recogniser hears it too.
bool TurnEngine::is_echo(const WordsHeard& words) const
{
    return playout_start_ && words.speech_start >= *playout_start_
        && (!playout_end_ || words.speech_start <= *playout_end_) && !voice_since_playout_;
}

bool TurnEngine::passes_barge_rule(const WordsHeard& words) const
{
    if (!(words.final ? policy_.barge_on_final : policy_.barge_on_interim))
        return false;
    // Interim words often come without a confidence; where one is asked for, their final text has to show it. A
    // recogniser that has none at all is trusted.
    if (words.confidence > 0 ? words.confidence < policy_.barge_confidence
                             : !words.final && policy_.barge_confidence > 0)
        return false;
    std::string text = unsettled(); // In `contested` it holds these words already.
    if (floor_ == Floor::agent)
        text = words.text;
    if (!policy_.barge_match.empty())
        return lower_case(text).find(lower_case(policy_.barge_match)) != std::string::npos;
    return count_words(text) >= static_cast<std::size_t>(std::max(policy_.barge_min_words, 1));
}

} // namespace parley::turn
