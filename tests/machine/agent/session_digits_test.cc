// Keys.
#include "machine/agent/session_script.h"

#include <gmock/gmock.h>

namespace parley::agent {
namespace {

void press(SessionScript& script, std::string_view keys)
{
    for (const char key : keys)
        script.event(Dtmf { key });
}

std::string said(const SessionScript& script)
{
    const auto* ask = script.last<AskModel>();
    return ask == nullptr ? "" : ask->request.messages.back().content;
}

// swml-ai 91: `digit_timeout`
TEST(Digits, are_a_message_when_no_more_come)
{
    for (const auto timeout : { 500, 3'000, 10'000 }) {
        auto spec = quiet_spec();
        spec.digits.timeout = Duration(std::chrono::milliseconds(timeout));
        SessionScript script(spec);
        press(script, "4");
        script.at(400);
        press(script, "2");
        script.at(400 + timeout - 1);
        EXPECT_EQ(said(script), "");
        script.at(400 + timeout);
        EXPECT_EQ(said(script), "42");
    }
}

// swml-ai 91: `digit_terminators`
TEST(Digits, end_at_any_of_the_terminators_which_is_no_part_of_them)
{
    SessionScript by_default;
    press(by_default, "4*2#");
    EXPECT_EQ(said(by_default), "4*2");

    auto spec = quiet_spec();
    spec.digits.terminators = "*A";
    for (const auto* keys : { "4#2*", "4#2A" }) {
        SessionScript script(spec);
        press(script, keys);
        EXPECT_EQ(said(script), "4#2");
    }
    SessionScript nothing(spec);
    press(nothing, "*");
    nothing.at(20'000);
    EXPECT_EQ(said(nothing), "");
}

// swml-ai 76
TEST(Digits, are_marked_in_the_report)
{
    auto spec = quiet_spec();
    spec.report.hook.url = "http://127.0.0.1/report";
    SessionScript script(spec);
    press(script, "17#");
    script.event(StopSession {});
    const auto& log = script.last<PostReport>()->report.call_log;
    const auto turn = std::ranges::find(log, CallLogEntry::Role::user, &CallLogEntry::role);
    ASSERT_NE(turn, log.end());
    EXPECT_EQ(turn->content_type, "DTMF");
    EXPECT_EQ(turn->content, "17");
}

// swml-ai 91: the first key already silences the agent.
TEST(Digits, interrupt_the_agent)
{
    SessionScript script;
    script.turn("hello").says("For sales, press one. For service, press two.").event(PlayoutStarted { { 1 } });
    script.at(2'000);
    press(script, "1");
    EXPECT_NE(script.last<turn::StopPlayout>(), nullptr);
    script.event(PlayoutStopped { { 1 }, 1s }).at(4'999);
    EXPECT_EQ(script.all<AskModel>().size(), 1U);
    script.at(5'000);
    EXPECT_EQ(said(script), "1");
}

TEST(Digits, do_not_interrupt_what_may_not_be_interrupted)
{
    auto spec = quiet_spec();
    spec.turn.barge = false;
    SessionScript script(spec);
    script.turn("hello").says("For sales, press one.").event(PlayoutStarted { { 1 } }).at(2'000);
    press(script, "1#");
    EXPECT_EQ(script.last<turn::StopPlayout>(), nullptr);
    script.event(PlayoutFinished { { 1 } });
    EXPECT_EQ(said(script), "1");
}

} // namespace
} // namespace parley::agent
