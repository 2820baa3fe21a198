#include "media/digit_sender.h"

#include "audio/tones.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

namespace parley::media {
namespace {

// The packets of one key and the silence after it, and what a receiver makes of them.
struct Sent {
    std::vector<DigitSender::Packet> packets;
    int silent = 0;
};

Sent send_key(DigitStep step, Duration ptime, int clock_rate, std::uint32_t timestamp = 0)
{
    DigitSender sender;
    EXPECT_TRUE(sender.send(std::array { step }));
    Sent sent;
    while (sender.takes_the_line()) {
        if (const auto packet = sender.next_packet(ptime, timestamp, clock_rate))
            sent.packets.push_back(*packet);
        else
            ++sent.silent;
        timestamp += static_cast<std::uint32_t>(ptime.count() * clock_rate / 1'000'000);
    }
    EXPECT_EQ(sender.take_finished(), 1);
    return sent;
}

TEST(DigitSender, durations_are_right_at_any_clock_and_packet_time)
{
    for (const int clock_rate : { 8'000, 48'000 }) {
        for (const Duration ptime : { 10ms, 20ms, 30ms, 40ms, 60ms }) {
            const auto sent = send_key({ '7', 100ms }, ptime, clock_rate, 5'000);
            const auto packets_down = static_cast<std::size_t>((100ms + ptime - 1us) / ptime);
            ASSERT_EQ(sent.packets.size(), packets_down + 2);
            EXPECT_EQ(sent.silent, (60ms + ptime - 1us) / ptime);
            for (std::size_t n = 0; n < sent.packets.size(); ++n) {
                const auto& [event, timestamp, marker] = sent.packets[n];
                const Duration down = std::min<Duration>(static_cast<int>(n + 1) * ptime, 100ms);
                EXPECT_EQ(event.event, 7);
                EXPECT_EQ(timestamp, 5'000U);
                EXPECT_EQ(marker, n == 0);
                EXPECT_EQ(event.end, n + 1 >= packets_down);
                EXPECT_EQ(event.duration, down.count() * clock_rate / 1'000'000);
            }
        }
    }
}

TEST(DigitSender, a_long_press_goes_on_in_segments)
{
    const auto sent = send_key({ '5', 3s }, 20ms, 48'000); // 144000 ticks: three segments of 65535 at most.
    std::vector<std::uint32_t> begins;
    TelephoneEventReceiver receiver(48'000);
    std::vector<Digit> digits;
    Instant now {};
    for (const auto& packet : sent.packets) {
        if (begins.empty() || packet.timestamp != begins.back())
            begins.push_back(packet.timestamp);
        if (const auto digit = receiver.receive(packet.event, packet.timestamp, now += 20ms))
            digits.push_back(*digit);
    }
    EXPECT_EQ(begins, (std::vector<std::uint32_t> { 0, 65'535, 131'070 }));
    EXPECT_EQ(digits, (std::vector { Digit { '5', 3s } }));
    EXPECT_EQ(std::ranges::count_if(sent.packets, [](const auto& packet) { return packet.marker; }), 1);
}

TEST(DigitSender, lengths_are_kept_within_their_limits)
{
    EXPECT_EQ(send_key({ '1', 1ms }, 20ms, 8'000).packets.back().event.duration, 320);
    EXPECT_EQ(send_key({ '1', 1min }, 20ms, 8'000).packets.back().event.duration, 64'000);
}

TEST(DigitSender, all_keys_of_a_batch_or_none)
{
    DigitSender sender;
    EXPECT_FALSE(sender.send({}));
    EXPECT_FALSE(sender.send(std::array { DigitStep { '1' }, DigitStep { 'x' } }));
    EXPECT_TRUE(sender.idle());
    EXPECT_TRUE(sender.send(std::vector<DigitStep>(DigitSender::max_steps, DigitStep { 'd' })));
    EXPECT_FALSE(sender.send(std::array { DigitStep { '1' } }));
}

TEST(DigitSender, each_batch_is_told_once_when_its_last_step_is_over)
{
    DigitSender sender;
    ASSERT_TRUE(sender.send(std::array { DigitStep { {}, 40ms } }));
    ASSERT_TRUE(sender.send(std::array { DigitStep { {}, 20ms }, DigitStep { {}, 20ms } }));
    std::vector<int> told;
    for (int n = 0; n < 5; ++n) {
        EXPECT_FALSE(sender.takes_the_line());
        sender.next_pause(20ms);
        told.push_back(sender.take_finished());
    }
    EXPECT_EQ(told, (std::vector { 0, 1, 0, 1, 0 }));
}

TEST(DigitSender, tones_are_the_same_at_any_packet_time)
{
    const auto make = [](std::size_t cut) {
        DigitSender sender;
        EXPECT_TRUE(sender.send(std::array { DigitStep { 'A', 75ms }, DigitStep { '0', 50ms } }));
        std::vector<std::int16_t> all(16'000);
        for (std::size_t at = 0; at < all.size(); at += cut)
            sender.next_sound(std::span(all).subspan(at, std::min(cut, all.size() - at)), 16'000);
        EXPECT_TRUE(sender.idle());
        return all;
    };
    const auto whole = make(16'000);
    EXPECT_EQ(whole, make(160));
    EXPECT_EQ(whole, make(480));
    EXPECT_NEAR(tone_level_dbfs(whole.data(), 1'200, 697, 16'000), -15.15, 0.5);
    EXPECT_NEAR(tone_level_dbfs(whole.data() + 2'160, 800, 941, 16'000), -15.15, 0.5);
    const auto silent = [](auto sample) { return sample == 0; };
    EXPECT_TRUE(std::all_of(whole.begin() + 1'200, whole.begin() + 2'160, silent));
    EXPECT_TRUE(std::all_of(whole.begin() + 2'960, whole.end(), silent));
}

} // namespace
} // namespace parley::media
