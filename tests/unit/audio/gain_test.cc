#include "audio/gain.h"
#include "audio/tones.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace parley {
namespace {

TEST(Gain, is_reached_within_five_milliseconds_and_holds)
{
    GainRamp gain;
    std::vector<std::int16_t> samples(160, 10'000);
    gain.set_target_db(-20);
    gain.apply(samples);
    EXPECT_NEAR(samples[39], 1'000, 1);
    EXPECT_EQ(samples[40], 1'000);
    EXPECT_EQ(samples[159], 1'000);
    for (std::size_t n = 1; n < samples.size(); ++n)
        EXPECT_LE(std::abs(samples[n] - samples[n - 1]), 226) << "click at " << n;
}

TEST(Gain, unity_changes_nothing)
{
    GainRamp gain;
    std::vector<std::int16_t> samples { 1, -2, 32'767, -32'768 };
    const auto before = samples;
    gain.apply(samples);
    EXPECT_EQ(samples, before);
    gain.set_target_db(-20);
    std::vector<std::int16_t> ramp(160, 1'000);
    gain.apply(ramp);
    gain.set_target_db(0);
    gain.apply(ramp);
    EXPECT_TRUE(gain.is_unity());
}

TEST(Gain, clips_and_does_not_wrap)
{
    GainRamp gain;
    gain.set_target_db(20);
    std::vector<std::int16_t> samples(100, -20'000);
    gain.apply(samples);
    EXPECT_EQ(samples[99], -32'768);
}

TEST(Level, of_known_sounds)
{
    EXPECT_EQ(level_dbfs(std::vector<std::int16_t>(160, 0)), -100);
    EXPECT_NEAR(level_dbfs(make_tone(1'000, -20, 8'000, 8'000)), -20, 0.05);
    EXPECT_NEAR(level_dbfs(NoiseSource(1).make(-30, 8'000)), -30, 0.3);
    EXPECT_NEAR(level_dbfs(make_babble(-25, 8'000, 8'000, 1)), -25, 0.5);
}

} // namespace
} // namespace parley
