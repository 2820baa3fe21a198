// room: sdp

#include "sdp/offer_answer.h"
#include "sdp/session_description.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

// What a line of sound is told can be sent and played.
void check(const parley::sdp::AgreedMedia& agreed)
{
    const auto& codec = parley::sdp::facts(agreed.codec);
    VERIFY(std::ranges::find(codec.ptimes, agreed.ptime) != codec.ptimes.end());
    VERIFY(agreed.telephone_event_rate >= 1'000);
    VERIFY(agreed.receive_comfort_noise != agreed.receive_payload_type);
    VERIFY(agreed.opus.max_playback_rate >= 8'000 && agreed.opus.max_average_bitrate >= 0);
}

} // namespace

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
    local.sound.comfort_noise = size % 2 == 0;
    for (const CryptoSuite suite : all_crypto_suites)
        local.crypto.push_back({ suite });
    if (const auto answer = make_answer(*description, local)) {
        VERIFY(answer->description.media.size() == description->media.size());
        VERIFY(parse(write(answer->description)).has_value());
        check(answer->agreed);
    }
    if (const auto agreed = accept_answer(make_offer(local), *description))
        check(*agreed);
    return 0;
}
