#include "server/configuration.h"

#include <gmock/gmock.h>

#include <string>

namespace parley {
namespace {

using sdp::Codec;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<Configuration> with(const std::string& rtp)
{
    return parse_configuration("projects: []\nrtp: {" + rtp + "}\n", "parley.yaml",
        [](std::string_view) { return std::optional<std::string>(); });
}

std::string problem(const std::string& rtp)
{
    const auto parsed = with(rtp);
    return parsed ? "" : parsed.error().what;
}

TEST(SoundConfiguration, says_which_codecs_in_which_order_and_how_they_are_sent)
{
    const auto parsed = with("codecs: [pcma, Opus], ptime: 30ms, comfort_noise: true, inband_digits: never");
    ASSERT_TRUE(parsed) << parsed.error().what;
    EXPECT_THAT(parsed->sound.preferences.codecs, ElementsAre(Codec::pcma, Codec::opus));
    EXPECT_EQ(parsed->sound.preferences.ptime, 30ms);
    EXPECT_TRUE(parsed->sound.preferences.comfort_noise);
    EXPECT_EQ(parsed->sound.inband_digits, media::InbandDigits::never);
}

TEST(SoundConfiguration, is_wide_band_first_by_default)
{
    const auto parsed = with("");
    EXPECT_THAT(parsed->sound.preferences.codecs, ElementsAre(Codec::opus, Codec::g722, Codec::pcmu, Codec::pcma));
    EXPECT_FALSE(parsed->sound.preferences.comfort_noise);
    EXPECT_EQ(parsed->sound.inband_digits, media::InbandDigits::when_needed);
}

TEST(SoundConfiguration, bad_values_are_refused_by_name)
{
    EXPECT_THAT(
        problem("codecs: [G729]"), HasSubstr("key `rtp.codecs`: \"G729\" is none of opus, G722, PCMU and PCMA"));
    EXPECT_THAT(problem("codecs: [PCMU, pcmu]"), HasSubstr("stands twice"));
    EXPECT_THAT(problem("codecs: []"), HasSubstr("key `rtp.codecs`: must name one codec at least"));
    EXPECT_THAT(problem("ptime: 25ms"), HasSubstr("key `rtp.ptime`"));
    EXPECT_THAT(problem("ptime: 5ms"), HasSubstr("key `rtp.ptime`"));
    EXPECT_THAT(problem("inband_digits: perhaps"), HasSubstr("key `rtp.inband_digits`"));
}

} // namespace
} // namespace parley
