#include "server/configuration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley {
namespace {

Result<Configuration> parse(const std::string& refer)
{
    return parse_configuration(
        "projects: []\nsip: {refer: " + refer + "}\n", "parley.yaml", [](std::string_view) { return std::nullopt; });
}

TEST(ReferConfiguration, says_who_may_transfer_a_call)
{
    EXPECT_EQ(Configuration().sip.refer, sip::Referrers::trusted);
    EXPECT_EQ(parse("refuse")->sip.refer, sip::Referrers::refuse);
    EXPECT_EQ(parse("trusted")->sip.refer, sip::Referrers::trusted);
    EXPECT_EQ(parse("accept")->sip.refer, sip::Referrers::accept);
    EXPECT_THAT(parse("everybody").error().what, testing::HasSubstr("sip.refer"));
}

} // namespace
} // namespace parley
