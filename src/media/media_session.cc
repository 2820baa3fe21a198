#include "media/media_session.h"

#include <algorithm>
#include <utility>

namespace parley::media {

namespace {

constexpr Duration longest_packet = 60ms;
constexpr Duration short_beat = 10ms;
constexpr Duration long_beat = 20ms;

constexpr std::uint32_t ticks(Duration length, int rate)
{
    return static_cast<std::uint32_t>(length.count() * rate / 1'000'000);
}

constexpr std::size_t most_samples = ticks(longest_packet, 16'000); // Of a packet.

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
    const bool other_codec = agreed_ && agreed_->codec != media.codec;
    if (agreed_ && agreed_->ptime != media.ptime)
        until_packet_ = {};
    if (!agreed_ || agreed_->telephone_event_rate != media.telephone_event_rate)
        keys_ = TelephoneEventReceiver(media.telephone_event_rate);
    if (agreed_ && agreed_->direction != media.direction)
        last_sign_.reset(); // A hold, or its end: patience begins anew.
    agreed_ = media;
    receiver_.agree(media);
    sender_.agree(media);
    change_rate(receiver_.sample_rate());
    jitter_.set_clock_rate(sender_.clock_rate());
    reception_.set_clock_rate(sender_.clock_rate());
    first_packet_ = first_packet_ || other_codec;
    const bool keys_in_sound = settings_.inband_digits == InbandDigits::always
        || (settings_.inband_digits == InbandDigits::when_needed && !media.receive_telephone_event);
    if (!keys_in_sound)
        key_detector_.reset();
    else if (!key_detector_ && !events_came_)
        key_detector_.emplace(receiver_.sample_rate());
    if (!moved && locked_)
        return;
    locked_.reset();
    rtcp_locked_.reset();
    destination_ = media.remote_rtp;
    rtcp_destination_ = media.remote_rtcp;
}

void MediaSession::change_rate(int sample_rate)
{
    if (sample_rate == playout_.rate())
        return;
    playout_.set_rate(sample_rate);
    voice_activity_.handle_timeout(Instant::max(), edges_); // Speech that was under way ends here; the beat tells it.
    settings_.voice_activity.sample_rate = sample_rate;
    voice_activity_ = VoiceActivity(settings_.voice_activity);
    if (key_detector_)
        key_detector_.emplace(sample_rate);
}

Duration MediaSession::beat_length() const
{
    return agreed_ && agreed_->ptime % long_beat != Duration(0) ? short_beat : long_beat;
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
    if (agreed_->rtcp_mux)
        rtcp_destination_ = source;
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
            || packet->payload_type == agreed_->receive_telephone_event
            || packet->payload_type == agreed_->receive_comfort_noise);
    if (!agreed_type)
        ++stats_.malformed;
    // Another payload type proves nothing about its sender; from the known one it keeps its place in
    // the sequence.
    if (!packet || (!agreed_type && locked_ != source))
        return;
    if (locked_ != source)
        lock_to(source, out);
    last_sign_ = now;
    lost_told_ = false;
    ++stats_.packets_received;
    stats_.octets_received += packet->payload.size();
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
            receiver_.gap(*gap); // What comes next tells how long it was.
        else
            take_packet(std::get<OrderedPacket>(*taken), now, out);
    }
}

void MediaSession::take_packet(const OrderedPacket& ordered, Instant now, MediaEvents& out)
{
    if (!receiver_.packet(ordered, now, heard_))
        ++stats_.malformed;
    tell_heard(out);
    if (ordered.packet.payload_type == agreed_->receive_telephone_event)
        take_key(ordered, now, out);
}

void MediaSession::take_key(const OrderedPacket& ordered, Instant now, MediaEvents& out)
{
    const auto event = parse_telephone_event(ordered.packet.payload);
    if (!event) {
        ++stats_.malformed;
        return;
    }
    events_came_ = true; // Who sends keys as events need not be listened to for tones.
    key_detector_.reset();
    if (const auto digit = keys_.receive(*event, ordered.packet.timestamp, now))
        tell_digit(*digit, now, out);
}

// A gateway that turns tones into events lets the beginning of the first tone through: one key, heard twice.
void MediaSession::tell_digit(const Digit& digit, Instant now, MediaEvents& out)
{
    constexpr Duration leak = 500ms;
    const auto inband = std::exchange(last_inband_, std::nullopt);
    if (!inband || inband->key != digit.key || now - inband->at > leak + digit.held)
        out.emplace_back(DigitReceived { digit });
}

void MediaSession::tell_heard(MediaEvents& out)
{
    for (Heard& heard : heard_) {
        if (key_detector_)
            listen_for_keys(heard.samples, heard.arrived, out);
        voice_activity_.push(heard.samples, heard.arrived, edges_);
        // The edge first, so that who opens a recogniser at the edge has it for the frame.
        tell_edges(out);
        out.emplace_back(FrameReceived { AudioFrame { sample_rate(), std::move(heard.samples) }, heard.arrived });
    }
    heard_.clear();
}

// What is a key is no speech: neither voice activity nor the recogniser hears it.
void MediaSession::listen_for_keys(std::vector<std::int16_t>& samples, Instant arrived, MediaEvents& out)
{
    const bool before = key_detector_->hears_tone();
    keys_heard_.clear();
    key_detector_->push(samples, keys_heard_);
    for (const char key : keys_heard_) {
        last_inband_ = LastKey { key, arrived };
        out.emplace_back(DigitReceived { Digit { key, DtmfDetector::least_tone } });
    }
    if (before || key_detector_->hears_tone() || !keys_heard_.empty())
        std::ranges::fill(samples, std::int16_t { 0 });
}

void MediaSession::tell_edges(MediaEvents& out)
{
    for (const auto& edge : edges_) {
        switch (edge.kind) {
        case VoiceEdge::Kind::started: out.emplace_back(SpeechStarted { edge.at }); break;
        case VoiceEdge::Kind::stopped: out.emplace_back(SpeechStopped { edge.at }); break;
        }
    }
    edges_.clear();
}

// A line that died says nothing at all. One that is held need not say much, but it is not held for ever.
void MediaSession::watch_source(Instant now, MediaEvents& out)
{
    if (!last_sign_)
        last_sign_ = now;
    const bool held = agreed_->direction != sdp::Direction::send_receive;
    const Duration limit = held ? settings_.lost_after_on_hold : settings_.lost_after;
    const Duration silent = now - *last_sign_;
    if (lost_told_ || limit == 0ms || silent < limit)
        return;
    lost_told_ = true;
    out.emplace_back(SourceLost { silent });
}

std::span<const std::byte> MediaSession::beat(Instant now, MediaEvents& out)
{
    if (agreed_) {
        watch_source(now, out);
        // What would be due before the next beat is done now: nothing waits longer than its time.
        drain(now, now + beat_length(), out);
        receiver_.beat(now, heard_);
        tell_heard(out);
        if (const auto digit = keys_.handle_timeout(now))
            tell_digit(*digit, now, out);
        voice_activity_.handle_timeout(now, edges_);
        tell_edges(out);
    }

    const std::uint32_t timestamp = timestamp_;
    timestamp_ += ticks(beat_length(), sender_.clock_rate()); // Goes on also while nothing may be sent: it is a clock.
    if (!may_send()) {
        playout_.idle_beat(out); // What nobody would hear waits.
        first_packet_ = true;
        until_packet_ = {};
        return {};
    }
    const bool due = until_packet_ <= Duration(0);
    until_packet_ += (due ? agreed_->ptime : Duration(0)) - beat_length();
    return due ? make_packet(now, timestamp, out) : std::span<const std::byte>();
}

std::span<const std::byte> MediaSession::make_packet(Instant now, std::uint32_t timestamp, MediaEvents& out)
{
    std::array<std::int16_t, most_samples> room {};
    const auto samples = std::span(room).first(ticks(agreed_->ptime, playout_.rate()));
    std::optional<DigitSender::Packet> event;
    if (!digits_.takes_the_line()) {
        digits_.next_pause(agreed_->ptime);
        next_sound(samples, out);
    } else {
        playout_.idle_beat(out);
        if (agreed_->send_telephone_event)
            event = digits_.next_packet(agreed_->ptime, timestamp, agreed_->telephone_event_rate);
        else
            digits_.next_sound(samples, playout_.rate());
    }
    voice_activity_.played(samples, now + agreed_->ptime); // It may come back from the line.
    for (int finished = digits_.take_finished(); finished > 0; --finished)
        out.emplace_back(DigitsSent {});

    RtpPacket packet;
    packet.ssrc = settings_.ssrc;
    packet.timestamp = timestamp;
    std::array<std::byte, telephone_event_bytes> event_bytes;
    if (event) {
        event_bytes = write_telephone_event(event->event);
        packet.payload_type = *agreed_->send_telephone_event;
        packet.timestamp = event->timestamp;
        packet.marker = event->marker;
        packet.payload = event_bytes;
    } else {
        const auto payload = sender_.next(samples);
        if (!payload) { // Silence; what comes after it begins anew (RFC 3551 4.1).
            first_packet_ = true;
            return {};
        }
        const bool sound = payload->type == agreed_->send_payload_type;
        packet.payload_type = payload->type;
        packet.payload = payload->bytes;
        packet.marker = sound && std::exchange(first_packet_, false);
    }
    packet.sequence = sequence_++;
    ++stats_.packets_sent;
    stats_.octets_sent += packet.payload.size();
    return std::span(packet_).first(write_rtp(packet, packet_));
}

namespace {

void mix(std::span<std::int16_t> out, std::span<const std::int16_t> more)
{
    for (std::size_t n = 0; n < out.size(); ++n)
        out[n] = static_cast<std::int16_t>(std::clamp(out[n] + more[n], -32'768, 32'767));
}

} // namespace

// The playout dies away under what takes its place; the bed lies under both.
void MediaSession::next_sound(std::span<std::int16_t> out, MediaEvents& marks)
{
    std::array<std::int16_t, most_samples> room {};
    const auto more = std::span(room).first(out.size());
    const bool taken = source_ != nullptr && source_->next(more, playout_.rate());
    playout_.give_way(taken);
    playout_.beat(out, marks);
    if (taken)
        mix(out, more);
    if (bed_ != nullptr && bed_->next(more, playout_.rate()))
        mix(out, more);
}

void MediaSession::set_input_gate(double least_dbfs, double gate_db)
{
    settings_.voice_activity.least_dbfs = least_dbfs;
    settings_.voice_activity.gate_db = gate_db;
    voice_activity_.set_gate(least_dbfs, gate_db);
}

bool MediaSession::send_digits(std::span<const DigitStep> steps)
{
    return digits_.send(steps);
}

MediaStats MediaSession::stats() const
{
    MediaStats stats = stats_;
    stats.frames_concealed = receiver_.frames_concealed();
    stats.packets_lost = reception_.lost();
    stats.jitter = reception_.jitter();
    stats.worst_jitter = reception_.worst_jitter();
    stats.jitter_buffer = jitter_.counters();
    stats.playout_dropped_samples = playout_.dropped_samples();
    stats.playout_underruns = playout_.underruns();
    return stats;
}

} // namespace parley::media
