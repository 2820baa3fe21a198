#include "media/media_port.h"

#include "audio/rate_converter.h"
#include "media/port_pair.h"
#include "net/clock.h"
#include "rtp/rtcp.h"

#include <utility>

namespace parley::media {

struct MediaPort::State {
    Pacer& pacer;
    MediaPortSettings settings;
    Log log;
    std::shared_ptr<const Listener> listener; // Shared with a delivery under way.
    MediaSession session;
    PortPair ports = {};
    std::uint16_t local_port = 0;
    std::shared_ptr<MediaPort*> receiver = {}; // The sockets' way to us; null once they only drain.
    SrtpSession srtp = {};
    std::vector<sdp::Crypto> keys = {};
    bool rtcp_mux = false;
    std::optional<Instant> agreed_at = {};
    MediaEvents events = {}; // Kept between deliveries for its room.

    struct Voice { // One utterance, brought to the line's rate.
        UtteranceId utterance;
        RateConverter converter;
    };
    std::optional<Voice> voice = {};
    std::uint64_t unsendable = 0; // Datagrams that the kernel did not take.

    void receive(std::span<const std::byte> datagram, const SocketAddress& source, Instant arrival)
    {
        if (rtcp_mux && is_rtcp(datagram))
            return receive_report(datagram, source, arrival);
        const auto opened = srtp.open(datagram);
        if (!opened.empty() || datagram.empty())
            session.receive(opened, source, arrival, events);
    }

    void receive_report(std::span<const std::byte> datagram, const SocketAddress& source, Instant arrival)
    {
        const auto opened = srtp.open_report(datagram);
        if (!opened.empty() || datagram.empty())
            session.receive_rtcp(opened, source, arrival, events);
    }

    void send_report(std::span<const std::byte> report)
    {
        if (!report.empty())
            send((rtcp_mux ? ports.rtp : ports.rtcp).get(), srtp.protect_report(report), session.rtcp_destination());
    }

    void send(UdpSocket* socket, std::span<const std::byte> datagram, const SocketAddress& destination)
    {
        if (socket != nullptr && !datagram.empty() && destination.port != 0 && !socket->send_to(datagram, destination))
            ++unsendable;
    }
};

Result<std::unique_ptr<MediaPort>> MediaPort::open(
    Pacer& pacer, const MediaPortSettings& settings, Log log, Listener listener)
{
    auto random = IdSource::random();
    MediaSessionSettings session;
    session.ssrc = random.number();
    session.first_sequence
        = static_cast<std::uint16_t>(random.number() & 0x7fffU); // RFC 3711 3.3.1: far from the wrap.
    session.first_timestamp = random.number();
    session.cname = random.token(16);
    session.clock = clock_pair_now();
    session.voice_activity = settings.voice_activity;
    session.lost_after = settings.lost_after;
    session.inband_digits = settings.inband_digits;
    session.lost_after_on_hold = settings.lost_after_on_hold;
    auto state = std::unique_ptr<State>(new State { pacer, settings, log,
        std::make_shared<const Listener>(std::move(listener)), MediaSession(std::move(session), log) });
    if (settings.srtp != sdp::SrtpPolicy::off)
        state->keys = SrtpSession::make_keys();

    std::unique_ptr<MediaPort> port(new MediaPort(std::move(state)));
    const auto receiver = port->state_->receiver = std::make_shared<MediaPort*>(port.get());
    auto ports = open_port_pair(
        pacer.loop(), settings.bind_ip, { settings.first_port, settings.last_port }, random.number(),
        [receiver](std::span<const std::byte> datagram, const SocketAddress& source, Instant arrival) {
            if (MediaPort* self = *receiver) {
                self->state_->receive(datagram, source, arrival);
                self->deliver();
            }
        },
        [receiver](std::span<const std::byte> datagram, const SocketAddress& source, Instant arrival) {
            if (MediaPort* self = *receiver) {
                self->state_->receive_report(datagram, source, arrival);
                self->deliver();
            }
        });
    if (!ports)
        return std::move(ports.error());
    port->state_->ports = std::move(*ports);
    port->state_->local_port = port->state_->ports.rtp->local().port;
    pacer.join(*port);
    port->state_->log.debug("media port opened", { { "port", port->state_->ports.rtp->local().port } });
    return port;
}

MediaPort::MediaPort(std::unique_ptr<State> state)
    : state_(std::move(state))
    , alive_(std::make_shared<bool>(true))
{
}

MediaPort::~MediaPort()
{
    *alive_ = false;
    close();
}

void MediaPort::close()
{
    auto& state = *state_;
    if (!state.ports.rtp)
        return;
    state.pacer.leave(*this);
    state.send_report(state.session.goodbye(now()));
    *state.receiver = nullptr;
    PortPair ports = std::exchange(state.ports, {});
    if (state.settings.drain != nullptr)
        state.settings.drain->take(std::move(ports));
    const MediaReport told = report();
    log_report(state.log, told);
    if (state.settings.report)
        state.settings.report(told);
}

sdp::LocalMedia MediaPort::local_media() const
{
    sdp::LocalMedia media;
    media.rtp.ip = state_->settings.advertised_ip.empty() ? state_->settings.bind_ip : state_->settings.advertised_ip;
    media.rtp.port = state_->local_port;
    media.sound = state_->settings.sound;
    media.srtp = state_->settings.srtp;
    media.crypto = state_->keys;
    return media;
}

void MediaPort::renew_keys()
{
    if (state_->settings.srtp != sdp::SrtpPolicy::off)
        state_->keys = SrtpSession::make_keys();
}

void MediaPort::agree(const sdp::AgreedMedia& media)
{
    auto& state = *state_;
    if (!state.agreed_at)
        state.agreed_at = now();
    state.rtcp_mux = media.rtcp_mux;
    // On failure nothing passes: the line times out, and nobody hears it.
    if (const auto agreed = state.srtp.agree(media.srtp); !agreed)
        state.log.error("no protected sound", { { "error", agreed.error().what } });
    const Duration before = state.session.beat_length();
    state.session.agree(media);
    if (state.session.beat_length() == before || !state.ports.rtp)
        return;
    state.pacer.leave(*this);
    state.pacer.join(*this, state.session.beat_length());
}

MediaReport MediaPort::report() const
{
    const auto& state = *state_;
    MediaReport told = make_report(state.session.stats(), state.session.remote_view(), state.session.clock_rate());
    if (state.agreed_at)
        told.length = now() - *state.agreed_at;
    told.suite = state.srtp.suite();
    told.srtp = state.srtp.counters();
    told.unsendable = state.unsendable;
    return told;
}

bool MediaPort::play(UtteranceId utterance, const AudioFrame& frame)
{
    auto& playout = state_->session.playout();
    auto& voice = state_->voice;
    if (!voice || voice->utterance != utterance || voice->converter.rate() != playout.rate())
        voice.emplace(State::Voice { utterance, RateConverter(playout.rate()) });
    auto converted = voice->converter.push(frame);
    if (!converted) {
        state_->log.warning("sound refused", { { "why", converted.error().what } });
        return false;
    }
    return playout.play(utterance, std::move(converted->samples));
}

void MediaPort::end_of(UtteranceId utterance)
{
    auto& playout = state_->session.playout();
    if (state_->voice && state_->voice->utterance == utterance) {
        if (state_->voice->converter.rate() == playout.rate())
            playout.play(utterance, state_->voice->converter.flush().samples);
        state_->voice.reset();
    }
    playout.end_of(utterance);
}

int MediaPort::sample_rate() const
{
    return state_->session.sample_rate();
}

void MediaPort::duck()
{
    state_->session.playout().duck();
}

void MediaPort::unduck()
{
    state_->session.playout().unduck();
}

void MediaPort::pause()
{
    state_->session.playout().pause();
}

void MediaPort::resume()
{
    state_->session.playout().resume();
}

void MediaPort::stop(std::optional<UtteranceId> last)
{
    state_->session.playout().stop(last);
}

bool MediaPort::send_digits(std::span<const DigitStep> steps)
{
    return state_->session.send_digits(steps);
}

void MediaPort::set_source(LineSource* source)
{
    state_->session.set_source(source);
}

void MediaPort::set_bed(LineSource* bed)
{
    state_->session.set_bed(bed);
}

void MediaPort::set_volume(double gain_db)
{
    state_->session.playout().set_volume(gain_db);
}

void MediaPort::set_input_gate(double least_dbfs, double gate_db)
{
    state_->session.set_input_gate(least_dbfs, gate_db);
}

Duration MediaPort::heard() const
{
    return state_->session.playout().heard();
}

Duration MediaPort::waiting() const
{
    return state_->session.playout().waiting();
}

MediaStats MediaPort::stats() const
{
    return state_->session.stats();
}

void MediaPort::beat(Instant due)
{
    auto& state = *state_;
    const auto packet = state.session.beat(due, state.events);
    if (!packet.empty())
        state.send(state.ports.rtp.get(), state.srtp.protect(packet), state.session.rtp_destination());
    state.send_report(state.session.take_report(due));
    deliver();
}

// The listener may destroy us, or close us, with each event.
void MediaPort::deliver()
{
    if (state_->events.empty())
        return;
    const auto alive = alive_;
    MediaEvents events;
    events.swap(state_->events);
    const auto listener = state_->listener;
    for (auto& event : events) {
        (*listener)(std::move(event));
        if (!*alive || !state_->ports.rtp)
            return;
    }
    events.clear();
    if (state_->events.empty())
        state_->events.swap(events);
}

} // namespace parley::media
