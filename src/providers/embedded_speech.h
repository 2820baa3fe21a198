#pragma once

#include "base/log.h"
#include "base/result.h"
#include "base/time.h"
#include "speech/speech_to_text.h"
#include "speech/text_to_speech.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

// Speech to text and text to speech without a network: a pool of decoders and voices in one worker process
// (`speech_worker.h`), shared by all calls. Knows lanes, utterances and frames; refuses to know turns.
namespace parley {

class EventLoop;

struct EmbeddedSpeechOptions {
    std::vector<std::string> command; // How to start the worker: { "/usr/bin/parley", "speech-worker" }.
    int decoders = 2;                 // Utterances recognised at the same time.
    int voices = 1;                   // Sentences synthesised at the same time.
    std::vector<std::pair<std::string, std::string>> voice_names; // A voice as clients name it -> an embedded one.
    Duration patience = 10s; // For the final words, or for the next sound of a sentence; then the lane is replaced.
};

class SpeechPool;

class EmbeddedSpeech {
public:
    // Starts the worker. `loop` carries its socket and must run until this object is destroyed on it.
    static Result<std::unique_ptr<EmbeddedSpeech>> create(EventLoop& loop, EmbeddedSpeechOptions, Log);
    ~EmbeddedSpeech();

    // `tell` runs on the loop as soon as every voice is loaded and warm. The recogniser loads longer (about a second);
    // what callers say until then waits for it.
    void when_voices_are_warm(std::function<void()> tell);

    // Providers for streams that live on the thread of `home`. They must not outlive this object; streams may.
    std::unique_ptr<SpeechToText> speech_to_text(EventLoop& home);
    std::unique_ptr<TextToSpeech> text_to_speech(EventLoop& home);

private:
    explicit EmbeddedSpeech(std::shared_ptr<SpeechPool>);

    std::shared_ptr<SpeechPool> pool_;
};

} // namespace parley
