#pragma once

#include "base/log.h"
#include "base/result.h"
#include "providers/provider_statistics.h"
#include "speech/speech_to_text.h"
#include "speech/timeline.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

// Speech to text by HTTP, an utterance a request: OpenAI's `/v1/audio/transcriptions` and servers like it. Voice
// activity says where an utterance begins and ends; there are no interim words.
namespace parley {

class EventLoop;
class HttpClient;
class WarmRequest;

struct TranscriptionOptions {
    std::string name = "transcription"; // In the log and in figures.
    std::string url;                    // "https://api.openai.com/v1/audio/transcriptions"
    std::string api_key;                // Sent as a Bearer token; empty: none.
    std::string model;
    std::string language; // Empty: the call's.
    std::string ca_file;
    bool word_times = false; // Asks for `verbose_json` with words; not every model has it.
    Duration connect_timeout = 500ms;
    Duration timeout = 5s; // Of one attempt.
    int attempts = 2;      // For an utterance.
    int max_streams = 0;   // Requests of the whole server at the same time; 0: no limit.
    bool warm = true;      // A connection is opened while the caller speaks.

    friend bool operator==(const TranscriptionOptions&, const TranscriptionOptions&) = default;
};

// The wire format, without the wire.
inline constexpr std::string_view transcription_boundary = "parley-5f7a1c9e3b2d4806";
[[nodiscard]] std::string transcription_form(const TranscriptionOptions&, const SttOptions&, std::string_view wav);
[[nodiscard]] std::string wav_file(const std::vector<std::int16_t>& samples, int sample_rate);

struct Transcribed {
    std::string text;
    std::vector<TimedWord> words; // From the start of the utterance.
};
[[nodiscard]] Result<Transcribed> parse_transcription(std::string_view body);

class TranscriptionStt : public SpeechToText {
public:
    static constexpr Duration pre_roll = 300ms;        // Sound before voice activity was sure.
    static constexpr Duration longest_utterance = 30s; // A longer one is cut in two.
    static constexpr std::size_t max_utterances = 4;   // That wait for their words; the oldest goes.

    // Requests run on `client`'s loop; events arrive on `home`.
    TranscriptionStt(
        TranscriptionOptions, HttpClient& client, EventLoop& home, std::shared_ptr<ProviderStatistics>, Log);
    ~TranscriptionStt() override;

    [[nodiscard]] const SttCapabilities& capabilities() const override { return capabilities_; }
    std::unique_ptr<SttStream> open(const SttOptions&, std::function<void(SttEvent)>) override;

private:
    TranscriptionOptions options_;
    HttpClient& client_;
    EventLoop& home_;
    std::shared_ptr<ProviderStatistics> statistics_; // Shared by the threads.
    Log log_;
    SttCapabilities capabilities_;
    std::shared_ptr<WarmRequest> warm_; // Shared with the streams.
};

} // namespace parley
