#include "audio/rate_converter.h"

#include "audio/tones.h"
#include "unit/audio/likeness.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

TEST(RateConverter, passes_frames_of_its_own_rate_as_they_are)
{
    RateConverter converter(16'000);
    const AudioFrame frame { 16'000, { 1, 2, 3 } };
    EXPECT_EQ(*converter.push(frame), frame);
    EXPECT_TRUE(converter.flush().samples.empty());
}

TEST(RateConverter, brings_every_rate_to_its_own)
{
    for (const int rate : { 8'000, 11'025, 12'000, 22'050, 24'000, 32'000, 44'100, 48'000 }) {
        const auto tone = make_tone(440, -10, static_cast<std::size_t>(rate), rate);
        RateConverter converter(16'000);
        std::vector<std::int16_t> out;
        for (std::size_t at = 0; at < tone.size(); at += 441) {
            const std::size_t count = std::min<std::size_t>(441, tone.size() - at);
            const auto from = tone.begin() + static_cast<std::ptrdiff_t>(at);
            const auto piece = converter.push({ rate, { from, from + static_cast<std::ptrdiff_t>(count) } });
            EXPECT_EQ(piece->sample_rate, 16'000);
            out.insert(out.end(), piece->samples.begin(), piece->samples.end());
        }
        const auto rest = converter.flush();
        out.insert(out.end(), rest.samples.begin(), rest.samples.end());
        EXPECT_EQ(out.size(), 16'000U) << rate;
        EXPECT_GT(likeness(make_tone(440, -10, 16'000, 16'000), out, 0).snr_db, 40) << rate;
    }
}

TEST(RateConverter, begins_anew_where_the_rate_changes_and_refuses_what_is_none)
{
    RateConverter converter(8'000);
    EXPECT_TRUE(converter.push({ 16'000, std::vector<std::int16_t>(320) }));
    EXPECT_TRUE(converter.push({ 24'000, std::vector<std::int16_t>(480) }));
    EXPECT_EQ(converter.push({ 4'000, { 1 } }).error().kind, ErrorKind::invalid_request);
}

} // namespace
} // namespace parley
