#pragma once

#include "base/id.h"
#include "base/log.h"
#include "base/time.h"
#include "turn/barge_rule.h"
#include "turn/endpointer.h"
#include "turn/turn_policy.h"
#include "turn/turn_text.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

// Who has the floor. Decides *when* the agent may speak, must pause and must stop, and when the user's turn is over.
// Knows neither what is said nor by which model, voice or line: those belong to `agent/`.
namespace parley::turn {

// Voice activity: the user began to speak, and fell silent. `at`: when that was, if the detector needed time to be
// sure; waits count from there.
struct SpeechStarted {
    std::optional<Instant> at = std::nullopt;
};
struct SpeechStopped {
    std::optional<Instant> at = std::nullopt;
};

struct PlayoutStarted { }; // The agent's reply became audible.

// All that was to be spoken has been played. `more`: the reply goes on after a tool; until then the agent is silent.
struct PlayoutFinished {
    bool more = false;
};

// The agent speaks of its own accord: greeting, attention prompt, end of hold.
struct ReplyOpened {
    bool may_interrupt = true; // False: what the user says meanwhile waits until it is over.
};
struct ReplyEnded { };  // The reply came to an end with nothing audible left to play.
struct TurnSettled { }; // The words committed so far have become a fact of the log; what follows is new text.

struct MessageInjected {
    bool wants_reply = false; // True for the role `user`: it is answered as if it had been spoken.
    bool by_user = false;     // By keys: where words may not interrupt, they may not either.
};

// A key was pressed and more may follow: the agent falls silent, and nobody is asked whether they are still there until
// the keys come as a message.
struct KeyPressed { };

// The time is over: the agent is to say one more thing, which nobody can interrupt. A user who speaks may finish.
struct LastReplyWanted { };

// The session has begun and nobody speaks; without it, the first silence that counts is the one after a reply.
struct SilenceBegan { };

struct HoldStarted {
    Duration limit;
};
struct HoldEnded { };

// Something else is heard on the line: nobody is asked whether they are still there, and silence needs no filler.
struct LineTaken { };
struct LineFreed { };

using Event = std::variant<SpeechStarted, SpeechStopped, WordsHeard, PlayoutStarted, PlayoutFinished, ReplyOpened,
    ReplyEnded, TurnSettled, MessageInjected, KeyPressed, LastReplyWanted, SilenceBegan, HoldStarted, HoldEnded,
    LineTaken, LineFreed>;

// The user's turn is over: answer it. Comes again with the same turn when the turn went on after all.
struct CommitTurn {
    TurnId turn;
    std::string
        text;       // What is not settled yet; empty if all of it is, or if only injected messages are to be answered.
    int pieces = 1; // The user went on so many times, less one, after the turn had seemed to be over;
    int barges = 0; // so often over a reply that was audible already.

    friend bool operator==(const CommitTurn&, const CommitTurn&) = default;
};
struct CancelReply { // The reply in the making, or what is left of it, is not wanted any more.
    friend bool operator==(const CancelReply&, const CancelReply&) = default;
};
struct SayFiller {
    friend bool operator==(const SayFiller&, const SayFiller&) = default;
};
struct PromptAttention {
    friend bool operator==(const PromptAttention&, const PromptAttention&) = default;
};
struct DuckPlayout {
    friend bool operator==(const DuckPlayout&, const DuckPlayout&) = default;
};
struct UnduckPlayout {
    friend bool operator==(const UnduckPlayout&, const UnduckPlayout&) = default;
};
struct PausePlayout {
    friend bool operator==(const PausePlayout&, const PausePlayout&) = default;
};
struct ResumePlayout {
    friend bool operator==(const ResumePlayout&, const ResumePlayout&) = default;
};
struct StopPlayout {
    friend bool operator==(const StopPlayout&, const StopPlayout&) = default;
};
// After StopPlayout and CancelReply: the user spoke over the agent and has the floor.
struct FloorTaken {
    // The reply had only begun: the user's turn simply goes on, what was answered already is a part of it, and the next
    // CommitTurn brings only what is new.
    bool transparent = false;

    friend bool operator==(const FloorTaken&, const FloorTaken&) = default;
};
struct EndHold { // The hold lasted as long as it may.
    friend bool operator==(const EndHold&, const EndHold&) = default;
};

using Command = std::variant<CommitTurn, CancelReply, SayFiller, PromptAttention, DuckPlayout, UnduckPlayout,
    PausePlayout, ResumePlayout, StopPlayout, FloorTaken, EndHold>;
using Commands = std::vector<Command>;

enum class Floor : std::uint8_t {
    open,        // Nobody speaks.
    user,        // The user speaks.
    endpointing, // The user paused; the turn may be over.
    thinking,    // The turn is committed; no sound yet.
    agent,       // The agent speaks.
    contested,   // The user spoke over the agent; playout is ducked, then paused, until we know why.
    held,        // The AI is on hold.
};

[[nodiscard]] std::string_view to_string(Floor);

enum class Timer : std::uint8_t {
    attention,     // open: the user has been silent for long.
    turn_limit,    // user: the turn is as long as a turn may be.
    no_words,      // user: a voice without words is noise.
    speech_event,  // user: the voice goes on, the words do not.
    end_of_speech, // endpointing: the pause is over.
    first_word,    // endpointing: the pause is over but no word has arrived; it may still come.
    reply_budget,  // thinking: the silence is long enough for a filler.
    pause,         // contested: the user has spoken long enough over the agent to pause it.
    noise,         // contested: a sound this long takes the floor without words.
    verdict,       // contested: the sound is over and no words came: a cough.
    contest_limit, // contested: the sound goes on and no words came: noise.
    hold,          // held: the hold is over.
    count,
};

class TurnEngine {
public:
    explicit TurnEngine(TurnPolicy, Log log = Log::none());

    void handle(const Event&, Instant now, Commands& out);
    void handle_timeout(Instant now, Commands& out);
    [[nodiscard]] std::optional<Instant> deadline() const;

    // From now on; timers that run keep their time.
    void set_policy(TurnPolicy);
    [[nodiscard]] const TurnPolicy& policy() const { return policy_; }

    [[nodiscard]] Floor floor() const { return floor_; }
    [[nodiscard]] TurnId turn() const { return turn_; }
    [[nodiscard]] bool user_speaks() const { return speaking_; }

    // Words of the turn that are not settled yet, interim ones included.
    [[nodiscard]] std::string unsettled() const { return text_.unsettled(); }

    // When the user last fell silent, and when the last words of the turn arrived.
    [[nodiscard]] std::optional<Instant> speech_end() const { return speech_end_; }
    [[nodiscard]] std::optional<Instant> last_words() const { return last_words_; }

private:
    void on(const SpeechStarted&, Instant now, Commands&);
    void on(const SpeechStopped&, Instant now, Commands&);
    void on(const WordsHeard&, Instant now, Commands&);
    void on(const PlayoutStarted&, Instant now, Commands&);
    void on(const PlayoutFinished&, Instant now, Commands&);
    void on(const ReplyOpened&, Instant now, Commands&);
    void on(const ReplyEnded&, Instant now, Commands&);
    void on(const TurnSettled&, Instant now, Commands&);
    void on(const MessageInjected&, Instant now, Commands&);
    void on(const KeyPressed&, Instant now, Commands&);
    void on(const LastReplyWanted&, Instant now, Commands&);
    void on(const SilenceBegan&, Instant now, Commands&);
    void on(const HoldStarted&, Instant now, Commands&);
    void on(const HoldEnded&, Instant now, Commands&);
    void on(const LineTaken&, Instant now, Commands&);
    void on(const LineFreed&, Instant now, Commands&);
    void fire(Timer, Instant now, Commands&);

    // floor.cc
    void enter(Floor);
    void watch_silence(Instant now);
    void watch_words(Instant now);
    void enter_user(Instant now);
    void open_floor(Instant now, Commands&);
    void begin_turn();
    void note_turn_began();
    void commit(Instant now, Commands&);
    void weigh_pause(Instant now, Commands&);
    void contest(Instant began, Instant now, Commands&);
    enum class Why : std::uint8_t { words, noise, last_reply };
    void take_floor(Why, Instant began, Instant now, Commands&);
    void yield_back(Instant now, Commands&, const char* why);
    void release_hold(Instant now, Commands&);

    void collect(const WordsHeard&, Instant now);
    [[nodiscard]] Duration pause() const { return endpointer_.pause(text_.unsettled(), text_.confidence()); }
    [[nodiscard]] bool awaits_final_text() const;
    [[nodiscard]] bool may_barge() const { return policy_.barge && interruptible_ && !last_; }
    [[nodiscard]] bool is_echo(const WordsHeard&) const;

    void start(Timer timer, Instant when) { timers_[static_cast<std::size_t>(timer)] = when; }
    void stop(Timer timer) { timers_[static_cast<std::size_t>(timer)].reset(); }

    TurnPolicy policy_;
    Endpointer endpointer_;
    Log log_;
    BargeRule barge_rule_;

    Floor floor_ = Floor::open;
    TurnId turn_;
    TurnText text_;
    int pieces_ = 1; // Of the turn.
    int barges_ = 0;
    bool went_on_ = false;      // The user speaks again in a turn that was committed.
    bool streams_ = false;      // The recogniser tells interim words, so a voice without any is telling.
    bool reply_owed_ = false;   // Something other than words waits for an answer.
    bool interruptible_ = true; // The reply that was opened last.
    bool last_ = false;         // Nothing is answered after this reply.
    bool filler_said_ = false;  // In this turn.
    bool line_taken_ = false;   // Timers of silence rest.
    bool speaking_ = false;     // Voice activity.
    bool paused_ = false;       // contested: playout is paused, not only ducked;
    Instant contested_since_ {};
    std::optional<PlayoutFinished> played_out_; // playout ended meanwhile.
    std::optional<Instant> reply_start_;        // The first sound of the reply, tools and all.
    std::optional<Instant> playout_start_;
    std::optional<Instant> playout_end_; // While the agent is silent: when it last fell silent.
    bool voice_since_playout_ = false;   // Somebody spoke since the agent last began to speak.
    std::optional<Instant> speech_end_;
    std::optional<Instant> last_words_;
    std::array<std::optional<Instant>, static_cast<std::size_t>(Timer::count)> timers_ {};
};

} // namespace parley::turn

namespace parley {
using turn::TurnEngine;
}
