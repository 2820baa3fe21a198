#include "agent/redaction.h"

#include "base/json.h"

#include <gtest/gtest.h>

namespace parley::agent {
namespace {

TEST(MaskedForm, is_the_text_but_for_masks)
{
    EXPECT_TRUE(is_masked_form("my number is 4711", "my number is ----"));
    EXPECT_TRUE(is_masked_form("my number is 4711", "my number is 4711"));
    EXPECT_TRUE(is_masked_form("4711 is it, not 42", "---- is it, not ------"));
    EXPECT_TRUE(is_masked_form("anything", "----"));
    EXPECT_FALSE(is_masked_form("my number is 4711", "your number is ----"));
    EXPECT_FALSE(is_masked_form("my number is 4711", "my number is"));
    EXPECT_FALSE(is_masked_form("my number", "my number is ----"));
    EXPECT_FALSE(is_masked_form("a b", "a ---- b and more"));
    EXPECT_FALSE(is_masked_form("ab", "ab----b")); // What stands before and behind a mask may not overlap.
}

TEST(Redaction, what_is_not_known_yet_is_masked_whole)
{
    Redaction redaction("numbers");
    redaction.add("my number is 4711");
    EXPECT_EQ(redaction.masked("my number is 4711"), "----");
    EXPECT_EQ(redaction.masked("never said"), "----");
    EXPECT_EQ(redaction.masked(""), "");
    EXPECT_EQ(Redaction("").masked("my number is 4711"), "my number is 4711");
}

TEST(Redaction, a_turn_is_one_question)
{
    Redaction redaction("numbers");
    redaction.add("my number is 4711");
    EXPECT_FALSE(redaction.due());
    redaction.add("Thank you.");
    redaction.add("Thank you.");
    redaction.turn_completed();
    ASSERT_TRUE(redaction.due());
    const auto texts = redaction.take();
    EXPECT_FALSE(redaction.due());
    const auto request = redaction.question(texts, { "small", {}, {}, {}, {}, {} });
    EXPECT_EQ(request.options.model, "small");
    EXPECT_NE(request.messages[0].content.find("numbers"), std::string::npos);
    EXPECT_EQ(request.messages[1].content, R"(["my number is 4711","Thank you."])");
    redaction.answered(texts, "Here:\n```json\n[\"my number is ----\", \"Thank you.\"]\n```");
    EXPECT_EQ(redaction.masked("my number is 4711"), "my number is ----");
    EXPECT_EQ(redaction.masked("Thank you."), "Thank you.");
}

TEST(Redaction, an_answer_that_is_another_text_counts_for_nothing)
{
    Redaction redaction("numbers");
    const std::vector<std::string> texts { "one", "two" };
    for (const auto& text : texts)
        redaction.add(text);
    redaction.answered(texts, "");
    redaction.answered(texts, R"(["one"])");
    redaction.answered(texts, R"(["one","three"])"); // The first is good.
    EXPECT_EQ(redaction.masked("one"), "one");
    EXPECT_EQ(redaction.masked("two"), "----");
}

TEST(Redaction, long_conversations_are_asked_about_in_pieces)
{
    Redaction redaction("numbers");
    const std::string half(Redaction::max_asked_bytes / 2, 'a');
    redaction.add(half + "1");
    redaction.add(half + "2");
    redaction.add(std::string(Redaction::max_asked_bytes + 1, 'b')); // Masked whole.
    redaction.turn_completed();
    EXPECT_EQ(redaction.take().size(), 1U);
    EXPECT_TRUE(redaction.due());
    EXPECT_EQ(redaction.take().size(), 1U);
    EXPECT_FALSE(redaction.due());
}

} // namespace
} // namespace parley::agent
