#include "rtp/remote_reception.h"
#include "rtp/rtcp.h"
#include "rtp/voice_quality.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

std::vector<std::byte> compound(const std::vector<RtcpPacket>& packets)
{
    std::vector<std::byte> out;
    for (const auto& packet : packets)
        write_rtcp(packet, out);
    return out;
}

const ReportBlock block { 0x11223344, 25, -3, 0x0001'0002, 17, 0xaabbccdd, 65'536 };

TEST(Rtcp, what_is_written_is_read)
{
    const std::vector<RtcpPacket> packets { SenderReport { 1, 0x0123'4567'89ab'cdef, 160, 2, 320, { block, block } },
        SourceName { 1, "abc" }, Goodbye { { 1, 2 } } };
    const auto datagram = compound(packets);
    EXPECT_EQ(datagram.size() % 4, 0U);
    const auto read = parse_rtcp(datagram);
    ASSERT_TRUE(read) << read.error().what;
    EXPECT_EQ(*read, packets);
}

TEST(Rtcp, receiver_report_round_trip_with_names_of_every_length)
{
    for (std::size_t length = 0; length < 9; ++length) {
        const std::vector<RtcpPacket> packets { ReceiverReport { 7, { block } },
            SourceName { 7, std::string(length, 'x') } };
        const auto read = parse_rtcp(compound(packets));
        ASSERT_TRUE(read) << length;
        EXPECT_EQ(*read, packets);
    }
}

TEST(Rtcp, unknown_kinds_are_skipped)
{
    auto datagram = compound({ ReceiverReport { 7, {} } });
    for (const int value : { 0x80, 204, 0, 1, 1, 2, 3, 4 })
        datagram.push_back(std::byte(value));
    const auto read = parse_rtcp(datagram);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->size(), 1U);
}

TEST(Rtcp, broken_compounds_are_rejected)
{
    const auto good
        = compound({ SenderReport { 1, 2, 3, 4, 5, { block } }, SourceName { 1, "abc" }, Goodbye { { 1 } } });
    const std::size_t first = 4 + 24 + 24;
    const std::size_t second = first + 16;
    for (std::size_t size = 0; size < good.size(); ++size) {
        const bool whole_packets = size == first || size == second;
        EXPECT_EQ(static_cast<bool>(parse_rtcp(std::span(good).first(size))), whole_packets) << size;
    }
    const auto changed = [&](std::size_t at, int value) {
        auto copy = good;
        copy[at] = std::byte(value);
        return static_cast<bool>(parse_rtcp(copy));
    };
    EXPECT_FALSE(changed(0, 0x41));        // Version.
    EXPECT_FALSE(changed(0, 0x82));        // Two blocks, where one is.
    EXPECT_FALSE(changed(0, 0xa1));        // Padding before the last packet.
    EXPECT_FALSE(changed(1, 202));         // No report first.
    EXPECT_FALSE(changed(3, 200));         // Length.
    EXPECT_FALSE(changed(first + 9, 200)); // Item length.
    EXPECT_FALSE(changed(second, 0x82));   // Two sources, where one is.
    EXPECT_FALSE(changed(second + 1, 96)); // No RTCP type.
}

TEST(Rtcp, wall_time_in_ntp)
{
    EXPECT_EQ(to_ntp(WallTime { 0 }), 2'208'988'800ULL << 32);
    EXPECT_EQ(to_ntp(WallTime { 500'000 }), (2'208'988'800ULL << 32) + 0x8000'0000ULL);
}

// Packet n of a stream of 20 ms packets, `late` after its time.
void receive(ReceptionStatistics& statistics, std::uint32_t n, Duration late = 0ms)
{
    statistics.received(1, static_cast<std::uint16_t>(65'530 + n), n * 160, Instant(n * 20ms + late));
}

TEST(ReceptionStatistics, counts_loss_across_the_wrap)
{
    ReceptionStatistics statistics;
    EXPECT_FALSE(statistics.report(Instant(0ms)));
    for (std::uint32_t n = 0; n < 20; ++n) {
        if (n % 4 != 3)
            receive(statistics, n);
    }
    receive(statistics, 20);
    auto report = statistics.report(Instant(1s));
    ASSERT_TRUE(report);
    EXPECT_EQ(report->cumulative_lost, 5);
    EXPECT_EQ(report->fraction_lost, 5 * 256 / 21);
    EXPECT_EQ(report->highest_sequence, 65'550U);
    EXPECT_EQ(report->jitter, 0U);

    receive(statistics, 21);
    receive(statistics, 22);
    report = statistics.report(Instant(2s));
    EXPECT_EQ(report->fraction_lost, 0);
    EXPECT_EQ(report->cumulative_lost, 5);
}

TEST(ReceptionStatistics, duplicates_make_loss_negative)
{
    ReceptionStatistics statistics;
    receive(statistics, 0);
    receive(statistics, 0);
    EXPECT_EQ(statistics.report(Instant(0ms))->cumulative_lost, -1);
    EXPECT_EQ(statistics.lost(), -1);
}

TEST(ReceptionStatistics, jitter_follows_the_formula)
{
    ReceptionStatistics statistics;
    receive(statistics, 0);
    receive(statistics, 1, 10ms); // D = 80; J = 80 / 16
    EXPECT_EQ(statistics.report(Instant(1s))->jitter, 5U);
    EXPECT_EQ(statistics.jitter(), 625us);
    for (std::uint32_t n = 2; n < 400; ++n)
        receive(statistics, n, n % 2 == 0 ? 0ms : 10ms);
    EXPECT_NEAR(statistics.report(Instant(1s))->jitter, 80, 1); // The formula rounds.
}

TEST(ReceptionStatistics, tells_how_long_ago_the_sender_reported)
{
    ReceptionStatistics statistics;
    receive(statistics, 0);
    EXPECT_EQ(statistics.report(Instant(1s))->last_sr, 0U);
    statistics.sender_report({ 1, 0x1111'2222'3333'4444, 0, 0, 0, {} }, Instant(1s));
    const auto report = statistics.report(Instant(3'500ms));
    EXPECT_EQ(report->last_sr, 0x2222'3333U);
    EXPECT_EQ(report->delay_since_last_sr, 65'536U * 5 / 2);
}

TEST(ReceptionStatistics, a_new_source_begins_anew)
{
    ReceptionStatistics statistics;
    receive(statistics, 0);
    receive(statistics, 9);
    statistics.received(2, 100, 0, Instant(1s));
    const auto report = statistics.report(Instant(1s));
    EXPECT_EQ(report->ssrc, 2U);
    EXPECT_EQ(report->cumulative_lost, 0);
}

TEST(ReceptionStatistics, totals_of_a_call_outlive_its_sources)
{
    ReceptionStatistics statistics;
    receive(statistics, 0);
    receive(statistics, 9); // Eight lost.
    statistics.received(2, 100, 0, Instant(1s));
    statistics.received(2, 102, 0, Instant(1s)); // One more.
    EXPECT_EQ(statistics.packets(), 4U);
    EXPECT_EQ(statistics.lost(), 9);
}

// RFC 3550 A.1
TEST(ReceptionStatistics, a_sequence_that_jumps_is_a_new_beginning_and_no_loss)
{
    ReceptionStatistics statistics;
    const auto at = [&](std::uint16_t sequence) { statistics.received(1, sequence, 0, Instant(1s)); };
    at(100);
    at(101);
    at(40'000); // One alone is somebody's mistake.
    at(102);
    EXPECT_EQ(statistics.packets(), 3U);
    at(20'000);
    at(20'001);
    at(20'002);
    EXPECT_EQ(statistics.packets(), 5U);
    EXPECT_EQ(statistics.lost(), 0);
    EXPECT_EQ(statistics.report(Instant(1s))->highest_sequence, 20'002U);
    at(20'001); // Late ones are no jump.
    EXPECT_EQ(statistics.lost(), -1);
}

// Two clocks that differ by 200 ppm for an hour: packets arrive at another pace than they say.
TEST(ReceptionStatistics, clock_skew_is_no_jitter)
{
    for (const int ppm : { -200, 200 }) {
        ReceptionStatistics statistics;
        for (std::uint32_t n = 0; n < 180'000; ++n)
            statistics.received(1, static_cast<std::uint16_t>(n), n * 160,
                Instant(Duration(20'000LL * n + 20'000LL * n * ppm / 1'000'000)));
        EXPECT_EQ(statistics.lost(), 0);
        EXPECT_LE(statistics.worst_jitter(), 1ms);
    }
}

TEST(RemoteReception, measures_the_way_there_and_back)
{
    RemoteReception remote;
    EXPECT_FALSE(remote.view());
    const auto sent = to_ntp(WallTime { 1'000'000 });
    ReportBlock told;
    told.last_sr = static_cast<std::uint32_t>(sent >> 16);
    told.delay_since_last_sr = 65'536; // They kept it for a second.
    told.jitter = 80;
    told.cumulative_lost = 7;
    told.fraction_lost = 64;
    remote.reported(told, to_ntp(WallTime { 2'125'000 }));
    told.jitter = 40;
    told.fraction_lost = 0;
    remote.reported(told, to_ntp(WallTime { 2'375'000 }));
    const auto view = remote.view();
    ASSERT_TRUE(view);
    EXPECT_EQ(view->reports, 2U);
    EXPECT_EQ(view->lost, 7);
    EXPECT_EQ(view->worst_loss, 0.25);
    EXPECT_EQ(view->jitter, 40U);
    EXPECT_EQ(view->worst_jitter, 80U);
    EXPECT_EQ(view->round_trip, 375ms);
    EXPECT_EQ(view->least_round_trip, 125ms);
    EXPECT_EQ(view->mean_round_trip, 250ms);
}

TEST(RemoteReception, a_way_that_cannot_be_is_not_believed)
{
    RemoteReception remote;
    ReportBlock told;
    remote.reported(told, to_ntp(WallTime { 1 })); // No sender report yet.
    told.last_sr = static_cast<std::uint32_t>(to_ntp(WallTime { 50'000'000 }) >> 16);
    remote.reported(told, to_ntp(WallTime { 49'000'000 })); // Before it was sent.
    remote.reported(told, to_ntp(WallTime { 70'000'000 }));
    EXPECT_EQ(remote.view()->reports, 3U);
    EXPECT_EQ(remote.view()->round_trips, 0U);
}

TEST(VoiceQuality, follows_the_e_model)
{
    EXPECT_NEAR(mean_opinion_score(0, 0ms), 4.41, 0.01);
    EXPECT_NEAR(mean_opinion_score(0, 100ms), 4.36, 0.02);
    EXPECT_NEAR(mean_opinion_score(0.05, 100ms), 3.79, 0.05);
    EXPECT_GT(mean_opinion_score(0.01, 100ms), mean_opinion_score(0.02, 100ms));
    EXPECT_GT(mean_opinion_score(0, 150ms), mean_opinion_score(0, 400ms));
    EXPECT_EQ(mean_opinion_score(1, 5s), 1);
    EXPECT_EQ(mean_opinion_score(-1, -5s), mean_opinion_score(0, 0ms));
}

TEST(Rtcp, is_told_from_sound_on_a_common_port)
{
    std::vector<std::byte> report;
    write_rtcp(ReceiverReport { 1, {} }, report);
    EXPECT_TRUE(is_rtcp(report));
    std::vector<std::byte> sound(12);
    sound[0] = std::byte { 0x80 };
    for (const int type : { 0, 8, 101, 0x80, 0x80 | 8, 0x80 | 101 }) {
        sound[1] = static_cast<std::byte>(type);
        EXPECT_FALSE(is_rtcp(sound)) << type;
    }
    EXPECT_FALSE(is_rtcp({}));
}

} // namespace
} // namespace parley
