// room: sdp

#include "sdp/offer_answer.h"
#include "sdp/session_description.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

// Whatever is accepted can be written, read back the same, and answered by an answer that its offerer accepts or
// refuses.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    using namespace parley::sdp;
    const auto description = parse({ reinterpret_cast<const char*>(bytes), size });
    if (!description)
        return 0;
    const auto again = parse(write(*description));
    VERIFY(again && *again == *description);
    LocalMedia local { { "192.0.2.1", 40'000 } };
    local.srtp = SrtpPolicy::optional;
    for (const CryptoSuite suite : all_crypto_suites)
        local.crypto.push_back({ suite });
    if (const auto answer = make_answer(*description, local)) {
        VERIFY(answer->description.media.size() == description->media.size());
        VERIFY(parse(write(answer->description)).has_value());
    }
    (void)accept_answer(make_offer(local), *description).has_value();
    return 0;
}
