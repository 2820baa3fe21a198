#include "rtp/rtcp.h"

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

} // namespace
} // namespace parley
