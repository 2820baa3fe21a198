// A call that we begin: what its program hears, and what may be asked of it before the answer.
#include "machine/call/call_story.h"

namespace parley {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

LegAnswered other_side_answered()
{
    return { LegId { "leg" } };
}

TEST(OutboundCall, IsCreatedRingsAndIsAnswered) // Checklist 49, 56
{
    Story story;
    DialLeg leg;
    leg.to = "+2";
    EXPECT_THAT(story.event(CallDialled { leg, {} }), ElementsAre("state created", "dial +2"));
    EXPECT_EQ(story.call().state(), CallState::created);
    EXPECT_THAT(story.event(LegRinging { LegId { "leg" } }), ElementsAre("state ringing"));
    EXPECT_THAT(story.event(LegRinging { LegId { "leg" } }), IsEmpty());
    EXPECT_EQ(story.call().state(), CallState::ringing);
    EXPECT_THAT(story.event(other_side_answered()), ElementsAre("state answered"));
}

TEST(OutboundCall, MayBeAnsweredWithoutRinging)
{
    Story story;
    story.dialled();
    EXPECT_THAT(story.event(other_side_answered()), ElementsAre("state answered"));
    EXPECT_THAT(story.event(LegRinging { LegId { "leg" } }), IsEmpty());
}

TEST(OutboundCall, TheOtherSidesRefusalIsItsEnd)
{
    Story story;
    story.dialled();
    EXPECT_THAT(story.event(LegEnded { LegId { "leg" }, LegEndReason::busy, "486" }),
        ElementsAre("state ending", "state ended busy"));
}

TEST(OutboundCall, DroppedItIsCancelledWhereverItIs)
{
    Story story;
    story.dialled();
    EXPECT_THAT(story.event(CallDropped { CallEndReason::no_answer }), ElementsAre("hang up"));
    EXPECT_THAT(story.event(other_side_answered()), IsEmpty()); // Too late.
    EXPECT_THAT(story.event(LegEnded { LegId { "leg" }, LegEndReason::cancel, "" }),
        ElementsAre("state ending", "state ended noAnswer"));
    EXPECT_THAT(story.event(CallDropped {}), IsEmpty());
}

TEST(OutboundCall, DroppedAfterTheAnswerItIsHungUp)
{
    Story story;
    story.dialled().event(other_side_answered());
    EXPECT_THAT(story.event(CallDropped {}), ElementsAre("hang up"));
}

TEST(OutboundCall, AnAgentWaitsForTheAnswer)
{
    Story story;
    story.dialled();
    EXPECT_THAT(story.command(Story::start_ai()), ElementsAre("accept 1 AI started #AI1"));
    EXPECT_THAT(story.event(other_side_answered()), ElementsAre("state answered", "open ai #AI1 be kind"));
}

TEST(OutboundCall, APlayWaitsForTheAnswer)
{
    Story story;
    story.dialled();
    EXPECT_THAT(story.command(StartDigits { ControlId { "D" }, "1" }), ElementsAre("accept 1 Sending Digits #D"));
    EXPECT_THAT(story.event(other_side_answered()), ElementsAre("state answered", "key 1"));
}

TEST(OutboundCall, CannotBeAnsweredFromHere)
{
    Story story;
    story.dialled();
    EXPECT_THAT(
        story.command(AnswerCall {}), ElementsAre("reject 1 conflict call_id: the other side has not answered yet"));
    story.event(other_side_answered());
    EXPECT_THAT(story.command(AnswerCall {}), ElementsAre("accept 2 Answered", "state answered"));
}

TEST(OutboundCall, TheProgramMayEndItBeforeTheAnswer)
{
    Story story;
    story.dialled();
    EXPECT_THAT(story.command(EndCall {}), ElementsAre("accept 1 Disconnecting call", "hang up"));
    EXPECT_THAT(story.event(LegEnded { LegId { "leg" }, LegEndReason::cancel, "" }),
        ElementsAre("state ending", "state ended hangup"));
}

TEST(OutboundCall, ItsLengthIsLimitedFromTheAnswerOn)
{
    Story story;
    story.dialled(60s);
    EXPECT_THAT(story.after(2min), IsEmpty());
    story.event(other_side_answered());
    EXPECT_THAT(story.after(59'999ms), IsEmpty());
    EXPECT_THAT(story.after(1ms), ElementsAre("hang up"));
}

} // namespace
} // namespace parley
