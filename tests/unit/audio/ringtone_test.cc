#include "audio/ringtone.h"

#include "audio/gain.h"
#include "audio/tones.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

std::vector<std::int16_t> ring(std::string_view country, Duration from, Duration length)
{
    const auto samples = [](Duration d) { return static_cast<std::size_t>(d.count() * 8 / 1'000); };
    std::vector<std::int16_t> out(samples(length));
    make_ringtone(country, samples(from), 8'000, out);
    return out;
}

double level(std::string_view country, double hertz, Duration from = 100ms)
{
    const auto sound = ring(country, from, 250ms);
    return tone_level_dbfs(sound.data(), sound.size(), hertz, 8'000);
}

TEST(Ringtone, HasTheFrequenciesOfItsCountry)
{
    EXPECT_NEAR(level("us", 440), -23, 1);
    EXPECT_NEAR(level("us", 480), -23, 1);
    EXPECT_LT(level("us", 425), -40);
    EXPECT_NEAR(level("de", 425), -23, 1);
    EXPECT_LT(level("de", 480), -40);
}

TEST(Ringtone, PausesAndRingsAgain)
{
    EXPECT_GT(level_dbfs(ring("us", 0s, 2s)), -25);
    EXPECT_EQ(level_dbfs(ring("us", 2s, 4s)), -100);
    EXPECT_GT(level_dbfs(ring("us", 6s, 2s)), -25);
    EXPECT_EQ(level_dbfs(ring("uk", 400ms, 200ms)), -100);
    EXPECT_GT(level_dbfs(ring("uk", 600ms, 400ms)), -25);
    EXPECT_EQ(level_dbfs(ring("uk", 1s, 2s)), -100);
}

TEST(Ringtone, DoesNotDependOnHowItIsCut)
{
    const auto whole = ring("in", 0s, 1s);
    std::vector<std::int16_t> pieces;
    for (int n = 0; n < 50; ++n) {
        const auto piece = ring("in", n * 20ms, 20ms);
        pieces.insert(pieces.end(), piece.begin(), piece.end());
    }
    EXPECT_EQ(whole, pieces);
}

TEST(Ringtone, EachCountryRingsAndPauses)
{
    for (const std::string_view country : ringtone_countries()) {
        EXPECT_TRUE(is_ringtone_country(country));
        const Duration period = ringtone_period(country);
        EXPECT_GE(period, 2'500ms) << country;
        EXPECT_GT(level_dbfs(ring(country, 0s, 400ms)), -32) << country;
        EXPECT_EQ(level_dbfs(ring(country, period - 1s, 1s)), -100) << country;
    }
    EXPECT_FALSE(is_ringtone_country("xx"));
}

TEST(Ringtone, TheBongIsAKeyThenADialToneThatDiesAway)
{
    std::vector<std::int16_t> bong(8'000);
    make_bong(0, 8'000, bong);
    EXPECT_GT(tone_level_dbfs(bong.data(), 480, 1'477, 8'000), -25);
    EXPECT_GT(tone_level_dbfs(bong.data() + 480, 800, 350, 8'000), -28);
    EXPECT_LT(level_dbfs(std::span(bong).last(800)), -55);
}

} // namespace
} // namespace parley
