#pragma once

#include "audio/audio_frame.h"
#include "base/error.h"
#include "base/id.h"
#include "base/json.h"
#include "speech/words.h"

#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

// Text to speech, whoever provides it. Events are delivered on the thread that opened the stream.
namespace parley {

struct VoiceOptions {
    std::string language = "en-US";
    std::string voice {}; // As named in `languages`; unknown ones fall back to the default and say so in the log.
    std::string engine {};
    std::string model {};   // "": the voice's own.
    Json::Object params {}; // The engine's own knobs.

    friend bool operator==(const VoiceOptions&, const VoiceOptions&) = default;
};

struct TtsOptions {
    int sample_rate = 8000; // Of the frames wanted.
};

struct TtsAudio {
    UtteranceId utterance;
    AudioFrame frame; // Any length, at the rate that was asked for.
};
// Comes before the audio that it describes, or not at all. Holds all words of the utterance known so far, from its
// start.
struct TtsWords {
    UtteranceId utterance;
    std::vector<TimedWord> words;
};
struct TtsDone {
    UtteranceId utterance; // All its audio has been delivered.
};
struct TtsFailed {
    UtteranceId utterance;
    Error error;
};

using TtsEvent = std::variant<TtsAudio, TtsWords, TtsDone, TtsFailed>;

// Utterances are spoken in order. Destroying it ends the stream; no event follows.
class TtsStream {
public:
    virtual ~TtsStream() = default;
    virtual void say(UtteranceId, std::string text, const VoiceOptions&) = 0;
    virtual void cancel() = 0; // Forgets all utterances said so far; no event of theirs follows.
};

struct TtsCapabilities {
    std::string name;
    bool word_times = false;
};

class TextToSpeech {
public:
    virtual ~TextToSpeech() = default;
    [[nodiscard]] virtual const TtsCapabilities& capabilities() const = 0;
    virtual std::unique_ptr<TtsStream> open(const TtsOptions&, std::function<void(TtsEvent)>) = 0;
};

} // namespace parley
