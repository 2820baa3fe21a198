#include "server/configuration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley {
namespace {

Result<Configuration> parse(const std::string& timer)
{
    return parse_configuration("projects: []\nsip: {session_timer: " + timer + "}\n", "parley.yaml",
        [](std::string_view) { return std::nullopt; });
}

TEST(SessionTimerConfiguration, is_a_duration_or_off)
{
    EXPECT_EQ(Configuration().sip.session_timer, 1'800s);
    EXPECT_EQ(parse("10m")->sip.session_timer, 600s);
    EXPECT_EQ(parse("off")->sip.session_timer, Duration {});
    for (const char* bad : { "89s", "25h", "on", "90" })
        EXPECT_THAT(parse(bad).error().what, testing::HasSubstr("sip.session_timer")) << bad;
}

} // namespace
} // namespace parley
