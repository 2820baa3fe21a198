#pragma once

#include "base/log.h"
#include "net/event_loop.h"
#include "providers/embedded_speech.h"
#include "providers/speech_process.h"
#include "providers/speech_protocol.h"
#include "speech/speech_to_text.h"
#include "speech/text_to_speech.h"

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace parley {

// A frame and when it came in.
struct ArrivedFrame {
    AudioFrame frame;
    Instant arrived;
    bool heard_before = false; // Another recogniser heard it and gave no words: it comes at once, not at its time.
};

// One utterance to recognise. Until a lane is free its audio waits; what was sent is kept a while, for a lane that
// dies.
struct ListenJob {
    std::uint32_t speaker = 0; // The stream.
    Instant origin;            // The stream's first frame; word times count from it.
    std::vector<std::string> hints;
    int sample_rate = 8000;
    std::string language;
    std::function<void(SttEvent)> tell;

    std::deque<ArrivedFrame> backlog;
    std::deque<ArrivedFrame> sent;
    struct Mark {
        std::uint32_t sample;
        Instant when; // Of that sample.
    };
    std::vector<Mark> timeline; // Where in the call each sent frame was.
    std::uint32_t sent_samples = 0;
    std::uint32_t taken_samples = 0;
    Duration heard_before {}; // Of its sound.
    bool ended = false;
    bool end_sent = false;
    bool warned = false;
    std::optional<std::uint8_t> lane;
    Instant deadline {}; // For a lane while it has none, for the final words once it ended.
};

// One sentence to speak.
struct SpeakJob {
    std::uint32_t speaker = 0;
    UtteranceId utterance;
    std::string text;
    std::string voice;
    int sample_rate = 8000;
    std::function<void(TtsEvent)> tell;

    bool sounded = false; // Something of it was delivered: it cannot be said again.
    int attempts = 0;
    std::optional<std::uint8_t> lane;
    Instant deadline {};
};

// Hands utterances and sentences to the lanes of one worker process, fairly and bounded. Everything but the constructor
// and `next_id` runs on the pool's loop; streams post to it. One utterance of a stream at a time, so order is kept.
class SpeechPool : public std::enable_shared_from_this<SpeechPool> {
public:
    static constexpr Duration backlog_limit = 2s;       // Oldest out, one warning.
    static constexpr Duration heard_before_limit = 15s; // Beyond that, of sound that another recogniser heard.
    static constexpr Duration replay = 2s;              // Of audio, to a lane that replaces one that died.
    static constexpr Duration window = 1s;              // Sent and not yet taken.
    static constexpr Duration lane_wait = 5s;           // For a free lane.
    static constexpr Duration restart_wait = 5s;        // For a lane to be replaced; then the whole worker is.
    static constexpr int speak_attempts = 2;

    SpeechPool(EventLoop& loop, EmbeddedSpeechOptions options, Log log);

    Result<void> start();
    void close();

    [[nodiscard]] EventLoop& loop() const { return loop_; }
    [[nodiscard]] const EmbeddedSpeechOptions& options() const { return options_; }
    [[nodiscard]] const Log& log() const { return log_; }
    [[nodiscard]] std::uint32_t next_id() { return ++last_id_; }

    void when_ready(std::function<void()>); // A recogniser is.
    void when_voices_are_ready(std::function<void()>);

    void listen(std::uint32_t job, ListenJob);
    void hear(std::uint32_t job, ArrivedFrame);
    void end(std::uint32_t job);
    void say(std::uint32_t job, SpeakJob);
    void drop(std::uint32_t job);

private:
    struct Lane {
        bool ready = false;
        std::uint32_t job = 0;              // 0: free.
        std::uint32_t speaker = 0;          // The last one.
        std::optional<Instant> replaced_by; // It hung and is being replaced.
    };

    void on_answer(speech::LaneAnswer);
    void on_listening(std::uint32_t id, ListenJob&, speech::Answer&);
    void on_speaking(std::uint32_t id, SpeakJob&, speech::Answer&);
    void on_lane_lost(std::size_t lane);
    void free_lane(std::size_t lane);
    void replace_lane(std::size_t lane);
    [[nodiscard]] bool recogniser_is_ready() const;
    [[nodiscard]] bool voices_are_ready() const;
    void assign();
    [[nodiscard]] std::optional<std::uint8_t> free_lane_for(
        std::uint32_t speaker, std::size_t first, std::size_t last) const;
    void feed(std::uint32_t id, ListenJob&);
    void limit_backlog(ListenJob&);
    void arm();
    void on_deadline();

    EventLoop& loop_;
    EmbeddedSpeechOptions options_;
    Log log_;
    std::atomic<std::uint32_t> last_id_ { 0 };

    std::unique_ptr<SpeechProcess> process_;
    std::unique_ptr<Timer> timer_;
    std::vector<Lane> lanes_;
    std::map<std::uint32_t, ListenJob> listening_; // In order of arrival, as numbers are.
    std::map<std::uint32_t, SpeakJob> speaking_;
    std::vector<std::function<void()>> on_ready_;
    std::vector<std::function<void()>> on_voices_ready_;
};

} // namespace parley
