#pragma once

#include "base/id.h"
#include "base/time.h"

#include <optional>

namespace parley {

// Every wait of one turn, each counted from the end of the user's speech, so that the line reads in order. Unset: it
// did not happen (no words, no sound), or the turn was not begun by speech.
struct TurnReport {
    TurnId turn;
    Instant speech_end {};                  // When the user fell silent; for an injected message when it came.
    std::optional<Duration> last_words;     // The last words of the turn arrived.
    std::optional<Duration> endpointing;    // The turn was committed.
    std::optional<Duration> asked;          // The model was asked.
    std::optional<Duration> first_token;    // The model's first text or tool call came.
    std::optional<Duration> first_sentence; // The first piece went to the voice.
    std::optional<Duration> first_audio;    // The voice delivered its first sound (`VoiceStarted`, if reported).
    std::optional<Duration> heard;          // The first sound was on its way to the user.
    int tool_calls = 0;                     // Made while answering.
    bool interrupted = false;               // The user took the floor before the reply was over.

    friend bool operator==(const TurnReport&, const TurnReport&) = default;
};

} // namespace parley
