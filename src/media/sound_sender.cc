#include "media/sound_sender.h"

#include "audio/comfort_noise.h"
#include "media/sound_receiver.h"

#include <algorithm>

namespace parley::media {

namespace {

EncoderOptions options_of(const sdp::OpusWishes& wishes)
{
    return { wishes.max_playback_rate, wishes.max_average_bitrate, wishes.in_band_fec, wishes.dtx, wishes.cbr };
}

} // namespace

SoundSender::SoundSender()
    : encoder_(make_encoder(AudioCodec::pcmu))
{
}

void SoundSender::agree(const sdp::AgreedMedia& media)
{
    sound_type_ = media.send_payload_type;
    noise_type_ = media.send_comfort_noise;
    if (media.codec == codec_ && media.opus == wishes_)
        return;
    codec_ = media.codec;
    wishes_ = media.opus;
    encoder_ = make_encoder(audio_codec(codec_), options_of(wishes_));
    silent_ = {};
}

std::optional<SoundSender::Payload> SoundSender::next(std::span<const std::int16_t> samples)
{
    const Duration length(static_cast<std::int64_t>(samples.size()) * 1'000'000 / sample_rate());
    const bool silent = std::ranges::all_of(samples, [](std::int16_t sample) { return sample == 0; });
    silent_ = silent ? silent_ + length : Duration(0);
    if (noise_type_ && silent_ > silence_after)
        return silence(length);
    const std::size_t size = encoder_->encode(samples, bytes_);
    if (size == 0)
        return std::nullopt;
    return Payload { sound_type_, std::span(bytes_).first(size) };
}

std::optional<SoundSender::Payload> SoundSender::silence(Duration length)
{
    const bool first = silent_ - length <= silence_after;
    if (!first && silent_ - noise_told_ < noise_every)
        return std::nullopt;
    noise_told_ = silent_;
    return Payload { *noise_type_, comfort_noise_payload };
}

} // namespace parley::media
