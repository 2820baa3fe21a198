// What the model is shown: prompts that are filled in, rules behind them, and as much of the conversation as it takes.
#include "machine/agent/session_script.h"

#include <gmock/gmock.h>

namespace parley::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> shown(const SessionScript& script)
{
    std::vector<std::string> texts;
    for (const auto& message : script.last<AskModel>()->request.messages)
        texts.push_back(message.tool_calls.empty() ? message.content : "call " + message.tool_calls[0].name);
    return texts;
}

InjectMessage global(Json::Object values)
{
    InjectMessage message;
    message.global_data = std::move(values);
    return message;
}

// swml-ai 5, 7: templates are filled in before anything is said.
TEST(SessionPrompt, prompt_and_greeting_are_filled_in)
{
    auto spec = quiet_spec();
    spec.prompt.text = "Help ${caller_id_number} with ${global_data.topic} (${topic}), ${call_direction}${nothing}.";
    spec.greeting.wait_for_user = false;
    spec.greeting.text = "Hello, this is about ${topic}.";
    spec.global_data["topic"] = "flowers";
    SessionScript script(spec);
    EXPECT_EQ(script.last<Speak>()->text, "Hello, this is about flowers.");
    EXPECT_EQ(script.all<AppendMessage>()[0].content, "Help +15550100 with flowers (flowers), inbound.");
    EXPECT_TRUE(script.all<AskModel>().empty());
    script.played().turn("hi");
    EXPECT_THAT(shown(script),
        ElementsAre("Help +15550100 with flowers (flowers), inbound.", "Hello, this is about flowers.", "hi"));
}

// swml-ai 48: new values appear in later prompts.
TEST(SessionPrompt, global_data_that_change_are_filled_in_again)
{
    auto spec = quiet_spec();
    spec.prompt.text = "The user is ${name}.";
    SessionScript script(spec);
    script.turn("hi").says("Hello.").played();
    EXPECT_EQ(shown(script)[0], "The user is .");
    script.event(global({ { "name", "Ada" } })).turn("who am i");
    EXPECT_EQ(shown(script)[0], "The user is Ada.");
}

TEST(SessionPrompt, a_prompt_that_was_put_in_its_place_stays)
{
    auto spec = quiet_spec();
    spec.prompt.text = "The user is ${name}.";
    SessionScript script(spec);
    InjectMessage reset;
    reset.reset = Reset { true, "Be somebody else.", "" };
    script.event(reset).event(global({ { "name", "Ada" } })).turn("hi");
    EXPECT_EQ(shown(script)[0], "Be somebody else.");
    reset.reset = Reset { true, "", "" };
    script.says("Yes.").played().event(reset).event(global({ { "name", "Bob" } })).turn("hi");
    EXPECT_EQ(shown(script)[0], "The user is Bob.");
}

TEST(SessionPrompt, the_conscience_stands_behind_the_prompt_and_behind_what_a_tool_said)
{
    auto spec = quiet_spec();
    spec.thinking.conscience = "Stay in your role.";
    spec.tools = { tool("look") };
    SessionScript script(spec);
    EXPECT_EQ(script.all<AppendMessage>()[0].content, "You help.") << "the log has what the program wrote";
    script.turn("hi");
    EXPECT_THAT(shown(script), ElementsAre("You help.\n\nStay in your role.", "hi"));
    script.model(LmToolCall { { "1", "look", "{}" } }).model(LmDone { 1, 1 });
    ToolReply reply;
    reply.response = "found";
    script.event(ToolReturned { "1", reply });
    EXPECT_THAT(shown(script),
        ElementsAre("You help.\n\nStay in your role.", "hi", "call look", "found", "Stay in your role."));
}

TEST(SessionPrompt, a_conversation_may_begin_with_what_was_said_before)
{
    auto spec = quiet_spec();
    spec.thinking.seed
        = { { LmMessage::Role::user, "I am Ada.", {}, {} }, { LmMessage::Role::assistant, "Hi.", {}, {} } };
    SessionScript script(spec);
    script.turn("who am i");
    EXPECT_THAT(shown(script), ElementsAre("You help.", "I am Ada.", "Hi.", "who am i"));
    EXPECT_EQ(script.all<AppendMessage>().size(), 1U) << "the log has only this conversation";
}

TEST(SessionPrompt, a_window_shows_only_the_newest)
{
    auto spec = quiet_spec();
    spec.thinking.sliding_window = 3;
    SessionScript script(spec);
    script.turn("one").says("First.").played().turn("two").says("Second.").played().turn("three");
    EXPECT_THAT(shown(script), ElementsAre("You help.", "two", "Second.", "three"));
}

// A message of 200 kB is some 50 000 tokens: more than three quarters of what the model sees.
TEST(SessionPrompt, a_long_conversation_is_summarised_while_it_goes_on)
{
    SessionScript script;
    InjectMessage long_one;
    long_one.text = "old " + std::string(160'000, 'x');
    script.event(long_one);
    long_one.text = "newer " + std::string(40'000, 'y');
    script.event(long_one).turn("hi");
    const auto* aside = script.last<AskAside>();
    ASSERT_NE(aside, nullptr);
    EXPECT_THAT(aside->request.messages.back().content, HasSubstr("note: old xxx"));
    EXPECT_EQ(shown(script).size(), 4U) << "nobody waits for it";
    script.event(AsideAnswered { aside->aside, "Ada wants flowers.", "" });
    script.says("Yes.").played().turn("and now");
    EXPECT_EQ(shown(script)[1], "What was said before, in short:\nAda wants flowers.");
    EXPECT_EQ(shown(script).back(), "and now");
    EXPECT_EQ(script.all<AskAside>().size(), 1U);
}

TEST(SessionPrompt, where_the_summary_fails_the_oldest_is_let_go)
{
    SessionScript script;
    InjectMessage long_one;
    for (const char* name : { "one ", "two ", "three " }) {
        long_one.text = name + std::string(100'000, 'x');
        script.event(long_one);
    }
    script.turn("hi");
    ASSERT_NE(script.last<AskAside>(), nullptr);
    EXPECT_THAT(shown(script)[1], testing::StartsWith("two ")) << "75 000 tokens are too many";
    script.event(AsideAnswered { script.last<AskAside>()->aside, "", "no answer" });
    script.says("Yes.").played().turn("again");
    EXPECT_EQ(script.all<AskAside>().size(), 2U) << "it is tried again";
    EXPECT_EQ(shown(script).back(), "again");
}

} // namespace
} // namespace parley::agent
