// room: providers
#include "providers/aws_event_stream.h"
#include "providers/bedrock_chat.h"

#include <cstddef>
#include <cstdint>

using namespace parley;

namespace {

void put(std::string& frame, std::size_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        frame += static_cast<char>(value >> shift);
}

// Checksums that no fuzzer finds: what is behind them is read, too.
std::string framed(std::string_view headers, std::string_view payload)
{
    std::string frame;
    put(frame, headers.size() + payload.size() + 16);
    put(frame, headers.size());
    put(frame, crc32(frame));
    frame += headers;
    frame += payload;
    put(frame, crc32(frame));
    return frame;
}

} // namespace

// The first two bytes say how the stream is cut and where headers end; once as it is, once in a frame that is whole.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    if (size < 2)
        return 0;
    const std::size_t cut = 1 + bytes[0] % 64;
    const std::string_view text(reinterpret_cast<const char*>(bytes) + 2, size - 2);
    const std::size_t headers = std::min<std::size_t>(bytes[1], text.size());
    for (const auto& stream : { std::string(text), framed(text.substr(0, headers), text.substr(headers)) }) {
        BedrockDecoder decoder;
        std::vector<LmEvent> events;
        bool good = true;
        for (std::size_t i = 0; i < stream.size() && good; i += cut)
            good = decoder.feed(std::string_view(stream).substr(i, cut), events).has_value();
        if (good)
            static_cast<void>(decoder.finish(events));
    }
    static_cast<void>(bedrock_error(400, text.substr(0, headers), text.substr(headers)));
    return 0;
}
