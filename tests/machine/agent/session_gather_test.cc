// Questions within a session: what the model is shown, has, and does. Numbers are those of the checklist.
#include "machine/agent/step_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::agent {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

AiSpec asking(std::vector<GatherQuestion> questions)
{
    auto collect = step_named("collect", "Thank the user.");
    collect.gather.emplace();
    collect.gather->output_key = "profile";
    collect.gather->questions = std::move(questions);
    auto spec = with_steps({ collect, step_named("next_one") });
    spec.tools = { tool("book") };
    return spec;
}

GatherQuestion question(std::string key)
{
    GatherQuestion question;
    question.question = "What is your " + key + "?";
    question.key = std::move(key);
    return question;
}

// swml-ai 66, 67
TEST(SessionGather, a_gathering_leaves_no_trace_of_its_tool_in_what_the_model_sees)
{
    SessionScript script(asking({ question("name"), question("city") }));
    script.turn("hello");
    EXPECT_THAT(tools(script), ElementsAre("gather_submit"));
    script.says("What is your name?").played().turn("Ann");
    calls(script, "gather_submit", R"({"answer":"Ann"})");
    EXPECT_THAT(shown(script),
        ElementsAre("system You help.", "user hello", "assistant What is your name?", "user Ann",
            HasSubstr("What is your city?")));
    script.says("And your city?").played().turn("Berlin");
    calls(script, "gather_submit", R"({"answer":"Berlin"})", "c2");
    EXPECT_THAT(shown(script).back(), HasSubstr("Thank the user."));
    EXPECT_THAT(shown(script), Not(Contains(HasSubstr("gather_submit"))));
    EXPECT_THAT(tools(script), ElementsAre("book", "next_step"));
    EXPECT_EQ(script.session().global_data().find("profile")->dump(), R"({"name":"Ann","city":"Berlin"})");

    script.event(CallEnded {});
    const auto& report = script.last<PostReport>()->report;
    ASSERT_EQ(report.swaig_log.size(), 2U);
    EXPECT_TRUE(report.swaig_log[0].native);
    EXPECT_EQ(report.swaig_log[0].command_name, "gather_submit");
    EXPECT_THAT(events(report), Contains(StartsWith("gather_complete{")));
}

// swml-ai 66
TEST(SessionGather, a_refused_answer_is_explained_to_the_model_though_it_sees_no_result)
{
    auto name = question("name");
    name.confirm = true;
    SessionScript script(asking({ name }));
    script.turn("Ann");
    calls(script, "gather_submit", R"({"answer":"Ann"})");
    EXPECT_THAT(shown(script).back(), AllOf(StartsWith("system "), HasSubstr("not confirmed yet")));
    script.says("Ann, is that right?").played().turn("yes");
    calls(script, "gather_submit", R"({"answer":"Ann","confirmed_by_user":"true"})", "c2");
    EXPECT_THAT(shown(script), Not(Contains(HasSubstr("not confirmed yet"))));
    EXPECT_EQ(script.session().global_data().find("profile")->dump(), R"({"name":"Ann"})");
}

// swml-ai 66
TEST(SessionGather, an_isolated_question_hides_the_others_while_it_is_asked)
{
    auto password = question("password");
    password.isolated = true;
    SessionScript script(asking({ question("name"), password, question("city") }));
    script.turn("Ann");
    calls(script, "gather_submit", R"({"answer":"Ann"})");
    EXPECT_THAT(shown(script), ElementsAre("system You help.", HasSubstr("What is your password?")));
    script.says("Your password?").played().turn("sesame");
    calls(script, "gather_submit", R"({"answer":"sesame"})", "c2");
    EXPECT_THAT(shown(script),
        ElementsAre(
            "system You help.", "user Ann", "assistant Your password?", "user sesame", HasSubstr("your city?")));
}

} // namespace
} // namespace parley::agent
