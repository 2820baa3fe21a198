#pragma once

#include "audio/audio_frame.h"
#include "base/id.h"
#include "base/time.h"
#include "rtp/telephone_event.h"

#include <variant>
#include <vector>

// What a line's sound tells its owner. The list is the interface; nothing here knows words, turns or signalling.
namespace parley::media {

// Marks of the playout. Each utterance that starts also finishes or is stopped.
struct PlayoutStarted { // Its first sample leaves with this beat.
    UtteranceId utterance;

    friend bool operator==(const PlayoutStarted&, const PlayoutStarted&) = default;
};
struct PlayoutFinished { // Its end was marked and its last sample has left.
    UtteranceId utterance;

    friend bool operator==(const PlayoutFinished&, const PlayoutFinished&) = default;
};
// The answer to `stop`, for the utterance that had started and was not finished. None had: no answer. Utterances behind
// it are dropped without a word.
struct PlayoutStopped {
    UtteranceId utterance;
    Duration heard {}; // To the exact sample; pauses and silence between its pieces are not counted.

    friend bool operator==(const PlayoutStopped&, const PlayoutStopped&) = default;
};
struct PlayoutFull { // 30 s wait to be played: ask the voice for no more.
    friend bool operator==(const PlayoutFull&, const PlayoutFull&) = default;
};
struct PlayoutDrained { // Room again.
    friend bool operator==(const PlayoutDrained&, const PlayoutDrained&) = default;
};

struct SpeechStarted { // Voice activity; `at`: when it began, a little before it is told.
    Instant at;

    friend bool operator==(const SpeechStarted&, const SpeechStarted&) = default;
};
struct SpeechStopped {
    Instant at; // When the last speech frame ended.

    friend bool operator==(const SpeechStopped&, const SpeechStopped&) = default;
};
struct FrameReceived { // In order; lost ones concealed.
    AudioFrame frame;
    Instant arrived; // When its last sample was there.

    friend bool operator==(const FrameReceived&, const FrameReceived&) = default;
};
struct DigitReceived { // One for each key pressed.
    Digit digit;

    friend bool operator==(const DigitReceived&, const DigitReceived&) = default;
};
struct DigitsSent { // The keys and pauses of one `send_digits` were all sent.
    friend bool operator==(const DigitsSent&, const DigitsSent&) = default;
};
struct GoodbyeReceived { // RTCP BYE. Signalling decides what it means.
    friend bool operator==(const GoodbyeReceived&, const GoodbyeReceived&) = default;
};
struct SourceLocked { // The first valid packet: sound flows from here.
    friend bool operator==(const SourceLocked&, const SourceLocked&) = default;
};
struct SourceLost { // Neither sound nor a report for so long. Told once, until something comes again.
    Duration silent {};

    friend bool operator==(const SourceLost&, const SourceLost&) = default;
};

using MediaEvent = std::variant<PlayoutStarted, PlayoutFinished, PlayoutStopped, PlayoutFull, PlayoutDrained,
    SpeechStarted, SpeechStopped, FrameReceived, DigitReceived, DigitsSent, GoodbyeReceived, SourceLocked, SourceLost>;
using MediaEvents = std::vector<MediaEvent>;

} // namespace parley::media
