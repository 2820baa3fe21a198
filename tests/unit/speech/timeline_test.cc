#include "speech/spoken_rest.h"
#include "speech/timeline.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

constexpr Instant start { 100s };

TEST(Timeline, the_streams_time_is_not_the_calls)
{
    Timeline timeline(8'000);
    timeline.push(160, start + 20ms);
    timeline.push(160, start + 500ms); // Frames between were lost.
    EXPECT_EQ(timeline.when(0ms), start);
    EXPECT_EQ(timeline.when(10ms), start + 10ms);
    EXPECT_EQ(timeline.when(20ms), start + 20ms); // The end of the first frame, not the start of the second.
    EXPECT_EQ(timeline.when(30ms), start + 490ms);
    EXPECT_EQ(timeline.when(40ms), start + 500ms);
    EXPECT_EQ(timeline.when(10s), start + 500ms); // Nothing was sent later.
}

TEST(Timeline, what_is_forgotten_is_told_as_the_oldest_known)
{
    Timeline timeline(8'000);
    for (int i = 1; i <= 10; ++i)
        timeline.push(160, start + i * 20ms);
    timeline.forget_before(800);
    EXPECT_EQ(timeline.when(100ms), start + 100ms);
    EXPECT_EQ(timeline.when(0ms), start + 100ms);
    EXPECT_EQ(timeline.samples(), 1'600);
}

TEST(SpokenUntil, words_that_were_spoken_whole_are_not_repeated)
{
    const std::vector<TimedWord> words { { "One", 0ms, 300ms }, { "two", 300ms, 600ms } };
    const std::string_view text = "One  two three.";
    EXPECT_EQ(spoken_until(text, words, 15, 0ms), 0U);
    EXPECT_EQ(spoken_until(text, words, 15, 279ms), 0U);
    EXPECT_EQ(spoken_until(text, words, 15, 300ms), 5U);
    EXPECT_EQ(spoken_until(text, words, 15, 5s), 9U); // Times of the third are not known: it was not spoken.
}

TEST(SpokenUntil, a_word_of_which_only_letters_were_told_is_not_spoken)
{
    EXPECT_EQ(spoken_until("One two, three", { { "One", 0ms, 300ms }, { "tw", 300ms, 500ms } }, 15, 1s), 4U);
    EXPECT_EQ(spoken_until("One two, three", { { "One", 0ms, 300ms }, { "two", 300ms, 500ms } }, 15, 1s), 9U);
}

TEST(SpokenUntil, without_times_the_nearest_word_is_taken)
{
    const std::string_view text = "aaaa bbbb cccc";
    EXPECT_EQ(spoken_until(text, {}, 10, 0ms), 0U);
    EXPECT_EQ(spoken_until(text, {}, 10, 400ms), 5U);
    EXPECT_EQ(spoken_until(text, {}, 10, 600ms), 5U);
    EXPECT_EQ(spoken_until(text, {}, 10, 1'300ms), 14U);
    EXPECT_EQ(spoken_until(text, {}, 10, 60s), 14U);
    EXPECT_EQ(spoken_until("", {}, 10, 1s), 0U);
}

} // namespace
} // namespace parley
