#include "machine/call/call_story.h"

// The other side refers us to somebody else: the call goes on with whom it finds there.
namespace parley {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const LegId caller { "leg" };

class Transfer : public ::testing::Test {
protected:
    Transfer() { story.with_ai(); }

    Story::Lines refer(const std::string& to = "sip:bob@example.com")
    {
        auto told = story.event(LegReferred { caller, to, "", "" });
        if (story.call().legs().size() > 1)
            target = story.call().legs().back();
        return told;
    }

    Story story;
    LegId target;
};

TEST_F(Transfer, dials_as_who_was_called_with_what_the_referrer_said)
{
    Call call(call_facts(), CallPolicy {}, IdSource(1), Log::none());
    CallOutputs out;
    call.handle(LegIncoming { caller, "+1", "+2", "" }, Instant {}, out);
    call.handle(CommandArrived { {}, AnswerCall {} }, Instant {}, out);
    call.handle(LegAnswered { caller }, Instant {}, out);
    out.clear();
    call.handle(LegReferred { caller, "sip:bob@h", "c;to-tag=1;from-tag=2", "<sip:ann@h>" }, Instant {}, out);
    const DialLeg expected { call.legs().back(), "+2", "sip:bob@h", "", CallPolicy {}.transfer, "c;to-tag=1;from-tag=2",
        "<sip:ann@h>" };
    ASSERT_EQ(out.size(), 1U);
    EXPECT_EQ(std::get<DialLeg>(out.front()), expected);
    EXPECT_NE(expected.leg, caller);
    EXPECT_EQ(call.leg(), caller);
}

TEST_F(Transfer, moves_the_sound_to_who_answers_and_hangs_up_on_who_referred)
{
    EXPECT_THAT(refer(), ElementsAre("dial sip:bob@example.com"));
    EXPECT_THAT(story.event(LegRinging { target }), ElementsAre("referral 180"));
    EXPECT_THAT(story.event(LegAnswered { target }), ElementsAre("move sound", "referral 200", "hang up"));
    EXPECT_EQ(story.call().leg(), target);
    EXPECT_THAT(story.event(LegEnded { caller, LegEndReason::hangup, "" }),
        IsEmpty()); // The program sees one call that goes on.
    EXPECT_EQ(story.call().state(), CallState::answered);
    EXPECT_THAT(story.command(message("hello")), ElementsAre("accept 3 Message sent", "tell ai message hello"));
    EXPECT_THAT(story.event(LegEnded { target, LegEndReason::hangup, "" }), ElementsAre("tell ai call ended"));
    EXPECT_THAT(story.ai_finished(agent::FinishReason::call_ended),
        ElementsAre("ai finished #AI1 hangup", "state ending", "state ended hangup"));
}

TEST_F(Transfer, goes_on_from_a_hold_of_who_referred)
{
    EXPECT_THAT(story.event(LegHeld { caller }), ElementsAre("tell ai hold"));
    refer();
    EXPECT_THAT(
        story.event(LegAnswered { target }), ElementsAre("move sound", "referral 200", "hang up", "tell ai unhold"));
    EXPECT_THAT(story.event(LegResumed { caller }), IsEmpty());
    EXPECT_THAT(story.event(LegHeld { target }), ElementsAre("tell ai hold"));
}

TEST_F(Transfer, that_fails_leaves_the_call_as_it_was)
{
    const std::vector<std::pair<LegEndReason, std::string>> reasons { { LegEndReason::busy, "referral 486" },
        { LegEndReason::no_answer, "referral 480" }, { LegEndReason::decline, "referral 603" },
        { LegEndReason::not_found, "referral 404" }, { LegEndReason::error, "referral 503" },
        { LegEndReason::cancel, "referral 487" } };
    for (const auto& [reason, told] : reasons) {
        EXPECT_THAT(refer(), ElementsAre("dial sip:bob@example.com"));
        EXPECT_THAT(story.event(LegEnded { target, reason, "" }), ElementsAre(told));
        EXPECT_EQ(story.call().leg(), caller);
        EXPECT_EQ(story.call().legs().size(), 1U);
    }
    EXPECT_THAT(story.event(LegEnded { caller, LegEndReason::hangup, "" }), ElementsAre("tell ai call ended"));
}

TEST_F(Transfer, goes_on_when_who_referred_hangs_up)
{
    refer();
    EXPECT_THAT(story.event(LegEnded { caller, LegEndReason::hangup, "" }),
        ElementsAre("tell ai hold")); // Nobody hears the agent.
    EXPECT_EQ(story.call().state(), CallState::answered);
    EXPECT_THAT(story.event(LegAnswered { target }), ElementsAre("move sound", "tell ai unhold"));
    EXPECT_THAT(story.event(LegEnded { target, LegEndReason::hangup, "" }), ElementsAre("tell ai call ended"));
}

TEST_F(Transfer, that_fails_after_who_referred_hung_up_ends_the_call)
{
    refer();
    story.event(LegEnded { caller, LegEndReason::hangup, "" });
    EXPECT_THAT(story.event(LegEnded { target, LegEndReason::busy, "" }), ElementsAre("tell ai call ended"));
    EXPECT_THAT(story.ai_finished(agent::FinishReason::call_ended),
        ElementsAre("ai finished #AI1 hangup", "state ending", "state ended busy"));
}

TEST_F(Transfer, is_given_up_when_the_call_ends)
{
    refer();
    EXPECT_THAT(story.command(EndCall {}),
        ElementsAre("accept 3 Disconnecting call", "hang up", "referral 487", "hang up", "tell ai call ended"));
    EXPECT_THAT(story.event(LegEnded { target, LegEndReason::cancel, "" }), IsEmpty());
    story.event(LegEnded { caller, LegEndReason::hangup, "" });
    EXPECT_THAT(story.ai_finished(agent::FinishReason::call_ended),
        ElementsAre("ai finished #AI1 hangup", "state ending", "state ended hangup"));
}

TEST_F(Transfer, is_given_up_when_the_call_ends_without_who_referred)
{
    refer();
    story.event(LegEnded { caller, LegEndReason::hangup, "" });
    EXPECT_THAT(story.command(EndCall {}), ElementsAre("accept 3 Disconnecting call", "hang up", "tell ai call ended"));
    story.ai_finished(agent::FinishReason::call_ended);
    EXPECT_THAT(
        story.event(LegEnded { target, LegEndReason::cancel, "" }), ElementsAre("state ending", "state ended hangup"));
}

TEST_F(Transfer, comes_one_at_a_time_and_on_a_call_that_is_up)
{
    refer();
    EXPECT_THAT(refer(), ElementsAre("referral 480"));
    Story ended;
    ended.answered().command(EndCall {});
    EXPECT_THAT(ended.event(LegReferred { caller, "sip:bob@h", "", "" }), ElementsAre("referral 480"));
}

TEST_F(Transfer, may_follow_another)
{
    refer();
    story.event(LegAnswered { target });
    const LegId first = target;
    story.event(LegReferred { first, "sip:eve@h", "", "" });
    const LegId second = story.call().legs().back();
    EXPECT_NE(second, first);
    EXPECT_THAT(story.event(LegAnswered { second }), ElementsAre("move sound", "referral 200", "hang up"));
    EXPECT_EQ(story.call().leg(), second);
}

} // namespace
} // namespace parley
