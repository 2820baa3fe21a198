#include "audio/gain.h"
#include "audio/loss_concealment.h"
#include "audio/tones.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace parley {
namespace {

constexpr int rate = 8'000;

TEST(LossConcealment, goes_on_with_the_sound_and_fades_within_sixty_milliseconds)
{
    LossConcealment concealment;
    auto tone = make_tone(100, -10, 800, rate);
    concealment.received(tone);
    std::vector<std::int16_t> lost(800);
    concealment.conceal(lost);
    const auto level = [&](std::size_t from) { return level_dbfs(std::span(lost).subspan(from, 80)); };
    EXPECT_NEAR(level(0), -10, 0.7); // The first 10 ms are as loud as before.
    EXPECT_LT(level(160), level(0) - 1);
    EXPECT_LT(level(320), level(160) - 3);
    for (std::size_t n = 480; n < lost.size(); ++n)
        EXPECT_EQ(lost[n], 0) << n;
}

TEST(LossConcealment, continues_a_tone_in_phase)
{
    LossConcealment concealment;
    const auto tone = make_tone(125, -10, 1'000, rate); // A period of 64 samples.
    std::vector<std::int16_t> heard(tone.begin(), tone.begin() + 800);
    concealment.received(heard);
    std::vector<std::int16_t> lost(80);
    concealment.conceal(lost);
    for (std::size_t n = 0; n < lost.size(); ++n)
        EXPECT_NEAR(lost[n], tone[800 + n], 600) << n;
}

TEST(LossConcealment, seams_do_not_click)
{
    LossConcealment concealment;
    const auto tone = make_tone(210, -10, 2'000, rate);
    std::vector<std::int16_t> stream(tone.begin(), tone.begin() + 800);
    concealment.received(stream);
    std::vector<std::int16_t> lost(160);
    concealment.conceal(lost);
    std::vector<std::int16_t> after(tone.begin() + 960, tone.begin() + 1'120);
    concealment.received(after);
    stream.insert(stream.end(), lost.begin(), lost.end());
    stream.insert(stream.end(), after.begin(), after.end());
    for (std::size_t n = 1; n < stream.size(); ++n)
        EXPECT_LT(std::abs(stream[n] - stream[n - 1]), 6'000) << n;
}

TEST(LossConcealment, silence_stays_silent)
{
    LossConcealment concealment;
    std::vector<std::int16_t> lost(160, 99);
    concealment.conceal(lost);
    EXPECT_EQ(lost, std::vector<std::int16_t>(160, 0));
}

TEST(LossConcealment, sound_without_loss_is_untouched)
{
    LossConcealment concealment;
    auto samples = NoiseSource(2).make(-20, 160);
    const auto before = samples;
    concealment.received(samples);
    EXPECT_EQ(samples, before);
}

} // namespace
} // namespace parley
