// room: audio
#include "audio/codec.h"
#include "audio/comfort_noise.h"
#include "audio/dtmf_detector.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

using namespace parley;

// A line full of junk: the first byte chooses the codec, then each packet says what happens to it and how long it is.
// What comes out is bounded, however often packets are lost before and after broken ones.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    const auto codec = static_cast<AudioCodec>(data[0] % 4);
    const auto decoder = make_decoder(codec);
    DtmfDetector keys(sample_rate_of(codec));
    ComfortNoise noise;
    std::vector<char> found;
    auto rest = std::as_bytes(std::span(data, size)).subspan(1);
    constexpr std::size_t most_packets = 64; // A second of sound is enough to meet every state.
    for (std::size_t n = 0; n < most_packets && rest.size() >= 2; ++n) {
        const auto what = std::to_integer<std::uint8_t>(rest[0]);
        const std::size_t length = std::min<std::size_t>(std::to_integer<std::size_t>(rest[1]), rest.size() - 2);
        const auto payload = rest.subspan(2, length);
        rest = rest.subspan(2 + length);
        std::vector<std::int16_t> sound;
        if (what % 4 == 0) {
            decoder->conceal(what * std::size_t { 12 }, payload, sound);
            if (sound.size() != what * std::size_t { 12 })
                __builtin_trap();
        } else if (what % 4 == 1) {
            noise.set(payload);
            noise.make(320, sound);
        } else if (decoder->decode(payload, sound) == sound.empty()) {
            __builtin_trap();
        }
        keys.push(sound, found);
    }
    return 0;
}
