#pragma once

#include "net/event_loop.h"
#include "providers/provider_statistics.h"
#include "speech/sound_flow.h"
#include "speech/text_to_speech.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

// The sentences of one stream of a remote voice: told in order, however early the later ones are made. Knows nothing of
// how they are made.
namespace parley {

class SentenceLine : public std::enable_shared_from_this<SentenceLine> {
public:
    static constexpr std::size_t max_sentences = 64; // Not yet spoken; more fail.
    static constexpr Duration max_held_sound = 60s;  // Of one that is made before its turn; then it fails.

    struct Sentence {
        std::uint64_t id; // Never used twice.
        UtteranceId utterance;
        std::string text;
        VoiceOptions voice;
        Instant said;
        int attempts = 0; // 0: nobody was asked to make it yet.
        bool sounded = false;
        bool over = false; // Its last event waits for its turn.
        Duration held_sound {};
        std::optional<SoundFlow> flow {}; // Since it is the first one.
        std::vector<TtsEvent> held {};
    };

    // `overdue`: for `patience` nothing of the first sentence was to be heard, in one piece or in many. `moved`:
    // another one is first.
    struct Listener {
        std::function<void(TtsEvent)> tell;
        std::function<void(std::uint64_t id)> overdue;
        std::function<void()> moved;
    };

    SentenceLine(EventLoop&, Duration patience, std::shared_ptr<ProviderStatistics>);
    ~SentenceLine();

    void listen(Listener);
    void close(); // Nobody is told anything any more.

    // Null at the limit; then the failure is on its way.
    Sentence* add(UtteranceId, std::string text, const VoiceOptions&);
    void forget_all();
    [[nodiscard]] std::deque<Sentence>& sentences() { return sentences_; }
    [[nodiscard]] Sentence* find(std::uint64_t id);

    // Of a sentence that is still there.
    void tell(std::uint64_t id, TtsEvent);
    void fail(std::uint64_t id, Error);

private:
    void post(TtsEvent);
    void advance();
    void arm();
    void on_overdue(std::uint64_t id);

    EventLoop& loop_;
    Duration patience_;
    std::shared_ptr<ProviderStatistics> statistics_; // Shared by the threads.
    Listener listener_;
    std::deque<Sentence> sentences_;
    std::uint64_t last_id_ = 0;
    std::uint64_t epoch_ = 0; // What was told before `forget_all` does not arrive after it.
    Timer timer_;
};

} // namespace parley
