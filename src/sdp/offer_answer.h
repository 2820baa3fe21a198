#pragma once

#include "base/result.h"
#include "base/socket_address.h"
#include "base/time.h"
#include "sdp/codecs.h"
#include "sdp/crypto.h"
#include "sdp/session_description.h"

#include <cstdint>
#include <optional>
#include <vector>

// Offers and answers (RFC 3264) for one line of telephone sound. Knows nothing of SIP or of the packets themselves.
namespace parley::sdp {

enum class Direction : std::uint8_t {
    send_receive,
    send_only,
    receive_only,
    inactive,
};

// Our side, chosen by the carrier that opened the RTP socket.
struct LocalMedia {
    SocketAddress rtp;                 // As the other side reaches it.
    std::uint64_t session_id = 1;      // o= line (RFC 4566 5.2).
    std::uint64_t session_version = 1; // Rises when the description changes.
    SrtpPolicy srtp = SrtpPolicy::off;
    std::vector<Crypto> crypto = {}; // Our key for each suite; empty: this hop must not see one, so sound is plain.
    Direction direction = Direction::send_receive; // What we want; hold from our side.
    SoundPreferences sound = {};

    friend bool operator==(const LocalMedia&, const LocalMedia&) = default;
};

// What both sides agreed on, seen from here.
struct AgreedMedia {
    SocketAddress remote_rtp; // Where to send until the first packet tells the real source. Port 0 or 0.0.0.0: nowhere.
    SocketAddress remote_rtcp;
    Codec codec = Codec::pcmu;
    std::uint8_t send_payload_type = 0;    // In packets that we send.
    std::uint8_t receive_payload_type = 0; // In packets that we receive.
    std::optional<std::uint8_t> send_telephone_event = {};
    std::optional<std::uint8_t> receive_telephone_event = {};
    int telephone_event_rate = 8'000; // Ticks of its durations in a second.
    std::optional<std::uint8_t> send_comfort_noise = {};
    std::optional<std::uint8_t> receive_comfort_noise = {};
    OpusWishes opus = {};  // Of the other side; for Opus alone.
    Duration ptime = 20ms; // Of the packets that we send: what the other side asked for, within limits.
    Direction direction = Direction::send_receive; // What we may do.
    std::optional<SrtpKeys> srtp = {};             // Nothing: plain sound.
    bool rtcp_mux = false;                         // RTCP goes through the RTP sockets (RFC 5761).

    friend bool operator==(const AgreedMedia&, const AgreedMedia&) = default;
};

// What both allow, each as seen from here.
[[nodiscard]] Direction common(Direction, Direction);
[[nodiscard]] bool may_send(Direction);
[[nodiscard]] bool may_receive(Direction);

// There are keys, and the policy wants them.
[[nodiscard]] bool can_be_protected(const LocalMedia&);

struct Answer {
    SessionDescription description;
    AgreedMedia agreed;
};

// With policy `optional` both sides may still speak plainly (RFC 8643: a plain profile with keys); with `required` and
// no key there is nothing to offer: see `can_be_protected`.
[[nodiscard]] SessionDescription make_offer(const LocalMedia&);

// The first audio line with a codec that we have is taken, a protected one before a plain one; every other line is
// refused with port 0. No common codec, or not the protection that the policy asks for: `unsupported` (SIP 488).
[[nodiscard]] Result<Answer> make_answer(const SessionDescription& offer, const LocalMedia&);

// The other side's answer to our `make_offer`. An answer that takes nothing we offered: `unsupported`.
[[nodiscard]] Result<AgreedMedia> accept_answer(const SessionDescription& offer, const SessionDescription& answer);

} // namespace parley::sdp
