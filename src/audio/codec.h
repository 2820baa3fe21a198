#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

// Sound as it travels: one interface over the codecs of a line. Knows samples and payloads; knows nothing of packets,
// clocks and SDP. One direction of one call uses an object; none is shared.
namespace parley {

enum class AudioCodec : std::uint8_t {
    pcmu, // ITU-T G.711, 8 kHz
    pcma,
    g722, // ITU-T G.722 at 64 kbit/s, 16 kHz
    opus, // RFC 6716, here at 16 kHz
};

[[nodiscard]] int sample_rate_of(AudioCodec);

struct EncoderOptions {              // What the receiver asks for; for Opus alone.
    int max_bandwidth_rate = 16'000; // Sample rate that the receiver can play.
    int max_bitrate = 0;             // 0: ours.
    bool in_band_fec = false;        // Each packet also holds a rough copy of the one before it.
    bool dtx = false;                // Silence need not be sent.
    bool constant_bitrate = false;
};

inline constexpr std::size_t max_payload_bytes = 1'280; // Of any encoder, for 60 ms at most.

class AudioEncoder {
public:
    virtual ~AudioEncoder() = default;

    // A packet of 10, 20, 30 (not Opus), 40 or 60 ms. The bytes written; 0: this packet need not be sent.
    virtual std::size_t encode(std::span<const std::int16_t> samples, std::span<std::byte> out) = 0;
};

class AudioDecoder {
public:
    virtual ~AudioDecoder() = default;

    // Appends the sound of a packet of any length. False: it is none of this codec's, and nothing was appended.
    virtual bool decode(std::span<const std::byte> payload, std::vector<std::int16_t>& out) = 0;

    // Appends sound in place of the `samples` that were lost, or not sent. `next` is the packet behind them if it is
    // there; it may hold a copy of what it follows.
    virtual void conceal(std::size_t samples, std::span<const std::byte> next, std::vector<std::int16_t>& out) = 0;

    // True for a payload that says "from here on nothing is sent until there is sound again".
    [[nodiscard]] virtual bool begins_silence(std::span<const std::byte> payload) const = 0;
};

[[nodiscard]] std::unique_ptr<AudioEncoder> make_encoder(AudioCodec, const EncoderOptions& = {});
[[nodiscard]] std::unique_ptr<AudioDecoder> make_decoder(AudioCodec);

} // namespace parley
