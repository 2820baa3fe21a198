// Functions of a session: what is heard while they run, how often they may be called, what fails and what is said then.
#include "machine/agent/session_script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::agent {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> offered(const SessionScript& script)
{
    std::vector<std::string> names;
    for (const auto& tool : script.last<AskModel>()->request.tools)
        names.push_back(tool.name);
    return names;
}

std::vector<std::string> spoken(const SessionScript& script)
{
    std::vector<std::string> texts;
    for (const auto& speak : script.all<Speak>())
        texts.push_back(speak.text);
    return texts;
}

ToolReply answer(std::string response, std::vector<ToolAction> actions = {})
{
    ToolReply reply;
    reply.response = std::move(response);
    reply.actions = std::move(actions);
    return reply;
}

ToolAction action(std::string name, std::string_view json)
{
    return { std::move(name), Json::parse(json).value() };
}

AiSpec with_tool(ToolSpec spec)
{
    auto made = quiet_spec();
    made.tools = { std::move(spec) };
    return made;
}

// The user asks and the model calls.
SessionScript& calls(SessionScript& script, const std::string& id, std::string name = "a", std::string arguments = "{}")
{
    return script.model(LmToolCall { { id, std::move(name), std::move(arguments) } }).model(LmDone {});
}

SessionReport report_of(SessionScript& script)
{
    script.event(CallEnded {});
    const auto* posted = script.last<PostReport>();
    EXPECT_NE(posted, nullptr);
    return posted == nullptr ? SessionReport {} : posted->report;
}

AiSpec reporting(AiSpec spec)
{
    spec.report.hook.url = "http://127.0.0.1/report";
    return spec;
}

std::vector<std::string> events_named(const SessionReport& report, std::string_view action)
{
    std::vector<std::string> found;
    for (const auto& entry : report.raw_call_log) {
        if (entry.action == action)
            found.push_back(Json(entry.metadata).dump());
    }
    return found;
}

// ---- Fillers -------------------------------------------------------------------------------------------------------

// swml-ai 27
TEST(SessionTools, AFillerOfTheFunctionComesBeforeThoseOfTheLanguage)
{
    auto spec = with_tool(tool("a"));
    spec.languages[0].function_fillers = { { "default", { "Of the language." } } };
    {
        SessionScript script(spec);
        calls(script.turn("hello"), "1");
        EXPECT_THAT(spoken(script), ElementsAre("Of the language."));
        EXPECT_NE(script.last<CallTool>(), nullptr); // It runs meanwhile.
    }
    spec.tools[0].fillers = { { "default", { "By default." } }, { "en-GB", { "Exactly." } } };
    {
        SessionScript script(spec);
        calls(script.turn("hello"), "1");
        EXPECT_THAT(spoken(script), ElementsAre("Exactly."));
    }
    spec.tools[0].fillers = {};
    spec.tools[0].skip_fillers = true;
    SessionScript script(spec);
    calls(script.turn("hello"), "1");
    EXPECT_THAT(spoken(script), ElementsAre());
}

// swml-ai 29
TEST(SessionTools, AFunctionWaitsUntilItsFillerWasSpoken)
{
    for (const bool by_function : { true, false }) {
        auto spec = with_tool(tool("a"));
        spec.tools[0].fillers = { { "default", { "One moment." } } };
        spec.tools[0].wait_for_fillers = by_function;
        spec.tool_settings.wait_for_talking = !by_function;
        SessionScript script(spec);
        calls(script.turn("hello"), "1");
        EXPECT_EQ(script.last<CallTool>(), nullptr);
        script.played();
        ASSERT_NE(script.last<CallTool>(), nullptr);
        EXPECT_EQ(script.last<CallTool>()->request.call.id, "1");
        script.event(ToolReturned { "1", answer("x") });
        EXPECT_EQ(script.all<AskModel>().size(), 2U);
    }
}

TEST(SessionTools, AHeldFunctionRunsAlsoWhenTheFillerIsCutShort)
{
    auto spec = with_tool(tool("a"));
    spec.tools[0].fillers = { { "default", { "One moment." } } };
    spec.tools[0].wait_for_fillers = true;
    SessionScript script(spec);
    calls(script.turn("hello"), "1");
    script.event(VoiceFailed { script.last<Speak>()->utterance, { ErrorKind::unavailable, "no voice" } });
    EXPECT_NE(script.last<CallTool>(), nullptr);
}

// swml-ai 28
TEST(SessionTools, ASoundPlaysWhileAFunctionRuns)
{
    auto spec = with_tool(tool("a"));
    spec.tools[0].wait_file = "https://x.test/music.wav";
    spec.tools[0].wait_file_loops = 3;
    SessionScript script(spec);
    calls(script.turn("hello"), "1");
    const auto* sound = script.last<PlaySound>();
    ASSERT_NE(sound, nullptr);
    EXPECT_EQ(sound->place, SoundPlace::tool);
    EXPECT_EQ(sound->source, "https://x.test/music.wav");
    EXPECT_EQ(sound->loops, 3);
    EXPECT_EQ(script.last<StopSound>(), nullptr);
    script.event(ToolReturned { "1", answer("x") });
    ASSERT_NE(script.last<StopSound>(), nullptr);
    EXPECT_EQ(script.last<StopSound>()->place, SoundPlace::tool);
}

// swml-ai 28
TEST(SessionTools, ASoundWaitsForTheFillerAndLastsForAllThatWantIt)
{
    auto spec = quiet_spec();
    spec.tools = { tool("a"), tool("b") };
    spec.tools[0].fillers = { { "default", { "One moment." } } };
    spec.tools[0].wait_file = spec.tools[1].wait_file = "music.wav";
    SessionScript script(spec);
    script.turn("hello")
        .model(LmToolCall { { "1", "a", "{}" } })
        .model(LmToolCall { { "2", "b", "{}" } })
        .model(LmDone {});
    EXPECT_EQ(script.all<CallTool>().size(), 2U);
    EXPECT_EQ(script.all<PlaySound>().size(), 0U);
    script.played();
    EXPECT_EQ(script.all<PlaySound>().size(), 1U);
    script.event(ToolReturned { "1", answer("x") });
    EXPECT_EQ(script.all<StopSound>().size(), 0U);
    script.event(ToolReturned { "2", answer("x") });
    EXPECT_EQ(script.all<StopSound>().size(), 1U);
}

// ---- Who may be called ---------------------------------------------------------------------------------------------

// swml-ai 33
TEST(SessionTools, UsesAreCountedDown)
{
    auto spec = reporting(with_tool(tool("a")));
    spec.tools[0].uses_left = 1;
    SessionScript script(spec);
    script.turn("hello");
    EXPECT_THAT(offered(script), ElementsAre("a", "hangup"));
    calls(script, "1").event(ToolReturned { "1", answer("x") });
    EXPECT_THAT(offered(script), ElementsAre("hangup")); // The very next request.
    calls(script, "2");
    EXPECT_EQ(script.all<CallTool>().size(), 1U);
    const auto report = report_of(script);
    ASSERT_EQ(report.swaig_log.size(), 1U);
    EXPECT_EQ(report.swaig_log[0].active_count, 0);
}

// swml-ai 33
TEST(SessionTools, InactiveFunctionsAreNotOffered)
{
    auto spec = with_tool(tool("a"));
    spec.tools[0].uses_left = 0;
    SessionScript script(spec);
    script.turn("hello");
    EXPECT_THAT(offered(script), ElementsAre("hangup"));
}

TEST(SessionTools, NamesAreMadeFitForTheModelOnly)
{
    auto spec = reporting(with_tool(tool("get weather!")));
    SessionScript script(spec);
    script.turn("hello");
    EXPECT_THAT(offered(script), ElementsAre("get_weather_", "hangup"));
    calls(script, "1", "get_weather_");
    ASSERT_NE(script.last<CallTool>(), nullptr);
    EXPECT_EQ(script.last<CallTool>()->request.tool.name, "get weather!");
    script.event(ToolReturned { "1", answer("x") });
    EXPECT_EQ(report_of(script).swaig_log.at(0).command_name, "get weather!");
}

// ---- What fails ----------------------------------------------------------------------------------------------------

// swml-ai 30
TEST(SessionTools, AFailedWebhookIsApologisedForOnceAndTheModelKnows)
{
    auto spec = reporting(quiet_spec());
    spec.tools = { tool("a"), tool("b") };
    SessionScript script(spec);
    script.turn("hello")
        .model(LmToolCall { { "1", "a", "{}" } })
        .model(LmToolCall { { "2", "b", "{}" } })
        .model(LmDone {});
    script.event(ToolReturned { "1", Error { ErrorKind::unavailable, "HTTP 500" } })
        .event(ToolReturned { "2", Error { ErrorKind::unavailable, "HTTP 502" } });
    EXPECT_THAT(spoken(script), ElementsAre(HasSubstr("technical problem")));
    ASSERT_EQ(script.all<AskModel>().size(), 2U);
    script.says("Let us try something else.").played();
    const auto report = report_of(script);
    EXPECT_THAT(events_named(report, "manual_say"),
        Contains(HasSubstr(R"("is_error":true,"error_reason":"webhook_http_failure")")));
    EXPECT_EQ(report.swaig_log.at(0).error, "HTTP 500");
}

// swml-ai 30
TEST(SessionTools, AFunctionThatNeverAnswersIsGivenUpAndSpokenAbout)
{
    SessionScript script(with_tool(tool("a")));
    calls(script.turn("hello"), "1").at(1'200 + 40'000);
    EXPECT_NE(script.last<CancelTool>(), nullptr);
    EXPECT_THAT(spoken(script), Contains(HasSubstr("technical problem")));
    EXPECT_EQ(script.all<AskModel>().size(), 2U);
    script.event(ToolReturned { "1", answer("late") }); // Nobody waits for it.
    EXPECT_EQ(script.all<AskModel>().size(), 2U);
}

// swml-ai 30
TEST(SessionTools, AnAnswerThatIsNoneIsNotedAndToldToTheModel)
{
    SessionScript script(reporting(with_tool(tool("a"))));
    auto reply = answer(R"({"error":"boom"})");
    reply.has_response = false;
    calls(script.turn("hello"), "1").event(ToolReturned { "1", reply });
    EXPECT_EQ(script.last<AskModel>()->request.messages.back().content, R"({"error":"boom"})");
    EXPECT_EQ(events_named(report_of(script), "swaig_problem").size(), 1U);
}

// swml-ai 30, 32
TEST(SessionTools, AModelThatCallsTheUnknownForEverIsHeardAndEnded)
{
    SessionScript script(reporting(quiet_spec()));
    script.turn("hello");
    for (int i = 0; i < 20 && script.session().floor() == turn::Floor::thinking; ++i) {
        script.model(LmToolCall { { std::to_string(i), "nothing", "{}" } }).model(LmDone {});
        script.played();
    }
    EXPECT_EQ(script.session().floor(), turn::Floor::open);
    EXPECT_GE(spoken(script).size(), 2U); // That it cannot be done; then that it cannot go on.
    EXPECT_EQ(events_named(report_of(script), "function_error").size(), 5U);
}

// swml-ai 32
TEST(SessionTools, CallsInARowAndRepeatedOnesAreLoggedAsLoops)
{
    SessionScript script(reporting(with_tool(tool("a"))));
    script.turn("hello");
    for (int i = 0; i < 4; ++i) {
        calls(script, std::to_string(i));
        if (i < 2)
            script.event(ToolReturned { std::to_string(i), answer("x") });
    }
    calls(script, "5");
    const auto loops = events_named(report_of(script), "function_loop");
    ASSERT_EQ(loops.size(), 3U);
    EXPECT_EQ(loops[0], R"({"function":"a","type":"repeated","count":3})");
    EXPECT_EQ(loops[2], R"({"function":"a","type":"consecutive","count":5})");
}

// swml-ai 32, 51
TEST(SessionTools, BackToBackAllowsMoreInARowButNotForEver)
{
    for (const auto* value : { "true", "\"forever\"" }) {
        SessionScript script(with_tool(tool("a")));
        script.turn("hello");
        for (int i = 0; i < 30; ++i) {
            if (script.last<AskModel>()->request.tools.empty())
                break;
            const auto id = std::to_string(i);
            calls(script, id, "a", "{\"n\":" + id + "}")
                .event(ToolReturned { id, answer("x", { action("back_to_back_functions", value) }) });
        }
        EXPECT_EQ(script.all<CallTool>().size(), 16U);
        script.says("Done.").played();
        script.turn("again");
        for (int i = 100; i < 130; ++i) {
            if (script.last<AskModel>()->request.tools.empty())
                break;
            const auto id = std::to_string(i);
            calls(script, id, "a", "{\"n\":" + id + "}").event(ToolReturned { id, answer("x") });
        }
        EXPECT_EQ(script.all<CallTool>().size(), std::string_view(value) == "true" ? 20U : 32U);
    }
}

TEST(SessionTools, AnAnswerThatComesWhenTheUserHasTheFloorIsDelayed)
{
    SessionScript script(reporting(with_tool(tool("a"))));
    calls(script.turn("hello"), "1").event(SpeechStarted {}).event(ToolReturned { "1", answer("x") });
    EXPECT_TRUE(report_of(script).swaig_log.at(0).delayed);
}

// swml-ai 35
TEST(SessionTools, TheConversationIsPostedWhenThatIsWanted)
{
    auto spec = with_tool(tool("a"));
    for (const bool wanted : { false, true }) {
        spec.tool_settings.post_conversation = wanted;
        SessionScript script(spec);
        calls(script.turn("hello"), "1");
        const auto& request = script.last<CallTool>()->request;
        EXPECT_EQ(request.with_conversation, wanted);
        EXPECT_EQ(request.call_log.empty(), !wanted);
        EXPECT_EQ(request.raw_call_log.empty(), !wanted);
    }
}

} // namespace
} // namespace parley::agent
