// room: sdp

#include "sdp/crypto.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

// Whatever is accepted can be written and read back the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    using namespace parley::sdp;
    const auto line = parse_crypto({ reinterpret_cast<const char*>(bytes), size });
    if (!line)
        return 0;
    const auto again = parse_crypto(write_crypto(*line));
    VERIFY(again && *again == *line);
    return 0;
}
