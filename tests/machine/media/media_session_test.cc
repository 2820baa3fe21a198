#include "audio/g711.h"
#include "audio/tones.h"
#include "media/line_source.h"
#include "media/media_session.h"
#include "rtp/rtp_packet.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace parley::media {
namespace {

const SocketAddress signalled { "192.0.2.1", 4'000 };
const SocketAddress behind_nat { "198.51.100.7", 61'000 };
const SocketAddress stranger { "203.0.113.9", 5'004 };

sdp::AgreedMedia agreement()
{
    sdp::AgreedMedia media;
    media.remote_rtp = signalled;
    media.remote_rtcp = { signalled.ip, 4'001 };
    media.send_telephone_event = 101;
    media.receive_telephone_event = 101;
    return media;
}

// One line on virtual time: packets go in, beats come out.
class Line {
public:
    Line()
        : session({ 0x1234, 65'535, 0xffff'ffff - 159, "name", { Instant(0ms), WallTime { 0 } }, {} }, Log::none())
    {
    }

    // Packet n of the other side, sent from `source` with 20 ms of one value.
    void receive(std::uint16_t n, const SocketAddress& source = signalled, std::uint8_t payload_type = 0)
    {
        std::vector<std::byte> payload(160, std::byte { g711_encode(G711Law::ulaw, 1'000) });
        receive_bytes(n, payload, source, payload_type, n * 160U);
    }
    void receive_bytes(std::uint16_t n, std::span<const std::byte> payload, const SocketAddress& source,
        std::uint8_t payload_type, std::uint32_t timestamp)
    {
        std::vector<std::byte> datagram(rtp_header_size + payload.size());
        ASSERT_NE(write_rtp({ false, payload_type, n, timestamp, 77, payload }, datagram), 0U);
        session.receive(datagram, source, now, events);
    }
    // The packet that leaves, if one does.
    std::optional<RtpPacket> beat()
    {
        now += 20ms;
        sent.clear();
        const auto bytes = session.beat(now, events);
        sent.assign(bytes.begin(), bytes.end());
        if (sent.empty())
            return std::nullopt;
        auto packet = parse_rtp(sent);
        EXPECT_TRUE(packet);
        return *packet;
    }
    template <typename Event> std::vector<Event> take()
    {
        std::vector<Event> out;
        for (const auto& event : events) {
            if (const auto* wanted = std::get_if<Event>(&event))
                out.push_back(*wanted);
        }
        events.clear();
        return out;
    }

    MediaSession session;
    MediaEvents events;
    Instant now {};
    std::vector<std::byte> sent;
};

TEST(MediaSession, nothing_flows_before_anything_is_agreed)
{
    Line line;
    EXPECT_FALSE(line.beat());
    line.receive(1);
    EXPECT_TRUE(line.events.empty());
    EXPECT_EQ(line.session.stats().strangers, 1U);
}

TEST(MediaSession, silence_flows_without_pause_and_numbers_are_continuous)
{
    Line line;
    line.session.agree(agreement());
    const auto first = line.beat();
    ASSERT_TRUE(first);
    EXPECT_TRUE(first->marker);
    EXPECT_EQ(first->sequence, 65'535);
    EXPECT_EQ(first->timestamp, 0xffff'ffff - 159);
    EXPECT_EQ(first->payload.size(), 160U);
    EXPECT_TRUE(
        std::all_of(first->payload.begin(), first->payload.end(), [](std::byte b) { return b == std::byte { 0xff }; }));
    const auto second = line.beat();
    EXPECT_FALSE(second->marker);
    EXPECT_EQ(second->sequence, 0);
    EXPECT_EQ(second->timestamp, 0U);
    EXPECT_EQ(second->ssrc, 0x1234U);
    EXPECT_EQ(line.session.rtp_destination(), signalled);
}

TEST(MediaSession, sound_in_is_told_as_frames_at_once)
{
    Line line;
    line.session.agree(agreement());
    line.receive(1);
    line.now += 20ms;
    line.receive(2);
    EXPECT_EQ(line.events.size(), 3U);
    EXPECT_EQ(line.events[0], MediaEvent { SourceLocked {} });
    const auto frames = line.take<FrameReceived>();
    ASSERT_EQ(frames.size(), 2U);
    EXPECT_EQ(frames[1].arrived, Instant(20ms));
    EXPECT_EQ(frames[1].frame.samples, std::vector<std::int16_t>(160, 988));
}

class Level final : public LineSource {
public:
    bool next(std::span<std::int16_t> out, int sample_rate) override
    {
        EXPECT_EQ(sample_rate, 8'000);
        std::ranges::fill(out, value);
        return value != 0;
    }
    std::int16_t value = 0;
};

// swml-ai 94
TEST(MediaSession, a_bed_lies_under_the_playout_and_under_what_takes_its_place)
{
    Line line;
    line.session.agree(agreement());
    const auto sent = [&] {
        const auto packet = line.beat();
        return g711_decode(G711Law::ulaw, static_cast<std::uint8_t>(packet->payload[150]));
    };
    Level bed;
    Level source;
    bed.value = 1'000;
    line.session.set_bed(&bed);
    EXPECT_NEAR(sent(), 1'000, 30);
    line.session.playout().play(UtteranceId { 1 }, std::vector<std::int16_t>(320, 4'000));
    EXPECT_NEAR(sent(), 5'000, 130);
    source.value = 10'000;
    line.session.set_source(&source);
    EXPECT_NEAR(sent(), 11'000, 260);
    source.value = 0;
    line.session.set_bed(nullptr);
    EXPECT_NEAR(sent(), 4'000, 130);
}

TEST(MediaSession, alaw_when_it_was_agreed_on)
{
    Line line;
    auto media = agreement();
    media.codec = sdp::Codec::pcma;
    media.send_payload_type = media.receive_payload_type = 8;
    line.session.agree(media);
    line.receive_bytes(1, std::vector<std::byte>(160, std::byte { 0xfa }), signalled, 8, 0);
    EXPECT_EQ(line.take<FrameReceived>().at(0).frame.samples[0], 1'008);
    line.session.playout().play(UtteranceId { 1 }, std::vector<std::int16_t>(160, 1'000));
    const auto packet = line.beat();
    EXPECT_EQ(packet->payload_type, 8);
    EXPECT_EQ(packet->payload[0], std::byte { 0xfa });
}

TEST(MediaSession, the_first_valid_source_is_followed_and_strangers_are_not_heard)
{
    Line line;
    line.session.agree(agreement());
    const std::vector<std::byte> junk(50, std::byte { 1 });
    line.session.receive(junk, stranger, line.now, line.events);
    line.receive(1, stranger, 96); // A payload type that was not agreed on locks nothing.
    line.receive(1, behind_nat);
    line.receive(2, stranger);
    line.receive(2, behind_nat);
    EXPECT_EQ(line.take<FrameReceived>().size(), 2U);
    EXPECT_EQ(line.session.rtp_destination(), behind_nat);
    EXPECT_EQ(line.session.stats().strangers, 1U);
    EXPECT_EQ(line.session.stats().malformed, 2U);
}

TEST(MediaSession, the_signalled_source_displaces_a_stranger_that_was_faster)
{
    Line line;
    line.session.agree(agreement());
    line.receive(100, stranger);
    line.receive(1, signalled);
    EXPECT_EQ(line.session.rtp_destination(), signalled);
    line.take<FrameReceived>();
    line.receive(101, stranger);
    EXPECT_TRUE(line.take<FrameReceived>().empty());
    EXPECT_EQ(line.session.stats().strangers, 1U);
}

TEST(MediaSession, who_is_closer_to_what_was_signalled_displaces_a_stranger)
{
    const SocketAddress same_address { signalled.ip, 9'999 }; // A NAT that changes ports only.
    const SocketAddress stranger_reports { stranger.ip, 5'005 };
    Line line;
    line.session.agree(agreement());
    line.receive(100, stranger);
    std::vector<std::byte> report;
    write_rtcp(ReceiverReport { 5, {} }, report);
    line.session.receive_rtcp(report, stranger_reports, line.now, line.events);
    EXPECT_EQ(line.session.rtcp_destination(), stranger_reports);

    line.receive(1, same_address);
    EXPECT_EQ(line.session.rtp_destination(), same_address);
    EXPECT_EQ(
        line.session.rtcp_destination(), (SocketAddress { signalled.ip, 4'001 })); // Nor reports for the stranger.
    line.receive(101, stranger);
    EXPECT_EQ(line.session.rtp_destination(), same_address);
    line.receive(2, SocketAddress { signalled.ip, 8'888 }); // No closer than who is heard.
    EXPECT_EQ(line.session.rtp_destination(), same_address);
    EXPECT_EQ(line.session.stats().strangers, 2U);
    line.receive(3, signalled);
    EXPECT_EQ(line.session.rtp_destination(), signalled);
    line.receive(4, same_address);
    EXPECT_EQ(line.session.rtp_destination(), signalled);
}

TEST(MediaSession, a_source_that_falls_silent_is_lost_once_and_again)
{
    Line line;
    line.session.agree(agreement());
    const auto wait = [&](Duration length) {
        for (const Instant end = line.now + length; line.now < end;)
            line.beat();
        return line.take<SourceLost>();
    };
    line.beat();
    EXPECT_EQ(wait(59'980ms).size(), 0U);
    EXPECT_EQ(wait(20ms), std::vector { SourceLost { 60s } }); // It never sent anything.
    EXPECT_EQ(wait(100s).size(), 0U);
    line.receive(1);
    EXPECT_EQ(wait(59'980ms).size(), 0U);
    std::vector<std::byte> report;
    write_rtcp(ReceiverReport { 5, {} }, report);
    line.session.receive_rtcp(report, { signalled.ip, 4'001 }, line.now, line.events); // Silent, yet there.
    EXPECT_EQ(wait(59'980ms).size(), 0U);
    EXPECT_EQ(wait(40ms).size(), 1U);

    auto held = agreement();
    held.direction = sdp::Direction::send_only;
    line.session.agree(held);
    line.receive(2);
    EXPECT_EQ(wait(30min - 20ms).size(), 0U); // Held: it need not say much,
    EXPECT_EQ(wait(40ms).size(), 1U);         // but it is not held for ever.
    line.session.agree(agreement());
    line.receive(3);
    EXPECT_EQ(wait(59'980ms).size(), 0U);
    EXPECT_EQ(wait(40ms).size(), 1U);
    line.receive_bytes(3, std::array<std::byte, 3> {}, stranger, 0, 0); // Others' packets are no sign of life.
    EXPECT_EQ(wait(100s).size(), 0U);
}

TEST(MediaSession, a_new_agreement_opens_the_lock)
{
    Line line;
    line.session.agree(agreement());
    line.receive(1, behind_nat);
    auto moved = agreement();
    moved.remote_rtp = stranger;
    line.session.agree(moved);
    EXPECT_EQ(line.session.rtp_destination(), stranger);
    line.receive(2, stranger);
    EXPECT_EQ(line.take<SourceLocked>().size(), 2U);
    line.session.agree(moved);
    EXPECT_EQ(line.session.rtp_destination(), stranger);
}

TEST(MediaSession, a_lost_packet_is_concealed_within_its_time)
{
    Line line;
    line.session.agree(agreement());
    line.receive(1);
    line.receive(3);
    EXPECT_EQ(line.take<FrameReceived>().size(), 1U);
    line.beat();
    EXPECT_EQ(line.take<FrameReceived>().size(), 0U);
    line.beat(); // Due at 60 ms, before which there is no other beat than this.
    const auto frames = line.take<FrameReceived>();
    ASSERT_EQ(frames.size(), 2U);
    EXPECT_NE(frames[0].frame.samples[0], 0);
    EXPECT_EQ(line.session.stats().frames_concealed, 1U);
    EXPECT_EQ(line.session.stats().packets_lost, 1);
}

TEST(MediaSession, a_long_gap_is_filled_with_no_more_than_two_hundred_milliseconds)
{
    Line line;
    line.session.agree(agreement());
    line.receive(1);
    line.now += 2s;
    line.receive(101);
    EXPECT_EQ(line.take<FrameReceived>().size(), 12U);
}

TEST(MediaSession, speech_is_told_with_its_instants)
{
    Line line;
    line.session.agree(agreement());
    const auto speech = make_babble(-20, 16'000, 8'000, 3);
    std::uint16_t n = 0;
    const auto send = [&](bool speaking) {
        std::vector<std::byte> payload(160, std::byte { 0xff });
        if (speaking)
            g711_encode(G711Law::ulaw, std::span(speech).subspan(n % 100 * std::size_t { 160 }, 160), payload);
        line.beat();
        line.receive_bytes(n, payload, signalled, 0, n * 160U);
        ++n;
    };
    while (n < 50)
        send(false);
    while (n < 100)
        send(true);
    while (n < 150)
        send(false);
    std::vector<MediaEvent> edges;
    for (const auto& event : line.events) {
        if (std::holds_alternative<SpeechStarted>(event) || std::holds_alternative<SpeechStopped>(event))
            edges.push_back(event);
    }
    ASSERT_EQ(edges.size(), 2U);
    EXPECT_GE(std::get<SpeechStarted>(edges[0]).at, Instant(1s));
    EXPECT_LE(std::get<SpeechStarted>(edges[0]).at, Instant(1'100ms));
    EXPECT_GE(std::get<SpeechStopped>(edges[1]).at, Instant(1'900ms));
    EXPECT_LE(std::get<SpeechStopped>(edges[1]).at, Instant(2'200ms));
}

TEST(MediaSession, a_key_in_many_packets_is_one_digit)
{
    Line line;
    line.session.agree(agreement());
    std::uint16_t n = 0;
    for (const std::uint16_t duration : { 160, 320, 480, 480, 480 }) {
        const bool end = n >= 2;
        const auto payload = write_telephone_event({ 7, end, 10, duration });
        line.receive_bytes(n++, payload, signalled, 101, 5'000);
    }
    const auto digits = line.take<DigitReceived>();
    ASSERT_EQ(digits.size(), 1U);
    EXPECT_EQ(digits[0].digit, (Digit { '7', 60ms }));
}

TEST(MediaSession, keys_that_are_sent_are_received)
{
    Line from;
    Line to;
    from.session.agree(agreement());
    to.session.agree(agreement());
    EXPECT_TRUE(from.session.send_digits(std::array { DigitStep { '1' }, DigitStep { '1' }, DigitStep { '#' } }));
    EXPECT_FALSE(from.session.send_digits(std::array { DigitStep { 'x' } }));
    for (int n = 0; n < 60; ++n) {
        from.beat();
        to.session.receive(from.sent, signalled, from.now, to.events);
    }
    const auto digits = to.take<DigitReceived>();
    ASSERT_EQ(digits.size(), 3U);
    EXPECT_EQ(digits[0].digit, (Digit { '1', 100ms }));
    EXPECT_EQ(digits[1].digit.key, '1');
    EXPECT_EQ(digits[2].digit.key, '#');
    EXPECT_EQ(to.session.stats().packets_lost, 0);
    EXPECT_EQ(from.take<DigitsSent>().size(), 1U);
}

TEST(MediaSession, the_playout_waits_while_a_key_is_down)
{
    Line line;
    line.session.agree(agreement());
    line.session.playout().play(UtteranceId { 1 }, std::vector<std::int16_t>(16'000, 1'000));
    line.beat();
    ASSERT_TRUE(line.session.send_digits(std::array { DigitStep { '1' }, DigitStep { {}, 100ms } }));
    for (int n = 0; n < 10; ++n) { // 100 ms down, its end twice more, 60 ms of silence.
        const auto packet = line.beat();
        EXPECT_EQ(packet->payload_type, n < 7 ? 101 : 0);
        EXPECT_EQ(line.session.playout().heard(), 20ms);
    }
    for (int n = 0; n < 5; ++n) // The pause is filled with what waits.
        line.beat();
    EXPECT_EQ(line.session.playout().heard(), 120ms);
    EXPECT_EQ(line.take<DigitsSent>().size(), 1U);
}

TEST(MediaSession, keys_are_tones_where_events_were_not_agreed_on)
{
    Line line;
    auto media = agreement();
    media.send_telephone_event = {};
    line.session.agree(media);
    ASSERT_TRUE(line.session.send_digits(std::array { DigitStep { '5' } }));
    std::vector<std::int16_t> heard;
    for (int n = 0; n < 8; ++n) {
        const auto packet = line.beat();
        ASSERT_EQ(packet->payload_type, 0);
        std::array<std::int16_t, 160> samples;
        g711_decode(G711Law::ulaw, packet->payload, samples);
        heard.insert(heard.end(), samples.begin(), samples.end());
    }
    EXPECT_NEAR(tone_level_dbfs(heard.data(), 800, 770, 8'000), -9 - 6.15, 0.5);
    EXPECT_NEAR(tone_level_dbfs(heard.data(), 800, 1'336, 8'000), -7 - 6.15, 0.5);
    EXPECT_TRUE(std::all_of(heard.begin() + 800, heard.end(), [](auto sample) { return sample == 0; }));
    EXPECT_EQ(line.take<DigitsSent>().size(), 1U);
}

TEST(MediaSession, reports_go_out_every_five_seconds)
{
    Line line;
    line.session.agree(agreement());
    line.receive(1);
    int reports = 0;
    for (int n = 0; n < 501; ++n) {
        line.beat();
        const auto report = line.session.take_report(line.now);
        if (report.empty())
            continue;
        ++reports;
        const auto packets = parse_rtcp(report);
        ASSERT_TRUE(packets);
        const auto& sender = std::get<SenderReport>(packets->at(0));
        EXPECT_EQ(sender.packets, static_cast<std::uint32_t>(n + 1));
        EXPECT_EQ(sender.ntp, to_ntp(WallTime { line.now.time_since_epoch().count() }));
        EXPECT_EQ(sender.blocks.at(0).ssrc, 77U);
        EXPECT_EQ(std::get<SourceName>(packets->at(1)).cname, "name");
    }
    EXPECT_EQ(reports, 2);
}

TEST(MediaSession, who_sends_nothing_reports_as_receiver_and_says_no_goodbye)
{
    Line line;
    auto media = agreement();
    media.direction = sdp::Direction::receive_only;
    line.session.agree(media);
    line.receive(1);
    EXPECT_FALSE(line.beat());
    (void)line.session.take_report(line.now);
    const auto packets = parse_rtcp(line.session.take_report(line.now + 5s));
    ASSERT_TRUE(packets);
    EXPECT_TRUE(std::holds_alternative<ReceiverReport>(packets->at(0)));
    EXPECT_TRUE(line.session.goodbye(line.now).empty());
}

// Two clocks that differ by 200 ppm, for an hour: nothing waits longer and longer, nothing is lost or made up.
TEST(MediaSession, a_clock_that_is_not_ours_makes_no_delay)
{
    for (const int ppm : { -200, 200 }) {
        Line line;
        line.session.agree(agreement());
        Instant next {};
        std::size_t frames = 0;
        for (std::uint32_t n = 0; n < 180'000; ++n) {
            while (line.now + 20ms <= next)
                line.beat();
            const Instant arrives = next;
            line.now = arrives;
            line.receive(static_cast<std::uint16_t>(n));
            for (const auto& frame : line.take<FrameReceived>()) {
                ASSERT_EQ(frame.arrived, arrives);
                ++frames;
            }
            next += Duration(20'000 + 20'000 * ppm / 1'000'000);
        }
        EXPECT_EQ(frames, 180'000U);
        EXPECT_EQ(line.session.stats().frames_concealed, 0U);
        EXPECT_EQ(line.session.stats().jitter_buffer.restarts, 0U);
    }
}

TEST(MediaSession, the_way_there_and_back_is_measured)
{
    Line line;
    line.session.agree(agreement());
    line.beat();
    (void)line.session.take_report(line.now);
    line.now += 5s;
    const auto sent = parse_rtcp(line.session.take_report(line.now));
    ASSERT_TRUE(sent);
    ReportBlock block;
    block.ssrc = 0x1234;
    block.last_sr = static_cast<std::uint32_t>(std::get<SenderReport>(sent->at(0)).ntp >> 16);
    block.delay_since_last_sr = 65'536 / 4;
    block.cumulative_lost = 3;
    std::vector<std::byte> report;
    write_rtcp(ReceiverReport { 5, { block, ReportBlock { 0x9999 } } }, report);
    line.now += 375ms;
    line.session.receive_rtcp(report, { signalled.ip, 4'001 }, line.now, line.events);
    const auto view = line.session.remote_view();
    ASSERT_TRUE(view);
    EXPECT_EQ(view->reports, 1U); // The other block is about somebody else.
    EXPECT_EQ(view->lost, 3);
    EXPECT_EQ(view->round_trip, 125ms);
}

TEST(MediaSession, on_a_common_port_reports_go_where_the_sound_comes_from)
{
    Line line;
    auto media = agreement();
    media.rtcp_mux = true;
    media.remote_rtcp = media.remote_rtp;
    line.session.agree(media);
    line.receive(1, behind_nat);
    EXPECT_EQ(line.session.rtcp_destination(), behind_nat);
}

TEST(MediaSession, goodbye_is_told_and_only_from_the_right_side)
{
    Line from;
    from.session.agree(agreement());
    from.beat();
    const auto goodbye = from.session.goodbye(from.now);
    Line to;
    to.session.agree(agreement());
    to.session.receive_rtcp(goodbye, stranger, to.now, to.events);
    EXPECT_TRUE(to.take<GoodbyeReceived>().empty());
    to.session.receive_rtcp(goodbye, { signalled.ip, 4'001 }, to.now, to.events);
    EXPECT_EQ(to.take<GoodbyeReceived>().size(), 1U);
}

TEST(MediaSession, on_hold_nothing_is_played_and_nothing_heard)
{
    Line line;
    auto media = agreement();
    line.session.agree(media);
    line.session.playout().play(UtteranceId { 1 }, std::vector<std::int16_t>(1'600, 1'000));
    line.beat();
    media.direction = sdp::Direction::inactive;
    line.session.agree(media);
    EXPECT_FALSE(line.beat());
    line.receive(1);
    EXPECT_TRUE(line.take<FrameReceived>().empty());
    EXPECT_EQ(line.session.playout().heard(), 20ms);
    media.direction = sdp::Direction::send_receive;
    line.session.agree(media);
    const auto packet = line.beat();
    ASSERT_TRUE(packet);
    EXPECT_TRUE(packet->marker);
    EXPECT_EQ(packet->timestamp, 160U); // The clock went on: two beats after -160.
    EXPECT_EQ(packet->sequence, 0);
    EXPECT_EQ(line.session.playout().heard(), 40ms);
}

} // namespace
} // namespace parley::media
