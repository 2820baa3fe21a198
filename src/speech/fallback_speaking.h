#pragma once

#include "speech/circuit_breaker.h"
#include "speech/sound_flow.h"
#include "speech/text_to_speech.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

// Decides which of several voices speaks a call. When one fails, or its sound does not come in time, the next one
// speaks the rest of the sentence and what follows. Knows no sockets; `providers/fallback_tts.h` carries it out.
namespace parley {

struct FallbackTtsChoice {
    std::string name;                     // An `engine` of `languages` may name it.
    Duration first_sound_timeout = 500ms; // Of a sentence. Not asked of the last one that is left.
    Duration next_sound_timeout = 500ms;  // That the caller hears nothing, in one piece or many. Neither.
};

class FallbackSpeaking {
public:
    static constexpr std::size_t max_sentences = 64; // Not yet spoken; more fail.

    // Commands
    struct Say {
        std::size_t provider;
        UtteranceId utterance;
        std::string text;
        VoiceOptions voice;
    };
    struct Cancel {
        std::size_t provider;
    };
    struct Tell {
        TtsEvent event;
    };
    struct Replaced { // For the log: comes before what the next one is told to say.
        std::size_t from;
        std::size_t to;
        Error why;
    };
    using Command = std::variant<Say, Cancel, Tell, Replaced>;
    using Commands = std::vector<Command>;

    // `health` is shared by the streams of one thread and has an entry for each choice; it outlives this.
    FallbackSpeaking(std::vector<FallbackTtsChoice>, std::vector<CircuitBreaker>& health);

    void say(UtteranceId, std::string text, const VoiceOptions&, Instant now, Commands& out);
    void cancel(Instant now, Commands& out);
    void handle(std::size_t provider, const TtsEvent&, Instant now, Commands& out);
    void handle_timeout(Instant now, Commands& out);
    [[nodiscard]] std::optional<Instant> deadline() const;

private:
    struct Sentence {
        UtteranceId utterance;
        std::string text; // What is left to say, from the last provider that was asked on.
        VoiceOptions voice;
        std::set<std::size_t> tried {};
        std::optional<std::size_t> provider {}; // Who was asked to say it.
        std::optional<Error> failed {};         // Before its turn came.

        Duration before {};                     // Sound of former providers.
        std::vector<TimedWord> words_before {}; // Their words.
        std::vector<TimedWord> words {};        // Of this provider, on its own clock.
        Duration sound {};                      // Of this provider,
        std::optional<SoundFlow> flow {};       // and how it comes.
    };

    [[nodiscard]] std::size_t choose(const Sentence&, Instant now) const;
    [[nodiscard]] bool is_last_resort(const Sentence&) const;
    void pump(Instant now, Commands& out);
    void finish_head(TtsEvent last, Instant now, Commands& out);
    void fail_head(Error why, Instant now, Commands& out);
    void give_up_head(Error why, Instant now, Commands& out);
    bool keep_rest(Sentence&) const;
    void on_sound(const TtsAudio&, Instant now, Commands& out);
    void on_words(Sentence&, const TtsWords&, Commands& out) const;

    std::vector<FallbackTtsChoice> choices_;
    std::vector<CircuitBreaker>& health_;
    std::vector<double> bytes_per_second_; // Learned from sentences that were spoken whole.
    std::deque<Sentence> sentences_;       // The first one sounds, or is waited for.
    std::optional<Instant> sound_due_;     // The first one's next sound.
};

} // namespace parley
