#pragma once

#include "base/time.h"
#include "providers/listen_wire.h"
#include "providers/speech_endpoint.h"
#include "providers/stream_input_wire.h"
#include "providers/transcription.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

// Who hears and who speaks: the section `speech`.
namespace parley {

class YamlSection;

struct EmbeddedChoice {
    std::string name = "embedded";

    friend bool operator==(const EmbeddedChoice&, const EmbeddedChoice&) = default;
};

// The first of each list is asked first, the others when it fails. Empty: embedded speech alone.
struct RecogniserConfiguration {
    std::variant<EmbeddedChoice, ListenOptions, TranscriptionOptions> provider;
    Duration ready_timeout = 500ms; // Of the provider, until the next one is asked.
    Duration final_timeout = 500ms;
    [[nodiscard]] const std::string& name() const;

    friend bool operator==(const RecogniserConfiguration&, const RecogniserConfiguration&) = default;
};
struct SynthesiserConfiguration {
    std::variant<EmbeddedChoice, SpeechEndpointOptions, StreamInputOptions> provider;
    Duration sound_timeout
        = 500ms; // To the first sound of a sentence, and to the next one once all that came was played.
    [[nodiscard]] const std::string& name() const;

    friend bool operator==(const SynthesiserConfiguration&, const SynthesiserConfiguration&) = default;
};

struct SpeechConfiguration {
    int workers = 2;                                         // Decoder processes.
    std::vector<std::pair<std::string, std::string>> voices; // A voice as clients name it -> an embedded one.
    std::vector<RecogniserConfiguration> recognisers;
    std::vector<SynthesiserConfiguration> synthesisers;

    friend bool operator==(const SpeechConfiguration&, const SpeechConfiguration&) = default;
};

using Environment = std::function<std::optional<std::string>(std::string_view name)>;

void read_speech(YamlSection&, const Environment&, SpeechConfiguration& into);

} // namespace parley
