#pragma once

#include "audio/codec.h"
#include "audio/comfort_noise.h"
#include "base/time.h"
#include "rtp/jitter_buffer.h"
#include "sdp/offer_answer.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

// Makes one unbroken sound of what the other side sends: decodes it, conceals what is lost, and fills silence that was
// not sent with its noise. Knows payloads in order and time; knows nothing of sockets, voice activity and keys.
namespace parley::media {

[[nodiscard]] AudioCodec audio_codec(sdp::Codec);

struct Heard {
    std::vector<std::int16_t> samples; // At `sample_rate()`.
    Instant arrived;                   // When the last of them was there; goes forward.
};

class SoundReceiver {
public:
    static constexpr Duration max_concealed = 200ms; // Of one loss; after a longer one the sound just goes on.
    static constexpr Duration max_filled = 200ms;    // At once, of silence that was not sent.

    SoundReceiver();

    void agree(const sdp::AgreedMedia&);
    [[nodiscard]] int sample_rate() const { return sdp::facts(codec_).sample_rate; }

    // In order. Packets that are no sound still end a gap. False: a payload that is none of the codec's.
    void gap(const Gap&);
    bool packet(const OrderedPacket&, Instant now, std::vector<Heard>& out);

    // Now and then: silence goes on while nothing is sent.
    void beat(Instant now, std::vector<Heard>& out);

    [[nodiscard]] std::uint64_t frames_concealed() const { return concealed_; }

private:
    enum class Silence : std::uint8_t {
        sent,     // As sound.
        noise,    // Its noise was told (RFC 3389).
        by_codec, // The codec makes it up.
    };

    void end_gap(const RtpPacket& next, Instant now, std::vector<Heard>& out);
    void emit(std::vector<std::int16_t> samples, Instant arrived, std::vector<Heard>& out);
    [[nodiscard]] std::size_t samples_of(Duration) const;

    sdp::Codec codec_ = sdp::Codec::pcmu;
    std::unique_ptr<AudioDecoder> decoder_;
    std::uint8_t sound_type_ = 0;
    std::optional<std::uint8_t> noise_type_;

    std::size_t packet_samples_ = 0;              // Of the last packet of sound.
    std::optional<std::uint32_t> next_timestamp_; // Where the sound goes on.
    std::uint32_t lost_packets_ = 0;              // Since then.
    Silence silence_ = Silence::sent;
    Instant filled_until_ {};
    Instant last_arrived_ {};
    ComfortNoise noise_;
    std::uint64_t concealed_ = 0;
};

} // namespace parley::media
