// room: audio
// Tones as strangers write them: a refusal, or sound of any length from any place.
#include "audio/tone_stream.h"

#include <array>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const auto stream = parley::ToneStream::parse({ reinterpret_cast<const char*>(bytes), size });
    if (!stream)
        return 0;
    if (stream->period() <= parley::Duration(0))
        std::abort();
    std::array<std::int16_t, 320> out {};
    stream->make(size * 977, size % 2 == 0 ? 8'000 : 16'000, out);
    return 0;
}
