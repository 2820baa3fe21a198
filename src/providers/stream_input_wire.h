#pragma once

#include "base/result.h"
#include "base/time.h"
#include "speech/words.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

// The wire of voices that take text on a WebSocket in contexts and answer with sound and the times of its characters
// (ElevenLabs' `multi-stream-input`), without the wire.
namespace parley {

struct StreamInputOptions {
    std::string name = "stream-input"; // In the log, in figures, and as `engine`.
    std::string url;                   // "wss://api.elevenlabs.io/v1/text-to-speech", without the voice.
    std::string api_key;               // Sent as `xi-api-key`; empty: none.
    std::string model;
    std::string language;                                    // Empty: the model's choice.
    std::string voice;                                       // Used when a sentence names none that is known.
    std::vector<std::pair<std::string, std::string>> voices; // A client's name -> the provider's.
    int sample_rate = 16'000; // 8000, 16000, 22050, 24000 or 44100, asked for in the URL.
    std::string ca_file;
    Duration connect_timeout = 500ms;
    Duration patience = 10s; // For the next sound of a sentence.
    int attempts = 2;        // For a sentence, as long as nothing of it was heard.
    int warm = 1;            // Connections kept open between calls.
    Duration warm_for = 60s;
    int max_streams = 0; // Sentences of the whole server at the same time; 0: no limit.

    friend bool operator==(const StreamInputOptions&, const StreamInputOptions&) = default;
};

inline constexpr std::size_t max_alignment = 10'000; // Characters of one message; more is nonsense.

[[nodiscard]] std::string stream_input_url(const StreamInputOptions&, const std::string& voice);

// What opens a context, speaks the sentence and lets the context end; and what ends one at once.
[[nodiscard]] std::vector<std::string> stream_input_sentence(const std::string& context, const std::string& text);
[[nodiscard]] std::string stream_input_close(const std::string& context);

struct TimedCharacter {
    std::string character; // UTF-8
    Duration start {};     // From the start of the message's sound.
    Duration end {};
};
struct StreamInputMessage {
    std::string context; // Empty: the message names none.
    std::string sound;   // Bytes of PCM.
    std::vector<TimedCharacter> characters;
    bool final = false;
    std::optional<std::string> error;
};

// An error names what is wrong.
[[nodiscard]] Result<StreamInputMessage> parse_stream_input(std::string_view text);

// Words from characters that come message by message.
class WordTimes {
public:
    // `before`: sound of earlier messages.
    void add(const std::vector<TimedCharacter>&, Duration before);

    // All so far; the last one may still grow. `earlier`: what was left out at the start of the sound.
    [[nodiscard]] std::vector<TimedWord> words(Duration earlier) const;

private:
    std::vector<TimedWord> words_;
    bool open_ = false; // The last word was not followed by a blank.
};

} // namespace parley
