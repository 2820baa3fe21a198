#pragma once

#include "base/log.h"
#include "base/result.h"
#include "media/media_event.h"
#include "media/media_report.h"
#include "media/media_session.h"
#include "media/pacer.h"
#include "media/port_drain.h"
#include "net/udp_socket.h"
#include "sdp/offer_answer.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

// One line's sound on the network: an RTP and an RTCP socket, the beat of its worker, and a `MediaSession` between
// them. Belongs to its loop's thread.
namespace parley::media {

struct MediaPortSettings {
    std::string bind_ip = "127.0.0.1";
    std::string advertised_ip;    // What SDP says; empty: `bind_ip`.
    std::uint16_t first_port = 0; // Even port RTP, the next one RTCP. Both 0: the kernel chooses.
    std::uint16_t last_port = 0;
    VoiceActivityOptions voice_activity = {};
    Duration lost_after = 60s; // Of silence on RTP and RTCP, until `SourceLost`; zero: never.
    Duration lost_after_on_hold = 30min;
    sdp::SrtpPolicy srtp
        = sdp::SrtpPolicy::off; // Unless `off`, keys are made for SDP; who may see them is not decided here.
    PortDrain* drain = nullptr; // Where the ports go in the end; outlives the port. None: they are free at once.
    std::function<void(const MediaReport&)> report = {}; // Told once, on the loop's thread, when the port closes.
    sdp::SoundPreferences sound = {};
    InbandDigits inband_digits = InbandDigits::when_needed;
};

class MediaPort final : private PacedStream {
public:
    using Listener = std::function<void(MediaEvent)>;

    // Opens the sockets; sound flows both ways from `agree` on. No free pair of ports: `limit_reached`. The listener is
    // called on the loop's thread, never inside a method of this class, and may destroy the port.
    static Result<std::unique_ptr<MediaPort>> open(Pacer&, const MediaPortSettings&, Log, Listener);

    // Says goodbye to the other side. No event follows.
    ~MediaPort();
    MediaPort(const MediaPort&) = delete;
    MediaPort& operator=(const MediaPort&) = delete;

    // Of the frames that are told. A new agreement may change it.
    [[nodiscard]] int sample_rate() const;

    [[nodiscard]] sdp::LocalMedia local_media() const;
    // Those that `local_media` tells from now on; what was agreed on stays. Whoever talks to somebody else on the same
    // port must not be told the keys that the first one knows.
    void renew_keys();
    void agree(const sdp::AgreedMedia&);

    // Sound of any rate; it is resampled to the line's. False: the queue is at its limit and the samples are lost.
    bool play(UtteranceId, const AudioFrame&);
    void end_of(UtteranceId);
    void duck();
    void unduck();
    void pause();
    void resume();
    void stop(std::optional<UtteranceId> last = std::nullopt);
    bool send_digits(std::span<const DigitStep>); // As `MediaSession::send_digits`.

    // Heard in place of what is played as long as it has something; nullptr: none. Outlives its use.
    void set_source(LineSource*);

    void set_bed(LineSource*);                              // As `MediaSession::set_bed`.
    void set_volume(double gain_db);                        // Of what is played.
    void set_input_gate(double least_dbfs, double gate_db); // As `MediaSession::set_input_gate`.

    // Ends the sound and gives the ports up; no event follows. Done by the destructor, too.
    void close();

    [[nodiscard]] Duration heard() const;
    [[nodiscard]] Duration waiting() const;
    [[nodiscard]] MediaStats stats() const;
    [[nodiscard]] MediaReport report() const;

private:
    struct State;
    explicit MediaPort(std::unique_ptr<State>);

    void beat(Instant due) override;
    void deliver();

    std::unique_ptr<State> state_;
    std::shared_ptr<bool> alive_; // Tells a delivery under way that the listener destroyed us.
};

} // namespace parley::media
