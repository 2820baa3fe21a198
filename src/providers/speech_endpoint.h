#pragma once

#include "base/log.h"
#include "providers/provider_statistics.h"
#include "providers/voice_bytes.h"
#include "speech/text_to_speech.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

// Text to speech by HTTP, a sentence a request, its sound streamed: OpenAI's `/v1/audio/speech` and servers like it.
namespace parley {

class EventLoop;
class HttpClient;
class WarmRequest;

struct SpeechEndpointOptions {
    std::string name = "speech"; // In the log, in figures, and as `engine`.
    std::string url;             // "https://api.openai.com/v1/audio/speech"
    std::string api_key;         // Sent as a Bearer token; empty: none.
    std::string model;
    std::string voice;                                       // Used when a sentence names none that is known.
    std::vector<std::pair<std::string, std::string>> voices; // A client's name -> the provider's.
    VoiceBytes::Format format = VoiceBytes::Format::pcm;
    int sample_rate = 24'000; // Of its sound; another one declared is an error.
    std::string ca_file;
    Duration connect_timeout = 500ms;
    Duration patience = 10s; // For the next sound of a sentence.
    int attempts = 2;        // For a sentence, as long as nothing of it was heard.
    int max_streams = 0;     // Sentences of the whole server at the same time; 0: no limit.
    bool warm = true;        // A connection is opened when a stream is, ahead of its first sentence.

    friend bool operator==(const SpeechEndpointOptions&, const SpeechEndpointOptions&) = default;
};

class SpeechEndpointTts : public TextToSpeech {
public:
    static constexpr std::size_t ahead = 2; // Sentences made at the same time: the one that sounds, the next.
    static constexpr std::size_t max_sound_bytes = 16 * 1024 * 1024; // Of one sentence.

    // Requests run on `client`'s loop; events arrive on `home`.
    SpeechEndpointTts(
        SpeechEndpointOptions, HttpClient& client, EventLoop& home, std::shared_ptr<ProviderStatistics>, Log);
    ~SpeechEndpointTts() override;

    [[nodiscard]] const TtsCapabilities& capabilities() const override { return capabilities_; }
    std::unique_ptr<TtsStream> open(const TtsOptions&, std::function<void(TtsEvent)>) override;

private:
    SpeechEndpointOptions options_;
    HttpClient& client_;
    EventLoop& home_;
    std::shared_ptr<ProviderStatistics> statistics_; // Shared by the threads.
    Log log_;
    TtsCapabilities capabilities_;
    std::shared_ptr<WarmRequest> warm_; // Shared with the streams.
};

} // namespace parley
