// room: sip

#include "sip/sip_endpoint.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// The input is a list of datagrams between lines of "====", fed to one endpoint that answers every call and places one
// of its own. At the end everything hangs up and time runs out: nothing may stay behind.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    using namespace parley;
    using namespace parley::sip;

    const SocketAddress peer { "198.51.100.7", 5080 };
    const sdp::LocalMedia media { { "192.0.2.1", 40'000 } };
    SipEndpoint endpoint({ { "192.0.2.1", 5060 } }, IdSource(1), Log::none());
    Instant now {};
    std::vector<LegId> legs;
    const auto give = [&](const Event& event) {
        Commands out;
        endpoint.handle(event, now, out);
        for (const Command& command : out)
            if (const auto* offered = std::get_if<LegOffered>(&command))
                legs.push_back(offered->incoming.leg);
    };

    legs.push_back({ "ours" });
    give(DialSipLeg { { legs.back(), "a", "b", "" }, { peer }, media });
    std::string_view text(reinterpret_cast<const char*>(bytes), size);
    while (!text.empty()) {
        const auto end = text.find("====\n");
        const std::size_t known = legs.size();
        give(MessageReceived { std::string(text.substr(0, end)), peer });
        for (std::size_t i = known; i < legs.size(); ++i) {
            give(RingLeg { legs[i] });
            if (i % 2 == 1) // Every other caller hears something first, and is answered by the next message.
                give(PreviewSipLeg { legs[i], media });
            else
                give(AnswerSipLeg { legs[i], media });
        }
        for (std::size_t i = 0; i < known; ++i) {
            give(AnswerSipLeg { legs[i], media });
            give(OfferSipLeg { legs[i], media });
        }
        now += 300ms;
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 5);
    }
    for (const LegId& leg : legs)
        give(HangUpLeg { leg });
    while (const auto deadline = endpoint.deadline()) {
        now = std::max(now, *deadline);
        Commands out;
        endpoint.handle_timeout(now, out);
    }
    VERIFY(endpoint.leg_count() == 0 && endpoint.transaction_count() == 0);
    return 0;
}
