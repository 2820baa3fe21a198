// Plays and digits on a whole call: answers first, ends before `ended`, and what the agent hears of it.
#include "machine/call/call_story.h"

namespace parley {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

StartPlay play(const char* control_id = "P")
{
    return { ControlId { control_id }, { { FileItem { "http://x/a.wav" } }, 1, 0 } };
}

TEST(CallActions, APlayIsAnsweredBeforeItIsQueued) // Checklist 44, 63
{
    Story story;
    story.answered();
    EXPECT_THAT(story.command(play()), ElementsAre("accept 2 Playing #P", "volume 0", "queue 1"));
    EXPECT_THAT(story.event(SoundStarted { { 1 } }), ElementsAre("playing #P"));
    EXPECT_THAT(story.event(SoundEnded { { 1 }, 1s }), ElementsAre("drop", "finished #P"));
}

TEST(CallActions, APlayBeforeTheAnswerAnswers)
{
    Story story;
    story.ringing();
    EXPECT_THAT(story.command(play()), ElementsAre("accept 1 Playing #P", "answer"));
    EXPECT_THAT(story.event(LegAnswered { LegId { "leg" } }), ElementsAre("state answered", "volume 0", "queue 1"));
}

TEST(CallActions, DigitsBeforeTheAnswerAnswerToo)
{
    Story story;
    story.ringing();
    EXPECT_THAT(
        story.command(StartDigits { ControlId { "D" }, "1" }), ElementsAre("accept 1 Sending Digits #D", "answer"));
    EXPECT_THAT(story.event(LegAnswered { LegId { "leg" } }), ElementsAre("state answered", "key 1"));
    EXPECT_THAT(story.event(KeySent {}), ElementsAre("finished #D"));
}

TEST(CallActions, EndBeforeEnded) // Checklist 82
{
    Story story;
    story.answered().command(play());
    EXPECT_THAT(
        story.event(caller_hung_up()), ElementsAre("drop", "finished #P", "state ending", "state ended hangup"));
}

TEST(CallActions, OneThatWaitsForAnAnswerThatNeverComesEndsToo)
{
    Story story;
    story.ringing().command(play());
    EXPECT_THAT(story.event(LegEnded { LegId { "leg" }, LegEndReason::cancel, "" }),
        ElementsAre("finished #P", "state ending", "state ended cancel"));
}

TEST(CallActions, ANameThatIsActiveIsRefusedWhateverRunsUnderIt) // Checklist 84
{
    Story story;
    story.with_ai().command(play());
    EXPECT_THAT(story.command(play()),
        ElementsAre("reject 4 conflict control_id: an action of this name is active on the call"));
    EXPECT_THAT(story.command(StartDigits { ControlId { "AI1" }, "1" }),
        ElementsAre("reject 5 conflict control_id: an action of this name is active on the call"));
}

TEST(CallActions, AnAiSessionMayNotTakeTheNameOfAPlay)
{
    Story story;
    story.answered().command(play("AI1"));
    EXPECT_THAT(story.command(Story::start_ai()),
        ElementsAre("reject 3 conflict control_id: an action of this name is active on the call"));
}

TEST(CallActions, AChangeOfAPlayThatIsOverSaysSo)
{
    Story story;
    story.answered();
    const auto gone = ElementsAre("reject 2 not_found control_id: no such play is active on this call");
    EXPECT_THAT(story.command(StopPlay { ControlId { "P" } }), gone);
}

TEST(CallActions, ChangesOfAPlay)
{
    Story story;
    story.answered().command(play());
    story.event(SoundStarted { { 1 } });
    EXPECT_THAT(
        story.command(PausePlay { ControlId { "P" } }), ElementsAre("accept 3 Play paused #P", "pause", "paused #P"));
    EXPECT_THAT(story.command(ResumePlay { ControlId { "P" } }),
        ElementsAre("accept 4 Play resumed #P", "resume", "playing #P"));
    EXPECT_THAT(
        story.command(SetPlayVolume { ControlId { "P" }, 12 }), ElementsAre("accept 5 Volume set #P", "volume 12"));
    EXPECT_THAT(
        story.command(StopPlay { ControlId { "P" } }), ElementsAre("accept 6 Play stopped #P", "drop", "finished #P"));
}

TEST(CallActions, TheAgentLearnsThatItsLineIsTakenAndFreed)
{
    Story story;
    story.with_ai().command(play());
    EXPECT_THAT(story.event(SoundStarted { { 1 } }), ElementsAre("playing #P", "tell ai line taken"));
    EXPECT_THAT(story.command(PausePlay { ControlId { "P" } }),
        ElementsAre("accept 4 Play paused #P", "pause", "paused #P", "tell ai line freed"));
    EXPECT_THAT(story.command(ResumePlay { ControlId { "P" } }),
        ElementsAre("accept 5 Play resumed #P", "resume", "playing #P", "tell ai line taken"));
    EXPECT_THAT(story.event(SoundEnded { { 1 }, 1s }), ElementsAre("drop", "finished #P", "tell ai line freed"));
}

TEST(CallActions, AnAgentThatComesToATakenLineIsTold)
{
    Story story;
    story.answered().command(play());
    story.event(SoundStarted { { 1 } });
    EXPECT_THAT(story.command(Story::start_ai()),
        ElementsAre("accept 3 AI started #AI1", "open ai #AI1 be kind", "tell ai line taken"));
}

TEST(CallActions, NothingBeginsOnACallThatEnds)
{
    Story story;
    story.with_ai().command(EndCall {});
    EXPECT_THAT(story.command(play()), ElementsAre("reject 4 not_found call_id: the call is ending"));
}

TEST(CallActions, AWaitOfTheDigitsIsADeadlineOfTheCall)
{
    Story story;
    story.answered();
    EXPECT_THAT(story.command(StartDigits { ControlId { "D" }, "w1" }), ElementsAre("accept 2 Sending Digits #D"));
    EXPECT_TRUE(story.call().deadline());
    EXPECT_THAT(story.after(499ms), IsEmpty());
    EXPECT_THAT(story.after(1ms), ElementsAre("key 1"));
}

} // namespace
} // namespace parley
