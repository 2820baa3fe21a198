// room: providers
#include "providers/chat_completions.h"

#include <cstddef>
#include <cstdint>

using namespace parley;

// A streamed answer of a language model, cut where the first byte says.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    if (size == 0)
        return 0;
    const std::size_t cut = 1 + bytes[0] % 64;
    const std::string_view body(reinterpret_cast<const char*>(bytes) + 1, size - 1);
    ChatDecoder decoder;
    std::vector<LmEvent> events;
    bool good = true;
    for (std::size_t i = 0; i < body.size() && good; i += cut)
        good = decoder.feed(body.substr(i, cut), events).has_value();
    if (good)
        static_cast<void>(decoder.finish(events));
    static_cast<void>(ChatDecoder().whole(body, events));
    static_cast<void>(parse_chat_request(body));
    return 0;
}
