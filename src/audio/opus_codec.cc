#include "audio/opus_codec.h"

#include "base/error.h"

#include <opus/opus.h>

#include <algorithm>

namespace parley {

namespace {

constexpr int bitrate_with_copies = 28'000; // At less, and this complexity, the encoder finds no room for them.
constexpr int complexity = 0;          // 35 us for 20 ms; 2 costs 58 and 10 costs 240 for little that speech shows.
constexpr int bitrate = 24'000;        // Wide-band speech.
constexpr int expected_loss = 10;      // Percent: how much of a packet goes into the copy of the one before it.
constexpr int most_samples = 1'920;    // 120 ms, the longest packet there is.
constexpr int least_samples = 40;      // 2.5 ms: lengths are multiples of it.
constexpr int longest_dtx_payload = 2; // RFC 6716 2.1.9: a frame that need not have been sent.

struct Free {
    void operator()(OpusEncoder* state) const { opus_encoder_destroy(state); }
    void operator()(OpusDecoder* state) const { opus_decoder_destroy(state); }
};

int bandwidth_for(int rate)
{
    if (rate < 12'000)
        return OPUS_BANDWIDTH_NARROWBAND;
    return rate < 16'000 ? OPUS_BANDWIDTH_MEDIUMBAND : OPUS_BANDWIDTH_WIDEBAND;
}

const unsigned char* bytes_of(std::span<const std::byte> payload)
{
    return reinterpret_cast<const unsigned char*>(payload.data());
}

// In samples; 0 or less: no packet of Opus.
int length_of(std::span<const std::byte> payload)
{
    if (payload.empty())
        return 0;
    return opus_packet_get_nb_samples(bytes_of(payload), static_cast<opus_int32>(payload.size()), opus_sample_rate);
}

class Encoder final : public AudioEncoder {
public:
    explicit Encoder(const EncoderOptions& options)
        : dtx_(options.dtx)
    {
        int error = OPUS_OK;
        state_.reset(opus_encoder_create(opus_sample_rate, 1, OPUS_APPLICATION_VOIP, &error));
        VERIFY(state_ != nullptr);
        const int ours = options.in_band_fec ? bitrate_with_copies : bitrate;
        const int wanted = options.max_bitrate > 0 ? std::min(options.max_bitrate, ours) : ours;
        for (const int done : {
                 opus_encoder_ctl(state_.get(), OPUS_SET_COMPLEXITY(complexity)),
                 opus_encoder_ctl(state_.get(), OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE)),
                 opus_encoder_ctl(state_.get(), OPUS_SET_BITRATE(wanted)),
                 opus_encoder_ctl(state_.get(), OPUS_SET_MAX_BANDWIDTH(bandwidth_for(options.max_bandwidth_rate))),
                 opus_encoder_ctl(state_.get(), OPUS_SET_VBR(options.constant_bitrate ? 0 : 1)),
                 opus_encoder_ctl(state_.get(), OPUS_SET_DTX(options.dtx ? 1 : 0)),
                 opus_encoder_ctl(state_.get(), OPUS_SET_INBAND_FEC(options.in_band_fec ? 1 : 0)),
                 opus_encoder_ctl(state_.get(), OPUS_SET_PACKET_LOSS_PERC(options.in_band_fec ? expected_loss : 0)),
             })
            VERIFY(done == OPUS_OK);
    }

    std::size_t encode(std::span<const std::int16_t> samples, std::span<std::byte> out) override
    {
        const auto written = opus_encode(state_.get(), samples.data(), static_cast<int>(samples.size()),
            reinterpret_cast<unsigned char*>(out.data()),
            static_cast<opus_int32>(std::min(out.size(), max_payload_bytes)));
        VERIFY(written > 0);
        return dtx_ && written <= longest_dtx_payload ? 0 : static_cast<std::size_t>(written);
    }

private:
    bool dtx_;
    std::unique_ptr<OpusEncoder, Free> state_;
};

class Decoder final : public AudioDecoder {
public:
    Decoder()
    {
        int error = OPUS_OK;
        state_.reset(opus_decoder_create(opus_sample_rate, 1, &error));
        VERIFY(state_ != nullptr);
    }

    bool decode(std::span<const std::byte> payload, std::vector<std::int16_t>& out) override
    {
        const int length = length_of(payload);
        return length > 0 && make(payload, length, 0, out);
    }

    void conceal(std::size_t samples, std::span<const std::byte> next, std::vector<std::int16_t>& out) override
    {
        // The copy within the next packet is of what comes just before it, as long as that packet.
        std::size_t copied = 0;
        if (!next.empty()) {
            const int length
                = opus_packet_get_nb_samples(bytes_of(next), static_cast<opus_int32>(next.size()), opus_sample_rate);
            if (length > 0 && static_cast<std::size_t>(length) <= samples)
                copied = static_cast<std::size_t>(length);
        }
        for (std::size_t done = 0; done + copied < samples;) {
            const std::size_t rest = samples - copied - done;
            const int piece = std::min(static_cast<int>(rest / least_samples * least_samples), most_samples);
            if (piece == 0 || !make({}, piece, 0, out)) {
                out.resize(out.size() + rest); // Less than a frame.
                break;
            }
            done += static_cast<std::size_t>(piece);
        }
        if (copied > 0 && !make(next, static_cast<int>(copied), 1, out))
            out.resize(out.size() + copied);
    }

    bool begins_silence(std::span<const std::byte> payload) const override
    {
        return payload.size() <= longest_dtx_payload;
    }

private:
    bool make(std::span<const std::byte> payload, int most, int from_copy, std::vector<std::int16_t>& out)
    {
        const std::size_t before = out.size();
        out.resize(before + static_cast<std::size_t>(most));
        const int made = opus_decode(state_.get(), payload.empty() ? nullptr : bytes_of(payload),
            static_cast<opus_int32>(payload.size()), out.data() + before, most, from_copy);
        out.resize(before + static_cast<std::size_t>(std::max(made, 0)));
        return made > 0;
    }

    std::unique_ptr<OpusDecoder, Free> state_;
};

} // namespace

std::unique_ptr<AudioEncoder> make_opus_encoder(const EncoderOptions& options)
{
    return std::make_unique<Encoder>(options);
}

std::unique_ptr<AudioDecoder> make_opus_decoder()
{
    return std::make_unique<Decoder>();
}

} // namespace parley
