#pragma once

#include "audio/audio_frame.h"
#include "base/error.h"
#include "speech/words.h"

#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

// Speech to text, whoever provides it. Events are delivered on the thread that opened the stream.
namespace parley {

struct SttOptions {
    std::string language = "en-US";
    std::vector<std::string> hints; // Words and phrases to favour.
    int sample_rate = 8000;         // Of the frames pushed.
};

struct SttReady { };

struct Transcript {
    std::string text;     // Lower or mixed case, no markup; "" never.
    bool final = false;   // Interim words may still change.
    float confidence = 0; // 0 to 1; 0 if the provider has none.
    std::string language;
    Instant speech_start {}; // When, on the call's clock, the words began and ended: the arrival time of their frames.
    Instant speech_end {};
    std::vector<TimedWord> words; // Empty if the provider has no times.
};

struct SttFailed {
    Error error;
    bool recoverable = false; // True: the stream goes on after a gap.
};

using SttEvent = std::variant<SttReady, Transcript, SttFailed>;

// Destroying it ends the stream; no event follows.
class SttStream {
public:
    virtual ~SttStream() = default;

    // Never blocks. Drops the oldest frames at its limit and says so once. `arrived` is when the frame came in.
    virtual void push(const AudioFrame&, Instant arrived) = 0;

    // Voice activity: the user began or stopped speaking. Providers that segment by themselves ignore it.
    virtual void speech_started(Instant) = 0;
    virtual void speech_stopped(Instant) = 0;

    // Favours other words from the next utterance on.
    virtual void set_hints(std::vector<std::string> hints) = 0;

    // No more audio; final words still arrive.
    virtual void finish() = 0;
};

struct SttCapabilities {
    std::string name;
    bool interim = false;
    bool word_times = false;
};

class SpeechToText {
public:
    virtual ~SpeechToText() = default;
    [[nodiscard]] virtual const SttCapabilities& capabilities() const = 0;
    virtual std::unique_ptr<SttStream> open(const SttOptions&, std::function<void(SttEvent)>) = 0;
};

} // namespace parley
