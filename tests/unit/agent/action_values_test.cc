#include "agent/action_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::agent {
namespace {

Json json(std::string_view text)
{
    return Json::parse(text).value();
}

// swml-ai 44
TEST(ActionValues, HoldTakesEverySpelling)
{
    const auto time = [](std::string_view text) { return hold_order(json(text)).value().timeout; };
    EXPECT_EQ(time("60"), 60s);
    EXPECT_EQ(time("\"120\""), 120s);
    EXPECT_EQ(time("\"5m\""), 300s);
    EXPECT_EQ(time("\"90s\""), 90s);
    EXPECT_EQ(time("\"1:30\""), 90s);
    EXPECT_EQ(time("0"), 0s);
    EXPECT_EQ(time("-1"), 300s);
    EXPECT_EQ(time("901"), 300s);
    EXPECT_EQ(time("\"1h\""), 300s); // Too long.
    EXPECT_EQ(time("{}"), 300s);
    EXPECT_EQ(hold_order(json(R"({"timeout":"2m","step":"back","timeout_step":"late"})")),
        (HoldOrder { 120s, "back", "late" }));
    for (const auto* text : { "\"soon\"", "\"m\"", "\"x:1\"", "[]", "true", "null", R"({"timeout":"x"})" })
        EXPECT_FALSE(hold_order(json(text)).has_value()) << text;
}

TEST(ActionValues, UsesAreTruthsOrCounts)
{
    using Uses = std::optional<std::optional<int>>;
    EXPECT_EQ(uses_order(json("true")), Uses(std::optional<int>()));
    EXPECT_EQ(uses_order(json("\"false\"")), Uses(0));
    EXPECT_EQ(uses_order(json("3")), Uses(3));
    EXPECT_EQ(uses_order(json("\"2\"")), Uses(2));
    EXPECT_EQ(uses_order(json("-1")), Uses(std::optional<int>()));
    EXPECT_EQ(uses_order(json("\"endless\"")), Uses(std::optional<int>()));
    EXPECT_FALSE(uses_order(json("[]")).has_value());
    EXPECT_FALSE(uses_order(json("null")).has_value());
}

TEST(ActionValues, Voices)
{
    EXPECT_EQ(voice_order(json("\"polly.amy:neural\"")), (VoiceOrder { "polly", "amy", "neural" }));
    EXPECT_EQ(voice_order(json(R"({"voice":"amy"})")), (VoiceOrder { "", "amy", "" }));
    for (const auto* text : { "\"\"", "\"polly.\"", "\":x\"", "{}", "7" })
        EXPECT_FALSE(voice_order(json(text)).has_value()) << text;
}

TEST(ActionValues, Times)
{
    EXPECT_EQ(time_order(json("500")), 500ms);
    EXPECT_EQ(time_order(json("\"500\"")), 500ms);
    for (const auto* text : { "0", "-1", "true", "\"x\"", "{}", "1e12" })
        EXPECT_FALSE(time_order(json(text)).has_value()) << text;
}

} // namespace
} // namespace parley::agent
