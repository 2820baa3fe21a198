#pragma once

#include "audio/dtmf_detector.h"
#include "audio/voice_activity.h"
#include "base/id.h"
#include "base/log.h"
#include "base/socket_address.h"
#include "base/time.h"
#include "media/digit_sender.h"
#include "media/inband_digits.h"
#include "media/line_source.h"
#include "media/media_event.h"
#include "media/playout.h"
#include "media/sound_receiver.h"
#include "media/sound_sender.h"
#include "rtp/jitter_buffer.h"
#include "rtp/remote_reception.h"
#include "rtp/rtcp.h"
#include "rtp/telephone_event.h"
#include "sdp/offer_answer.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

// The sound of one line without its sockets: datagrams in, events out, and on each beat one datagram. Time is told.
namespace parley::media {

struct MediaSessionSettings {
    std::uint32_t ssrc = 0; // Random, as are the next two (RFC 3550 5.1).
    std::uint16_t first_sequence = 0;
    std::uint32_t first_timestamp = 0;
    std::string cname = "parley"; // RFC 7022: says nothing about us.
    ClockPair clock {};           // For the NTP times of RTCP.
    VoiceActivityOptions voice_activity = {};
    // Without a packet that was agreed on, on a line that should sound and on one that is held; zero: never.
    Duration lost_after = 60s;
    Duration lost_after_on_hold = 30min;
    InbandDigits inband_digits = InbandDigits::when_needed;
};

struct MediaStats {
    std::uint64_t packets_sent = 0;
    std::uint64_t octets_sent = 0;
    std::uint64_t packets_received = 0; // Valid and from the right source.
    std::uint64_t octets_received = 0;  // Their payload.
    std::uint64_t malformed = 0;        // Not RTP or RTCP, or a payload type that was not agreed on.
    std::uint64_t strangers = 0; // From another source than the one that is locked, or before anything was agreed.
    std::uint64_t frames_concealed = 0;
    std::int64_t packets_lost = 0;
    Duration jitter {};
    Duration worst_jitter {};
    JitterCounters jitter_buffer {};
    std::uint64_t playout_dropped_samples = 0;
    std::uint64_t playout_underruns = 0;
};

class MediaSession {
public:
    MediaSession(MediaSessionSettings, Log);

    // What both sides agreed on; again when it changes. A new remote address opens the lock for the new source.
    void agree(const sdp::AgreedMedia&);

    void receive(std::span<const std::byte> datagram, const SocketAddress& source, Instant now, MediaEvents& out);
    void receive_rtcp(std::span<const std::byte> datagram, const SocketAddress& source, Instant now, MediaEvents& out);

    // Every `beat_length()`. The bytes of the RTP packet to send; empty if it is not time for one, or nothing may be
    // sent. Valid until the next beat.
    std::span<const std::byte> beat(Instant now, MediaEvents& out);

    // 20 ms; 10 ms while packets are sent whose length is no multiple of it. Changes with an agreement.
    [[nodiscard]] Duration beat_length() const;

    // Of the frames that are told, and of the playout; 8000 until something was agreed.
    [[nodiscard]] int sample_rate() const { return receiver_.sample_rate(); }

    // Asked after each beat: the bytes of a report when one is due, every 5 s.
    std::vector<std::byte> take_report(Instant now);

    // The last words on RTCP; empty if nothing was sent.
    std::vector<std::byte> goodbye(Instant now);

    // Where to send: the locked source, else what SDP said. Port 0: nowhere.
    [[nodiscard]] const SocketAddress& rtp_destination() const { return destination_; }
    [[nodiscard]] const SocketAddress& rtcp_destination() const { return rtcp_destination_; }

    // Presses keys in order, behind those that wait: as telephone-event if that was agreed on, else as tones. While a
    // key is down the playout waits. `DigitsSent` tells the end. False, and none is sent, if one is no key or too many
    // wait.
    bool send_digits(std::span<const DigitStep> steps);

    // Heard in place of the playout as long as it has something; nullptr: none. Outlives its use.
    void set_source(LineSource* source) { source_ = source; }

    // Heard under everything else; nullptr: none. Outlives its use.
    void set_bed(LineSource* bed) { bed_ = bed; }

    // What is softer is never speech, and how far above the noise speech has to be. Holds from now on.
    void set_input_gate(double least_dbfs, double gate_db);

    [[nodiscard]] Playout& playout() { return playout_; }
    [[nodiscard]] const Playout& playout() const { return playout_; }
    [[nodiscard]] MediaStats stats() const;
    [[nodiscard]] int clock_rate() const { return sender_.clock_rate(); } // Of the timestamps on the wire.
    [[nodiscard]] std::optional<RemoteView> remote_view() const { return remote_.view(); }

private:
    [[nodiscard]] int rank(const SocketAddress& source) const;
    [[nodiscard]] bool is_stranger(const SocketAddress& source) const;
    void lock_to(const SocketAddress& source, MediaEvents& out);
    void watch_source(Instant now, MediaEvents& out);
    void drain(Instant now, Instant horizon, MediaEvents& out);
    void take_packet(const OrderedPacket&, Instant now, MediaEvents& out);
    void take_key(const OrderedPacket&, Instant now, MediaEvents& out);
    void tell_heard(MediaEvents& out);
    void listen_for_keys(std::vector<std::int16_t>& samples, Instant arrived, MediaEvents& out);
    void tell_digit(const Digit&, Instant now, MediaEvents& out);
    void change_rate(int sample_rate);
    void tell_edges(MediaEvents& out);
    std::span<const std::byte> make_packet(Instant now, std::uint32_t timestamp, MediaEvents& out);
    void next_sound(std::span<std::int16_t> out, MediaEvents& marks);
    std::vector<std::byte> report(Instant now);
    [[nodiscard]] bool may_send() const;

    MediaSessionSettings settings_;
    Log log_;

    std::optional<sdp::AgreedMedia> agreed_;
    std::optional<SocketAddress> locked_;
    std::optional<SocketAddress> rtcp_locked_;
    std::optional<Instant> last_sign_; // Of life; none: the wait begins with the next beat.
    bool lost_told_ = false;
    SocketAddress destination_;
    SocketAddress rtcp_destination_;

    JitterBuffer jitter_;
    ReceptionStatistics reception_;
    RemoteReception remote_;
    SoundReceiver receiver_;
    std::vector<Heard> heard_; // Kept for its room.
    VoiceActivity voice_activity_;
    std::vector<VoiceEdge> edges_;
    TelephoneEventReceiver keys_;
    std::optional<DtmfDetector> key_detector_; // While keys are looked for in the sound.
    std::vector<char> keys_heard_;             // Kept for its room.
    struct LastKey {
        char key;
        Instant at;
    };
    std::optional<LastKey> last_inband_; // May come as telephone-event once more.
    bool events_came_ = false;

    Playout playout_;
    LineSource* source_ = nullptr;
    LineSource* bed_ = nullptr;
    std::uint16_t sequence_;
    std::uint32_t timestamp_;
    bool first_packet_ = true;
    std::uint64_t sent_at_report_ = 0;
    std::optional<Instant> report_due_;
    SoundSender sender_;
    Duration until_packet_ {}; // From this beat on.
    std::array<std::byte, rtp_header_size + max_payload_bytes> packet_ {};

    DigitSender digits_;

    MediaStats stats_;
};

} // namespace parley::media
