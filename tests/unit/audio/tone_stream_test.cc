#include "audio/tone_stream.h"

#include "audio/gain.h"
#include "audio/tones.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

std::vector<std::int16_t> piece(const ToneStream& stream, Duration from, Duration length, int rate)
{
    const auto samples = [&](Duration d) { return static_cast<std::size_t>(d.count() * rate / 1'000'000); };
    std::vector<std::int16_t> out(samples(length));
    stream.make(samples(from), rate, out);
    return out;
}

TEST(ToneStream, is_on_and_off_with_its_frequencies_and_begins_anew)
{
    const auto stream = ToneStream::parse("tone_stream://%(200,300,440,480)");
    ASSERT_TRUE(stream);
    EXPECT_EQ(stream->period(), 500ms);
    EXPECT_EQ(stream->loops(), std::nullopt);
    for (const int rate : { 8'000, 16'000 }) {
        for (const auto round : { 0ms, 500ms, 5'000ms }) {
            const auto on = piece(*stream, round, 200ms, rate);
            EXPECT_NEAR(level_dbfs(on), -16, 1) << "two tones share the level";
            EXPECT_GT(tone_level_dbfs(on.data(), on.size(), 440, rate), -25);
            EXPECT_GT(tone_level_dbfs(on.data(), on.size(), 480, rate), -25);
            EXPECT_LT(tone_level_dbfs(on.data(), on.size(), 1'000, rate), -40);
            EXPECT_EQ(level_dbfs(piece(*stream, round + 200ms, 300ms, rate)), -100);
        }
    }
}

TEST(ToneStream, has_steps_a_volume_and_loops)
{
    const auto stream = ToneStream::parse("tone_stream://v=-20;%(100,0,500);%(100,100,1000);loops=3");
    ASSERT_TRUE(stream);
    EXPECT_EQ(stream->period(), 300ms);
    EXPECT_EQ(stream->loops(), 3);
    const auto second = piece(*stream, 100ms, 100ms, 8'000);
    EXPECT_GT(tone_level_dbfs(second.data(), second.size(), 1'000, 8'000), -30);
    EXPECT_NEAR(level_dbfs(second), -20, 1);
    EXPECT_EQ(ToneStream::parse("tone_stream://%(1,1,440);loops=-1")->loops(), std::nullopt);
}

TEST(ToneStream, what_it_does_not_know_it_refuses)
{
    for (const auto* text : { "", "tone_stream://", "http://x", "tone_stream://%(0,0,440)", "tone_stream://%(1,1)",
             "tone_stream://%(1,1,1,2,3,4,5)", "tone_stream://%(1,-1,440)", "tone_stream://%(1,1,9000)",
             "tone_stream://%(1,1,x)", "tone_stream://L=3", "tone_stream://v=loud;%(1,1,440)",
             "tone_stream://%(70000,1,440)", "tone_stream://%(1,1,nan)" })
        EXPECT_FALSE(ToneStream::parse(text)) << text;
}

TEST(HouseMusic, is_soft_at_every_rate_and_repeats)
{
    for (const int rate : { 8'000, 16'000 }) {
        std::vector<std::int16_t> first(static_cast<std::size_t>(rate));
        make_house_music(0, rate, first);
        EXPECT_GT(level_dbfs(first), -40);
        EXPECT_LT(level_dbfs(first), -20);
        std::vector<std::int16_t> again(first.size());
        make_house_music(static_cast<std::size_t>(12 * rate), rate, again);
        EXPECT_EQ(first, again);
    }
}

} // namespace
} // namespace parley
