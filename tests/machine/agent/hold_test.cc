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

// As programs ask for it.
HoldSession hold(Duration timeout, std::string prompt = "Tell the user to wait.")
{
    return { timeout, std::move(prompt) };
}

// On hold since 1000, for so long.
SessionScript& held(SessionScript& script, Duration timeout)
{
    return script.event(hold(timeout)).says("Please hold.").played();
}

// swml-ai 101
TEST(Hold, the_agent_announces_it_and_music_plays_until_its_end)
{
    auto spec = quiet_spec();
    spec.sound.hold_music = "tone_stream://%(200,0,440)";
    SessionScript script(spec);
    script.event(hold(30s));
    ASSERT_EQ(script.all<AskModel>().size(), 1U);
    EXPECT_EQ(script.last<AskModel>()->request.messages.back().content, "Tell the user to wait.");
    EXPECT_EQ(script.session().floor(), Floor::thinking);
    script.says("One moment.").played();
    EXPECT_EQ(script.session().floor(), Floor::held);
    ASSERT_NE(script.last<PlaySound>(), nullptr);
    EXPECT_EQ(script.last<PlaySound>()->place, SoundPlace::hold);
    EXPECT_EQ(script.last<PlaySound>()->source, "tone_stream://%(200,0,440)");
    EXPECT_EQ(script.last<PlaySound>()->loops, std::nullopt);
    script.at(30'999);
    EXPECT_EQ(script.last<StopSound>(), nullptr);
    script.at(31'000);
    ASSERT_NE(script.last<StopSound>(), nullptr);
    EXPECT_EQ(script.session().floor(), Floor::open);
}

TEST(Hold, over_the_agent_the_announcement_comes_at_once_and_the_log_has_what_was_heard)
{
    SessionScript script;
    script.turn("hello").says("Good morning to you all.").event(PlayoutStarted { { 1 } }).at(1'700);
    script.event(hold(30s));
    ASSERT_NE(script.last<StopPlayout>(), nullptr);
    script.event(PlayoutStopped { { 1 }, 500ms });
    EXPECT_EQ(script.all<AskModel>().size(), 2U);
    const auto logged = rows(script);
    EXPECT_THAT(logged.back(), testing::StartsWith("assistant Good"));
    EXPECT_THAT(logged.back(), testing::Not(testing::HasSubstr("all.")));
}

TEST(Hold, while_it_thinks_the_question_is_answered_with_the_announcement)
{
    SessionScript script;
    script.turn("hello");
    EXPECT_EQ(script.session().floor(), Floor::thinking);
    script.event(hold(30s));
    EXPECT_NE(script.last<CancelModel>(), nullptr);
    EXPECT_EQ(script.all<AskModel>().size(), 2U);
    script.says("Hello, and wait a moment.").played();
    EXPECT_EQ(script.session().floor(), Floor::held);
}

TEST(Hold, while_a_tool_runs_its_result_comes_with_the_announcement)
{
    AiSpec spec = quiet_spec();
    spec.tools = { tool("look") };
    SessionScript script(spec);
    script.turn("look it up").model(LmToolCall { { "1", "look", "{}" } }).model(LmDone { 1, 1 });
    ASSERT_NE(script.last<CallTool>(), nullptr);
    script.event(hold(30s));
    EXPECT_EQ(script.all<AskModel>().size(), 1U);
    ToolReply reply;
    reply.response = "It is blue.";
    script.event(ToolReturned { "1", std::move(reply) });
    EXPECT_EQ(script.all<AskModel>().size(), 2U);
    script.says("It is blue. Please hold.").played();
    EXPECT_EQ(script.session().floor(), Floor::held);
}

TEST(Hold, who_interrupts_the_announcement_is_answered_first)
{
    SessionScript script;
    script.event(hold(30s)).says("I am putting you on hold now.").event(PlayoutStarted { { 1 } }).at(500);
    script.turn("wait one question").event(PlayoutStopped { { 1 }, 500ms });
    EXPECT_EQ(script.session().floor(), Floor::thinking);
    script.says("Yes, all right.").played();
    EXPECT_EQ(script.session().floor(), Floor::held);
}

TEST(Hold, what_is_said_and_pressed_meanwhile_is_not_taken)
{
    SessionScript script;
    held(script, 60s).turn("can you hear me").event(Dtmf { '1' }).at(20'000);
    EXPECT_EQ(script.all<AskModel>().size(), 1U);
    EXPECT_EQ(script.session().floor(), Floor::held);
}

TEST(Hold, again_while_held_begins_its_time_anew)
{
    SessionScript script;
    held(script, 10s).at(9'000).event(hold(10s)).at(18'999);
    EXPECT_EQ(script.session().floor(), Floor::held);
    EXPECT_EQ(script.all<PlaySound>().size(), 1U);
    script.at(19'000);
    EXPECT_EQ(script.session().floor(), Floor::open);
    EXPECT_THAT(rows(script).back(), testing::HasSubstr("timeout"));
}

TEST(Hold, its_prompts_are_system_messages_and_answered)
{
    SessionScript script;
    script.event(hold(30s, "The caller waits for a clerk.")).says("Wait.").played().at(5'000);
    script.event(UnholdSession { "Nobody is free." });
    EXPECT_THAT(
        rows(script), testing::IsSupersetOf({ "system The caller waits for a clerk.", "system Nobody is free." }));
    EXPECT_EQ(script.all<AskModel>().size(), 2U);
}

TEST(Hold, without_a_prompt_begins_and_ends_without_a_word)
{
    SessionScript script;
    script.turn("hello").event(hold(30s, ""));
    EXPECT_EQ(script.session().floor(), Floor::held);
    script.at(5'000).event(UnholdSession {}); // What was asked before is answered now.
    ASSERT_EQ(script.all<AskModel>().size(), 2U);
    EXPECT_EQ(script.last<AskModel>()->request.messages.back().content, "hello");
    script.says("Hi.").played().event(hold(30s, "")).at(10'000).event(UnholdSession {});
    EXPECT_EQ(script.all<AskModel>().size(), 2U);
}

TEST(Hold, nobody_is_asked_for_attention_in_it)
{
    AiSpec spec = quiet_spec();
    spec.turn.attention = 5s;
    SessionScript script(spec);
    held(script, 60s).at(60'999);
    EXPECT_EQ(script.all<AskModel>().size(), 1U);
    script.at(65'999);
    EXPECT_EQ(script.all<AskModel>().size(), 1U);
    script.at(66'000);
    EXPECT_EQ(script.all<AskModel>().size(), 2U);
}

TEST(Hold, unhold_without_hold_changes_nothing)
{
    SessionScript script;
    const auto before = rows(script).size();
    script.event(UnholdSession { "Speak." });
    EXPECT_EQ(rows(script).size(), before);
    EXPECT_EQ(script.last<AskModel>(), nullptr);
}

TEST(Hold, that_is_called_off_during_its_announcement_never_begins)
{
    SessionScript script;
    script.event(hold(30s)).event(UnholdSession {}).says("Please hold.").played();
    EXPECT_EQ(script.session().floor(), Floor::open);
    EXPECT_EQ(script.last<PlaySound>(), nullptr);
}

TEST(Hold, the_end_of_the_session_ends_its_music)
{
    SessionScript script;
    held(script, 30s).at(5'000).event(StopSession {});
    EXPECT_NE(script.last<StopSound>(), nullptr);
    EXPECT_NE(script.last<Finished>(), nullptr);
}

} // namespace
} // namespace parley::agent
