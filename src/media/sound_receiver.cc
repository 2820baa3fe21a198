#include "media/sound_receiver.h"

#include "audio/audio_frame.h"

#include <algorithm>
#include <utility>

namespace parley::media {

namespace {

constexpr std::int64_t million = 1'000'000;

} // namespace

AudioCodec audio_codec(sdp::Codec codec)
{
    switch (codec) {
    case sdp::Codec::pcmu: return AudioCodec::pcmu;
    case sdp::Codec::pcma: return AudioCodec::pcma;
    case sdp::Codec::g722: return AudioCodec::g722;
    case sdp::Codec::opus: return AudioCodec::opus;
    }
    return AudioCodec::pcmu;
}

SoundReceiver::SoundReceiver()
    : decoder_(make_decoder(AudioCodec::pcmu))
{
}

void SoundReceiver::agree(const sdp::AgreedMedia& media)
{
    sound_type_ = media.receive_payload_type;
    noise_type_ = media.receive_comfort_noise;
    if (media.codec == codec_)
        return;
    codec_ = media.codec;
    decoder_ = make_decoder(audio_codec(codec_));
    next_timestamp_.reset();
    silence_ = Silence::sent;
}

std::size_t SoundReceiver::samples_of(Duration length) const
{
    return static_cast<std::size_t>(length.count() * sample_rate() / million);
}

void SoundReceiver::gap(const Gap& gap)
{
    lost_packets_ += gap.packets;
}

bool SoundReceiver::packet(const OrderedPacket& ordered, Instant now, std::vector<Heard>& out)
{
    const RtpPacket& packet = ordered.packet;
    if (lost_packets_ > 0)
        end_gap(packet, now, out);
    if (packet.payload_type == noise_type_) {
        noise_.set(packet.payload);
        if (silence_ == Silence::sent)
            filled_until_ = ordered.arrived;
        silence_ = Silence::noise;
        return true;
    }
    if (packet.payload_type != sound_type_ || packet.payload.empty())
        return true;
    std::vector<std::int16_t> samples;
    if (!decoder_->decode(packet.payload, samples))
        return false;
    silence_ = decoder_->begins_silence(packet.payload) ? Silence::by_codec : Silence::sent;
    filled_until_ = ordered.arrived;
    packet_samples_ = samples.size();
    const auto ticks = static_cast<std::int64_t>(samples.size()) * sdp::facts(codec_).clock_rate / sample_rate();
    next_timestamp_ = packet.timestamp + static_cast<std::uint32_t>(ticks);
    emit(std::move(samples), ordered.arrived, out);
    return true;
}

// How much sound is missing is told by the timestamps; not more than the packets can have held, for silence need not
// have been sent.
void SoundReceiver::end_gap(const RtpPacket& next, Instant now, std::vector<Heard>& out)
{
    const std::size_t in_packets = std::exchange(lost_packets_, 0) * packet_samples_;
    if (!next_timestamp_ || silence_ != Silence::sent)
        return;
    const std::int64_t ticks = static_cast<std::int32_t>(next.timestamp - *next_timestamp_);
    const std::int64_t by_time = std::max<std::int64_t>(0, ticks) * sample_rate() / sdp::facts(codec_).clock_rate;
    const std::size_t lost = std::min({ static_cast<std::size_t>(by_time), in_packets, samples_of(max_concealed) });
    if (lost == 0)
        return;
    std::vector<std::int16_t> sound;
    decoder_->conceal(lost, next.payload_type == sound_type_ ? next.payload : std::span<const std::byte>(), sound);
    const std::size_t frame = samples_of(frame_duration);
    for (std::size_t done = 0; done < sound.size(); done += frame) {
        const auto from = sound.begin() + static_cast<std::ptrdiff_t>(done);
        const auto count = static_cast<std::ptrdiff_t>(std::min(frame, sound.size() - done));
        ++concealed_;
        emit({ from, from + count }, std::min(now, last_arrived_ + frame_duration), out);
    }
}

void SoundReceiver::beat(Instant now, std::vector<Heard>& out)
{
    if (silence_ == Silence::sent)
        return;
    filled_until_ = std::max(filled_until_, now - max_filled);
    while (filled_until_ + frame_duration + JitterBuffer::patience <= now) { // What is late is not yet silence.
        filled_until_ += frame_duration;
        std::vector<std::int16_t> samples;
        if (silence_ == Silence::noise)
            noise_.make(samples_of(frame_duration), samples);
        else
            decoder_->conceal(samples_of(frame_duration), {}, samples);
        emit(std::move(samples), filled_until_, out);
    }
}

void SoundReceiver::emit(std::vector<std::int16_t> samples, Instant arrived, std::vector<Heard>& out)
{
    last_arrived_ = std::max(last_arrived_, arrived);
    out.push_back({ std::move(samples), last_arrived_ });
}

} // namespace parley::media
