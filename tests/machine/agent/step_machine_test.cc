// The rules of contexts and steps, one by one. Numbers are those of the conformance checklist.
#include "machine/agent/step_script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::agent {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using Names = std::vector<std::string>;

template <typename T> std::size_t position(const StepScript& script)
{
    const auto& commands = script.commands();
    const auto found = std::ranges::find_if(commands, [](const auto& c) { return std::holds_alternative<T>(c); });
    EXPECT_NE(found, commands.end());
    return static_cast<std::size_t>(found - commands.begin());
}

ContextsSpec two_contexts()
{
    auto first = context_named("sales", { step_named("greet"), step_named("sell") });
    first.valid_contexts = { "billing" };
    auto second = context_named("billing", { step_named("ask"), step_named("pay") });
    second.valid_contexts = { "sales" };
    return { { std::move(first), std::move(second) } };
}

TEST(StepMachine, without_contexts_it_does_nothing)
{
    StepScript script(ContextsSpec {});
    EXPECT_THAT(script.commands(), IsEmpty());
    EXPECT_THAT(script.machine().tools(), IsEmpty());
    EXPECT_TRUE(script.machine().active("anything"));
    EXPECT_FALSE(script.machine().owns("next_step"));
    EXPECT_FALSE(script.reply_ended().has<step::ShowInstruction>());
    EXPECT_THAT(script.action_step("x").events(), ElementsAre(HasSubstr("change_step_failed")));
}

// swml-ai 54
TEST(StepMachine, starts_in_default_wherever_it_stands)
{
    StepScript script(
        ContextsSpec { { context_named("a", { step_named("x") }), context_named("default", { step_named("y") }) } });
    EXPECT_EQ(script.where(), "default/y");
}

// swml-ai 54
TEST(StepMachine, starts_in_the_first_context_if_none_is_the_default)
{
    EXPECT_EQ(StepScript(two_contexts()).where(), "sales/greet");
}

// swml-ai 54
TEST(StepMachine, starts_at_the_initial_step_and_at_the_first_if_there_is_none_of_that_name)
{
    auto spec = two_contexts();
    spec.contexts[0].initial_step = "sell";
    EXPECT_EQ(StepScript(spec).where(), "sales/sell");
    spec.contexts[0].initial_step = "nowhere";
    EXPECT_EQ(StepScript(spec).where(), "sales/greet");
}

// swml-ai 55
TEST(StepMachine, a_step_is_shown_with_its_criteria_until_the_next_one_is_entered)
{
    auto first = step_named("greet", "Say hello.");
    first.criteria = "The user has said hello.";
    StepScript script({ first, step_named("ask") });
    const auto shown = script.all<step::ShowInstruction>();
    ASSERT_EQ(shown.size(), 1U);
    EXPECT_THAT(shown[0].text, HasSubstr("Say hello."));
    EXPECT_THAT(shown[0].text, HasSubstr("The user has said hello."));
    EXPECT_EQ(shown[0].lasting, step::Lasting::step);

    script.next_step("ask");
    EXPECT_LT(position<step::HideInstructions>(script), position<step::ShowInstruction>(script));
    EXPECT_THAT(script.shown(), HasSubstr("Text of ask."));
    EXPECT_THAT(script.shown(), Not(HasSubstr("holds")));
}

// swml-ai 56
TEST(StepMachine, offers_next_step_and_change_context_with_what_is_allowed)
{
    auto spec = two_contexts();
    spec.contexts[0].steps.push_back(step_named("bye"));
    spec.contexts[0].steps[0].valid_steps = { "bye", "sell" };
    StepScript script(spec);
    EXPECT_EQ(script.choices("next_step"), (Names { "bye", "sell" }));
    EXPECT_EQ(script.choices("change_context"), (Names { "billing" }));
}

// swml-ai 56
TEST(StepMachine, offers_no_tool_that_leads_nowhere)
{
    StepScript script({ step_named("only") });
    EXPECT_THAT(script.machine().tools(), IsEmpty());
}

// swml-ai 56
TEST(StepMachine, the_valid_lists_of_a_step_stand_before_those_of_its_context)
{
    auto spec = two_contexts();
    spec.contexts[0].valid_steps = { "sell" };
    spec.contexts[0].steps[0].valid_contexts = Names {};
    spec.contexts[0].steps[1].valid_steps = { "greet" };
    StepScript script(spec);
    EXPECT_EQ(script.choices("next_step"), (Names { "sell" }));
    EXPECT_THAT(script.choices("change_context"), IsEmpty());
    script.next_step("sell");
    EXPECT_EQ(script.choices("next_step"), (Names { "greet" }));
    EXPECT_EQ(script.choices("change_context"), (Names { "billing" }));
}

// swml-ai 57
TEST(StepMachine, the_model_may_not_go_where_the_step_does_not_lead)
{
    StepScript script({ step_named("a"), step_named("b"), step_named("c") });
    script.next_step("c");
    EXPECT_EQ(script.where(), "default/a");
    ASSERT_EQ(script.all<step::ToolResult>().size(), 1U);
    EXPECT_TRUE(script.all<step::ToolResult>()[0].rejected);
    EXPECT_THAT(script.all<step::ToolResult>()[0].text, HasSubstr("possible: b"));
    EXPECT_THAT(script.events(), ElementsAre(HasSubstr("change_step_failed")));
    EXPECT_FALSE(script.has<step::ShowInstruction>());
}

// swml-ai 57
TEST(StepMachine, the_model_may_not_turn_to_a_context_that_is_not_listed)
{
    auto spec = two_contexts();
    spec.contexts[0].valid_contexts.reset();
    StepScript script(spec);
    script.change_context("billing");
    EXPECT_EQ(script.where(), "sales/greet");
    EXPECT_TRUE(script.all<step::ToolResult>()[0].rejected);
    EXPECT_THAT(script.events(), ElementsAre(HasSubstr("change_step_failed")));
}

// swml-ai 57
TEST(StepMachine, actions_go_to_any_step_and_any_context)
{
    auto spec = two_contexts();
    spec.contexts[0].steps[0].valid_steps = Names {};
    spec.contexts[0].steps[0].valid_contexts = Names {};
    spec.contexts[0].valid_contexts.reset();
    StepScript script(spec);
    EXPECT_EQ(script.action_step("sell").where(), "sales/sell");
    EXPECT_FALSE(script.has<step::ToolResult>());
    EXPECT_EQ(script.action_step("greet").where(), "sales/greet");
    EXPECT_EQ(script.action_step("next").where(), "sales/sell");
    EXPECT_EQ(script.action_context("billing").where(), "billing/ask");
}

// swml-ai 57
TEST(StepMachine, an_action_to_an_unknown_place_is_logged_and_changes_nothing)
{
    StepScript script(two_contexts());
    EXPECT_THAT(script.action_step("nowhere").events(),
        ElementsAre(R"(change_step_failed{"from_step":"greet","from_index":0,"to_step":"nowhere",)"
                    R"("trigger":"webhook_action","reason":"there is no step nowhere"})"));
    EXPECT_TRUE(script.has<step::Warn>());
    EXPECT_THAT(script.action_context("nowhere").events(), ElementsAre(HasSubstr("change_step_failed")));
    script.action_step("sell");
    EXPECT_THAT(script.action_step("next").events(), ElementsAre(HasSubstr("change_step_failed")));
    EXPECT_EQ(script.where(), "sales/sell");
}

// swml-ai 58
TEST(StepMachine, functions_are_those_of_the_step_and_are_inherited_when_it_names_none)
{
    auto first = step_named("a");
    auto second = step_named("b");
    second.functions = { "book" };
    auto third = step_named("c");
    auto fourth = step_named("d");
    fourth.functions = Names {};
    StepScript script({ first, second, third, fourth });
    EXPECT_TRUE(script.machine().active("book")); // Before any step names some, all of them are.
    EXPECT_TRUE(script.machine().active("cancel"));
    script.next_step("b");
    EXPECT_TRUE(script.machine().active("book"));
    EXPECT_FALSE(script.machine().active("cancel"));
    script.next_step("c");
    EXPECT_TRUE(script.machine().active("book"));
    EXPECT_FALSE(script.machine().active("cancel"));
    script.next_step("d");
    EXPECT_FALSE(script.machine().active("book"));
}

// swml-ai 58
TEST(StepMachine, functions_are_inherited_across_contexts)
{
    auto spec = two_contexts();
    spec.contexts[0].steps[0].functions = { "book" };
    StepScript script(spec);
    script.change_context("billing");
    EXPECT_TRUE(script.machine().active("book"));
    EXPECT_FALSE(script.machine().active("cancel"));
}

// swml-ai 59
TEST(StepMachine, what_the_platform_needs_is_active_whatever_a_step_says)
{
    auto only = step_named("only");
    only.functions = Names {};
    StepScript script({ only });
    for (const auto* name : { "startup_hook", "hangup_hook", "check_for_input", "summarize_conversation",
             "gather_submit", "get_ideal_strategy" })
        EXPECT_TRUE(script.machine().active(name)) << name;
}

// swml-ai 60
TEST(StepMachine, without_valid_steps_only_the_following_step_is_allowed)
{
    StepScript script({ step_named("a"), step_named("b"), step_named("c") });
    EXPECT_EQ(script.choices("next_step"), (Names { "b" }));
    script.next_step("b");
    EXPECT_EQ(script.choices("next_step"), (Names { "c" }));
    script.next_step("c");
    EXPECT_THAT(script.choices("next_step"), IsEmpty());
}

// swml-ai 60
TEST(StepMachine, next_is_the_following_step)
{
    auto first = step_named("a");
    first.valid_steps = { "c", "next", "b" };
    StepScript script({ first, step_named("b"), step_named("c") });
    EXPECT_EQ(script.choices("next_step"), (Names { "c", "b" }));
    EXPECT_EQ(script.next_step("next").where(), "default/b");
}

TEST(StepMachine, an_empty_list_of_valid_steps_keeps_the_model_where_it_is)
{
    auto spec = two_contexts();
    spec.contexts[0].steps[0].valid_steps = Names {};
    EXPECT_THAT(StepScript(spec).choices("next_step"), IsEmpty());
    auto last = step_named("a");
    last.valid_steps = Names {};
    last.end = true;
    EXPECT_THAT(StepScript({ last, step_named("b") }).choices("next_step"), IsEmpty());
}

TEST(StepMachine, an_empty_list_that_would_be_a_trap_leads_to_the_following_step)
{
    auto first = step_named("a");
    first.valid_steps = Names {};
    EXPECT_EQ(StepScript({ first, step_named("b") }).choices("next_step"), (Names { "b" }));
}

TEST(StepMachine, a_step_that_points_nowhere_offers_nothing_and_is_told_of)
{
    auto first = step_named("a");
    first.valid_steps = { "nowhere" };
    StepScript script({ first, step_named("b") });
    EXPECT_THAT(script.machine().tools(), IsEmpty());
    EXPECT_TRUE(script.has<step::Warn>());
}

// swml-ai 61
TEST(StepMachine, skip_user_turn_lets_the_model_go_on)
{
    auto second = step_named("b");
    second.skip_user_turn = true;
    StepScript script({ step_named("a"), second, step_named("c") });
    EXPECT_FALSE(script.has<step::RunModel>());
    EXPECT_TRUE(script.action_step("b").has<step::RunModel>());
    EXPECT_FALSE(script.action_step("c").has<step::RunModel>());
}

// swml-ai 61
TEST(StepMachine, skip_to_next_step_goes_on_when_the_reply_was_spoken)
{
    auto first = step_named("a");
    first.skip_to_next_step = true;
    StepScript script({ first, step_named("b") });
    script.reply_ended();
    EXPECT_EQ(script.where(), "default/b");
    EXPECT_THAT(script.events(),
        ElementsAre(
            R"(step_change{"from_step":"a","from_index":0,"to_step":"b","to_index":1,"trigger":"auto_advance"})"));
    EXPECT_FALSE(script.has<step::RunModel>());
    EXPECT_FALSE(script.reply_ended().has<step::LogEvent>()); // Only once.
}

// swml-ai 61
TEST(StepMachine, skip_to_next_step_and_skip_user_turn_together_wait_for_nobody)
{
    auto first = step_named("a");
    first.skip_to_next_step = true;
    first.skip_user_turn = true;
    StepScript script({ first, step_named("b") });
    EXPECT_EQ(script.reply_ended().all<step::RunModel>().size(), 1U);
}

// swml-ai 61
TEST(StepMachine, the_last_step_has_none_to_advance_to)
{
    auto only = step_named("a");
    only.skip_to_next_step = true;
    StepScript script({ only });
    EXPECT_THAT(script.reply_ended().commands(), IsEmpty());
    EXPECT_EQ(script.where(), "default/a");
}

// swml-ai 61
TEST(StepMachine, end_leaves_the_steps_and_keeps_the_context)
{
    auto spec = two_contexts();
    spec.contexts[0].prompt = "You sell.";
    spec.contexts[0].steps[0].end = true;
    StepScript script(spec);
    EXPECT_THAT(script.choices("next_step"), IsEmpty());
    script.reply_ended();
    EXPECT_EQ(script.where(), "sales/");
    EXPECT_TRUE(script.has<step::HideInstructions>());
    EXPECT_EQ(script.shown(), "You sell.");
    EXPECT_THAT(script.machine().tools(), IsEmpty());            // The valid lists are over, too.
    EXPECT_EQ(script.action_step("sell").where(), "sales/sell"); // An action still knows the way.
}

// swml-ai 62
TEST(StepMachine, history_of_a_step_stands_before_that_of_its_context)
{
    auto keeps = step_named("keeps");
    keeps.history = StepHistory::keep;
    auto hides = step_named("hides");
    hides.history = StepHistory::hide;
    StepScript script({ step_named("a"), keeps, step_named("plain"), hides });
    script.next_step("keeps");
    EXPECT_FALSE(script.has<step::HideInstructions>());
    EXPECT_FALSE(script.has<step::HideDialogue>());
    script.next_step("plain");
    EXPECT_TRUE(script.has<step::HideInstructions>());
    EXPECT_FALSE(script.has<step::HideDialogue>());
    script.next_step("hides");
    EXPECT_TRUE(script.has<step::HideInstructions>());
    EXPECT_LT(position<step::HideDialogue>(script), position<step::ShowInstruction>(script));
    EXPECT_LT(
        position<step::ToolResult>(script), position<step::HideDialogue>(script)); // The call goes with its result.
}

// swml-ai 62
TEST(StepMachine, history_of_the_context_is_the_default_of_its_steps)
{
    auto spec = context_named("default", { step_named("a"), step_named("b"), step_named("c") });
    spec.history = StepHistory::hide;
    spec.steps[2].history = StepHistory::keep;
    StepScript script(ContextsSpec { { spec } });
    EXPECT_TRUE(script.next_step("b").has<step::HideDialogue>());
    EXPECT_FALSE(script.next_step("c").has<step::HideDialogue>());
}

// swml-ai 63
TEST(StepMachine, an_isolated_context_forgets_what_was_said)
{
    auto spec = two_contexts();
    spec.contexts[1].isolated = true;
    StepScript script(spec);
    EXPECT_FALSE(script.has<step::IsolateHistory>());
    script.change_context("billing");
    EXPECT_LT(position<step::IsolateHistory>(script), position<step::ShowInstruction>(script));
    EXPECT_FALSE(script.change_context("sales").has<step::IsolateHistory>());
}

// swml-ai 63
TEST(StepMachine, a_reset_stands_before_isolation)
{
    auto spec = two_contexts();
    spec.contexts[1].isolated = true;
    spec.contexts[1].reset = ContextReset { "You bill.", "", true, false };
    StepScript script(spec);
    script.change_context("billing");
    EXPECT_FALSE(script.has<step::IsolateHistory>());
    EXPECT_EQ(script.all<step::SwitchContext>(), (std::vector { step::SwitchContext { *spec.contexts[1].reset } }));
    EXPECT_LT(position<step::SwitchContext>(script), position<step::ShowInstruction>(script));
}

// swml-ai 63
TEST(StepMachine, a_word_in_the_users_name_alone_neither_starts_anew_nor_undoes_isolation)
{
    auto spec = two_contexts();
    spec.contexts[1].reset = ContextReset { "", "My bill is wrong", false, false };
    EXPECT_FALSE(spec.contexts[1].reset->starts_anew());
    EXPECT_FALSE(StepScript(spec).change_context("billing").has<step::IsolateHistory>());
    spec.contexts[1].isolated = true;
    EXPECT_TRUE(StepScript(spec).change_context("billing").has<step::IsolateHistory>());
}

// swml-ai 63
TEST(StepMachine, resets_of_context_and_step_are_one_switch)
{
    auto spec = two_contexts();
    spec.contexts[1].reset = ContextReset { "You bill.", "Hello", true, false };
    spec.contexts[1].steps[0].reset = ContextReset { "", "My bill is wrong", false, true };
    spec.contexts[1].steps[1].reset = ContextReset { "You are paid.", "", false, false };
    StepScript script(spec);
    script.change_context("billing");
    EXPECT_EQ(script.all<step::SwitchContext>(),
        (std::vector { step::SwitchContext { { "You bill.", "My bill is wrong", true, true } } }));
    script.next_step("pay");
    EXPECT_EQ(script.all<step::SwitchContext>(),
        (std::vector { step::SwitchContext { { "You are paid.", "", false, false } } }));
}

// swml-ai 63
TEST(StepMachine, the_fillers_of_the_old_context_come_before_those_of_the_new)
{
    auto spec = two_contexts();
    spec.contexts[0].enter_fillers = { { "default", { "Welcome." } } };
    spec.contexts[0].exit_fillers = { { "default", { "One moment." } } };
    spec.contexts[1].enter_fillers = { { "default", { "Here we are." } } };
    StepScript script(spec);
    EXPECT_FALSE(script.has<step::SayFiller>()); // The start is no transition.
    EXPECT_EQ(script.change_context("billing").all<step::SayFiller>(),
        (std::vector {
            step::SayFiller { spec.contexts[0].exit_fillers }, step::SayFiller { spec.contexts[1].enter_fillers } }));
    EXPECT_FALSE(script.next_step("pay").has<step::SayFiller>());
}

// swml-ai 63
TEST(StepMachine, the_prompt_of_the_context_stands_before_each_step)
{
    auto spec = two_contexts();
    spec.contexts[0].prompt = "You sell.";
    StepScript script(spec);
    EXPECT_TRUE(script.shown().starts_with("You sell.\n\n"));
    script.next_step("sell");
    EXPECT_TRUE(script.shown().starts_with("You sell.\n\n"));
    script.change_context("billing");
    EXPECT_THAT(script.shown(), Not(HasSubstr("You sell.")));
}

TEST(StepMachine, a_context_without_steps_is_a_prompt_with_ways_out)
{
    auto spec = two_contexts();
    spec.contexts[1].steps.clear();
    spec.contexts[1].prompt = "You bill.";
    StepScript script(spec);
    script.change_context("billing");
    EXPECT_EQ(script.where(), "billing/");
    EXPECT_EQ(script.shown(), "You bill.");
    EXPECT_THAT(script.choices("next_step"), IsEmpty());
    EXPECT_EQ(script.choices("change_context"), (Names { "sales" }));
}

// swml-ai 64
TEST(StepMachine, a_change_of_context_keeps_the_conversation)
{
    StepScript script(two_contexts());
    script.change_context("billing");
    EXPECT_EQ(script.where(), "billing/ask");
    EXPECT_FALSE(script.has<step::IsolateHistory>());
    EXPECT_FALSE(script.has<step::SwitchContext>());
    EXPECT_FALSE(script.has<step::HideDialogue>());
    EXPECT_TRUE(script.has<step::HideInstructions>());
}

TEST(StepMachine, a_context_is_always_entered_at_its_initial_step)
{
    auto spec = two_contexts();
    spec.contexts[0].initial_step = "sell";
    StepScript script(spec);
    script.action_step("greet");
    script.change_context("billing").next_step("pay");
    script.change_context("sales");
    EXPECT_EQ(script.where(), "sales/sell");
    script.change_context("billing");
    EXPECT_EQ(script.where(), "billing/ask");
}

// swml-ai 65: texts leave here as the program wrote them, the session fills them in at that moment.
TEST(StepMachine, variables_of_a_step_are_left_to_the_moment_it_is_entered)
{
    StepScript script({ step_named("a"), step_named("b", "Tell ${global_data.name} the price.") });
    EXPECT_THAT(script.next_step("b").shown(), HasSubstr("${global_data.name}"));
}

// swml-ai 68
TEST(StepMachine, logs_each_move_with_its_trigger)
{
    StepScript script(two_contexts());
    EXPECT_THAT(script.next_step("sell").events(),
        ElementsAre(
            R"(step_change{"from_step":"greet","from_index":0,"to_step":"sell","to_index":1,"trigger":"ai_function"})"));
    EXPECT_EQ(script.all<step::LogEvent>()[0].content, "greet[0] -> sell[1] (ai_function)");
    EXPECT_THAT(script.action_step("greet").events(),
        ElementsAre(
            R"(step_change{"from_step":"sell","from_index":1,"to_step":"greet","to_index":0,"trigger":"webhook_action"})"));
    EXPECT_THAT(script.change_context("billing").events(),
        ElementsAre(
            R"(context_enter{"to_context":"billing","from_context":"sales","trigger":"ai_function","isolated":false})"));
    EXPECT_THAT(script.action_context("sales").events(),
        ElementsAre(
            R"(context_enter{"to_context":"sales","from_context":"billing","trigger":"webhook_action","isolated":false})"));
}

// swml-ai 52
TEST(StepMachine, after_a_switch_of_context_the_step_is_told_again)
{
    StepScript script({ step_named("a"), step_named("b") });
    const ContextReset reset { "You are new.", "Hello", true, true };
    script.switch_context(reset);
    EXPECT_EQ(script.all<step::SwitchContext>(), (std::vector { step::SwitchContext { reset } }));
    EXPECT_THAT(script.shown(), HasSubstr("Text of a."));
    EXPECT_LT(position<step::SwitchContext>(script), position<step::ShowInstruction>(script));
    script.switch_context({ "", "Hello", false, false });
    EXPECT_FALSE(script.has<step::ShowInstruction>()); // Nothing was forgotten.
}

TEST(StepMachine, the_post_prompt_is_that_of_the_context)
{
    auto spec = two_contexts();
    spec.contexts[1].post_prompt = "Sum up the bill.";
    StepScript script(spec);
    EXPECT_EQ(script.machine().post_prompt(), std::nullopt);
    script.change_context("billing");
    EXPECT_EQ(script.machine().post_prompt(), "Sum up the bill.");
    script.change_context("sales");
    EXPECT_EQ(script.machine().post_prompt(), std::nullopt);
}

TEST(StepMachine, tells_which_step_was_left)
{
    StepScript script({ step_named("a"), step_named("b") });
    EXPECT_FALSE(script.has<step::LeaveStep>());
    EXPECT_EQ(script.next_step("b").all<step::LeaveStep>(), (std::vector { step::LeaveStep { "a" } }));
}

TEST(StepMachine, arguments_of_any_shape_are_refused_with_words)
{
    StepScript script(two_contexts());
    for (const auto tool : { next_step_tool, change_context_tool, gather_submit_tool }) {
        for (Json::Object arguments :
            { Json::Object {}, Json::Object { { "step", 7 }, { "context", Json::Array {} } } }) {
            script.call(tool, arguments);
            EXPECT_TRUE(script.all<step::ToolResult>()[0].rejected) << tool;
        }
    }
    EXPECT_EQ(script.where(), "sales/greet");
}

} // namespace
} // namespace parley::agent
