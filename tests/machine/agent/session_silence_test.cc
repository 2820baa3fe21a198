// What time alone brings.
#include "machine/agent/session_script.h"

#include <gmock/gmock.h>

namespace parley::agent {
namespace {

AiSpec attentive(Duration attention = 10s)
{
    AiSpec spec = quiet_spec();
    spec.turn.attention = attention;
    spec.silence.attention_prompt = "Ask.";
    spec.tools = { tool("look") };
    return spec;
}

std::size_t asked(const SessionScript& script)
{
    return script.all<AskModel>().size();
}

const std::string& last_shown(const SessionScript& script)
{
    return script.last<AskModel>()->request.messages.back().content;
}

// A turn and its reply; the agent falls silent at 2200.
void converse(SessionScript& script)
{
    script.turn("hello").says("Yes?").played();
}

// swml-ai 87
TEST(SessionSilence, the_attention_prompt_comes_again_and_again_without_tools)
{
    SessionScript script(attentive());
    converse(script);
    script.at(12'199);
    EXPECT_EQ(asked(script), 1U);
    script.at(12'200);
    ASSERT_EQ(asked(script), 2U);
    EXPECT_EQ(last_shown(script), "Ask.");
    EXPECT_TRUE(script.last<AskModel>()->request.tools.empty());
    script.says("Hello?").played(); // Until 13200.
    script.at(23'199);
    EXPECT_EQ(asked(script), 2U);
    script.at(23'200);
    EXPECT_EQ(asked(script), 3U);
}

// swml-ai 87: `functions_on_no_response`
TEST(SessionSilence, tools_are_offered_on_no_response_where_wanted)
{
    auto spec = attentive();
    spec.silence.tools_on_no_response = true;
    SessionScript script(spec);
    converse(script);
    script.at(12'200);
    EXPECT_EQ(script.last<AskModel>()->request.tools.size(), 2U);
}

// swml-ai 87: 0
TEST(SessionSilence, attention_can_be_off)
{
    SessionScript script(attentive(0ms));
    converse(script);
    script.at(500'000);
    EXPECT_EQ(asked(script), 1U);
}

TEST(SessionSilence, nobody_is_asked_while_a_tool_runs)
{
    SessionScript script(attentive());
    script.turn("hello").model(LmToolCall { { "1", "look", "{}" } }).model(LmDone {}).at(30'000);
    EXPECT_EQ(asked(script), 1U);
}

// `attention_escalate_prompt`, `escalate_after_turns`, `escalate_after_ms`
TEST(SessionSilence, prompts_that_stay_without_an_answer_escalate)
{
    auto spec = attentive();
    spec.silence.escalate_prompt = "Say goodbye.";
    spec.silence.escalate_after_turns = 1;
    SessionScript script(spec);
    converse(script);
    script.at(12'200);
    EXPECT_EQ(last_shown(script), "Ask.");
    script.says("Hello?").played().at(23'200);
    EXPECT_EQ(last_shown(script), "Say goodbye.");
    script.says("Bye?").played().at(25'000);
    converse(script); // He is there: it begins anew.
    script.at(40'000);
    EXPECT_EQ(last_shown(script), "Ask.");

    spec.silence.escalate_after_turns = 0;
    spec.silence.escalate_after = 20s; // Since his words at 500.
    SessionScript by_time(spec);
    converse(by_time);
    by_time.at(12'200);
    EXPECT_EQ(last_shown(by_time), "Ask.");
    by_time.says("Hello?").played().at(23'200);
    EXPECT_EQ(last_shown(by_time), "Say goodbye.");
}

// swml-ai 88
TEST(SessionSilence, somebody_who_was_called_has_longer_until_his_first_words)
{
    auto spec = attentive();
    spec.direction = "outbound";
    spec.silence.outbound_attention = 60s;
    SessionScript waits(spec);
    waits.at(59'999);
    EXPECT_EQ(asked(waits), 0U);
    waits.at(60'000);
    EXPECT_EQ(asked(waits), 1U);

    SessionScript answers(spec);
    converse(answers);
    answers.at(12'200);
    EXPECT_EQ(asked(answers), 2U); // From then on like anybody.

    spec.direction = "inbound";
    SessionScript inbound(spec);
    inbound.at(500'000);
    EXPECT_EQ(asked(inbound), 0U); // Who calls and is waited for is not asked.
}

// swml-ai 89
TEST(SessionSilence, a_session_that_nobody_uses_ends)
{
    auto spec = quiet_spec();
    spec.silence.inactivity = 30s;
    SessionScript script(spec);
    script.at(20'000).event(Dtmf { '1' }).at(22'000);
    script.event(InjectMessage { {}, {}, Role::system, "Be brief." }).at(40'000);
    script.turn("hello").says("Yes?").played(); // His words came at 40500.
    script.at(70'499);
    EXPECT_EQ(script.last<Finished>(), nullptr);
    script.at(70'500);
    ASSERT_NE(script.last<Finished>(), nullptr);
    EXPECT_EQ(script.last<Finished>()->reason, FinishReason::stopped);
}

TEST(SessionSilence, its_report_says_that_it_ended_normally)
{
    auto spec = quiet_spec();
    spec.silence.inactivity = 30s;
    spec.report.hook.url = "http://127.0.0.1/report";
    SessionScript script(spec);
    script.event(SpeechStarted {}).at(30'000); // A sound is nobody.
    ASSERT_NE(script.last<PostReport>(), nullptr);
    EXPECT_EQ(script.last<PostReport>()->report.end_reason, "normal");
    EXPECT_FALSE(script.last<PostReport>()->report.hard_timeout);
}

TEST(SessionSilence, who_is_kept_waiting_is_not_inactive)
{
    auto spec = quiet_spec();
    spec.silence.inactivity = 30s;
    spec.turn.attention = 0ms;
    SessionScript script(spec);
    script.event(HoldSession { 100s, "Say it." }).says("Please wait.").played().at(100'000);
    EXPECT_EQ(script.session().floor(), turn::Floor::held);
    script.at(130'999); // The hold ended at 101 s.
    EXPECT_EQ(script.last<Finished>(), nullptr);
    script.at(131'000);
    EXPECT_NE(script.last<Finished>(), nullptr);
}

// swml-ai 90
TEST(SessionSilence, after_its_time_the_agent_says_one_more_thing_and_the_session_ends)
{
    auto spec = quiet_spec();
    spec.report.hook.url = "http://127.0.0.1/report";
    spec.silence.hard_stop = 60s;
    spec.silence.hard_stop_prompt = "Time is over.";
    SessionScript script(spec);
    script.turn("hello").says("Yes?").played().at(59'999);
    EXPECT_EQ(asked(script), 1U);
    script.at(60'000);
    ASSERT_EQ(asked(script), 2U);
    EXPECT_EQ(last_shown(script), "Time is over.");
    script.says("Goodbye.").event(PlayoutStarted { { 2 } }).at(60'500).event(SpeechStarted {}).at(61'000);
    EXPECT_EQ(script.last<turn::StopPlayout>(), nullptr); // Nobody interrupts it.
    EXPECT_EQ(script.last<Finished>(), nullptr);
    script.event(PlayoutFinished { { 2 } });
    ASSERT_NE(script.last<Finished>(), nullptr);
    EXPECT_EQ(script.last<Finished>()->reason, FinishReason::stopped);
    EXPECT_TRUE(script.last<PostReport>()->report.hard_timeout);
    EXPECT_EQ(script.last<PostReport>()->report.end_reason, "hard_timeout");
}

TEST(SessionSilence, the_hard_stop_ends_a_hold_and_waits_for_a_tool)
{
    auto spec = quiet_spec();
    spec.silence.hard_stop = 60s;
    spec.tools = { tool("look") };
    SessionScript held(spec);
    held.event(HoldSession { 100s, "Say it." }).says("Wait.").played().at(60'000);
    EXPECT_EQ(asked(held), 2U);
    EXPECT_NE(held.last<StopSound>(), nullptr);

    SessionScript busy(spec);
    busy.at(50'000).turn("look").model(LmToolCall { { "1", "look", "{}" } }).model(LmDone {}).at(60'000);
    EXPECT_EQ(asked(busy), 1U);
    busy.event(ToolReturned { "1", ToolReply {} });
    EXPECT_EQ(asked(busy), 2U);
    busy.says("Goodbye.").played();
    EXPECT_NE(busy.last<Finished>(), nullptr);
}

// `initial_sleep_ms`
TEST(SessionSilence, the_opening_waits_for_its_delay)
{
    auto spec = quiet_spec();
    spec.greeting.wait_for_user = false;
    spec.greeting.text = "Hello.";
    spec.greeting.initial_sleep = 2s;
    SessionScript script(spec);
    script.at(1'999);
    EXPECT_EQ(script.last<Speak>(), nullptr);
    script.at(2'000);
    EXPECT_NE(script.last<Speak>(), nullptr);

    SessionScript faster(spec);
    faster.turn("anybody there").at(3'000);
    EXPECT_EQ(faster.last<Speak>(), nullptr); // Who speaks first is answered, not greeted.
    EXPECT_EQ(asked(faster), 1U);
}

} // namespace
} // namespace parley::agent
