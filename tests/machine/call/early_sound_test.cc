// Sound before the answer, in both directions: what begins with it, and what waits for the answer all the same.
#include "machine/call/call_story.h"

namespace parley {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

StartPlay early_play(const char* id = "P")
{
    PlaySpec spec;
    spec.items.emplace_back(FileItem { "http://example.com/a.wav" });
    return { ControlId { id }, spec, Begins::early };
}

StartPlay play(const char* id = "P")
{
    StartPlay start = early_play(id);
    start.begins = Begins::answered;
    return start;
}

StartAi early_ai()
{
    StartAi start = Story::start_ai();
    start.begins = Begins::early;
    return start;
}

TEST(EarlySound, APlayIsHeardByACallerWhoseCallIsNotAnswered)
{
    Story story;
    story.ringing();
    EXPECT_THAT(story.command(early_play()), ElementsAre("accept 1 Playing #P", "preview"));
    EXPECT_THAT(story.event(EarlySound {}), ElementsAre("volume 0", "queue 1"));
    EXPECT_EQ(story.call().state(), CallState::ringing);
    EXPECT_THAT(story.command(early_play("Q")), ElementsAre("accept 2 Playing #Q")); // One preview.
    EXPECT_THAT(story.event(SoundStarted { { 1 } }), ElementsAre("playing #P"));
    EXPECT_THAT(story.command(AnswerCall {}), ElementsAre("accept 3 Answered", "answer"));
    EXPECT_THAT(story.event(LegAnswered { LegId { "leg" } }), ElementsAre("state answered")); // It goes on.
    EXPECT_THAT(story.event(SoundEnded { { 1 }, 1s }), ElementsAre("drop", "finished #P", "volume 0", "queue 2"));
}

TEST(EarlySound, ACallerThatCannotHaveItHearsThePlayFromTheAnswerOn)
{
    Story story;
    story.ringing().command(early_play());
    story.command(AnswerCall {});
    EXPECT_THAT(story.event(LegAnswered { LegId { "leg" } }), ElementsAre("state answered", "volume 0", "queue 1"));
}

TEST(EarlySound, WhatDoesNotAskForItAnswers)
{
    Story story;
    story.ringing();
    EXPECT_THAT(story.command(play()), ElementsAre("accept 1 Playing #P", "answer"));
    EXPECT_THAT(story.event(EarlySound {}), IsEmpty());
    EXPECT_THAT(story.command(early_play("Q")), ElementsAre("accept 2 Playing #Q")); // The answer is on its way.
    EXPECT_THAT(story.event(LegAnswered { LegId { "leg" } }), ElementsAre("state answered", "volume 0", "queue 1"));
}

TEST(EarlySound, AnAgentSpeaksBeforeTheAnswer)
{
    Story story;
    story.ringing();
    EXPECT_THAT(story.command(early_ai()), ElementsAre("accept 1 AI started #AI1", "preview"));
    EXPECT_THAT(story.event(EarlySound {}), ElementsAre("open ai #AI1 be kind"));
    EXPECT_THAT(story.command(AnswerCall {}), ElementsAre("accept 2 Answered", "answer"));
    EXPECT_THAT(story.event(LegAnswered { LegId { "leg" } }), ElementsAre("state answered")); // One session.
    EXPECT_THAT(story.event(caller_hung_up()), ElementsAre("tell ai call ended"));
}

TEST(EarlySound, ACallerThatGivesUpEndsWhatItHeard)
{
    Story story;
    story.ringing().command(early_play());
    story.event(EarlySound {});
    EXPECT_THAT(story.event(LegEnded { LegId { "leg" }, LegEndReason::cancel, "" }),
        ElementsAre("drop", "finished #P", "state ending", "state ended cancel"));
}

TEST(EarlySound, OfTheOtherSideIsHeardByAnAgentThatWaitsForIt)
{
    Story story;
    story.dialled();
    EXPECT_THAT(story.command(early_ai()), ElementsAre("accept 1 AI started #AI1"));
    EXPECT_THAT(story.event(EarlySound {}), ElementsAre("state ringing", "open ai #AI1 be kind"));
    EXPECT_THAT(story.event(LegRinging { LegId { "leg" } }), IsEmpty());
    EXPECT_THAT(story.event(LegAnswered { LegId { "leg" } }), ElementsAre("state answered"));
}

TEST(EarlySound, OfTheOtherSideMayComeBeforeSomebodyWantsIt)
{
    Story story;
    story.dialled();
    EXPECT_THAT(story.event(EarlySound {}), ElementsAre("state ringing"));
    EXPECT_THAT(story.command(play()), ElementsAre("accept 1 Playing #P")); // Waits for the answer.
    EXPECT_THAT(story.command(early_ai()),
        ElementsAre("accept 2 AI started #AI1", "open ai #AI1 be kind", "volume 0", "queue 1"));
}

TEST(EarlySound, WithoutItAnOutboundCallBeginsWithTheAnswer)
{
    Story story;
    story.dialled().command(early_ai());
    EXPECT_THAT(story.event(LegAnswered { LegId { "leg" } }), ElementsAre("state answered", "open ai #AI1 be kind"));
}

TEST(EarlySound, NobodyIsTakenForLostBeforeTheAnswer)
{
    Story story;
    story.ringing().command(early_play());
    story.event(EarlySound {});
    EXPECT_THAT(story.event(LineLost {}), IsEmpty());
}

} // namespace
} // namespace parley
