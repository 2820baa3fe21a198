// One play on a line that the test is: what is queued, and what the program hears of it.
#include "call/actions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string told(const ActionOutput& output)
{
    if (const auto* queue = std::get_if<QueueSound>(&output)) {
        const auto* file = std::get_if<FileItem>(&queue->item);
        return "queue " + std::to_string(queue->sound.value) + " " + (file ? file->url : "other");
    }
    if (const auto* changed = std::get_if<ActionChanged>(&output))
        return changed->control_id.value + " " + std::string(to_string(changed->state))
            + (changed->message.empty() ? "" : ": " + changed->message);
    if (const auto* key = std::get_if<SendKey>(&output))
        return std::string("key ") + key->key;
    if (const auto* volume = std::get_if<SetVolume>(&output))
        return "volume " + std::to_string(static_cast<int>(volume->gain_db));
    if (std::holds_alternative<PauseSounds>(output))
        return "pause";
    if (std::holds_alternative<ResumeSounds>(output))
        return "resume";
    return "drop";
}

class Line {
public:
    using Lines = std::vector<std::string>;

    Lines play(const std::string& name, std::vector<std::string> urls, int loop = 1)
    {
        PlaySpec spec;
        for (std::string& url : urls)
            spec.items.emplace_back(FileItem { std::move(url) });
        spec.loop = loop;
        return run([&](ActionOutputs& out) { actions.add(Play(ControlId { name }, spec), now, out); });
    }
    Lines digits(const std::string& name, const std::string& text)
    {
        return run([&](ActionOutputs& out) { actions.add(SendDigits(ControlId { name }, text), now, out); });
    }
    template <typename E> Lines event(const E& e)
    {
        return run([&](ActionOutputs& out) { actions.on(e, now, out); });
    }
    Lines started(std::uint64_t sound) { return event(SoundStarted { { sound } }); }
    Lines ended(std::uint64_t sound, Duration length = 1s) { return event(SoundEnded { { sound }, length }); }
    Lines failed(std::uint64_t sound)
    {
        return event(SoundFailed { { sound }, { ErrorKind::unavailable, "HTTP 404" } });
    }
    template <typename Change> Lines change(const std::string& name, Change change)
    {
        return run([&](ActionOutputs& out) {
            change(*actions.play(ControlId { name }), out);
            actions.settle(now, out);
        });
    }
    Lines pause(const std::string& name)
    {
        return change(name, [](Play& play, ActionOutputs& out) { play.pause(out); });
    }
    Lines resume(const std::string& name)
    {
        return change(name, [](Play& play, ActionOutputs& out) { play.resume(out); });
    }
    Lines stop(const std::string& name)
    {
        return change(name, [](Play& play, ActionOutputs& out) { play.stop(out); });
    }
    Lines after(Duration d)
    {
        now += d;
        return run([&](ActionOutputs& out) { actions.handle_timeout(now, out); });
    }
    Line& opened()
    {
        run([&](ActionOutputs& out) { actions.open_line(now, out); });
        return *this;
    }
    template <typename Step> static Lines run(Step step)
    {
        ActionOutputs out;
        step(out);
        Lines lines;
        for (const auto& output : out)
            lines.push_back(told(output));
        return lines;
    }

    Actions actions { 4 };
    Instant now {};
};

TEST(Play, TellsPlayingAtTheFirstSoundAndFinishedAtTheEnd) // Checklist 64
{
    Line line;
    line.opened();
    EXPECT_THAT(line.play("p", { "a" }), ElementsAre("volume 0", "queue 1 a"));
    EXPECT_THAT(line.started(1), ElementsAre("p playing"));
    EXPECT_THAT(line.ended(1), ElementsAre("drop", "p finished"));
    EXPECT_FALSE(line.actions.active(ControlId { "p" }));
}

TEST(Play, KeepsOneItemReadyBehindTheOneThatPlaysAndTellsPlayingOnce)
{
    Line line;
    line.opened();
    EXPECT_THAT(line.play("p", { "a", "b", "c" }), ElementsAre("volume 0", "queue 1 a", "queue 2 b"));
    line.started(1);
    EXPECT_THAT(line.ended(1), ElementsAre("queue 3 c"));
    EXPECT_THAT(line.started(2), IsEmpty());
    EXPECT_THAT(line.ended(2), IsEmpty());
    EXPECT_THAT(line.started(3), IsEmpty());
    EXPECT_THAT(line.ended(3), ElementsAre("drop", "p finished"));
}

TEST(Play, LoopsAsOftenAsAsked)
{
    Line line;
    line.opened();
    EXPECT_THAT(line.play("p", { "a" }, 3), ElementsAre("volume 0", "queue 1 a", "queue 2 a"));
    line.started(1);
    EXPECT_THAT(line.ended(1), ElementsAre("queue 3 a"));
    EXPECT_THAT(line.ended(2), IsEmpty());
    EXPECT_THAT(line.ended(3), ElementsAre("drop", "p finished"));
}

TEST(Play, LoopZeroGoesOnUntilItIsStopped)
{
    Line line;
    line.opened();
    line.play("p", { "a" }, 0);
    line.started(1);
    for (std::uint64_t sound = 1; sound < 1'000; ++sound)
        EXPECT_THAT(line.ended(sound), ElementsAre("queue " + std::to_string(sound + 2) + " a"));
    EXPECT_THAT(line.stop("p"), ElementsAre("drop", "p finished"));
    EXPECT_THAT(line.ended(1'000), IsEmpty());
}

TEST(Play, AnEndlessLoopOfNothingEnds)
{
    Line line;
    line.opened();
    line.play("p", { "a", "b" }, 0);
    line.ended(1, 0ms);
    EXPECT_THAT(line.ended(2, 0ms), ElementsAre("drop", "p error: play: there is no sound in it"));
}

TEST(Play, AnEmptyFileIsAnErrorAndNeverPlaying)
{
    Line line;
    line.opened();
    line.play("p", { "a" });
    EXPECT_THAT(line.ended(1, 0ms), ElementsAre("drop", "p error: play: there is no sound in it"));
}

TEST(Play, AFailureBeforeAnySoundIsTheOnlyEvent)
{
    Line line;
    line.opened();
    line.play("p", { "a", "b" });
    EXPECT_THAT(line.failed(1), ElementsAre("drop", "p error: play[0]: HTTP 404"));
    EXPECT_THAT(line.started(2), IsEmpty());
}

TEST(Play, WhatPlaysIsHeardToItsEndBeforeTheNextOnesFailureIsTold)
{
    Line line;
    line.opened();
    line.play("p", { "a", "b", "c" });
    line.started(1);
    EXPECT_THAT(line.failed(2), IsEmpty());
    EXPECT_THAT(line.ended(1), ElementsAre("drop", "p error: play[1]: HTTP 404"));
}

TEST(Play, PauseAndResume) // Checklist 64
{
    Line line;
    line.opened();
    line.play("p", { "a" });
    line.started(1);
    EXPECT_THAT(line.pause("p"), ElementsAre("pause", "p paused"));
    EXPECT_THAT(line.pause("p"), IsEmpty());
    EXPECT_THAT(line.resume("p"), ElementsAre("resume", "p playing"));
    EXPECT_THAT(line.resume("p"), IsEmpty());
}

TEST(Play, PausedBeforeItsFirstSoundItTellsPlayingWhenItSounds)
{
    Line line;
    line.opened();
    line.play("p", { "a" });
    EXPECT_THAT(line.pause("p"), ElementsAre("pause", "p paused"));
    EXPECT_THAT(line.resume("p"), ElementsAre("resume"));
    EXPECT_THAT(line.started(1), ElementsAre("p playing"));
}

TEST(Play, StoppedWhilePausedItIsFinished)
{
    Line line;
    line.opened();
    line.play("p", { "a" });
    line.started(1);
    line.pause("p");
    EXPECT_THAT(line.stop("p"), ElementsAre("drop", "p finished"));
}

TEST(Play, TheVolumeOfOneThatWaitsIsSetWhenItsTimeComes)
{
    Line line;
    line.opened();
    line.play("p", { "a" });
    line.play("q", { "b" });
    const auto quieter = [](Play& play, ActionOutputs& out) { play.set_gain(-20, out); };
    EXPECT_THAT(line.change("q", quieter), IsEmpty());
    EXPECT_THAT(line.change("p", quieter), ElementsAre("volume -20"));
    EXPECT_THAT(line.stop("p"), ElementsAre("drop", "p finished", "volume -20", "queue 2 b"));
}

TEST(Play, TheyTakeTheLineInTheOrderInWhichTheyWereStarted)
{
    Line line;
    line.opened();
    line.play("p", { "a" });
    EXPECT_THAT(line.play("q", { "b" }), IsEmpty());
    EXPECT_THAT(line.play("r", { "c" }), IsEmpty());
    EXPECT_THAT(line.stop("q"), ElementsAre("q finished")); // It never had the line: nothing to drop.
    line.started(1);
    EXPECT_THAT(line.ended(1), ElementsAre("drop", "p finished", "volume 0", "queue 2 c"));
}

TEST(Play, PausedInTheQueueItWaitsThere)
{
    Line line;
    line.opened();
    line.play("p", { "a" });
    line.play("q", { "b" });
    EXPECT_THAT(line.pause("q"), ElementsAre("q paused"));
    EXPECT_THAT(line.stop("p"), ElementsAre("drop", "p finished", "volume 0", "pause", "queue 2 b"));
    EXPECT_FALSE(line.actions.take_line());
}

TEST(Play, BeforeTheLineIsOpenItWaits)
{
    Line line;
    EXPECT_THAT(line.play("p", { "a" }), IsEmpty());
    EXPECT_THAT(line.run([&](ActionOutputs& out) { line.actions.open_line(line.now, out); }),
        ElementsAre("volume 0", "queue 1 a"));
}

TEST(Play, TheLineIsTakenWhileItIsHeard)
{
    Line line;
    line.opened();
    line.play("p", { "a" });
    EXPECT_FALSE(line.actions.take_line());
    line.started(1);
    EXPECT_TRUE(line.actions.take_line());
    line.pause("p");
    EXPECT_FALSE(line.actions.take_line());
    line.resume("p");
    EXPECT_TRUE(line.actions.take_line());
    line.ended(1);
    EXPECT_FALSE(line.actions.take_line());
}

TEST(Actions, TheEndOfTheLineEndsEachOnce) // Checklist 82
{
    Line line;
    line.opened();
    line.play("p", { "a" });
    line.play("q", { "b" });
    line.digits("d", "1");
    EXPECT_THAT(line.run([&](ActionOutputs& out) { line.actions.end_all(out); }),
        ElementsAre("drop", "p finished", "q finished", "d finished"));
    EXPECT_THAT(line.ended(1), IsEmpty());
    EXPECT_THAT(line.event(KeySent {}), IsEmpty());
}

TEST(Actions, ANameThatIsActiveIsRefusedAndTakenAgainAfterItsEnd) // Checklist 84
{
    Line line;
    line.opened();
    line.play("p", { "a" });
    EXPECT_EQ(line.actions.may_add(ControlId { "p" }).error().kind, ErrorKind::conflict);
    line.stop("p");
    EXPECT_TRUE(line.actions.may_add(ControlId { "p" }));
}

TEST(Actions, ThereIsALimit)
{
    Line line;
    for (const char* name : { "p", "q", "r", "s" })
        line.play(name, { "a" });
    EXPECT_EQ(line.actions.may_add(ControlId { "t" }).error().kind, ErrorKind::limit_reached);
}

TEST(SendDigits, KeysGoOneByOneAndFinishedIsTheOnlyEvent) // Checklist 73
{
    Line line;
    line.opened();
    EXPECT_THAT(line.digits("d", "1#"), ElementsAre("key 1"));
    EXPECT_THAT(line.event(KeySent {}), ElementsAre("key #"));
    EXPECT_THAT(line.event(KeySent {}), ElementsAre("d finished"));
}

TEST(SendDigits, WaitsHalfASecondForASmallAndASecondForALargeW)
{
    Line line;
    line.opened();
    EXPECT_THAT(line.digits("d", "w1wW2w"), IsEmpty());
    EXPECT_THAT(line.after(499ms), IsEmpty());
    EXPECT_THAT(line.after(1ms), ElementsAre("key 1"));
    EXPECT_THAT(line.event(KeySent {}), IsEmpty());
    EXPECT_THAT(line.after(1'499ms), IsEmpty());
    EXPECT_THAT(line.after(1ms), ElementsAre("key 2"));
    EXPECT_THAT(line.event(KeySent {}), IsEmpty());
    EXPECT_THAT(line.after(500ms), ElementsAre("d finished"));
}

TEST(SendDigits, TheNextOnesWait)
{
    Line line;
    line.opened();
    line.digits("d", "1");
    EXPECT_THAT(line.digits("e", "2"), IsEmpty());
    EXPECT_THAT(line.event(KeySent {}), ElementsAre("d finished", "key 2"));
}

TEST(SendDigits, ALineThatTakesNoKeysIsAnError)
{
    Line line;
    line.opened();
    line.digits("d", "12");
    EXPECT_THAT(line.event(KeyFailed { { ErrorKind::unsupported, "no keys" } }), ElementsAre("d error: no keys"));
}

TEST(SendDigits, KnowsWhatCanBeSent)
{
    EXPECT_TRUE(is_digits_to_send("0123456789*#ABCDwW"));
    for (const char* wrong : { "", "E", "a", "1 2", "+1" })
        EXPECT_FALSE(is_digits_to_send(wrong)) << wrong;
}

} // namespace
} // namespace parley
