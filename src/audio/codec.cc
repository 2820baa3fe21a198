#include "audio/codec.h"

#include "audio/g711.h"
#include "audio/loss_concealment.h"
#include "audio/opus_codec.h"
#include "base/error.h"

#include <spandsp.h>

namespace parley {

namespace {

class G711Encoder final : public AudioEncoder {
public:
    explicit G711Encoder(G711Law law)
        : law_(law)
    {
    }
    std::size_t encode(std::span<const std::int16_t> samples, std::span<std::byte> out) override
    {
        VERIFY(out.size() >= samples.size());
        g711_encode(law_, samples, out.first(samples.size()));
        return samples.size();
    }

private:
    G711Law law_;
};

// Codecs whose packets stand for themselves: what is lost is concealed in the sound.
class WaveformDecoder : public AudioDecoder {
public:
    explicit WaveformDecoder(int sample_rate)
        : concealment_(sample_rate)
    {
    }
    bool decode(std::span<const std::byte> payload, std::vector<std::int16_t>& out) final
    {
        if (payload.empty())
            return false;
        const std::size_t before = out.size();
        expand(payload, out);
        concealment_.received(std::span(out).subspan(before));
        return true;
    }
    void conceal(std::size_t samples, std::span<const std::byte>, std::vector<std::int16_t>& out) final
    {
        out.resize(out.size() + samples);
        concealment_.conceal(std::span(out).last(samples));
    }
    bool begins_silence(std::span<const std::byte>) const final { return false; }

private:
    virtual void expand(std::span<const std::byte> payload, std::vector<std::int16_t>& out) = 0;

    LossConcealment concealment_;
};

class G711Decoder final : public WaveformDecoder {
public:
    explicit G711Decoder(G711Law law)
        : WaveformDecoder(sample_rate_of(AudioCodec::pcmu))
        , law_(law)
    {
    }

private:
    void expand(std::span<const std::byte> payload, std::vector<std::int16_t>& out) override
    {
        out.resize(out.size() + payload.size());
        g711_decode(law_, payload, std::span(out).last(payload.size()));
    }

    G711Law law_;
};

constexpr int g722_bitrate = 64'000;

struct FreeG722 {
    void operator()(g722_encode_state_t* state) const { g722_encode_free(state); }
    void operator()(g722_decode_state_t* state) const { g722_decode_free(state); }
};

class G722Encoder final : public AudioEncoder {
public:
    G722Encoder() { VERIFY(state_ != nullptr); }
    std::size_t encode(std::span<const std::int16_t> samples, std::span<std::byte> out) override
    {
        VERIFY(samples.size() % 2 == 0 && out.size() >= samples.size() / 2); // Two samples a byte.
        return static_cast<std::size_t>(g722_encode(state_.get(), reinterpret_cast<std::uint8_t*>(out.data()),
            samples.data(), static_cast<int>(samples.size())));
    }

private:
    std::unique_ptr<g722_encode_state_t, FreeG722> state_ { g722_encode_init(nullptr, g722_bitrate, 0) };
};

class G722Decoder final : public WaveformDecoder {
public:
    G722Decoder()
        : WaveformDecoder(sample_rate_of(AudioCodec::g722))
    {
        VERIFY(state_ != nullptr);
    }

private:
    void expand(std::span<const std::byte> payload, std::vector<std::int16_t>& out) override
    {
        const std::size_t before = out.size();
        out.resize(before + 2 * payload.size());
        const int made = g722_decode(state_.get(), out.data() + before,
            reinterpret_cast<const std::uint8_t*>(payload.data()), static_cast<int>(payload.size()));
        VERIFY(made == static_cast<int>(2 * payload.size()));
    }

    std::unique_ptr<g722_decode_state_t, FreeG722> state_ { g722_decode_init(nullptr, g722_bitrate, 0) };
};

} // namespace

int sample_rate_of(AudioCodec codec)
{
    switch (codec) {
    case AudioCodec::pcmu:
    case AudioCodec::pcma: return 8'000;
    case AudioCodec::g722: return 16'000;
    case AudioCodec::opus: return opus_sample_rate;
    }
    return 8'000;
}

std::unique_ptr<AudioEncoder> make_encoder(AudioCodec codec, const EncoderOptions& options)
{
    switch (codec) {
    case AudioCodec::pcmu: return std::make_unique<G711Encoder>(G711Law::ulaw);
    case AudioCodec::pcma: return std::make_unique<G711Encoder>(G711Law::alaw);
    case AudioCodec::g722: return std::make_unique<G722Encoder>();
    case AudioCodec::opus: return make_opus_encoder(options);
    }
    return nullptr;
}

std::unique_ptr<AudioDecoder> make_decoder(AudioCodec codec)
{
    switch (codec) {
    case AudioCodec::pcmu: return std::make_unique<G711Decoder>(G711Law::ulaw);
    case AudioCodec::pcma: return std::make_unique<G711Decoder>(G711Law::alaw);
    case AudioCodec::g722: return std::make_unique<G722Decoder>();
    case AudioCodec::opus: return make_opus_decoder();
    }
    return nullptr;
}

} // namespace parley
