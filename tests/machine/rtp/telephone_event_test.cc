#include "rtp/telephone_event.h"

#include <gtest/gtest.h>

#include <string>

namespace parley {
namespace {

TEST(TelephoneEvent, payload_round_trip)
{
    const TelephoneEvent event { 11, true, 10, 1'600 };
    const auto read = parse_telephone_event(write_telephone_event(event));
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, event);
    EXPECT_FALSE(parse_telephone_event(std::vector<std::byte>(3)));
}

TEST(TelephoneEvent, sixteen_keys)
{
    for (const char key : std::string("0123456789*#ABCD"))
        EXPECT_EQ(event_to_key(*key_to_event(key)), key);
    EXPECT_EQ(event_to_key(16), std::nullopt); // Flash.
    EXPECT_EQ(key_to_event('x'), std::nullopt);
}

// Told digits in a row, e.g. "12".
class Line {
public:
    Line& packet(int event, std::uint32_t timestamp, int duration, bool end, Duration at)
    {
        note(receiver_.receive({ static_cast<std::uint8_t>(event), end, 10, static_cast<std::uint16_t>(duration) },
            timestamp, Instant(at)));
        return *this;
    }
    Line& timeout(Duration at)
    {
        note(receiver_.handle_timeout(Instant(at)));
        return *this;
    }

    std::string told;
    Duration held {};
    TelephoneEventReceiver receiver_;

private:
    void note(std::optional<Digit> digit)
    {
        if (digit) {
            told += digit->key;
            held = digit->held;
        }
    }
};

TEST(TelephoneEvent, three_end_packets_are_one_digit)
{
    Line line;
    line.packet(5, 1'000, 160, false, 0ms).packet(5, 1'000, 320, false, 20ms);
    EXPECT_EQ(line.told, "");
    line.packet(5, 1'000, 480, true, 40ms).packet(5, 1'000, 480, true, 60ms).packet(5, 1'000, 480, true, 80ms);
    EXPECT_EQ(line.told, "5");
    EXPECT_EQ(line.held, 60ms);
    EXPECT_EQ(line.receiver_.deadline(), std::nullopt);
}

TEST(TelephoneEvent, the_same_key_twice_is_two_digits)
{
    Line line;
    line.packet(1, 1'000, 160, true, 0ms).packet(1, 3'000, 160, true, 200ms).packet(1, 3'000, 160, true, 220ms);
    EXPECT_EQ(line.told, "11");
}

TEST(TelephoneEvent, lost_end_packets_end_with_the_next_key)
{
    Line line;
    line.packet(1, 1'000, 160, false, 0ms).packet(2, 3'000, 160, false, 100ms);
    EXPECT_EQ(line.told, "1");
    line.packet(2, 3'000, 320, true, 120ms);
    EXPECT_EQ(line.told, "12");
}

TEST(TelephoneEvent, lost_end_packets_end_with_patience)
{
    Line line;
    line.packet(12, 1'000, 800, false, 40ms);
    EXPECT_EQ(line.receiver_.deadline(), Instant(190ms));
    line.timeout(189ms);
    EXPECT_EQ(line.told, "");
    line.timeout(190ms);
    EXPECT_EQ(line.told, "A");
    line.packet(12, 1'000, 960, true, 200ms);
    EXPECT_EQ(line.told, "A"); // Told once.
}

TEST(TelephoneEvent, a_key_longer_than_its_field_is_one_digit)
{
    Line line;
    line.packet(3, 1'000, 0xffff, false, 0ms)
        .packet(3, 1'000 + 0xffff, 160, false, 20ms)
        .packet(3, 1'000 + 0xffff, 320, true, 40ms);
    EXPECT_EQ(line.told, "3");
    EXPECT_EQ(line.held, Duration((0xffff + 320) * 125));
}

TEST(TelephoneEvent, the_report_of_a_full_segment_may_be_lost)
{
    Line line;
    line.packet(3, 1'000, 65'000, false, 0ms).packet(3, 1'000 + 0xffff, 320, true, 40ms);
    EXPECT_EQ(line.told, "3");
    EXPECT_EQ(line.held, Duration((0xffff + 320) * 125));
}

TEST(TelephoneEvent, durations_are_in_ticks_of_the_clock_that_was_agreed_on)
{
    TelephoneEventReceiver receiver(48'000);
    EXPECT_EQ(receiver.receive({ 4, true, 10, 4'800 }, 1'000, Instant(0ms)), (Digit { '4', 100ms }));
}

TEST(TelephoneEvent, what_is_no_key_is_ignored)
{
    Line line;
    line.packet(16, 1'000, 160, true, 0ms).packet(255, 2'000, 160, true, 0ms);
    EXPECT_EQ(line.told, "");
}

} // namespace
} // namespace parley
