#pragma once

#include "audio/codec.h"
#include "base/time.h"
#include "sdp/offer_answer.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

// Turns sound into payloads for the other side, as it asked for them; silence becomes comfort noise (RFC 3389) or is
// not sent at all, where that was agreed on. Knows nothing of packets.
namespace parley::media {

class SoundSender {
public:
    static constexpr Duration silence_after = 200ms; // So long silence is sent as sound.
    static constexpr Duration noise_every = 1s;      // So often its noise is told again.

    SoundSender();

    void agree(const sdp::AgreedMedia&);
    [[nodiscard]] int sample_rate() const { return sdp::facts(codec_).sample_rate; }
    [[nodiscard]] int clock_rate() const { return sdp::facts(codec_).clock_rate; }

    struct Payload {
        std::uint8_t type;
        std::span<const std::byte> bytes; // Valid until the next one.
    };
    // Of the next `samples`; nothing: this packet is not sent.
    std::optional<Payload> next(std::span<const std::int16_t> samples);

private:
    std::optional<Payload> silence(Duration length);

    sdp::Codec codec_ = sdp::Codec::pcmu;
    sdp::OpusWishes wishes_;
    std::unique_ptr<AudioEncoder> encoder_;
    std::uint8_t sound_type_ = 0;
    std::optional<std::uint8_t> noise_type_;
    Duration silent_ {};     // Up to now.
    Duration noise_told_ {}; // Of the silence, when its noise was told last.
    std::array<std::byte, max_payload_bytes> bytes_;
};

} // namespace parley::media
