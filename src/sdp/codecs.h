#pragma once

#include "base/result.h"
#include "base/time.h"
#include "sdp/session_description.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The formats of a line of sound: which codecs there are, how SDP names them and which of a medium's formats we take.
// Knows names and numbers; knows nothing of the sound itself.
namespace parley::sdp {

enum class Codec : std::uint8_t { pcmu, pcma, g722, opus };
inline constexpr std::array all_codecs { Codec::pcmu, Codec::pcma, Codec::g722, Codec::opus };

struct CodecFacts {
    Codec codec;
    std::string_view name;     // As in a=rtpmap; capitals do not matter.
    int clock_rate;            // Of RTP timestamps. G.722 has 8000 for its 16 kHz (RFC 3551 4.5.2), Opus always 48000.
    int channels;              // As in a=rtpmap; the sound is mono all the same (RFC 7587 7).
    int sample_rate;           // Of the sound on our side.
    std::uint8_t payload_type; // That we offer.
    bool static_payload_type;  // RFC 3551 6: the number says it all.
    std::vector<Duration> ptimes; // Lengths of packets that we send, shortest first.
};
[[nodiscard]] const CodecFacts& facts(Codec);
[[nodiscard]] std::optional<Codec> codec_named(std::string_view name);

inline constexpr std::uint8_t comfort_noise_payload_type = 13; // RFC 3551 6: at 8000 ticks alone.

// What we want of the sound. Wide band first: recognisers hear at 16 kHz. Opus before G.722, for it survives loss; the
// two laws of G.711 last, for every line has them.
struct SoundPreferences {
    std::vector<Codec> codecs = { Codec::opus, Codec::g722, Codec::pcmu, Codec::pcma }; // Not empty.
    Duration ptime = std::chrono::milliseconds(20);                                     // Asked for in offers.
    bool comfort_noise = false; // RFC 3389 in place of silence, where the other side takes it.

    friend bool operator==(const SoundPreferences&, const SoundPreferences&) = default;
};

// What a receiver of Opus asks of its sender (RFC 7587 6.1).
struct OpusWishes {
    int max_playback_rate = 48'000;
    int max_average_bitrate = 0; // 0: the sender's choice.
    bool in_band_fec = false;
    bool dtx = false;
    bool cbr = false;

    friend bool operator==(const OpusWishes&, const OpusWishes&) = default;
};

// Everything unknown or senseless in it is as if it were not there.
[[nodiscard]] OpusWishes parse_opus_format(std::string_view parameters);

// What we say of ourselves: 16 kHz both ways, one channel, and we make use of what rides along.
inline constexpr std::string_view our_opus_format
    = "maxplaybackrate=16000;sprop-maxcapturerate=16000;stereo=0;useinbandfec=1;usedtx=1";

// One line's formats, by payload type.
struct ChosenFormats {
    Codec codec {};
    std::uint8_t payload_type = 0;
    std::optional<std::uint8_t> telephone_event = {};
    int telephone_event_rate = 8'000;
    std::optional<std::uint8_t> comfort_noise = {}; // Of the codec's own clock.
    OpusWishes opus = {};
};

// The other side's first codec that is one of `codecs` (RFC 3264 6.1), and what goes with it. Of several clocks of
// telephone-event `event_rate` is taken; empty: that of the codec.
[[nodiscard]] std::optional<ChosenFormats> choose_formats(
    const MediaDescription&, const std::vector<Codec>& codecs, std::optional<int> event_rate = {});

// Appends the formats with their attributes.
void describe_formats(const ChosenFormats&, MediaDescription&);
void describe_offer(const SoundPreferences&, MediaDescription&);

inline constexpr Duration longest_ptime = std::chrono::milliseconds(60); // Asked for by a=maxptime; we take any.

// How long the packets to send are, for what the other side says of its a=ptime and a=maxptime. An impossible one is an
// error.
[[nodiscard]] Result<Duration> agree_on_ptime(const MediaDescription& theirs, Codec);

// A whole number from 0 to `limit`.
[[nodiscard]] std::optional<unsigned> whole_number(std::string_view text, unsigned limit);

} // namespace parley::sdp
