#include "turn/words.h"

#include "turn/endpointer.h"

#include <gtest/gtest.h>

namespace parley::turn {
namespace {

TEST(Words, are_separated_by_white_space)
{
    EXPECT_EQ(count_words(""), 0U);
    EXPECT_EQ(count_words("  \t\n"), 0U);
    EXPECT_EQ(count_words(" one  two\tthree "), 3U);
}

TEST(Words, compare_without_case_and_punctuation)
{
    EXPECT_TRUE(same_words("What is my balance?", "what is  my balance"));
    EXPECT_TRUE(same_words("It's ten - euros", "its ten euros"));
    EXPECT_FALSE(same_words("what is my", "what is my balance"));
    EXPECT_FALSE(same_words("\xC3\xA4 b", "a b"));
}

TEST(Endpointer, only_punctuation_finishes_a_sentence)
{
    EXPECT_TRUE(looks_finished("What is my balance?"));
    EXPECT_TRUE(looks_finished("I said \"stop.\""));
    EXPECT_FALSE(looks_finished("what is my balance"));
    EXPECT_FALSE(looks_finished("well..."));
    EXPECT_FALSE(looks_finished("five 5 5."));
    EXPECT_FALSE(looks_finished(""));
    EXPECT_FALSE(looks_finished("."));
}

TEST(Endpointer, digits_and_letters_in_a_row_are_dictated)
{
    EXPECT_TRUE(looks_dictated("my number is five five"));
    EXPECT_TRUE(looks_dictated("555"));
    EXPECT_TRUE(looks_dictated("5 10"));
    EXPECT_TRUE(looks_dictated("A. B. C."));
    EXPECT_TRUE(looks_dictated("oh double"));
    EXPECT_FALSE(looks_dictated("five"));
    EXPECT_FALSE(looks_dictated("10"));
    EXPECT_FALSE(looks_dictated("five five people"));
    EXPECT_FALSE(looks_dictated(""));
}

TEST(Endpointer, the_pause_is_never_longer_for_a_finished_sentence)
{
    TurnPolicy policy;
    policy.end_of_speech = 250ms;
    policy.turn_detection_pause = 1s;
    EXPECT_EQ(Endpointer(policy).pause("Yes.", 0), 250ms);
}

} // namespace
} // namespace parley::turn
