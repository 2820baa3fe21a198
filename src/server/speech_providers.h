#pragma once

#include "base/log.h"
#include "providers/provider_statistics.h"
#include "server/configuration_speech.h"
#include "speech/speech_to_text.h"
#include "speech/text_to_speech.h"

#include <memory>
#include <vector>

// From the configuration's words to the providers of each thread.
namespace parley {

class EmbeddedSpeech;
class EventLoop;
class HttpClient;

class SpeechProviders {
public:
    SpeechProviders(const SpeechConfiguration&, Log);

    // Whether the worker processes have to be there at all.
    [[nodiscard]] bool need_embedded() const;

    // For streams on the thread of `home`, where they are called. `embedded` may be null if it is not needed.
    std::unique_ptr<SpeechToText> speech_to_text(EventLoop& home, HttpClient&, EmbeddedSpeech* embedded) const;
    std::unique_ptr<TextToSpeech> text_to_speech(EventLoop& home, HttpClient&, EmbeddedSpeech* embedded) const;

    // Of the remote ones, all threads together. From any thread.
    [[nodiscard]] ProviderFigures figures() const;

private:
    template <typename Configured> struct Entry {
        Configured configured;
        std::shared_ptr<ProviderStatistics> statistics; // Shared with the providers of all threads.
    };

    std::vector<Entry<RecogniserConfiguration>> recognisers_;
    std::vector<Entry<SynthesiserConfiguration>> synthesisers_;
    Log log_;
};

} // namespace parley
