#include "agent/pronounce.h"

#include "agent/post_prompt.h"

#include <gtest/gtest.h>

namespace parley::agent {
namespace {

// swml-ai 93
TEST(Pronounce, replaces_whole_words_only)
{
    const std::vector<PronounceRule> rules = { { "SQL", "sequel", true } };
    EXPECT_EQ(pronounce("SQL, sql and MySQL; SQL", rules), "sequel, sequel and MySQL; sequel");
}

TEST(Pronounce, minds_the_case_when_told)
{
    EXPECT_EQ(pronounce("IT is it", { { "IT", "I T", false } }), "I T is it");
}

TEST(Pronounce, applies_the_rules_in_order)
{
    EXPECT_EQ(pronounce("a", { { "a", "b", true }, { "b", "c", true }, { "", "x", true } }), "c");
}

TEST(Pronounce, phrases_and_signs)
{
    EXPECT_EQ(pronounce("R&D costs 5 %", { { "R&D", "R and D", true }, { "%", "per cent", true } }),
        "R and D costs 5 per cent");
}

TEST(PostPrompt, finds_every_object_and_keeps_the_rest)
{
    const auto only = read_post_prompt("```json\n{\"a\":{\"b\":\"}\"}}\n```");
    ASSERT_EQ(only.parsed.size(), 1U);
    EXPECT_EQ(only.parsed[0].dump(), R"({"a":{"b":"}"}})");
    EXPECT_EQ(only.substituted, "");

    const auto mixed = read_post_prompt("Here: {\"a\":1} and {\"b\":2}.");
    ASSERT_EQ(mixed.parsed.size(), 2U);
    EXPECT_EQ(mixed.substituted, "Here:  and .");

    const auto prose = read_post_prompt("The caller asked {something.");
    EXPECT_TRUE(prose.parsed.empty());
    EXPECT_EQ(prose.substituted, "The caller asked {something.");
    EXPECT_EQ(prose.raw, prose.substituted);

    EXPECT_EQ(read_post_prompt("{not json {\"a\":1}}").parsed.size(), 1U);
    EXPECT_TRUE(read_post_prompt("").parsed.empty());
}

} // namespace
} // namespace parley::agent
