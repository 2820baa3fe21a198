#include "rtp/jitter_buffer.h"

#include <gtest/gtest.h>

#include <string>

namespace parley {
namespace {

// Writes down what comes out: "1 2 -3 6" is packets 1 and 2, a gap of three, packet 6.
class Story {
public:
    Story& at(std::int64_t milliseconds)
    {
        now_ = Instant(std::chrono::milliseconds(milliseconds));
        return *this;
    }
    Story& packet(std::uint16_t sequence, std::uint32_t ssrc = 1) { return packet(sequence, sequence * 160U, ssrc); }
    Story& packet(std::uint16_t sequence, std::uint32_t timestamp, std::uint32_t ssrc)
    {
        const std::byte payload { static_cast<std::uint8_t>(sequence) };
        buffer.insert({ false, 0, sequence, timestamp, ssrc, { &payload, 1 } }, now_);
        return *this;
    }
    // Everything that comes out now.
    Story& expect(const std::string& wanted)
    {
        std::string got;
        while (auto taken = buffer.take(now_)) {
            if (!got.empty())
                got += ' ';
            if (const auto* gap = std::get_if<Gap>(&*taken)) {
                got += std::to_string(-gap->packets);
                continue;
            }
            const auto& packet = std::get<OrderedPacket>(*taken).packet;
            EXPECT_EQ(packet.payload.size(), 1U);
            EXPECT_EQ(packet.payload[0], std::byte { static_cast<std::uint8_t>(packet.sequence) });
            got += std::to_string(packet.sequence);
        }
        EXPECT_EQ(got, wanted);
        return *this;
    }
    Story& expect_deadline(std::optional<std::int64_t> milliseconds)
    {
        EXPECT_EQ(buffer.deadline(),
            milliseconds ? std::optional(Instant(std::chrono::milliseconds(*milliseconds))) : std::nullopt);
        return *this;
    }

    JitterBuffer buffer;

private:
    Instant now_ {};
};

TEST(JitterBuffer, packets_in_order_go_on_at_once)
{
    Story()
        .expect("")
        .packet(1)
        .expect("1")
        .at(20)
        .packet(2)
        .expect("2")
        .at(40)
        .packet(3)
        .packet(4)
        .expect("3 4")
        .expect_deadline({});
}

TEST(JitterBuffer, a_late_packet_is_waited_for)
{
    Story story;
    story.packet(1).expect("1").at(20).packet(3).expect("").expect_deadline(80).at(79).packet(2).expect("2 3");
    EXPECT_EQ(story.buffer.counters().reordered, 1U);
    EXPECT_EQ(story.buffer.counters().lost, 0U);
}

TEST(JitterBuffer, a_gap_is_given_up_after_sixty_milliseconds)
{
    Story story;
    story.packet(1).expect("1").at(20).packet(4).expect("").at(40).packet(5).at(79).expect("").at(80).expect("-2 4 5");
    EXPECT_EQ(story.buffer.counters().lost, 2U);
    story.packet(2).expect("");
    EXPECT_EQ(story.buffer.counters().late, 1U);
}

TEST(JitterBuffer, two_gaps_each_have_their_own_time)
{
    Story()
        .packet(1)
        .expect("1")
        .at(20)
        .packet(3)
        .at(40)
        .packet(5)
        .at(80)
        .expect("-1 3")
        .expect_deadline(100)
        .at(100)
        .expect("-1 5");
}

TEST(JitterBuffer, a_gap_ends_at_once_when_two_hundred_milliseconds_wait_behind_it)
{
    Story story;
    story.packet(1).expect("1").at(20);
    for (std::uint16_t n = 3; n <= 13; ++n)
        story.packet(n).expect("");
    story.packet(14).expect("-1 3 4 5 6 7 8 9 10 11 12 13 14");
}

TEST(JitterBuffer, duplicates_are_dropped)
{
    Story story;
    story.packet(1).packet(1).expect("1").packet(1).expect("").packet(3).packet(3).packet(2).expect("2 3");
    EXPECT_EQ(story.buffer.counters().duplicates, 2U);
    EXPECT_EQ(story.buffer.counters().late, 1U);
}

TEST(JitterBuffer, the_sequence_wraps)
{
    Story()
        .packet(65'534, 0, 1)
        .packet(0, 320, 1)
        .expect("65534")
        .packet(65'535, 160, 1)
        .packet(1, 480, 1)
        .expect("65535 0 1");
}

TEST(JitterBuffer, a_gap_over_the_wrap)
{
    Story().packet(65'534, 0, 1).expect("65534").at(10).packet(1, 480, 1).at(70).expect("-2 1");
}

TEST(JitterBuffer, a_new_source_begins_anew)
{
    Story story;
    story.packet(1).packet(3).expect("1").packet(40'000, 0, 2).expect("40000").packet(40'001, 160, 2).expect("40001");
    EXPECT_EQ(story.buffer.counters().restarts, 1U);
}

TEST(JitterBuffer, one_packet_from_far_away_is_dropped_two_are_a_restart)
{
    Story story;
    story.packet(1).expect("1").packet(20'000).expect("").packet(2).expect("2");
    EXPECT_EQ(story.buffer.counters().strays, 1U);
    story.packet(20'000).packet(20'001).expect("20001").packet(20'002).expect("20002");
    EXPECT_EQ(story.buffer.counters().restarts, 1U);
}

TEST(JitterBuffer, a_sender_that_starts_again_below_is_followed)
{
    Story().packet(5'000).expect("5000").packet(10, 0, 1).packet(11, 160, 1).expect("11");
}

TEST(JitterBuffer, a_burst_of_loss_longer_than_the_ring_is_one_gap)
{
    Story story;
    story.packet(1).expect("1").at(4'000).packet(202).expect("-200 202").packet(203).expect("203");
    EXPECT_EQ(story.buffer.counters().lost, 200U);
}

TEST(JitterBuffer, timestamps_may_jump_while_the_sequence_goes_on)
{
    Story().packet(1, 160, 1).packet(2, 0x9000'0000, 1).packet(3, 0, 1).expect("1 2 3");
}

TEST(JitterBuffer, a_thousand_packets_shuffled_within_the_window_come_out_in_order)
{
    Story story;
    std::uint16_t expected = 65'000;
    story.packet(65'000).expect("65000");
    for (int block = 0; block < 300; ++block) {
        const auto base = static_cast<std::uint16_t>(expected + 1);
        story.at(block * 60);
        for (const int order : { 2, 0, 1 })
            story.packet(static_cast<std::uint16_t>(base + order));
        std::string wanted;
        for (int n = 0; n < 3; ++n)
            wanted += (n == 0 ? "" : " ") + std::to_string(static_cast<std::uint16_t>(base + n));
        story.expect(wanted);
        expected = static_cast<std::uint16_t>(expected + 3);
    }
}

} // namespace
} // namespace parley
