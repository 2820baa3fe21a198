#include "audio/gain.h"
#include "audio/resampler.h"
#include "audio/tones.h"

#include "unit/audio/likeness.h"

#include <gtest/gtest.h>

#include <random>

namespace parley {
namespace {

std::vector<std::int16_t> whole(const std::vector<std::int16_t>& in, int from, int to)
{
    auto resampler = Resampler::create(from, to);
    std::vector<std::int16_t> out;
    resampler->push(in, out);
    resampler->flush(out);
    return out;
}

TEST(Resampler, chunked_input_gives_the_same_samples_as_whole_input)
{
    const auto in = NoiseSource(7).make(-20, 16'000);
    std::mt19937 random(11);
    for (const auto& [from, to] : { std::pair { 8'000, 16'000 }, { 16'000, 8'000 }, { 11'025, 8'000 },
             { 11'025, 16'000 }, { 12'000, 8'000 }, { 12'000, 16'000 }, { 22'050, 8'000 }, { 22'050, 16'000 },
             { 24'000, 8'000 }, { 24'000, 16'000 }, { 32'000, 8'000 }, { 32'000, 16'000 }, { 44'100, 8'000 },
             { 44'100, 16'000 }, { 48'000, 8'000 }, { 48'000, 16'000 } }) {
        auto resampler = Resampler::create(from, to);
        std::vector<std::int16_t> out;
        for (std::size_t at = 0; at < in.size();) {
            const std::size_t count = std::min<std::size_t>(1 + random() % 700, in.size() - at);
            resampler->push(std::span(in).subspan(at, count), out);
            at += count;
        }
        resampler->flush(out);
        EXPECT_EQ(out, whole(in, from, to)) << from << " to " << to;
    }
}

TEST(Resampler, length_is_exact)
{
    for (const std::size_t length : { 0U, 1U, 7U, 160U, 8'001U }) {
        EXPECT_EQ(whole(std::vector<std::int16_t>(length, 100), 8'000, 16'000).size(), 2 * length);
        EXPECT_EQ(whole(std::vector<std::int16_t>(length, 100), 16'000, 8'000).size(), (length + 1) / 2);
    }
}

TEST(Resampler, holds_back_no_more_than_its_latency)
{
    auto resampler = Resampler::create(8'000, 16'000);
    std::vector<std::int16_t> out;
    resampler->push(std::vector<std::int16_t>(160, 1), out);
    EXPECT_EQ(resampler->latency(), 3ms);
    EXPECT_EQ(out.size(), 320U - 2 * 24);
}

TEST(Resampler, output_is_aligned_with_input)
{
    std::vector<std::int16_t> in(800, 0);
    in[400] = 20'000;
    const auto out = whole(in, 8'000, 16'000);
    EXPECT_EQ(std::max_element(out.begin(), out.end()) - out.begin(), 800);
}

TEST(Resampler, tones_of_the_band_pass_and_their_images_do_not)
{
    for (const double hertz : { 300.0, 1'000.0, 2'000.0, 3'000.0 }) {
        const auto wide = whole(make_tone(hertz, -10, 8'000, 8'000), 8'000, 16'000);
        const auto* middle = wide.data() + 4'000;
        const double level = tone_level_dbfs(middle, 8'000, hertz, 16'000);
        EXPECT_NEAR(level, -10, 0.5) << hertz;
        EXPECT_LT(tone_level_dbfs(middle, 8'000, 8'000 - hertz, 16'000), level - 40) << hertz;

        const auto back = whole(wide, 16'000, 8'000);
        EXPECT_NEAR(tone_level_dbfs(back.data() + 2'000, 4'000, hertz, 8'000), -10, 0.5) << hertz;
    }
}

TEST(Resampler, what_is_above_the_band_does_not_fold_into_it)
{
    const auto narrow = whole(make_tone(6'000, -10, 16'000, 16'000), 16'000, 8'000);
    EXPECT_LT(tone_level_dbfs(narrow.data() + 2'000, 4'000, 2'000, 8'000), -50);
}

TEST(Resampler, starts_afresh_after_a_flush)
{
    const auto in = NoiseSource(3).make(-20, 1'000);
    auto resampler = Resampler::create(16'000, 8'000);
    std::vector<std::int16_t> first;
    resampler->push(in, first);
    resampler->flush(first);
    std::vector<std::int16_t> second;
    resampler->push(in, second);
    resampler->flush(second);
    EXPECT_EQ(first, second);
}

// There and back again, with all that a telephone band and a wide band hold.
TEST(GoldenSound, every_rate_keeps_what_it_kept)
{
    for (const int line : { 8'000, 16'000 }) {
        const auto speech = make_babble(-20, static_cast<std::size_t>(3 * line), line, 9);
        for (const int rate : { 8'000, 11'025, 12'000, 16'000, 22'050, 24'000, 32'000, 44'100, 48'000 }) {
            if (rate < line)
                continue;
            const Likeness found = likeness(speech, whole(whole(speech, line, rate), rate, line), 20);
            EXPECT_EQ(found.delay, 0U) << rate;
            EXPECT_GT(found.snr_db, rate == line ? 90 : 30) << rate << " to " << line;
        }
    }
}

TEST(Resampler, refuses_rates_that_are_none)
{
    EXPECT_EQ(Resampler::create(0, 8'000).error().kind, ErrorKind::invalid_request);
    EXPECT_EQ(Resampler::create(8'000, 96'000).error().kind, ErrorKind::invalid_request);
}

} // namespace
} // namespace parley
