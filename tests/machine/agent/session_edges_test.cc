// Where conversations break: models that hang, answer nothing or answer late, callers and programs that come in
// between.
#include "machine/agent/session_script.h"

#include <gmock/gmock.h>

namespace parley::agent {
namespace {

std::vector<std::string> spoken(const SessionScript& script)
{
    std::vector<std::string> texts;
    for (const auto& speak : script.all<Speak>())
        texts.push_back(speak.text);
    return texts;
}

std::vector<std::string> rows(const SessionScript& script)
{
    std::vector<std::string> texts;
    for (const auto& row : script.all<AppendMessage>())
        texts.push_back(std::string(to_string(row.role)) + " " + row.content);
    return texts;
}

LmToolCall call(std::string id, std::string name, std::string arguments = "{}")
{
    return { { std::move(id), std::move(name), std::move(arguments) } };
}

ToolReply replied(std::string text)
{
    ToolReply reply;
    reply.response = std::move(text);
    return reply;
}

// The turn is committed at 1.2 s: a filler 4 s later, an apology when the model has been silent for 20 s.
TEST(SessionEdges, a_model_that_hangs_is_covered_by_a_filler_and_given_up_once)
{
    SessionScript script;
    script.turn("hello").at(5'199);
    EXPECT_THAT(spoken(script), testing::IsEmpty());
    script.at(5'200);
    EXPECT_THAT(spoken(script), testing::ElementsAre("One moment, please."));
    script.played().at(21'199);
    EXPECT_EQ(script.last<CancelModel>(), nullptr);
    script.at(21'200);
    EXPECT_NE(script.last<CancelModel>(), nullptr);
    EXPECT_EQ(script.all<AskModel>().size(), 1U); // Another 20 s of silence would help nobody.
    EXPECT_THAT(spoken(script),
        testing::ElementsAre("One moment, please.", "I am sorry, something went wrong.", "Could you say that again?"));
    script.played();
    EXPECT_EQ(script.session().floor(), turn::Floor::open);
}

// A provider with a wait of its own, as ours has: 10 s for the first token.
TEST(SessionEdges, a_failure_that_came_late_is_not_tried_again)
{
    SessionScript script;
    script.turn("hello").at(11'200).model(LmFailed { { ErrorKind::timed_out, "no first token" } });
    EXPECT_EQ(script.all<AskModel>().size(), 1U);
    EXPECT_EQ(spoken(script).back(), "Could you say that again?");
    script.played().at(20'000).turn("hello").at(22'000).model(LmFailed { { ErrorKind::unavailable, "reset" } });
    EXPECT_EQ(script.all<AskModel>().size(), 3U); // This one came soon.
}

TEST(SessionEdges, an_empty_reply_is_asked_for_once_more)
{
    SessionScript script;
    script.turn("hello").model(LmDone {});
    EXPECT_EQ(script.all<AskModel>().size(), 2U);
    script.says("Hello!");
    EXPECT_THAT(spoken(script), testing::ElementsAre("Hello!"));
    script.played().at(10'000).turn("hello").model(LmDone {}).model(LmText { " ... " }).model(LmDone {});
    EXPECT_EQ(script.all<AskModel>().size(), 4U);
    EXPECT_EQ(script.session().floor(), turn::Floor::open);
}

TEST(SessionEdges, each_round_trip_is_reported_once)
{
    auto spec = quiet_spec();
    spec.tools = { tool("a") };
    spec.report.hook.url = "http://x/";
    SessionScript script(spec);
    script.turn("hello");
    for (int i = 0; i < 6; ++i)
        script.model(call("c" + std::to_string(i), "a", R"({"n":)" + std::to_string(i) + "}"))
            .model(LmDone {})
            .event(ToolReturned { "c" + std::to_string(i), replied("ok") });
    const auto asked = script.all<AskModel>().size();
    script.event(CallEnded {}).at(30'000);
    ASSERT_NE(script.last<PostReport>(), nullptr);
    EXPECT_EQ(script.last<PostReport>()->report.times.size(), asked);
}

TEST(SessionEdges, a_greeting_without_a_word_leaves_the_floor_open)
{
    auto spec = quiet_spec();
    spec.greeting.wait_for_user = false;
    spec.greeting.text = "...";
    SessionScript script(spec);
    EXPECT_EQ(script.session().floor(), turn::Floor::open);
}

TEST(SessionEdges, a_tool_that_returns_into_the_callers_speech_keeps_its_result_and_says_nothing)
{
    auto spec = quiet_spec();
    spec.tools = { tool("a") };
    SessionScript script(spec);
    script.turn("look it up").model(call("c", "a")).model(LmDone {});
    script.at(2'000).event(SpeechStarted {});
    auto reply = replied("seven");
    reply.actions = { { "say", Json("Found it.") } };
    script.event(ToolReturned { "c", reply });
    EXPECT_THAT(spoken(script), testing::IsEmpty());
    EXPECT_EQ(script.all<AskModel>().size(), 1U);
    script.turn("and be quick"); // The same turn goes on.
    EXPECT_THAT(rows(script), testing::ElementsAre("system You help.", "user look it up", "assistant ", "tool seven"));
    ASSERT_EQ(script.all<AskModel>().size(), 2U);
    const auto& messages = script.last<AskModel>()->request.messages;
    ASSERT_EQ(messages.size(), 5U);
    EXPECT_EQ(messages[3].content, "seven");
    EXPECT_EQ(messages[4].content, "and be quick");
    EXPECT_EQ(script.all<CallTool>().size(), 1U);
    script.event(ToolReturned { "c", replied("eight") }); // Twice is once.
    EXPECT_EQ(rows(script).size(), 4U);
}

TEST(SessionEdges, a_reset_while_a_tool_runs_takes_the_question_along)
{
    auto spec = quiet_spec();
    spec.tools = { tool("a") };
    SessionScript script(spec);
    script.turn("first").says("One.").played().at(10'000).turn("second").model(call("c", "a")).model(LmDone {});
    InjectMessage message;
    message.reset = Reset { true, "You are new.", "" };
    script.event(message).event(ToolReturned { "c", replied("seven") });
    ASSERT_EQ(script.all<AskModel>().size(), 3U);
    const auto& messages = script.last<AskModel>()->request.messages;
    ASSERT_EQ(messages.size(), 4U);
    EXPECT_EQ(messages[0].content, "You are new.");
    EXPECT_EQ(messages[1].content, "second");
    EXPECT_EQ(messages[3].content, "seven");
    EXPECT_EQ(script.last<AskModel>()->request.tools.size(), 2U);
}

TEST(SessionEdges, a_post_prompt_that_nobody_would_see_is_not_asked)
{
    auto spec = quiet_spec();
    spec.report.prompt.text = "Summarise.";
    SessionScript script(spec);
    script.event(CallEnded {});
    EXPECT_EQ(script.last<AskModel>(), nullptr);
    EXPECT_EQ(script.all<Finished>().size(), 1U);
}

// swml-ai 69
TEST(SessionEdges, a_session_that_ends_with_an_error_posts_its_report_even_without_a_model)
{
    auto spec = quiet_spec();
    spec.report.prompt.text = "Summarise.";
    spec.report.hook.url = "http://x/";
    SessionScript script(spec);
    script.turn("hello").event(ProviderLost { { ErrorKind::unavailable, "voice is gone" } });
    script.model(LmFailed { { ErrorKind::unavailable, "no model either" } });
    ASSERT_EQ(script.all<PostReport>().size(), 1U);
    const auto& report = script.last<PostReport>()->report;
    EXPECT_EQ(report.end_reason, "error");
    EXPECT_EQ(report.post_prompt_data.raw, "");
    EXPECT_THAT(rows(script), testing::ElementsAre("system You help.", "user hello"));
    EXPECT_EQ(script.last<Finished>()->reason, FinishReason::error);
}

TEST(SessionEdges, hints_and_tools_are_as_declared_after_a_full_reset)
{
    auto spec = quiet_spec();
    spec.tools = { tool("a") };
    spec.hints = { "tulip" };
    SessionScript script(spec);
    InjectMessage message;
    message.reset = Reset { true, "", "who are you" };
    script.event(message);
    ASSERT_NE(script.last<SetHints>(), nullptr);
    EXPECT_EQ(script.all<SetHints>().size(), 2U);
    EXPECT_THAT(script.last<SetHints>()->hints, testing::ElementsAre("tulip"));
    ASSERT_NE(script.last<AskModel>(), nullptr);
    EXPECT_EQ(script.last<AskModel>()->request.tools.size(), 2U);
    EXPECT_EQ(script.last<AskModel>()->request.messages.front().content, "You help.");
}

} // namespace
} // namespace parley::agent
