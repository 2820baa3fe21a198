#include "media/media_session.h"

#include <algorithm>
#include <utility>

namespace parley::media {

namespace {

G711Law law_of(sdp::Codec codec)
{
    switch (codec) {
    case sdp::Codec::pcmu: return G711Law::ulaw;
    case sdp::Codec::pcma: return G711Law::alaw;
    case sdp::Codec::g722:
    case sdp::Codec::opus: break; // Neither offered nor taken.
    }
    return G711Law::ulaw;
}

bool is_somewhere(const SocketAddress& address)
{
    return address.port != 0 && !address.ip.empty() && address.ip != "0.0.0.0" && address.ip != "::";
}

} // namespace

MediaSession::MediaSession(MediaSessionSettings settings, Log log)
    : settings_(std::move(settings))
    , log_(std::move(log))
    , voice_activity_(settings_.voice_activity)
    , sequence_(settings_.first_sequence)
    , timestamp_(settings_.first_timestamp)
{
}

void MediaSession::agree(const sdp::AgreedMedia& media)
{
    const bool moved = !agreed_ || agreed_->remote_rtp != media.remote_rtp;
    agreed_ = media;
    if (!moved && locked_)
        return;
    locked_.reset();
    rtcp_locked_.reset();
    destination_ = media.remote_rtp;
    rtcp_destination_ = media.remote_rtcp;
}

bool MediaSession::may_send() const
{
    return agreed_ && is_somewhere(destination_) && sdp::may_send(agreed_->direction);
}

// Symmetric RTP: the first valid packet says where the other side really is, which behind a NAT is not what SDP says.
// Should a stranger have been faster, who is closer to what signalling named may still take its place.
bool MediaSession::is_stranger(const SocketAddress& source) const
{
    return !agreed_ || (locked_ && source != *locked_ && rank(source) <= rank(*locked_));
}

int MediaSession::rank(const SocketAddress& source) const
{
    const auto& signalled = agreed_->remote_rtp;
    return (source.ip == signalled.ip ? 1 : 0) + (source == signalled ? 1 : 0);
}

void MediaSession::lock_to(const SocketAddress& source, MediaEvents& out)
{
    const bool first = !locked_;
    locked_ = source;
    destination_ = source;
    if (rtcp_locked_ && rtcp_locked_->ip != source.ip) { // The stranger's.
        rtcp_locked_.reset();
        rtcp_destination_ = agreed_->remote_rtcp;
    }
    log_.info("media source locked", { { "port", source.port }, { "as_signalled", source == agreed_->remote_rtp } });
    if (first)
        out.emplace_back(SourceLocked {});
}

void MediaSession::receive(
    std::span<const std::byte> datagram, const SocketAddress& source, Instant now, MediaEvents& out)
{
    if (is_stranger(source)) {
        ++stats_.strangers;
        return;
    }
    const auto packet = parse_rtp(datagram);
    const bool agreed_type = packet
        && (packet->payload_type == agreed_->receive_payload_type
            || packet->payload_type == agreed_->receive_telephone_event);
    if (!agreed_type)
        ++stats_.malformed;
    // Another payload type (comfort noise) proves nothing about its sender; from the known one it keeps its place in
    // the sequence.
    if (!packet || (!agreed_type && locked_ != source))
        return;
    if (locked_ != source)
        lock_to(source, out);
    last_sign_ = now;
    lost_told_ = false;
    ++stats_.packets_received;
    reception_.received(packet->ssrc, packet->sequence, packet->timestamp, now);
    if (!sdp::may_receive(agreed_->direction))
        return; // On hold: counted, not heard.
    jitter_.insert(*packet, now);
    drain(now, now, out);
}

void MediaSession::drain(Instant now, Instant horizon, MediaEvents& out)
{
    while (const auto taken = jitter_.take(horizon)) {
        if (const auto* gap = std::get_if<Gap>(&*taken))
            conceal(gap->packets, now, out);
        else
            take_packet(std::get<OrderedPacket>(*taken), now, out);
    }
}

void MediaSession::take_packet(const OrderedPacket& ordered, Instant now, MediaEvents& out)
{
    const auto& packet = ordered.packet;
    if (packet.payload_type == agreed_->receive_payload_type) {
        if (!packet.payload.empty())
            take_sound(packet.payload, ordered.arrived, out);
        return;
    }
    if (packet.payload_type != agreed_->receive_telephone_event)
        return; // Agreed on something else while the packet waited.
    const auto event = parse_telephone_event(packet.payload);
    if (!event) {
        ++stats_.malformed;
        return;
    }
    if (const auto digit = keys_.receive(*event, packet.timestamp, now))
        out.emplace_back(DigitReceived { *digit });
}

void MediaSession::take_sound(std::span<const std::byte> payload, Instant arrived, MediaEvents& out)
{
    std::vector<std::int16_t> samples(payload.size());
    g711_decode(law_of(agreed_->codec), payload, samples);
    packet_samples_ = samples.size();
    concealment_.received(samples);
    emit_frame(std::move(samples), arrived, out);
}

void MediaSession::conceal(std::uint16_t packets, Instant now, MediaEvents& out)
{
    const std::size_t lost = std::min(packets * packet_samples_, max_concealed_samples);
    for (std::size_t done = 0; done < lost; done += beat_samples) {
        std::vector<std::int16_t> samples(std::min(beat_samples, lost - done));
        concealment_.conceal(samples);
        ++stats_.frames_concealed;
        const Instant arrived = std::min(now, last_arrived_ + frame_duration);
        emit_frame(std::move(samples), arrived, out);
    }
}

void MediaSession::emit_frame(std::vector<std::int16_t> samples, Instant arrived, MediaEvents& out)
{
    last_arrived_ = std::max(last_arrived_, arrived);
    edges_.clear();
    voice_activity_.push(samples, last_arrived_, edges_);
    // The edge first, so that who opens a recogniser at the edge has it for the frame.
    tell_edges(out);
    out.emplace_back(FrameReceived { AudioFrame { line_rate, std::move(samples) }, last_arrived_ });
}

void MediaSession::tell_edges(MediaEvents& out)
{
    for (const auto& edge : edges_) {
        switch (edge.kind) {
        case VoiceEdge::Kind::started: out.emplace_back(SpeechStarted { edge.at }); break;
        case VoiceEdge::Kind::stopped: out.emplace_back(SpeechStopped { edge.at }); break;
        }
    }
}

// A line that died says nothing at all; one that is on hold need not say anything.
void MediaSession::watch_source(Instant now, MediaEvents& out)
{
    if (!last_sign_ || !sdp::may_receive(agreed_->direction))
        last_sign_ = now;
    const Duration silent = now - *last_sign_;
    if (lost_told_ || settings_.lost_after == 0ms || silent < settings_.lost_after)
        return;
    lost_told_ = true;
    out.emplace_back(SourceLost { silent });
}

std::span<const std::byte> MediaSession::beat(Instant now, MediaEvents& out)
{
    if (agreed_) {
        watch_source(now, out);
        // What would be due before the next beat is done now: nothing waits longer than its time.
        drain(now, now + frame_duration, out);
        if (const auto digit = keys_.handle_timeout(now))
            out.emplace_back(DigitReceived { *digit });
        edges_.clear();
        voice_activity_.handle_timeout(now, edges_);
        tell_edges(out);
    }

    const std::uint32_t timestamp = timestamp_;
    timestamp_ += beat_samples; // Goes on also while nothing may be sent: it is a clock.
    if (!may_send()) {
        playout_.idle_beat(out); // What nobody would hear waits.
        first_packet_ = true;
        return {};
    }
    RtpPacket packet;
    packet.marker = std::exchange(first_packet_, false); // RFC 3551 4.1: after silence that was not sent.
    packet.sequence = sequence_++;
    packet.ssrc = settings_.ssrc;
    packet.timestamp = timestamp;
    packet.payload_type = agreed_->send_payload_type;
    std::array<std::byte, beat_samples> payload;
    packet.payload = payload;
    std::array<std::int16_t, beat_samples> samples {};
    std::array<std::byte, telephone_event_bytes> event_bytes;
    std::optional<DigitSender::Packet> event;
    if (!digits_.takes_the_line()) {
        digits_.next_pause(frame_duration);
        playout_.beat(samples, out);
    } else {
        playout_.idle_beat(out);
        if (agreed_->send_telephone_event)
            event = digits_.next_packet(frame_duration, timestamp, line_rate);
        else
            digits_.next_sound(samples, line_rate);
    }
    for (int finished = digits_.take_finished(); finished > 0; --finished)
        out.emplace_back(DigitsSent {});
    if (event) {
        event_bytes = write_telephone_event(event->event);
        packet.payload_type = *agreed_->send_telephone_event;
        packet.timestamp = event->timestamp;
        packet.marker = event->marker;
        packet.payload = event_bytes;
    } else {
        g711_encode(law_of(agreed_->codec), samples, payload);
    }
    ++stats_.packets_sent;
    stats_.octets_sent += packet.payload.size();
    return std::span(packet_).first(write_rtp(packet, packet_));
}

bool MediaSession::send_digits(std::span<const DigitStep> steps)
{
    return digits_.send(steps);
}

MediaStats MediaSession::stats() const
{
    MediaStats stats = stats_;
    stats.packets_lost = reception_.lost();
    stats.jitter = reception_.jitter();
    stats.jitter_buffer = jitter_.counters();
    stats.playout_dropped_samples = playout_.dropped_samples();
    stats.playout_underruns = playout_.underruns();
    return stats;
}

} // namespace parley::media
