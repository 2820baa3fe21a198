#include "agent/heard.h"

#include "turn/words.h"

#include <gtest/gtest.h>

namespace parley::agent {
namespace {

// Words of 100 ms each.
std::vector<TimedWord> timed(std::string_view spoken)
{
    std::vector<TimedWord> words;
    Duration at {};
    for (const auto word : turn::split_words(spoken)) {
        words.push_back({ std::string(word), at, at + 100ms });
        at += 100ms;
    }
    return words;
}

std::string heard(std::string_view text, std::string_view spoken, Duration played)
{
    return std::string(text.substr(0, heard_by_words(text, timed(spoken), played)));
}

TEST(Heard, a_word_counts_when_all_of_it_was_played)
{
    const char* text = "Your balance is ten euros.";
    EXPECT_EQ(heard(text, text, 0ms), "");
    EXPECT_EQ(heard(text, text, 99ms), "");
    EXPECT_EQ(heard(text, text, 100ms), "Your");
    EXPECT_EQ(heard(text, text, 299ms), "Your balance");
    EXPECT_EQ(heard(text, text, 499ms), "Your balance is ten");
    EXPECT_EQ(heard(text, text, 500ms), text);
}

TEST(Heard, numbers_that_the_voice_spells_out)
{
    const char* text = "You have 1,250 euros left today.";
    const char* spoken = "you have one thousand two hundred fifty euros left today";
    EXPECT_EQ(heard(text, spoken, 200ms), "You have");
    EXPECT_EQ(heard(text, spoken, 600ms), "You have"); // In the middle of the number.
    EXPECT_EQ(heard(text, spoken, 700ms), "You have 1,250");
    EXPECT_EQ(heard(text, spoken, 800ms), "You have 1,250 euros");
    EXPECT_EQ(heard(text, spoken, 1'000ms), text);
}

TEST(Heard, pronunciations_with_fewer_or_more_words)
{
    EXPECT_EQ(heard("Call New York City now", "call nyc now", 200ms), "Call New York City");
    EXPECT_EQ(heard("Use SQL here", "use s q l here", 400ms), "Use SQL");
    EXPECT_EQ(heard("Use SQL here", "use s q l here", 300ms), "Use");
}

TEST(Heard, nothing_in_common_goes_by_proportion)
{
    EXPECT_EQ(heard("aa bb cc dd", "x y", 100ms), "aa bb");
    EXPECT_EQ(heard("aa bb", "w x y z", 100ms), "");
    EXPECT_EQ(heard("aa bb", "w x y z", 400ms), "aa bb");
}

TEST(Heard, without_words_the_speed_decides_and_never_says_all)
{
    const std::string text = "one two three four five";
    EXPECT_EQ(heard_by_speed(text, 10, 0s), 0U);
    EXPECT_EQ(text.substr(0, heard_by_speed(text, 10, 1s)), "one two");
    EXPECT_EQ(text.substr(0, heard_by_speed(text, 10, 100s)), "one two three four");
}

TEST(VoiceSpeed, learns_from_what_was_played)
{
    VoiceSpeed speed;
    for (int i = 0; i < 10; ++i)
        speed.learn(300, 10s);
    EXPECT_NEAR(speed.bytes_per_second(), 30, 0.1);
    speed.learn(1'000, 100ms); // Too short to say anything.
    EXPECT_NEAR(speed.bytes_per_second(), 30, 0.1);
}

} // namespace
} // namespace parley::agent
