// A call whose programs are all gone for good.
#include "machine/call/call_story.h"

namespace parley {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(UnattendedCall, EndsAtOnceWhenNobodySpeaksOnIt)
{
    Story story;
    story.answered();
    EXPECT_THAT(story.event(ProgramGone {}), ElementsAre("hang up"));
    EXPECT_THAT(story.event(LegEnded { LegId { "leg" }, LegEndReason::hangup, "" }),
        ElementsAre("state ending", "state ended error"));
}

TEST(UnattendedCall, GoesOnUntilItsAgentHasFinished)
{
    Story story;
    story.with_ai();
    EXPECT_THAT(story.event(ProgramGone {}), IsEmpty());
    EXPECT_THAT(story.ai_finished(agent::FinishReason::stopped), ElementsAre("ai finished #AI1 completed", "hang up"));
}

TEST(UnattendedCall, ACommandOfAnotherProgramKeepsIt)
{
    Story story;
    story.with_ai();
    story.event(ProgramGone {});
    story.command(InjectMessage { {}, {}, {}, "wait" });
    EXPECT_THAT(story.ai_finished(agent::FinishReason::stopped), ElementsAre("ai finished #AI1 completed"));
}

TEST(UnattendedCall, ADialGoesOnUntilItIsAnswered)
{
    Story story;
    story.dialled();
    EXPECT_THAT(story.event(ProgramGone {}), IsEmpty());
    story.event(LegAnswered { LegId { "leg" } });
    EXPECT_THAT(story.event(ProgramGone {}), ElementsAre("hang up"));
}

TEST(UnattendedCall, ACallThatRingsWaitsForOthers)
{
    Story story;
    story.ringing();
    EXPECT_THAT(story.event(ProgramGone {}), IsEmpty());
}

} // namespace
} // namespace parley
