#pragma once

#include "agent/ai_session.h"
#include "agent/heard.h"
#include "agent/history.h"
#include "agent/sentence_splitter.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What AiSession is made of: its limits, and what is on its way to the voice.
namespace parley::agent {

// Each limit has an answer: see where it is used.
inline constexpr int max_tool_rounds = 4;                // In a row, without the user.
inline constexpr int max_same_tool_call = 2;             // Same name and arguments, in one turn.
inline constexpr std::size_t max_tool_calls = 16;        // In one reply of the model.
inline constexpr int max_model_failures = 3;             // Failed replies in a row.
inline constexpr int max_voice_failures = 3;             // Failed utterances in a row.
inline constexpr std::size_t max_reply_text = 32 * 1024; // Bytes of one reply of the model.
inline constexpr Duration model_wait = 20s;              // For the model's next piece.
inline constexpr Duration retry_within = 8s;             // A failure that took longer has kept the user long enough.
inline constexpr Duration tool_wait = 40s;               // For a tool; its carrier has shorter waits of its own.
inline constexpr Duration voice_wait = 30s;              // For the next mark of playout.
inline constexpr Duration stop_mark_wait = 500ms;        // For the answer to StopPlayout.
inline constexpr int max_loose_rounds = 16;              // max_tool_rounds, where functions may be called back to back.
inline constexpr std::size_t max_model_name = 64;        // Bytes of a function's name, as the model sees it.
inline constexpr Duration fetch_wait = 5s;               // For the functions of others;
inline constexpr Duration startup_hook_wait = 5s;        // for what is to be done before the first word;
inline constexpr Duration hangup_hook_wait = 10s;        // and after the last.
inline constexpr Duration longest_silence = 300s;        // For a sound that nobody shall speak over.
inline constexpr Duration post_prompt_wait = 15s;
inline constexpr Duration aside_wait = 15s;              // For what the model is asked beside the conversation;
inline constexpr std::size_t max_asides = 32;            // so many at a time.
inline constexpr std::size_t max_step_work = 4'096;      // Commands of the steps that wait for a summary.
inline constexpr std::size_t max_transcript = 16 * 1024; // Bytes of a step's dialogue that is summarised: its end.
inline constexpr std::size_t max_digits = 64;

inline constexpr std::string_view filler_text = "One moment, please.";
inline constexpr std::string_view apology_text = "I am sorry, something went wrong. Could you say that again?";
inline constexpr std::string_view last_apology_text = "I am sorry, I cannot go on right now. Please call again later.";

// One piece of text on its way through voice and playout.
struct Utterance {
    enum class State : std::uint8_t {
        queued,
        playing,
        stopping, // StopPlayout is out; its mark tells how much was heard.
        played,   // Whole.
        cut,      // `heard` of it was played.
        dropped,  // Never began.
    };

    UtteranceId id;
    TextRange range;    // Of the segment's text.
    std::string spoken; // What the voice was given.
    State state = State::queued;
    std::vector<TimedWord> words;
    Instant started {}; // Moved on by pauses.
    Duration heard {};

    [[nodiscard]] bool live() const
    {
        return state == State::queued || state == State::playing || state == State::stopping;
    }
};

// A stretch of the agent's speech that becomes one row of the log.
struct Segment {
    enum class Kind : std::uint8_t {
        answer,   // Of the model.
        greeting, // Verbatim.
        manual,   // Filler, `say`, apology.
    };

    Kind kind = Kind::answer;
    std::string text;       // As generated.
    bool complete = false;  // No more text comes.
    bool retracted = false; // The user had not finished: it was never given.
    std::vector<Utterance> utterances;
    History::EntryId entry = History::EntryId::none;
    std::optional<Instant> asked, first_token, first_piece;
    std::optional<Instant> sound_start, sound_end;
};

} // namespace parley::agent
