#pragma once

#include "sdp/offer_answer.h"
#include "sip/hop.h"

#include <cstdint>

// Who may see the keys of protected sound: with SDES they stand in the SIP message for everybody on its way.
namespace parley::sip {

enum class KeysOver : std::uint8_t {
    tls, // Where the next hop is TLS.
    any, // Everywhere: closed networks and tests.
};

// Takes our keys out of what a message over this hop may say.
inline void withhold_keys(sdp::LocalMedia& media, const Hop& hop, KeysOver over)
{
    if (over == KeysOver::tls && hop.transport != Transport::tls)
        media.crypto.clear();
}

// Nothing that we could say over this hop would be agreeable to us.
[[nodiscard]] inline bool lacks_protection(const sdp::LocalMedia& media)
{
    return media.srtp == sdp::SrtpPolicy::required && media.crypto.empty();
}

} // namespace parley::sip
