#include "machine/call/call_story.h"

namespace parley {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* no_session = "No AI session is active on this call: nothing was done";

TEST(Call, AnIncomingLegRings)
{
    EXPECT_THAT(Story().event(LegIncoming { LegId { "leg" }, "+1", "+2", "" }), ElementsAre("ring"));
}

TEST(Call, AnsweringIsAcceptedAtOnceAndToldWhenTheLegCarriesSound) // Checklist 51
{
    Story story;
    story.ringing();
    EXPECT_THAT(story.command(AnswerCall {}), ElementsAre("accept 1 Answered", "answer"));
    EXPECT_THAT(story.event(LegAnswered { LegId { "leg" } }), ElementsAre("state answered"));
}

TEST(Call, AnsweringTwiceIsFineAndAsksTheLegOnce) // Checklist 51
{
    Story story;
    story.ringing().command(AnswerCall {});
    EXPECT_THAT(story.command(AnswerCall {}), ElementsAre("accept 2 Answered"));
    story.event(LegAnswered { LegId { "leg" } });
    EXPECT_THAT(story.command(AnswerCall {}), ElementsAre("accept 3 Answered", "state answered"));
}

TEST(Call, TheCallerHangsUpBeforeTheAnswer)
{
    Story story;
    story.ringing();
    EXPECT_THAT(story.event(LegEnded { LegId { "leg" }, LegEndReason::cancel, "" }),
        ElementsAre("state ending", "state ended cancel"));
    EXPECT_THAT(story.command(AnswerCall {}), ElementsAre("reject 1 not_found call_id: the call has ended"));
}

TEST(Call, EndIsAcceptedThenTheLegGoesThenItEnded) // Checklist 50, 52
{
    Story story;
    story.answered();
    EXPECT_THAT(story.command(EndCall { CallEndReason::busy }), ElementsAre("accept 2 Disconnecting call", "hang up"));
    EXPECT_THAT(story.event(caller_hung_up()), ElementsAre("state ending", "state ended busy"));
    EXPECT_THAT(story.command(EndCall {}), ElementsAre("reject 3 not_found call_id: the call has ended"));
}

TEST(Call, EndBeforeTheAnswerRejectsWithTheReason)
{
    Story story;
    story.ringing();
    EXPECT_THAT(
        story.command(EndCall { CallEndReason::busy }), ElementsAre("accept 1 Disconnecting call", "refuse 2 0"));
    EXPECT_THAT(story.event(LegEnded { LegId { "leg" }, LegEndReason::busy, "" }),
        ElementsAre("state ending", "state ended busy"));
}

TEST(Call, ALegThatNeverConfirmsItsEndIsNotWaitedForLongerThanItsTimer)
{
    Story story;
    story.answered().command(EndCall {});
    EXPECT_THAT(story.after(4'999ms), IsEmpty());
    EXPECT_THAT(story.after(1ms), ElementsAre("state ending", "state ended hangup"));
    EXPECT_THAT(story.event(caller_hung_up()), IsEmpty());
    EXPECT_FALSE(story.call().deadline());
}

TEST(Call, RingsAMinuteAtMost)
{
    Story story;
    story.ringing();
    EXPECT_THAT(story.after(59'999ms), IsEmpty());
    EXPECT_THAT(story.after(1ms), ElementsAre("refuse 3 0"));
    EXPECT_THAT(story.event(LegEnded { LegId { "leg" }, LegEndReason::no_answer, "" }),
        ElementsAre("state ending", "state ended noAnswer"));
}

TEST(Call, NobodyThereIsSip480)
{
    Story story;
    story.ringing();
    EXPECT_THAT(story.event(NobodyThere {}), ElementsAre("refuse 3 480"));
    EXPECT_THAT(story.event(LegEnded { LegId { "leg" }, LegEndReason::no_answer, "" }),
        ElementsAre("state ending", "state ended noAnswer"));
}

TEST(Call, NobodyThereComesTooLateForAnAnsweredCall)
{
    Story story;
    story.answered();
    EXPECT_THAT(story.event(NobodyThere {}), IsEmpty());
}

TEST(Call, MaxDurationEndsTheCallAndItsAi)
{
    Story story;
    story.ringing().command(AnswerCall { 10s });
    story.event(LegAnswered { LegId { "leg" } });
    story.command(Story::start_ai());
    EXPECT_THAT(story.after(10s), ElementsAre("hang up", "tell ai call ended"));
    EXPECT_THAT(story.event(caller_hung_up()), IsEmpty());
    EXPECT_THAT(story.ai_finished(agent::FinishReason::call_ended),
        ElementsAre("ai finished #AI1 max_duration", "state ending", "state ended max_duration"));
}

TEST(Call, AiOnAnAnsweredCallOpensAtOnce) // Checklist 63, 85
{
    Story story;
    story.answered();
    EXPECT_THAT(story.command(Story::start_ai()), ElementsAre("accept 2 AI started #AI1", "open ai #AI1 be kind"));
}

TEST(Call, AiOnAnUnansweredCallAnswersItFirst)
{
    Story story;
    story.ringing();
    EXPECT_THAT(story.command(Story::start_ai()), ElementsAre("accept 1 AI started #AI1", "answer"));
    EXPECT_THAT(story.command(message("hello")), ElementsAre("accept 2 Message sent"));
    EXPECT_THAT(story.event(LegAnswered { LegId { "leg" } }),
        ElementsAre("state answered", "open ai #AI1 be kind", "tell ai message hello"));
}

TEST(Call, MessagesForAnAiThatWaitsForTheAnswerAreLimited)
{
    Story story;
    story.ringing().command(Story::start_ai());
    for (std::size_t i = 0; i < CallPolicy {}.max_early_messages; ++i)
        story.command(message("m"));
    EXPECT_THAT(story.command(message("m")),
        ElementsAre("reject 66 limit_reached too many messages for an AI session that did not begin"));
}

TEST(Call, ASecondAiIsAConflict)
{
    Story story;
    story.with_ai();
    EXPECT_THAT(story.command(Story::start_ai("AI2")),
        ElementsAre("reject 3 conflict an AI session is already active on this call"));
    EXPECT_THAT(story.command(Story::start_ai("AI1")), // Checklist 84
        ElementsAre("reject 4 conflict control_id: an action of this name is active on the call"));
}

TEST(Call, ANewAiMayFollowAFinishedOneUnderTheSameControlId)
{
    Story story;
    story.with_ai();
    EXPECT_THAT(story.ai_finished(agent::FinishReason::stopped), ElementsAre("ai finished #AI1 completed"));
    EXPECT_THAT(story.command(Story::start_ai()), ElementsAre("accept 3 AI started #AI1", "open ai #AI1 be kind"));
}

TEST(Call, WithoutAnAiSessionItsCommandsDoNothingAndSaySo)
{
    Story story;
    story.answered();
    EXPECT_THAT(story.command(message("x")), ElementsAre(std::string("accept 2 ") + no_session));
    EXPECT_THAT(story.command(StopAi {}), ElementsAre(std::string("accept 3 ") + no_session));
    EXPECT_THAT(story.command(HoldSession {}), ElementsAre(std::string("accept 4 ") + no_session));
    EXPECT_THAT(story.command(UnholdSession {}), ElementsAre(std::string("accept 5 ") + no_session));
}

TEST(Call, MessagesAndHoldGoToTheSession)
{
    Story story;
    story.with_ai();
    EXPECT_THAT(story.command(message("VIP")), ElementsAre("accept 3 Message sent", "tell ai message VIP"));
    EXPECT_THAT(story.command(HoldSession {}), ElementsAre("accept 4 AI on hold", "tell ai hold"));
    EXPECT_THAT(story.command(UnholdSession {}), ElementsAre("accept 5 AI resumed", "tell ai unhold"));
}

TEST(Call, StopEndsTheActionWhenTheSessionIsDone) // Checklist 86, 88
{
    Story story;
    story.with_ai();
    EXPECT_THAT(story.command(StopAi {}), ElementsAre("accept 3 AI stopped #AI1", "tell ai stop"));
    EXPECT_THAT(story.command(StopAi {}), ElementsAre(std::string("accept 4 ") + no_session));
    EXPECT_THAT(story.ai_finished(agent::FinishReason::stopped), ElementsAre("ai finished #AI1 stopped"));
    EXPECT_THAT(story.ai_finished(agent::FinishReason::stopped), IsEmpty());
}

TEST(Call, StopOfAnUnknownControlIdNamesTheField)
{
    Story story;
    story.with_ai();
    EXPECT_THAT(story.command(StopAi { ControlId { "AI9" } }),
        ElementsAre("reject 3 invalid_request control_id: no such AI action on this call"));
    EXPECT_THAT(story.command(StopAi { ControlId { "AI1" } }), ElementsAre("accept 4 AI stopped #AI1", "tell ai stop"));
}

TEST(Call, StopBeforeTheAnswerEndsAnActionThatNeverOpened)
{
    Story story;
    story.ringing().command(Story::start_ai());
    EXPECT_THAT(story.command(StopAi {}), ElementsAre("accept 2 AI stopped #AI1", "ai finished #AI1 stopped"));
    EXPECT_THAT(story.event(LegAnswered { LegId { "leg" } }), ElementsAre("state answered"));
}

TEST(Call, AfterTheCallerHungUpTheReportIsWaitedForAndTheActionEndsBeforeTheCall) // Checklist 82, 86
{
    Story story;
    story.with_ai();
    EXPECT_THAT(story.event(caller_hung_up()), ElementsAre("tell ai call ended"));
    EXPECT_THAT(story.after(8s), IsEmpty());
    EXPECT_THAT(story.command(message("too late")), ElementsAre(std::string("accept 3 ") + no_session));
    EXPECT_THAT(story.command(Story::start_ai("AI2")), ElementsAre("reject 4 not_found call_id: the call is ending"));
    EXPECT_THAT(story.ai_finished(agent::FinishReason::call_ended),
        ElementsAre("ai finished #AI1 hangup", "state ending", "state ended hangup"));
}

TEST(Call, AReportThatNeverComesIsNotWaitedForLongerThanItsTimer)
{
    Story story;
    story.with_ai().event(caller_hung_up());
    EXPECT_THAT(story.after(29'999ms), IsEmpty());
    EXPECT_THAT(
        story.after(1ms), ElementsAre("close ai", "ai finished #AI1 hangup", "state ending", "state ended hangup"));
    EXPECT_THAT(story.ai_finished(agent::FinishReason::call_ended), IsEmpty());
}

TEST(Call, AStoppedSessionThatHangsIsDroppedAndTheCallGoesOn)
{
    Story story;
    story.with_ai().command(StopAi {});
    EXPECT_THAT(story.after(30s), ElementsAre("close ai", "ai finished #AI1 stopped"));
    EXPECT_EQ(story.call().state(), CallState::answered);
}

TEST(Call, AFailedSessionIsAnErrorAndTheCallGoesOn)
{
    Story story;
    story.with_ai();
    EXPECT_THAT(story.ai_finished(agent::FinishReason::error, "no voice"), ElementsAre("ai error #AI1 no voice"));
    EXPECT_EQ(story.call().state(), CallState::answered);
    EXPECT_THAT(story.event(caller_hung_up()), ElementsAre("state ending", "state ended hangup"));
}

TEST(Call, AnAgentMayHangUp)
{
    Story story;
    story.with_ai();
    EXPECT_THAT(story.ai_finished(agent::FinishReason::hang_up), ElementsAre("ai finished #AI1 hangup", "hang up"));
    EXPECT_THAT(story.event(caller_hung_up()), ElementsAre("state ending", "state ended hangup"));
}

TEST(Call, TheCallerHangsUpWhileTheAiWaitsForTheAnswer)
{
    Story story;
    story.ringing().command(Story::start_ai());
    EXPECT_THAT(story.event(LegEnded { LegId { "leg" }, LegEndReason::cancel, "" }),
        ElementsAre("ai finished #AI1 hangup", "state ending", "state ended cancel"));
}

TEST(Call, ShutDownEndsAndStillWaitsForTheReport)
{
    Story story;
    story.with_ai();
    EXPECT_THAT(story.event(CallShutDown {}), ElementsAre("hang up", "tell ai call ended"));
    story.ai_finished(agent::FinishReason::call_ended);
    EXPECT_THAT(story.event(caller_hung_up()), ElementsAre("state ending", "state ended error"));
    EXPECT_TRUE(story.call().over());
}

TEST(Call, ALineThatDiedEndsTheCallAsAnError)
{
    Story story;
    story.with_ai();
    EXPECT_THAT(story.event(LineLost {}), ElementsAre("hang up", "tell ai call ended"));
    story.ai_finished(agent::FinishReason::call_ended);
    EXPECT_THAT(story.event(caller_hung_up()), ElementsAre("state ending", "state ended error"));
    EXPECT_THAT(story.event(LineLost {}), IsEmpty());
}

TEST(Call, AnAnswerThatCrossesOurHangUpChangesNothing)
{
    Story story;
    story.ringing().command(AnswerCall {});
    EXPECT_THAT(story.command(EndCall {}), ElementsAre("accept 2 Disconnecting call", "hang up"));
    EXPECT_THAT(story.event(LegAnswered { LegId { "leg" } }), IsEmpty());
    EXPECT_THAT(story.event(caller_hung_up()), ElementsAre("state ending", "state ended hangup"));
}

TEST(Call, TimersFireBeforeTheEventOfTheSameInstant)
{
    Story story;
    story.ringing();
    CallOutputs out;
    story.call().handle(CommandArrived { { ConnectionId { "w" }, 1 }, AnswerCall {} }, Instant {} + 60s, out);
    ASSERT_EQ(out.size(), 2U);
    EXPECT_EQ(std::visit(Told {}, out[0]), "refuse 3 0");
    EXPECT_EQ(std::visit(Told {}, out[1]), "reject 1 not_found call_id: the call is ending");
}

} // namespace
} // namespace parley
