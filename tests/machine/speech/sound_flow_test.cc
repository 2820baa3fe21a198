#include "speech/sound_flow.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

constexpr Instant start { 1'000s };

TEST(SoundFlow, one_wait_may_be_as_long_as_patience)
{
    SoundFlow flow(500ms, start);
    EXPECT_EQ(flow.due(), start + 500ms);
    flow.sound(200ms, start);
    EXPECT_EQ(flow.due(), start + 700ms);
    flow.sound(600ms, start + 100ms); // Ahead of who listens.
    EXPECT_EQ(flow.due(), start + 1'300ms);
}

TEST(SoundFlow, many_short_waits_count_as_a_long_one)
{
    SoundFlow flow(500ms, start);
    auto now = start;
    int bytes = 0;
    for (; now < flow.due(); now += 50ms, ++bytes)
        flow.sound(62us, now); // One byte of 8 kHz.
    EXPECT_EQ(bytes, 11);
    EXPECT_LE(now, start + 550ms);
}

TEST(SoundFlow, half_as_fast_as_it_is_heard_is_too_slow)
{
    SoundFlow flow(500ms, start);
    auto now = start;
    for (; now < flow.due(); now += 40ms)
        flow.sound(20ms, now);
    EXPECT_LE(now, start + 1'100ms);
}

TEST(SoundFlow, a_voice_that_flows_again_has_all_patience_again)
{
    SoundFlow flow(500ms, start);
    flow.sound(100ms, start);
    flow.sound(500ms, start + 500ms); // Waited for 400 ms.
    EXPECT_EQ(flow.due(), start + 1'500ms);
}

TEST(SoundFlow, a_hiccup_in_each_second_is_forgiven_for_ever)
{
    SoundFlow flow(500ms, start);
    auto now = start;
    for (int second = 0; second < 60; ++second, now += 1'200ms) {
        ASSERT_LT(now, flow.due()) << second;
        flow.sound(1s, now);
    }
}

} // namespace
} // namespace parley
