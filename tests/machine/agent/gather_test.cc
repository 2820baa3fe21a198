// Questions asked one after the other. Numbers are those of the conformance checklist.
#include "machine/agent/step_script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

GatherQuestion question(std::string key, AnswerType type = AnswerType::string)
{
    GatherQuestion question;
    question.question = "What is your " + key + "?";
    question.key = std::move(key);
    question.type = type;
    return question;
}

std::vector<StepSpec> asking(GatherSpec gather)
{
    auto first = step_named("collect", "Thank the user.");
    first.gather = std::move(gather);
    return { first, step_named("go_on"), step_named("last") };
}

std::vector<StepSpec> asking(std::vector<GatherQuestion> questions)
{
    GatherSpec gather;
    gather.output_key = "profile";
    gather.questions = std::move(questions);
    return asking(std::move(gather));
}

std::vector<std::string> tool_names(const StepScript& script)
{
    std::vector<std::string> names;
    for (const auto& tool : script.machine().tools())
        names.push_back(tool.name);
    return names;
}

// swml-ai 66
TEST(Gather, asks_one_question_at_a_time)
{
    StepScript script(asking({ question("name"), question("city") }));
    EXPECT_THAT(script.shown(), HasSubstr("Ask the user: \"What is your name?\""));
    EXPECT_THAT(script.shown(), Not(HasSubstr("city")));
    EXPECT_THAT(script.shown(), Not(HasSubstr("Thank the user.")));
    EXPECT_EQ(script.all<step::ShowInstruction>().back().lasting, step::Lasting::question);
    EXPECT_THAT(script.events(),
        ElementsAre(R"(gather_start{"output_key":"profile","total_questions":2})",
            R"(gather_question{"key":"name","question_index":0,"question_type":"string","requires_confirm":false})"));

    script.submit({ { "answer", "Ann" } });
    EXPECT_THAT(script.shown(), HasSubstr("Ask the user: \"What is your city?\""));
    EXPECT_TRUE(script.has<step::HideQuestion>());
    EXPECT_THAT(script.events(),
        ElementsAre(R"(gather_answer{"key":"name","question_index":0,"attempt":1,"confirmed":false})",
            R"(gather_question{"key":"city","question_index":1,"question_type":"string","requires_confirm":false})"));
}

// swml-ai 66
TEST(Gather, the_preamble_is_shown_once_and_stays)
{
    GatherSpec gather;
    gather.prompt = "You need some facts.";
    gather.questions = { question("name"), question("city") };
    StepScript script(asking(gather));
    const auto shown = script.all<step::ShowInstruction>();
    ASSERT_EQ(shown.size(), 2U);
    EXPECT_EQ(shown[0], (step::ShowInstruction { "You need some facts.", step::Lasting::always }));
    script.submit({ { "answer", "Ann" } });
    EXPECT_EQ(script.all<step::ShowInstruction>().size(), 1U);
}

// swml-ai 66
TEST(Gather, the_model_has_gather_submit_and_the_functions_of_the_question_alone)
{
    auto with_function = question("airport");
    with_function.functions = { "resolve_airport" };
    StepScript script(asking({ question("name"), with_function }));
    EXPECT_THAT(tool_names(script), ElementsAre("gather_submit"));
    EXPECT_TRUE(script.machine().gathering());
    EXPECT_FALSE(script.machine().active("resolve_airport"));
    script.submit({ { "answer", "Ann" } });
    EXPECT_THAT(tool_names(script), ElementsAre("gather_submit"));
    EXPECT_TRUE(script.machine().active("resolve_airport"));
    EXPECT_FALSE(script.machine().active("book"));
    script.submit({ { "answer", "FRA" } });
    EXPECT_FALSE(script.machine().gathering());
    EXPECT_TRUE(script.machine().active("book"));
    EXPECT_THAT(tool_names(script), ElementsAre("next_step"));
}

// swml-ai 66
TEST(Gather, the_schema_carries_the_type_and_the_confirmation)
{
    auto age = question("age", AnswerType::integer);
    age.confirm = true;
    StepScript script(asking({ age }));
    const auto schema = script.machine().tools()[0].parameters;
    EXPECT_EQ(schema.find("properties")->find("answer")->string_or("type"), "integer");
    EXPECT_EQ(schema.find("properties")->find("confirmed_by_user")->find("enum")->dump(), R"(["true","false"])");
    EXPECT_EQ(schema.find("required")->dump(), R"(["answer","confirmed_by_user"])");
    StepScript plain(asking({ question("name") }));
    EXPECT_EQ(plain.machine().tools()[0].parameters.find("required")->dump(), R"(["answer"])");
    EXPECT_EQ(plain.machine().tools()[0].parameters.find("properties")->find("confirmed_by_user"), nullptr);
}

// swml-ai 66
TEST(Gather, an_answer_that_must_be_confirmed_counts_only_then)
{
    auto name = question("name");
    name.confirm = true;
    StepScript script(asking({ name }));
    EXPECT_THAT(script.shown(), HasSubstr("confirmed_by_user"));
    script.submit({ { "answer", "Ann" }, { "confirmed_by_user", "false" } });
    EXPECT_FALSE(script.has<step::SetGlobalData>());
    EXPECT_TRUE(script.all<step::ToolResult>()[0].rejected);
    EXPECT_THAT(script.events(),
        ElementsAre(R"(gather_reject{"key":"name","question_index":0,"attempt":1,"reason":"confirmation_required"})"));
    EXPECT_THAT(script.shown(), HasSubstr("read it back"));
    script.submit({ { "answer", "Ann" }, { "confirmed_by_user", "true" } });
    EXPECT_EQ(
        script.all<step::SetGlobalData>(), (std::vector { step::SetGlobalData { "profile", "name", Json("Ann") } }));
    EXPECT_EQ(script.events()[0], R"(gather_answer{"key":"name","question_index":0,"attempt":2,"confirmed":true})");
}

// swml-ai 66
TEST(Gather, a_submission_without_an_answer_is_refused)
{
    StepScript script(asking({ question("name") }));
    for (const Json::Object& arguments :
        { Json::Object {}, Json::Object { { "answer", nullptr } }, Json::Object { { "answer", "" } } }) {
        script.submit(arguments);
        EXPECT_THAT(script.events(), ElementsAre(HasSubstr(R"("reason":"missing_answer")")));
        EXPECT_TRUE(script.machine().gathering());
    }
}

// swml-ai 66
TEST(Gather, answers_have_the_type_that_was_asked_for)
{
    struct Case {
        AnswerType type;
        Json given;
        std::optional<Json> stored;
    };
    const std::vector<Case> cases { { AnswerType::string, "Ann", Json("Ann") }, { AnswerType::string, 7, Json("7") },
        { AnswerType::integer, 34, Json(34) }, { AnswerType::integer, "34", Json(34) },
        { AnswerType::integer, 34.0, Json(34) }, { AnswerType::integer, 34.5, std::nullopt },
        { AnswerType::integer, "many", std::nullopt }, { AnswerType::integer, 1e300, std::nullopt },
        { AnswerType::number, 1.5, Json(1.5) }, { AnswerType::number, "1.5", Json(1.5) },
        { AnswerType::number, "inf", std::nullopt }, { AnswerType::number, Json::Object {}, std::nullopt },
        { AnswerType::boolean, true, Json(true) }, { AnswerType::boolean, "yes", Json(true) },
        { AnswerType::boolean, "false", Json(false) }, { AnswerType::boolean, "perhaps", std::nullopt } };
    for (const auto& one : cases) {
        StepScript script(asking({ question("key", one.type) }));
        script.submit({ { "answer", one.given } });
        const auto set = script.all<step::SetGlobalData>();
        EXPECT_EQ(set.empty(), !one.stored) << one.given.dump();
        if (one.stored && !set.empty())
            EXPECT_EQ(set[0].value.dump(), one.stored->dump());
        else
            EXPECT_THAT(script.events(), ElementsAre(HasSubstr("invalid_answer")));
    }
}

// swml-ai 66
TEST(Gather, without_an_output_key_answers_stand_at_the_root)
{
    GatherSpec gather;
    gather.questions = { question("name") };
    StepScript script(asking(gather));
    script.submit({ { "answer", "Ann" } });
    EXPECT_EQ(script.all<step::SetGlobalData>(), (std::vector { step::SetGlobalData { "", "name", Json("Ann") } }));
}

// swml-ai 66
TEST(Gather, when_all_is_answered_the_step_goes_on_as_a_normal_one)
{
    StepScript script(asking({ question("name") }));
    script.submit({ { "answer", "Ann" } });
    EXPECT_EQ(script.events().back(), R"(gather_complete{"output_key":"profile","answered":1,"completion_action":""})");
    EXPECT_EQ(script.all<step::LogEvent>().back().content, "Gather complete (1 answered)");
    EXPECT_EQ(script.where(), "default/collect");
    EXPECT_THAT(script.shown(), HasSubstr("Thank the user."));
    EXPECT_THAT(script.shown(), HasSubstr("do not ask again for: name"));
    EXPECT_FALSE(script.all<step::ToolResult>()[0].rejected);
}

// swml-ai 66
TEST(Gather, completion_leads_to_the_next_step_or_to_a_named_one)
{
    for (const auto& [action, place] :
        { std::pair { "next_step", "default/go_on" }, std::pair { "last", "default/last" } }) {
        GatherSpec gather;
        gather.questions = { question("name") };
        gather.completion_action = action;
        StepScript script(asking(gather));
        script.submit({ { "answer", "Ann" } });
        EXPECT_EQ(script.where(), place);
        EXPECT_THAT(script.events().back(), HasSubstr(R"("trigger":"gather_complete")"));
        EXPECT_TRUE(script.has<step::HideInstructions>());
    }
}

TEST(Gather, completion_that_leads_nowhere_is_logged_and_the_step_goes_on)
{
    GatherSpec gather;
    gather.questions = { question("name") };
    gather.completion_action = "nowhere";
    StepScript script(asking(gather));
    script.submit({ { "answer", "Ann" } });
    EXPECT_EQ(script.where(), "default/collect");
    EXPECT_THAT(script.events().back(), HasSubstr("change_step_failed"));
    EXPECT_THAT(script.shown(), HasSubstr("Thank the user."));
}

// swml-ai 66
TEST(Gather, isolated_questions_do_not_see_the_others)
{
    auto secret = question("pin");
    secret.isolated = true;
    StepScript script(asking({ question("name"), secret, question("city") }));
    EXPECT_TRUE(script.has<step::BeginSiblings>());
    EXPECT_TRUE(script.submit({ { "answer", "Ann" } }).has<step::HideSiblings>());
    EXPECT_TRUE(script.submit({ { "answer", "1234" } }).has<step::ShowSiblings>());
    EXPECT_FALSE(script.submit({ { "answer", "Berlin" } }).has<step::ShowSiblings>());
}

TEST(Gather, a_gathering_may_be_isolated_as_a_whole)
{
    GatherSpec gather;
    gather.isolated = true;
    gather.questions = { question("name"), question("city") };
    StepScript script(asking(gather));
    EXPECT_TRUE(script.submit({ { "answer", "Ann" } }).has<step::HideSiblings>());
    EXPECT_TRUE(script.submit({ { "answer", "Berlin" } }).has<step::ShowSiblings>());
}

TEST(Gather, the_model_cannot_leave_but_an_action_can)
{
    StepScript script(asking({ question("name") }));
    script.next_step("go_on");
    EXPECT_TRUE(script.all<step::ToolResult>()[0].rejected);
    EXPECT_TRUE(script.machine().gathering());
    EXPECT_EQ(script.action_step("go_on").where(), "default/go_on");
    EXPECT_FALSE(script.machine().gathering());
    EXPECT_TRUE(script.submit({ { "answer", "Ann" } }).all<step::ToolResult>()[0].rejected);
}

TEST(Gather, the_end_of_a_reply_moves_nothing)
{
    auto steps = asking({ question("name") });
    steps[0].skip_to_next_step = true;
    StepScript script(steps);
    EXPECT_THAT(script.reply_ended().commands(), IsEmpty());
    script.submit({ { "answer", "Ann" } });
    EXPECT_EQ(script.reply_ended().where(), "default/go_on");
}

TEST(Gather, a_step_is_asked_anew_when_it_is_entered_again)
{
    StepScript script(asking({ question("name") }));
    script.submit({ { "answer", "Ann" } });
    script.action_step("last").action_step("collect");
    EXPECT_TRUE(script.machine().gathering());
    EXPECT_THAT(script.shown(), HasSubstr("What is your name?"));
}

} // namespace
} // namespace parley::agent
