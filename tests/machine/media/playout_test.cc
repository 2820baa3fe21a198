#include "media/playout.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <numeric>

namespace parley::media {
namespace {

using Samples = std::vector<std::int16_t>;

// 1, 2, 3 …: each sample tells where it is from.
Samples counted(std::size_t count, int first = 1)
{
    Samples samples(count);
    std::iota(samples.begin(), samples.end(), static_cast<std::int16_t>(first));
    return samples;
}

// Far-away samples of one size: to see gains.
Samples level(std::size_t count, std::int16_t value)
{
    return Samples(count, value);
}

class Line {
public:
    // The next beat; its marks are in `marks`.
    Samples beat()
    {
        std::array<std::int16_t, beat_samples> out {};
        marks.clear();
        sound = playout.beat(out, marks);
        return { out.begin(), out.end() };
    }

    Playout playout;
    MediaEvents marks;
    bool sound = false;
};

constexpr UtteranceId first { 1 };
constexpr UtteranceId second { 2 };
constexpr UtteranceId third { 3 };

TEST(Playout, nothing_to_play_is_silence_without_marks)
{
    Line line;
    EXPECT_EQ(line.beat(), Samples(160, 0));
    EXPECT_FALSE(line.sound);
    EXPECT_TRUE(line.marks.empty());
}

TEST(Playout, plays_every_sample_once_and_marks_start_and_end)
{
    Line line;
    line.playout.play(first, counted(100));
    line.playout.play(first, counted(220, 101));
    line.playout.end_of(first);
    EXPECT_EQ(line.beat(), counted(160));
    EXPECT_EQ(line.marks, MediaEvents { PlayoutStarted { first } });
    EXPECT_EQ(line.playout.heard(), 20ms);
    EXPECT_EQ(line.beat(), counted(160, 161));
    EXPECT_EQ(line.marks, MediaEvents { PlayoutFinished { first } });
    EXPECT_EQ(line.beat(), Samples(160, 0));
    EXPECT_TRUE(line.marks.empty());
    EXPECT_EQ(line.playout.underruns(), 0U);
}

TEST(Playout, an_utterance_is_not_finished_before_its_end_is_marked)
{
    Line line;
    line.playout.play(first, counted(200));
    line.beat();
    auto last = line.beat();
    EXPECT_EQ(last[39], 200);
    EXPECT_EQ(last[40], 0);
    EXPECT_TRUE(line.marks.empty());
    line.beat();
    EXPECT_TRUE(line.marks.empty());
    line.playout.play(first, counted(10));
    line.playout.end_of(first);
    EXPECT_EQ(line.beat()[9], 10);
    EXPECT_EQ(line.marks, MediaEvents { PlayoutFinished { first } });
    EXPECT_EQ(line.playout.underruns(), 2U);
}

TEST(Playout, an_end_marked_after_the_last_sample_finishes_with_the_next_beat)
{
    Line line;
    line.playout.play(first, counted(160));
    line.beat();
    line.playout.end_of(first);
    line.beat();
    EXPECT_EQ(line.marks, MediaEvents { PlayoutFinished { first } });
}

TEST(Playout, utterances_follow_each_other_without_a_gap)
{
    Line line;
    line.playout.play(first, counted(100));
    line.playout.end_of(first);
    line.playout.play(second, counted(100, 501));
    line.playout.end_of(second);
    const auto samples = line.beat();
    EXPECT_EQ(samples[99], 100);
    EXPECT_EQ(samples[100], 501);
    EXPECT_EQ(
        line.marks, (MediaEvents { PlayoutStarted { first }, PlayoutFinished { first }, PlayoutStarted { second } }));
    line.beat();
    EXPECT_EQ(line.marks, MediaEvents { PlayoutFinished { second } });
}

TEST(Playout, an_utterance_waits_for_the_one_before_it)
{
    Line line;
    line.playout.play(first, counted(160));
    line.playout.play(second, counted(160));
    line.beat();
    EXPECT_EQ(line.beat(), Samples(160, 0));
    EXPECT_TRUE(line.marks.empty());
}

TEST(Playout, an_utterance_without_sound_starts_and_finishes)
{
    Line line;
    line.playout.end_of(first);
    line.beat();
    EXPECT_EQ(line.marks, (MediaEvents { PlayoutStarted { first }, PlayoutFinished { first } }));
}

TEST(Playout, stop_tells_what_was_heard_and_drops_the_rest)
{
    Line line;
    line.playout.play(first, level(8'000, 1'000));
    line.playout.play(second, level(8'000, 1'000));
    for (int n = 0; n < 7; ++n)
        line.beat();
    line.playout.stop();
    EXPECT_TRUE(line.playout.idle());
    const auto after = line.beat();
    EXPECT_EQ(line.marks, MediaEvents { (PlayoutStopped { first, 140ms }) });
    EXPECT_FALSE(line.sound);
    for (std::size_t n = 40; n < after.size(); ++n)
        EXPECT_EQ(after[n], 0); // After a fade of 5 ms.
    for (std::size_t n = 1; n < 40; ++n)
        EXPECT_LT(after[n], after[n - 1]);
    EXPECT_EQ(line.beat(), Samples(160, 0));
    EXPECT_TRUE(line.marks.empty());
}

TEST(Playout, later_sound_of_stopped_utterances_is_ignored)
{
    Line line;
    line.playout.play(first, counted(160));
    line.playout.play(second, counted(160));
    line.beat();
    line.playout.stop(third);
    line.beat();
    for (const auto id : { first, second, third }) {
        line.playout.play(id, counted(160));
        line.playout.end_of(id);
        EXPECT_EQ(line.beat(), Samples(160, 0));
        EXPECT_TRUE(line.marks.empty());
    }
    line.playout.play(UtteranceId { 4 }, counted(160));
    EXPECT_EQ(line.beat(), counted(160));
}

TEST(Playout, a_new_utterance_may_follow_a_stop_in_the_same_beat)
{
    Line line;
    line.playout.play(first, counted(160));
    line.beat();
    line.playout.stop();
    line.playout.play(second, counted(160));
    EXPECT_EQ(line.beat(), counted(160));
    EXPECT_EQ(line.marks, (MediaEvents { PlayoutStopped { first, 20ms }, PlayoutStarted { second } }));
}

TEST(Playout, stop_before_anything_started_has_no_answer)
{
    Line line;
    line.playout.stop();
    line.playout.play(first, counted(160));
    line.playout.stop();
    line.beat();
    EXPECT_TRUE(line.marks.empty());
}

TEST(Playout, pause_keeps_the_position_to_the_sample)
{
    Line line;
    line.playout.play(first, counted(480));
    line.playout.end_of(first);
    line.beat();
    line.playout.pause();
    const auto pause = line.beat();
    EXPECT_FALSE(line.sound);
    EXPECT_NE(pause[0], 0); // Dies away within 5 ms.
    EXPECT_EQ(Samples(pause.begin() + 40, pause.end()), Samples(120, 0));
    EXPECT_EQ(line.beat(), Samples(160, 0));
    EXPECT_EQ(line.playout.heard(), 20ms);
    line.playout.resume();
    const auto resumed = line.beat();
    EXPECT_LT(resumed[0], 161);
    EXPECT_EQ(Samples(resumed.begin() + 40, resumed.end()), counted(120, 201));
    EXPECT_EQ(line.beat(), counted(160, 321));
    EXPECT_EQ(line.marks, MediaEvents { PlayoutFinished { first } });
}

TEST(Playout, stop_while_paused_tells_what_was_heard)
{
    Line line;
    line.playout.play(first, counted(1'600));
    line.beat();
    line.playout.pause();
    line.beat();
    line.playout.stop();
    EXPECT_EQ(line.beat(), Samples(160, 0));
    EXPECT_EQ(line.marks, MediaEvents { (PlayoutStopped { first, 20ms }) });
    line.playout.play(second, counted(160));
    EXPECT_EQ(line.beat(), counted(160)); // The pause ended with the stop.
}

TEST(Playout, duck_is_twenty_decibels_and_the_position_goes_on)
{
    Line line;
    line.playout.play(first, level(1'600, 10'000));
    line.beat();
    line.playout.duck();
    const auto ducked = line.beat();
    EXPECT_GT(ducked[0], 9'000); // A ramp, no click.
    EXPECT_EQ(Samples(ducked.begin() + 40, ducked.end()), level(120, 1'000));
    EXPECT_EQ(line.beat(), level(160, 1'000));
    line.playout.unduck();
    const auto back = line.beat();
    EXPECT_LT(back[0], 2'000);
    EXPECT_EQ(Samples(back.begin() + 40, back.end()), level(120, 10'000));
    EXPECT_EQ(line.playout.heard(), 80ms);
}

TEST(Playout, has_a_volume_that_ducking_comes_on_top_of)
{
    Line line;
    line.playout.set_volume(-6.0206);
    line.playout.play(first, level(1'600, 10'000));
    line.beat();
    EXPECT_EQ(line.beat(), level(160, 5'000));
    line.playout.duck();
    line.beat();
    EXPECT_EQ(line.beat(), level(160, 500));
    line.playout.stop();
    line.beat();
    line.playout.play(second, level(160, 10'000));
    EXPECT_EQ(line.beat(), level(160, 5'000)); // The volume stays.
}

TEST(Playout, stop_ends_the_duck)
{
    Line line;
    line.playout.play(first, level(1'600, 10'000));
    line.playout.duck();
    line.beat();
    line.playout.stop();
    line.beat();
    line.playout.play(second, level(160, 10'000));
    EXPECT_EQ(line.beat(), level(160, 10'000));
}

TEST(Playout, says_when_it_is_full_and_when_there_is_room_again)
{
    Line line;
    line.playout.play(first, Samples(30 * 8'000 - 1, 1));
    line.playout.play(first, Samples(161, 1));
    line.beat();
    EXPECT_EQ(line.marks, (MediaEvents { PlayoutStarted { first }, PlayoutFull {} }));
    for (int n = 0; n < 749; ++n) {
        line.beat();
        ASSERT_TRUE(line.marks.empty()) << n;
    }
    line.beat();
    EXPECT_EQ(line.marks, MediaEvents { PlayoutDrained {} });
}

TEST(Playout, refuses_what_would_never_be_heard)
{
    Line line;
    EXPECT_TRUE(line.playout.play(first, Samples(120 * 8'000, 1)));
    EXPECT_FALSE(line.playout.play(first, Samples(160, 1)));
    EXPECT_EQ(line.playout.dropped_samples(), 160U);
    EXPECT_EQ(line.playout.waiting(), 120s);
}

// Whatever is cut where: what was heard is what left, and after a stop nothing leaves.
TEST(Playout, heard_is_exact_at_every_cut)
{
    for (int beats = 1; beats < 200; ++beats) {
        Line line;
        std::size_t left = 0;
        for (int n = 0; n < 50; ++n)
            line.playout.play(first, Samples(317, 7));
        for (int n = 0; n < beats; ++n) {
            if (n % 7 == 3)
                line.playout.pause();
            if (n % 7 == 5)
                line.playout.resume();
            line.beat();
            left += line.sound ? beat_samples : 0;
        }
        left = std::min<std::size_t>(left, 50 * 317);
        line.playout.stop();
        line.beat();
        EXPECT_EQ(
            line.marks, MediaEvents { (PlayoutStopped { first, Duration(static_cast<std::int64_t>(left) * 125) }) });
    }
}

} // namespace
} // namespace parley::media
