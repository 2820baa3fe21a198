// `ai_hold` and `ai_unhold` wherever the conversation is.
#include "machine/agent/session_script.h"

#include <gmock/gmock.h>

namespace parley::agent {
namespace {

using turn::Floor;

std::vector<std::string> rows(const SessionScript& script)
{
    std::vector<std::string> texts;
    for (const auto& row : script.all<AppendMessage>())
        texts.push_back(std::string(to_string(row.role)) + " " + row.content);
    return texts;
}

HoldSession hold(Duration timeout, std::string prompt = "")
{
    return { timeout, std::move(prompt) };
}

TEST(Hold, while_the_agent_speaks_it_falls_silent_and_the_log_has_what_was_heard)
{
    SessionScript script;
    script.turn("hello").says("Good morning to you all.").event(PlayoutStarted { { 1 } }).at(1'700);
    script.event(hold(30s));
    EXPECT_EQ(script.session().floor(), Floor::held);
    ASSERT_NE(script.last<StopPlayout>(), nullptr);
    script.event(PlayoutStopped { { 1 }, 500ms });
    const auto logged = rows(script);
    EXPECT_THAT(logged.back(), testing::StartsWith("assistant Good"));
    EXPECT_THAT(logged.back(), testing::Not(testing::HasSubstr("all.")));
}

TEST(Hold, while_it_thinks_the_question_is_answered_afterwards)
{
    SessionScript script;
    script.turn("hello");
    EXPECT_EQ(script.session().floor(), Floor::thinking);
    script.event(hold(30s));
    EXPECT_NE(script.last<CancelModel>(), nullptr);
    script.at(5'000).event(UnholdSession {});
    EXPECT_EQ(script.all<AskModel>().size(), 2U);
    EXPECT_EQ(script.last<AskModel>()->request.messages.back().content, "hello");
    script.says("Good morning.").played();
    EXPECT_EQ(rows(script).back(), "assistant Good morning.");
}

TEST(Hold, while_a_tool_runs_its_result_is_not_spoken_into_the_hold)
{
    AiSpec spec = quiet_spec();
    spec.tools = { tool("look") };
    SessionScript script(spec);
    script.turn("look it up").model(LmToolCall { { "1", "look", "{}" } }).model(LmDone { 1, 1 });
    ASSERT_NE(script.last<CallTool>(), nullptr);
    script.event(hold(30s));
    ToolReply reply;
    reply.response = "It is blue.";
    script.event(ToolReturned { "1", std::move(reply) });
    const auto asked = script.all<AskModel>().size();
    script.at(20'000);
    EXPECT_EQ(script.all<AskModel>().size(), asked);
    EXPECT_EQ(script.last<Speak>(), nullptr);
    script.event(UnholdSession {}).at(21'000);
    EXPECT_EQ(script.all<AskModel>().size(), asked + 1);
}

TEST(Hold, what_is_said_and_pressed_meanwhile_is_not_taken)
{
    SessionScript script;
    script.event(hold(60s)).turn("can you hear me").event(Dtmf { '1' }).at(20'000);
    EXPECT_EQ(script.last<AskModel>(), nullptr);
    EXPECT_EQ(script.session().floor(), Floor::held);
}

TEST(Hold, again_while_held_begins_its_time_anew)
{
    SessionScript script;
    script.event(hold(10s)).at(9'000).event(hold(10s)).at(18'999);
    EXPECT_EQ(script.session().floor(), Floor::held);
    script.at(19'000);
    EXPECT_EQ(script.session().floor(), Floor::open);
    EXPECT_THAT(rows(script).back(), testing::HasSubstr("timeout"));
}

// swml-ai 101
TEST(Hold, its_prompts_are_system_messages_and_the_one_of_the_end_is_answered)
{
    SessionScript script;
    script.event(hold(30s, "The caller waits for a clerk.")).at(5'000).event(UnholdSession { "Nobody is free." });
    EXPECT_THAT(
        rows(script), testing::IsSupersetOf({ "system The caller waits for a clerk.", "system Nobody is free." }));
    EXPECT_EQ(script.all<AskModel>().size(), 1U);
}

TEST(Hold, nobody_is_asked_for_attention_in_it)
{
    AiSpec spec = quiet_spec();
    spec.turn.attention = 5s;
    SessionScript script(spec);
    script.event(hold(60s)).at(59'999);
    EXPECT_EQ(script.last<AskModel>(), nullptr);
    script.at(64'999);
    EXPECT_EQ(script.last<AskModel>(), nullptr);
    script.at(65'000);
    EXPECT_NE(script.last<AskModel>(), nullptr);
}

TEST(Hold, unhold_without_hold_changes_nothing)
{
    SessionScript script;
    const auto before = rows(script).size();
    script.event(UnholdSession { "Speak." });
    EXPECT_EQ(rows(script).size(), before);
    EXPECT_EQ(script.last<AskModel>(), nullptr);
}

} // namespace
} // namespace parley::agent
