#include "swaig/contexts.h"
#include "swaig/fillers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::swaig {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

struct Parsed {
    ContextsSpec spec;
    std::vector<std::string> warnings;
};

Parsed parse(const char* text)
{
    const auto json = Json::parse(text);
    EXPECT_TRUE(json) << text;
    Parsed parsed;
    parsed.spec = parse_contexts(json->as_object(), "prompt", parsed.warnings);
    return parsed;
}

TEST(Contexts, without_contexts_and_steps_there_are_none)
{
    EXPECT_TRUE(parse(R"({"text":"You help."})").spec.empty());
    EXPECT_TRUE(parse(R"({"contexts":null,"steps":null})").spec.empty());
}

TEST(Contexts, reads_each_member_of_a_context)
{
    const auto parsed = parse(R"({"contexts":{"default":{"steps":[{"name":"a","text":"A"},{"name":"b","text":"B"}],
        "initial_step":"b","text":"You sell.","isolated":true,"history":"keep",
        "enter_fillers":{"en-US":["Welcome.","Hello."],"default":["Hi."]},"exit_fillers":["Bye."],
        "valid_contexts":["other"],"valid_steps":["next"],"post_prompt":"Sum up."},
        "other":{"system_prompt":"You bill.","user_prompt":"Hello","consolidate":"true","full_reset":true}}})");
    EXPECT_THAT(parsed.warnings, IsEmpty());
    ASSERT_EQ(parsed.spec.contexts.size(), 2U);
    const auto& context = parsed.spec.contexts[0];
    EXPECT_EQ(context.name, "default");
    EXPECT_EQ(context.steps.size(), 2U);
    EXPECT_EQ(context.initial_step, "b");
    EXPECT_EQ(context.prompt, "You sell.");
    EXPECT_TRUE(context.isolated);
    EXPECT_EQ(context.history, StepHistory::keep);
    EXPECT_EQ(context.enter_fillers, (FillerMap { { "en-US", { "Welcome.", "Hello." } }, { "default", { "Hi." } } }));
    EXPECT_EQ(context.exit_fillers, (FillerMap { { "default", { "Bye." } } }));
    EXPECT_EQ(context.valid_contexts, (std::vector<std::string> { "other" }));
    EXPECT_EQ(context.valid_steps, (std::vector<std::string> { "next" }));
    EXPECT_EQ(context.reset, std::nullopt);
    EXPECT_EQ(context.post_prompt, "Sum up.");
    EXPECT_EQ(parsed.spec.contexts[1].reset, (ContextReset { "You bill.", "Hello", true, true }));
    EXPECT_EQ(parsed.spec.contexts[1].post_prompt, std::nullopt);
}

TEST(Contexts, what_a_context_does_not_say_has_its_default)
{
    const auto parsed = parse(R"({"contexts":{"default":{"steps":[{"name":"a","text":"A"}]}}})");
    EXPECT_THAT(parsed.warnings, IsEmpty());
    ContextSpec expected;
    expected.name = "default";
    expected.steps.resize(1);
    expected.steps[0].name = "a";
    expected.steps[0].text = "A";
    EXPECT_EQ(parsed.spec.contexts.at(0), expected);
    EXPECT_EQ(expected.history, StepHistory::dialogue);
}

TEST(Contexts, reads_each_member_of_a_step)
{
    const auto parsed = parse(R"({"contexts":{"default":{"steps":[{"name":"a","text":"A","step_criteria":"Done.",
        "functions":["book"],"valid_steps":["b","next"],"valid_contexts":[],"history":"hide","skip_user_turn":true,
        "skip_to_next_step":"true","end":1,"reset":{"system_prompt":"New.","consolidate":true}},
        {"name":"b","instructions":"B","functions":"none"},
        {"name":"c","pom":[{"title":"Task","body":"C"}]}]}}})");
    EXPECT_THAT(parsed.warnings, IsEmpty());
    const auto& steps = parsed.spec.contexts.at(0).steps;
    ASSERT_EQ(steps.size(), 3U);
    EXPECT_EQ(steps[0].criteria, "Done.");
    EXPECT_EQ(steps[0].functions, (std::vector<std::string> { "book" }));
    EXPECT_EQ(steps[0].valid_steps, (std::vector<std::string> { "b", "next" }));
    EXPECT_EQ(steps[0].valid_contexts, std::vector<std::string> {});
    EXPECT_EQ(steps[0].history, StepHistory::hide);
    EXPECT_TRUE(steps[0].skip_user_turn);
    EXPECT_TRUE(steps[0].skip_to_next_step);
    EXPECT_TRUE(steps[0].end);
    EXPECT_EQ(steps[0].reset, (ContextReset { "New.", "", true, false }));
    EXPECT_EQ(steps[1].text, "B");
    EXPECT_EQ(steps[1].functions, std::vector<std::string> {});
    EXPECT_EQ(steps[1].valid_steps, std::nullopt);
    EXPECT_EQ(steps[2].functions, std::nullopt);
    EXPECT_EQ(steps[2].text, "\n## Task\n\nC\n");
}

TEST(Contexts, sections_are_rendered_in_the_format_of_the_prompt)
{
    const auto json = Json::parse(R"({"steps":[{"name":"a","pom":[{"title":"Task","body":"C"}]}]})");
    std::vector<std::string> warnings;
    const auto spec = parse_contexts(json->as_object(), "prompt", warnings, PomFormat::xml);
    EXPECT_THAT(spec.contexts.at(0).steps.at(0).text, HasSubstr("<"));
}

TEST(Contexts, reads_a_gathering)
{
    const auto parsed = parse(R"({"steps":[{"name":"a","gather_info":{"prompt":"Some facts.","output_key":"profile",
        "completion_action":"next_step","isolated":true,"questions":[
        {"key":"name","question":"Your name?"},
        {"key":"age","question":"Your age?","type":"integer","confirm":true,"prompt":"In years.","functions":["look"],
         "isolated":true}]}},{"name":"b","text":"B"}]})");
    EXPECT_THAT(parsed.warnings, IsEmpty());
    const auto& gather = parsed.spec.contexts.at(0).steps.at(0).gather;
    ASSERT_TRUE(gather);
    GatherSpec expected { "Some facts.", "profile", "next_step", true, {} };
    expected.questions.resize(2);
    expected.questions[0].key = "name";
    expected.questions[0].question = "Your name?";
    expected.questions[1]
        = { "age", "Your age?", AnswerType::integer, true, "In years.", std::vector<std::string> { "look" }, true };
    EXPECT_EQ(*gather, expected);
}

TEST(Contexts, steps_alone_are_an_implicit_default_context)
{
    const auto parsed = parse(R"({"steps":[{"name":"a","instructions":"A"},{"instructions":"B"}]})");
    ASSERT_EQ(parsed.spec.contexts.size(), 1U);
    EXPECT_EQ(parsed.spec.contexts[0].name, "default");
    EXPECT_EQ(parsed.spec.contexts[0].steps.at(1).name, "step_2");
    EXPECT_THAT(parsed.warnings, ElementsAre("prompt.steps[1].name: is missing, taken as step_2"));
}

TEST(Contexts, what_cannot_be_taken_is_left_out_and_named)
{
    EXPECT_THAT(parse(R"({"contexts":[]})").warnings, ElementsAre("prompt.contexts: must be an object, left out"));
    EXPECT_THAT(
        parse(R"({"contexts":{"a":7}})").warnings, ElementsAre("prompt.contexts.a: must be an object, left out"));
    EXPECT_THAT(parse(R"({"steps":{}})").warnings, ElementsAre("prompt.steps: must be an array, left out"));
    EXPECT_THAT(parse(R"({"steps":[7]})").warnings, ElementsAre("prompt.steps[0]: must be an object, left out"));
    const auto parsed = parse(R"({"steps":[{"name":"a","text":"A"},{"name":"a","text":"B"},{"name":"next","text":"C"},
        {"name":"d","text":[],"pom":7,"functions":7,"valid_steps":[7],"history":"never","end":"perhaps","reset":"x",
         "gather_info":{"questions":[{"key":"k"},{"question":"q"},7]}}]})");
    const auto& steps = parsed.spec.contexts.at(0).steps;
    ASSERT_EQ(steps.size(), 2U);
    EXPECT_EQ(steps[0].text, "A");
    EXPECT_FALSE(steps[1].gather);
    EXPECT_THAT(parsed.warnings, Each(StartsWith("prompt.steps")));
    for (const auto* key : { "[1].name: a was there before", "[2].name: next means", "[3].text: must", "[3].pom: must",
             "[3].functions: must", "[3].valid_steps: holds", "[3].history: must", "[3].end: must", "[3].reset: must",
             "questions[0].question: is missing", "questions[1].key: is missing", "gather_info.questions: there are" })
        EXPECT_THAT(parsed.warnings, Contains(HasSubstr(key))) << key;
}

TEST(Contexts, names_that_lead_nowhere_are_named)
{
    const auto parsed = parse(R"({"contexts":{"default":{"initial_step":"x","valid_contexts":["y"],"steps":[
        {"name":"a","text":"A","valid_steps":["z"]},
        {"name":"b","text":"B","skip_to_next_step":true,"gather_info":{"completion_action":"next_step",
         "questions":[{"key":"k","question":"q"}]}}]}}})");
    EXPECT_THAT(parsed.warnings,
        ElementsAre("prompt.contexts.default.initial_step: there is no step x, starts at the first",
            "prompt.contexts.default.valid_contexts: there is no context y",
            "prompt.contexts.default.steps.a.valid_steps: there is no step z",
            "prompt.contexts.default.steps.b.skip_to_next_step: there is no next step",
            "prompt.contexts.default.steps.b.gather_info.completion_action: there is no step next_step"));
}

TEST(Contexts, an_empty_list_of_steps_that_would_be_a_trap_is_named)
{
    EXPECT_THAT(parse(R"({"steps":[{"name":"a","text":"A","valid_steps":[]},{"name":"b","text":"B"}]})").warnings,
        ElementsAre(HasSubstr("the following step is allowed")));
    EXPECT_THAT(parse(R"({"steps":[{"name":"a","text":"A","valid_steps":[],"end":true}]})").warnings, IsEmpty());
}

TEST(Contexts, there_is_a_limit_of_contexts_and_of_steps)
{
    Json::Object contexts;
    for (std::size_t i = 0; i <= max_contexts; ++i)
        contexts[std::to_string(i)] = Json::Object { { "text", "x" } };
    Json::Array steps;
    for (std::size_t i = 0; i <= max_steps; ++i)
        steps.emplace_back(Json::Object { { "name", std::to_string(i) }, { "text", "x" } });
    std::vector<std::string> warnings;
    EXPECT_EQ(parse_contexts({ { "contexts", contexts } }, "prompt", warnings).contexts.size(), max_contexts);
    EXPECT_THAT(warnings, ElementsAre("prompt.contexts: only the first 50 are taken"));
    warnings.clear();
    EXPECT_EQ(parse_contexts({ { "steps", steps } }, "prompt", warnings).contexts.at(0).steps.size(), max_steps);
    EXPECT_THAT(warnings, ElementsAre("prompt.steps: only the first 100 are taken"));
}

TEST(Fillers, are_phrases_by_language_and_an_array_is_for_all)
{
    std::vector<std::string> warnings;
    EXPECT_EQ(parse_fillers(Json::Array { Json("One moment.") }, "f", warnings),
        (FillerMap { { "default", { "One moment." } } }));
    EXPECT_EQ(parse_fillers(Json::Object { { "en", "One moment." } }, "f", warnings),
        (FillerMap { { "en", { "One moment." } } }));
    EXPECT_EQ(parse_fillers(Json(), "f", warnings), FillerMap {});
    EXPECT_THAT(warnings, IsEmpty());
    EXPECT_EQ(
        parse_fillers(Json::Object { { "en", Json::Array { Json::Object {}, "" } } }, "f", warnings), FillerMap {});
    EXPECT_THAT(warnings, Each(StartsWith("f.en: ")));
    EXPECT_EQ(warnings.size(), 2U);
}

} // namespace
} // namespace parley::swaig
