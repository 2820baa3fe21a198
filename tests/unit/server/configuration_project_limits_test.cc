#include "server/configuration.h"

#include <gtest/gtest.h>

#include <string>

namespace parley {
namespace {

Result<Configuration> parse(const std::string& limits, const std::string& rest = "")
{
    return parse_configuration(
        "customers:\n  - id: 5e4a0680-804e-11ec-8477-2fea5968d85b\n"
        "projects:\n  - id: p\n    token: t\n    customer: 5e4a0680-804e-11ec-8477-2fea5968d85b\n"
        "    limits: {"
            + limits + "}\n" + rest,
        "x", [](std::string_view) { return std::nullopt; });
}

TEST(ProjectLimitsConfiguration, what_is_not_said_is_the_default)
{
    const auto read = parse("");
    ASSERT_TRUE(read) << read.error().what;
    const relay::ProjectLimits& limits = read->projects.at(0).limits;
    const relay::ProjectLimits defaults;
    EXPECT_EQ(limits.connections, defaults.connections);
    EXPECT_EQ(limits.calls, defaults.calls);
    EXPECT_EQ(limits.dials_per_second, defaults.dials_per_second);
    EXPECT_EQ(limits.commands_per_second, defaults.commands_per_second);
    EXPECT_EQ(limits.events, read->limits.session_events);
}

TEST(ProjectLimitsConfiguration, is_read)
{
    const auto read = parse("connections: 3, calls: 0, dials_per_second: 4, commands_per_second: 5, events: 6");
    ASSERT_TRUE(read) << read.error().what;
    const relay::ProjectLimits& limits = read->projects.at(0).limits;
    EXPECT_EQ(limits.connections, 3U);
    EXPECT_EQ(limits.calls, 0U);
    EXPECT_EQ(limits.dials_per_second, 4);
    EXPECT_EQ(limits.commands_per_second, 5);
    EXPECT_EQ(limits.events, 6U);
}

TEST(ProjectLimitsConfiguration, events_are_those_of_the_server_unless_the_project_says_otherwise)
{
    const std::string server = "limits: {session_events: 70}\n";
    EXPECT_EQ(parse("", server)->projects.at(0).limits.events, 70U);
    EXPECT_EQ(parse("events: 6", server)->projects.at(0).limits.events, 6U);
}

TEST(ProjectLimitsConfiguration, what_makes_no_sense_is_refused_by_name)
{
    for (const std::string key : { "connections", "calls", "dials_per_second", "commands_per_second", "events" }) {
        for (const auto* value : { "nonsense", "-1", "1000000000" }) {
            const auto read = parse(key + ": " + value);
            ASSERT_FALSE(read) << key << " " << value;
            EXPECT_NE(read.error().what.find("`projects[0].limits." + key + "`"), std::string::npos)
                << read.error().what;
        }
    }
    const auto unknown = parse("calls_per_day: 1");
    ASSERT_FALSE(unknown);
    EXPECT_NE(unknown.error().what.find("`projects[0].limits.calls_per_day`"), std::string::npos)
        << unknown.error().what;
}

TEST(ProjectLimitsConfiguration, a_secret_for_tokens_is_long_enough)
{
    const std::string long_enough(32, 's');
    const auto with = [](const std::string& secret) {
        return parse_configuration("customers:\n  - id: 5e4a0680-804e-11ec-8477-2fea5968d85b\n"
                                   "projects:\n  - id: p\n    token: t\n    customer: "
                                   "5e4a0680-804e-11ec-8477-2fea5968d85b\n    jwt_secret: "
                + secret + "\n",
            "x", [](std::string_view) { return std::nullopt; });
    };
    EXPECT_EQ(with(long_enough)->projects.at(0).jwt_secret, long_enough);
    const auto read = with(long_enough.substr(1));
    ASSERT_FALSE(read);
    EXPECT_NE(read.error().what.find("`projects[0].jwt_secret`: must have at least 32 bytes"), std::string::npos)
        << read.error().what;
}

TEST(ProjectLimitsConfiguration, posts_are_signed_with_a_key_of_the_project)
{
    const auto read = parse_configuration("customers:\n  - id: 5e4a0680-804e-11ec-8477-2fea5968d85b\n"
                                          "projects:\n  - id: p\n    token: t\n    customer: "
                                          "5e4a0680-804e-11ec-8477-2fea5968d85b\n    signing_key_env: KEY\n",
        "x", [](std::string_view name) { return name == "KEY" ? std::optional<std::string>("k") : std::nullopt; });
    ASSERT_TRUE(read) << read.error().what;
    EXPECT_EQ(read->projects.at(0).signing_key, "k");
}

} // namespace
} // namespace parley
