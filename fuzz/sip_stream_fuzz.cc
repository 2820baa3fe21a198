// room: sip

#include "sip/message.h"
#include "sip/stream_framer.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

// The first byte says in pieces of which size the rest arrives: what is found must not depend on it, and each message
// must be one.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    using namespace parley;
    using namespace parley::sip;

    if (size == 0)
        return 0;
    const std::size_t piece = std::size_t { bytes[0] } + 1;
    const std::string_view stream(reinterpret_cast<const char*>(bytes + 1), size - 1);
    StreamFramer whole;
    StreamFramer::Output expected;
    const bool good = whole.take(stream, expected).has_value();
    StreamFramer cut;
    StreamFramer::Output found;
    bool still_good = true;
    for (std::size_t at = 0; still_good && at < stream.size(); at += piece)
        still_good = cut.take(stream.substr(at, piece), found).has_value();
    VERIFY(still_good == good && found.messages == expected.messages && found.pings == expected.pings);
    for (const std::string& message : found.messages)
        VERIFY(parse_message(message).has_value() && message.size() <= max_message_bytes);
    return 0;
}
