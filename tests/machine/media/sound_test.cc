#include "audio/codec.h"
#include "audio/dtmf_tone.h"
#include "audio/gain.h"
#include "audio/tones.h"
#include "media/media_session.h"
#include "rtp/rtp_packet.h"
#include "unit/audio/likeness.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace parley::media {
namespace {

const SocketAddress peer { "192.0.2.1", 4'000 };

sdp::AgreedMedia agreement(sdp::Codec codec, Duration ptime = 20ms)
{
    sdp::AgreedMedia media;
    media.remote_rtp = peer;
    media.remote_rtcp = { peer.ip, 4'001 };
    media.codec = codec;
    media.send_payload_type = media.receive_payload_type = sdp::facts(codec).payload_type;
    media.send_telephone_event = media.receive_telephone_event = 101;
    media.telephone_event_rate = sdp::facts(codec).clock_rate;
    media.ptime = ptime;
    return media;
}

struct Sent {
    Instant at;
    RtpPacket header; // Without its payload.
    std::vector<std::byte> datagram;
};

// One line on virtual time; its beats come as often as it wants them.
class Line {
public:
    explicit Line(const sdp::AgreedMedia& media, InbandDigits digits = InbandDigits::when_needed)
        : session({ 0x1234, 100, 0, "name", { Instant(0ms), WallTime { 0 } }, {}, 60s, 30min, digits }, Log::none())
    {
        session.agree(media);
    }

    void run(Duration length)
    {
        for (const Instant end = now + length; now + session.beat_length() <= end;) {
            now += session.beat_length();
            const auto bytes = session.beat(now, events);
            if (bytes.empty())
                continue;
            auto packet = parse_rtp(bytes);
            ASSERT_TRUE(packet);
            sent.push_back({ now, *packet, { bytes.begin(), bytes.end() } });
        }
    }
    void receive(std::uint16_t sequence, std::uint32_t timestamp, std::uint8_t type, std::span<const std::byte> payload)
    {
        std::vector<std::byte> datagram(rtp_header_size + payload.size());
        ASSERT_NE(write_rtp({ false, type, sequence, timestamp, 77, payload }, datagram), 0U);
        session.receive(datagram, peer, now, events);
    }
    template <typename Event> std::vector<Event> take()
    {
        std::vector<Event> out;
        for (const auto& event : events)
            if (const auto* wanted = std::get_if<Event>(&event))
                out.push_back(*wanted);
        return out;
    }
    // All sound that was told.
    std::vector<std::int16_t> heard()
    {
        std::vector<std::int16_t> out;
        for (const auto& told : take<FrameReceived>()) {
            EXPECT_EQ(told.frame.sample_rate, session.sample_rate());
            out.insert(out.end(), told.frame.samples.begin(), told.frame.samples.end());
        }
        return out;
    }

    MediaSession session;
    MediaEvents events;
    Instant now {};
    std::vector<Sent> sent;
};

TEST(Sound, packets_of_every_length_leave_exactly_in_time_with_every_codec)
{
    for (const sdp::Codec codec : sdp::all_codecs) {
        for (const Duration ptime : sdp::facts(codec).ptimes) {
            Line line(agreement(codec, ptime));
            line.run(6s);
            ASSERT_EQ(line.sent.size(), static_cast<std::size_t>(6s / ptime)) << to_milliseconds(ptime);
            const auto ticks = static_cast<std::uint32_t>(ptime.count() * sdp::facts(codec).clock_rate / 1'000'000);
            for (std::size_t n = 1; n < line.sent.size(); ++n) {
                EXPECT_EQ(line.sent[n].at - line.sent[n - 1].at, ptime);
                EXPECT_EQ(line.sent[n].header.timestamp - line.sent[n - 1].header.timestamp, ticks);
                EXPECT_FALSE(line.sent[n].header.marker);
            }
        }
    }
}

TEST(Sound, what_is_played_is_heard_at_the_other_end_at_the_rate_of_the_line)
{
    for (const sdp::Codec codec : sdp::all_codecs) {
        for (const Duration ptime : { 10ms, 20ms, 60ms }) {
            Line from(agreement(codec, ptime));
            Line to(agreement(codec));
            const int rate = from.session.sample_rate();
            EXPECT_EQ(rate, codec == sdp::Codec::pcmu || codec == sdp::Codec::pcma ? 8'000 : 16'000);
            const auto speech = make_babble(-20, static_cast<std::size_t>(2 * rate), rate, 1);
            from.session.playout().play(UtteranceId { 1 }, speech);
            from.session.playout().end_of(UtteranceId { 1 });
            from.run(3s);
            for (const Sent& packet : from.sent)
                to.session.receive(packet.datagram, peer, packet.at, to.events);
            EXPECT_GT(likeness(speech, to.heard(), 400).snr_db, codec == sdp::Codec::opus ? 9 : 30);
            EXPECT_EQ(from.take<PlayoutFinished>().size(), 1U);
            EXPECT_EQ(to.session.stats().frames_concealed, 0U);
        }
    }
}

TEST(Sound, a_change_of_the_codec_keeps_what_waits_and_how_much_of_it_was_heard)
{
    Line line(agreement(sdp::Codec::pcmu));
    line.session.playout().play(UtteranceId { 1 }, make_tone(500, -10, 8'000, 8'000));
    line.session.playout().end_of(UtteranceId { 1 });
    line.run(400ms);
    EXPECT_EQ(line.session.playout().heard(), 400ms);
    line.session.agree(agreement(sdp::Codec::g722, 30ms));
    EXPECT_EQ(line.session.sample_rate(), 16'000);
    EXPECT_EQ(line.session.beat_length(), 10ms);
    EXPECT_EQ(line.session.playout().heard(), 400ms);
    EXPECT_EQ(line.session.playout().waiting(), 600ms);
    const std::size_t before = line.sent.size();
    line.run(600ms);
    EXPECT_EQ(line.take<PlayoutFinished>().size(), 1U);
    EXPECT_TRUE(line.sent[before].header.marker);
    const auto decoder = make_decoder(AudioCodec::g722);
    std::vector<std::int16_t> sound;
    for (std::size_t n = before; n < line.sent.size(); ++n)
        ASSERT_TRUE(decoder->decode(std::span(line.sent[n].datagram).subspan(rtp_header_size), sound));
    EXPECT_NEAR(tone_level_dbfs(sound.data() + 1'600, 6'400, 500, 16'000), -10, 0.5);
}

TEST(Sound, speech_that_is_under_way_ends_where_the_rate_changes)
{
    Line line(agreement(sdp::Codec::pcmu));
    const auto speech = make_babble(-20, 16'000, 8'000, 3);
    const auto encoder = make_encoder(AudioCodec::pcmu);
    std::array<std::byte, 160> payload;
    for (std::uint16_t n = 0; n < 50; ++n) {
        encoder->encode(std::span(speech).subspan(n * std::size_t { 160 }, 160), payload);
        line.run(20ms);
        line.receive(n, n * 160U, 0, payload);
    }
    ASSERT_EQ(line.take<SpeechStarted>().size(), 1U);
    EXPECT_EQ(line.take<SpeechStopped>().size(), 0U);
    line.session.agree(agreement(sdp::Codec::opus));
    line.run(20ms);
    EXPECT_EQ(line.take<SpeechStopped>().size(), 1U);
}

// ---- Loss and silence -----------------------------------------------------------------------------------------------

TEST(Sound, a_loss_is_as_long_as_the_timestamps_say)
{
    Line line(agreement(sdp::Codec::pcmu));
    const std::vector<std::byte> payload(480, std::byte { 0xff }); // 60 ms
    line.receive(1, 480, 0, payload);
    line.receive(3, 1'440, 0, payload);
    line.run(60ms);
    EXPECT_EQ(line.heard().size(), 3U * 480);
    EXPECT_EQ(line.session.stats().frames_concealed, 3U);
}

TEST(Sound, a_copy_in_the_next_packet_of_opus_takes_the_place_of_the_lost_one)
{
    auto media = agreement(sdp::Codec::opus);
    media.opus.in_band_fec = true;
    const auto speech = make_babble(-20, 64'000, 16'000, 4);
    const auto snr = [&](int lose_every) {
        Line from(media);
        Line to(media);
        from.session.playout().play(UtteranceId { 1 }, speech);
        from.run(4s);
        for (std::size_t n = 0; n < from.sent.size(); ++n) {
            to.run(20ms);
            if (static_cast<int>(n % 8) != lose_every)
                to.session.receive(from.sent[n].datagram, peer, from.sent[n].at, to.events);
        }
        to.run(200ms);
        return likeness(speech, to.heard(), 400).snr_db;
    };
    EXPECT_GT(snr(7), snr(-1) - 4.5);
}

TEST(Sound, silence_that_is_not_sent_is_filled_with_its_noise_and_is_no_loss)
{
    Line line(agreement(sdp::Codec::pcmu));
    auto media = agreement(sdp::Codec::pcmu);
    media.receive_comfort_noise = 13;
    line.session.agree(media);
    const std::vector<std::byte> sound(160, std::byte { 0xff });
    const std::array noise { std::byte { 40 } };
    line.receive(1, 160, 0, sound);
    line.receive(2, 320, 13, noise);
    line.run(2s);
    const auto filled = line.heard();
    EXPECT_EQ(filled.size(), 160U + 16'000 - 480); // As late as a packet may be.
    EXPECT_NEAR(level_dbfs(std::span(filled).subspan(160)), -ComfortNoise::loudest_dbov, 0.5);
    EXPECT_TRUE(line.take<SpeechStarted>().empty());
    line.events.clear();
    line.receive(4, 16'480, 0, sound); // One noise packet was lost; two seconds passed.
    line.run(100ms);
    EXPECT_EQ(line.heard().size(), 2U * 160); // Silence went on while the gap waited.
    EXPECT_EQ(line.session.stats().frames_concealed, 0U);
    EXPECT_EQ(line.session.stats().malformed, 0U);
}

TEST(Sound, silence_within_opus_goes_on_until_there_is_sound_again)
{
    Line line(agreement(sdp::Codec::opus));
    const auto encoder = make_encoder(AudioCodec::opus);
    std::array<std::byte, max_payload_bytes> payload;
    const std::size_t size = encoder->encode(std::vector<std::int16_t>(320), payload);
    line.receive(1, 960, 111, std::span(payload).first(size));
    line.receive(2, 1'920, 111, std::span(payload).first(1)); // From here on nothing.
    line.run(1s);
    EXPECT_NEAR(static_cast<double>(line.heard().size()), 16'640, 1'280);
    line.receive(3, 49'920, 111, std::span(payload).first(size));
    line.run(200ms);
    EXPECT_EQ(line.session.stats().frames_concealed, 0U);
    EXPECT_EQ(line.session.stats().packets_lost, 0);
}

TEST(Sound, silence_is_sent_as_noise_only_where_that_was_agreed_on)
{
    auto media = agreement(sdp::Codec::pcmu);
    media.send_comfort_noise = 13;
    Line line(media);
    line.run(3'200ms);
    ASSERT_EQ(line.sent.size(), 13U); // 200 ms as sound, then its noise once a second.
    EXPECT_EQ(line.sent[9].header.payload_type, 0);
    for (std::size_t n = 10; n < 13; ++n) {
        EXPECT_EQ(line.sent[n].header.payload_type, 13);
        EXPECT_EQ(line.sent[n].header.sequence, 100 + n);
        EXPECT_EQ(line.sent[n].at, Instant(220ms + static_cast<int>(n - 10) * 1s));
    }
    line.session.playout().play(UtteranceId { 1 }, std::vector<std::int16_t>(320, 1'000));
    line.run(20ms);
    EXPECT_EQ(line.sent.back().header.payload_type, 0);
    EXPECT_TRUE(line.sent.back().header.marker);
    EXPECT_EQ(line.sent.back().header.timestamp, 160U * 160);
}

TEST(Sound, opus_leaves_silence_out_only_where_the_other_side_wants_it)
{
    auto media = agreement(sdp::Codec::opus);
    Line steady(media);
    steady.run(4s);
    EXPECT_EQ(steady.sent.size(), 200U);
    media.opus.dtx = true;
    Line sparing(media);
    sparing.run(4s);
    EXPECT_LT(sparing.sent.size(), 40U);
    for (std::size_t n = 1; n < sparing.sent.size(); ++n)
        EXPECT_EQ(sparing.sent[n].header.sequence, 100 + n);
    EXPECT_TRUE(sparing.sent.back().header.marker);
}

// ---- Keys -----------------------------------------------------------------------------------------------------------

// The other side sends tones, 20 ms a packet.
void send_tones(Line& line, std::string_view keys, std::uint16_t first = 0)
{
    const auto encoder = make_encoder(AudioCodec::pcmu);
    std::vector<std::int16_t> sound;
    for (const char key : keys) {
        std::vector<std::int16_t> tone(1'600);
        DtmfTone::create(key, 800, 8'000)->make(tone);
        sound.insert(sound.end(), tone.begin(), tone.end());
    }
    std::array<std::byte, 160> payload;
    for (std::uint16_t n = 0; n < sound.size() / 160; ++n) {
        encoder->encode(std::span(sound).subspan(n * std::size_t { 160 }, 160), payload);
        line.run(20ms);
        line.receive(static_cast<std::uint16_t>(first + n), (first + n) * 160U, 0, payload);
    }
}

std::string keys_of(Line& line)
{
    std::string keys;
    for (const auto& told : line.take<DigitReceived>())
        keys += told.digit.key;
    return keys;
}

sdp::AgreedMedia without_events()
{
    auto media = agreement(sdp::Codec::pcmu);
    media.send_telephone_event = media.receive_telephone_event = {};
    return media;
}

TEST(InbandKeys, are_found_where_no_events_were_agreed_on_and_hidden_from_the_recogniser)
{
    Line line(without_events());
    send_tones(line, "11*D");
    EXPECT_EQ(keys_of(line), "11*D");
    EXPECT_TRUE(line.take<SpeechStarted>().empty());
    const auto heard = line.heard();
    std::size_t loud = 0;
    for (std::size_t at = 0; at < heard.size(); at += 160)
        loud += level_dbfs(std::span(heard).subspan(at, 160)) > -30 ? 1 : 0;
    EXPECT_LE(loud, 8U); // Of 20 frames with tones: what it takes to recognise them.
}

TEST(InbandKeys, are_looked_for_as_was_configured)
{
    Line usual(agreement(sdp::Codec::pcmu));
    send_tones(usual, "5");
    EXPECT_EQ(keys_of(usual), "");
    Line never(without_events(), InbandDigits::never);
    send_tones(never, "5");
    EXPECT_EQ(keys_of(never), "");
    Line always(agreement(sdp::Codec::pcmu), InbandDigits::always);
    send_tones(always, "5");
    EXPECT_EQ(keys_of(always), "5");
}

TEST(InbandKeys, a_key_that_comes_as_tone_and_as_event_is_one_key)
{
    Line line(agreement(sdp::Codec::pcmu), InbandDigits::always);
    send_tones(line, "7");
    std::uint16_t sequence = 10;
    const auto press = [&](char key, std::uint32_t timestamp) {
        for (const bool end : { false, true, true, true }) {
            const auto payload = write_telephone_event({ *key_to_event(key), end, 10, 800 });
            line.run(20ms);
            line.receive(sequence++, timestamp, 101, payload);
        }
    };
    press('7', 160);
    EXPECT_EQ(keys_of(line), "7");
    press('7', 5'000);
    press('8', 9'000);
    EXPECT_EQ(keys_of(line), "778");
    send_tones(line, "9", sequence); // Who sends events is not listened to any more.
    EXPECT_EQ(keys_of(line), "778");
}

TEST(Keys, are_sent_and_received_at_the_clock_of_opus_and_any_packet_time)
{
    for (const Duration ptime : { 10ms, 20ms, 60ms }) {
        Line from(agreement(sdp::Codec::opus, ptime));
        Line to(agreement(sdp::Codec::opus));
        ASSERT_TRUE(from.session.send_digits(std::array { DigitStep { '4', 240ms }, DigitStep { '4', 120ms } }));
        from.run(2s);
        for (const Sent& packet : from.sent)
            to.session.receive(packet.datagram, peer, packet.at, to.events);
        const auto digits = to.take<DigitReceived>();
        ASSERT_EQ(digits.size(), 2U);
        EXPECT_EQ(digits[0].digit, (Digit { '4', 240ms }));
        EXPECT_EQ(digits[1].digit, (Digit { '4', 120ms }));
        EXPECT_EQ(from.take<DigitsSent>().size(), 1U);
    }
}

} // namespace
} // namespace parley::media
