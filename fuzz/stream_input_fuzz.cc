// room: providers
// What a voice on a WebSocket may send, and the sound in it.
#include "providers/stream_input_wire.h"
#include "providers/transcription.h"
#include "providers/voice_bytes.h"

#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    using namespace parley;
    if (size == 0)
        return 0;
    const std::string_view text(reinterpret_cast<const char*>(bytes + 1), size - 1);
    if (const auto message = parse_stream_input(text)) {
        WordTimes times;
        times.add(message->characters, 1s);
        for (const auto& word : times.words(500ms)) {
            if (word.end < word.start)
                __builtin_trap();
        }
    }
    static_cast<void>(parse_transcription(text));
    // Pieces are the network's business: at once says the same.
    const std::size_t step = 1 + bytes[0];
    auto whole = VoiceBytes::create(VoiceBytes::Format::wav, 24'000, 8'000);
    auto pieces = VoiceBytes::create(VoiceBytes::Format::wav, 24'000, 8'000);
    std::vector<std::int16_t> at_once;
    std::vector<std::int16_t> piecewise;
    const bool good = whole->push(text, at_once).has_value();
    bool also_good = true;
    for (std::size_t at = 0; also_good && at < text.size(); at += step)
        also_good = pieces->push(text.substr(at, step), piecewise).has_value();
    if (good && (!also_good || at_once != piecewise))
        __builtin_trap();
    return 0;
}
