// Contexts and steps within a session: what the model is shown, has, and does. Numbers are those of the checklist.
#include "machine/agent/step_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::agent {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// swml-ai 55, 56
TEST(SessionSteps, the_model_is_shown_the_step_and_has_the_way_on)
{
    SessionScript script(with_steps({ step_named("greet"), step_named("ask") }));
    script.turn("hello");
    EXPECT_THAT(shown(script), ElementsAre("system You help.", HasSubstr("Text of greet."), "user hello"));
    EXPECT_THAT(tools(script), ElementsAre("next_step"));
}

// swml-ai 55, 68
TEST(SessionSteps, next_step_takes_away_the_old_instruction_and_the_model_goes_on_under_the_new)
{
    SessionScript script(with_steps({ step_named("greet"), step_named("ask") }));
    script.turn("hello");
    calls(script, "next_step", R"({"step":"ask"})");
    EXPECT_EQ(script.all<AskModel>().size(), 2U);
    EXPECT_THAT(shown(script),
        ElementsAre(
            "system You help.", "user hello", "calls next_step", StartsWith("result "), HasSubstr("Text of ask.")));
    EXPECT_THAT(tools(script), IsEmpty()); // It was the last step.
    EXPECT_THAT(notes(script),
        ElementsAre(
            R"({"type":"step_change","from_step":"greet","from_index":0,"to_step":"ask","to_index":1,"trigger":"ai_function"})"));

    script.says("Fine.").played().event(CallEnded {});
    ASSERT_NE(script.last<PostReport>(), nullptr);
    const auto& report = script.last<PostReport>()->report;
    EXPECT_THAT(events(report),
        Contains(
            R"(step_change{"from_step":"greet","from_index":0,"to_step":"ask","to_index":1,"trigger":"ai_function",)"
            R"("context":"default","step":"ask","step_index":1})"));
    EXPECT_THAT(events(report), Contains(StartsWith(R"(function_call{"function":"next_step","native":true)")));
    ASSERT_EQ(report.swaig_log.size(), 1U);
    EXPECT_TRUE(report.swaig_log[0].native);
    EXPECT_EQ(report.swaig_log[0].command_arg, R"({"step":"ask"})");
    // Nothing is deleted from the log.
    const auto instructions = std::ranges::count_if(report.call_log, &CallLogEntry::instruction);
    EXPECT_EQ(instructions, 2);
}

// swml-ai 57
TEST(SessionSteps, a_refused_move_is_explained_to_the_model)
{
    SessionScript script(with_steps({ step_named("a"), step_named("b"), step_named("c") }));
    script.turn("hello");
    calls(script, "next_step", R"({"step":"c"})");
    EXPECT_THAT(shown(script).back(), AllOf(StartsWith("result "), HasSubstr("possible: b")));
    EXPECT_THAT(notes(script), ElementsAre(HasSubstr("change_step_failed")));
    EXPECT_THAT(tools(script), ElementsAre("next_step"));
}

// swml-ai 57
TEST(SessionSteps, malformed_arguments_are_a_refusal)
{
    SessionScript script(with_steps({ step_named("a"), step_named("b") }));
    script.turn("hello");
    calls(script, "next_step", "{");
    EXPECT_THAT(shown(script), Contains(HasSubstr("not JSON")));
    calls(script, "next_step", "", "c2");
    EXPECT_THAT(shown(script), Contains(HasSubstr("possible: b")));
}

// swml-ai 58
TEST(SessionSteps, the_model_has_the_functions_of_the_step_alone)
{
    auto first = step_named("a");
    first.functions = { "book" };
    auto second = step_named("b");
    second.functions = std::vector<std::string> {};
    auto spec = with_steps({ first, second });
    spec.tools = { tool("book"), tool("cancel") };
    SessionScript script(spec);
    script.turn("hello");
    EXPECT_THAT(tools(script), ElementsAre("book", "next_step"));
    calls(script, "cancel", "{}");
    EXPECT_EQ(script.last<CallTool>(), nullptr);
    EXPECT_THAT(shown(script), Contains(HasSubstr("there is no function named cancel")));
    calls(script, "next_step", R"({"step":"b"})", "c2");
    EXPECT_THAT(tools(script), IsEmpty());
}

// swml-ai 57
TEST(SessionSteps, an_action_moves_before_the_model_reads_the_result)
{
    auto spec = with_steps({ step_named("a"), step_named("b"), step_named("c") });
    spec.tools = { tool("check") };
    SessionScript script(spec);
    script.turn("hello");
    calls(script, "check", "{}");
    script.event(ToolReturned { "c1", reply_with("checked", { { "change_step", "c" } }) });
    EXPECT_THAT(shown(script),
        ElementsAre("system You help.", "user hello", "calls check", "result checked", HasSubstr("Text of c.")));
    EXPECT_THAT(notes(script), ElementsAre(HasSubstr("webhook_action")));
}

TEST(SessionSteps, the_model_moves_when_the_functions_it_called_with_it_have_returned)
{
    auto spec = with_steps({ step_named("a"), step_named("b", "Say ${global_data.number}.") });
    spec.tools = { tool("book") };
    SessionScript script(spec);
    script.turn("hello").model(LmToolCall { { "n", "next_step", R"({"step":"b"})" } });
    calls(script, "book", "{}");
    EXPECT_THAT(notes(script), IsEmpty());
    script.event(ToolReturned {
        "c1", reply_with("booked", { { "set_global_data", Json(Json::Object { { "number", "4711" } }) } }) });
    EXPECT_THAT(shown(script).back(), HasSubstr("Say 4711."));
}

// swml-ai 65
TEST(SessionSteps, a_text_has_the_values_of_the_moment_the_step_is_entered)
{
    auto spec = with_steps({ step_named("a", "Greet ${name}."), step_named("b", "Tell ${global_data.name} more.") });
    spec.global_data["name"] = "Ann";
    SessionScript script(spec);
    InjectMessage message;
    message.global_data = Json::Object { { "name", "Bob" } };
    script.event(message).turn("hello");
    EXPECT_THAT(shown(script)[1], HasSubstr("Greet Ann."));
    calls(script, "next_step", R"({"step":"b"})");
    EXPECT_THAT(shown(script).back(), HasSubstr("Tell Bob more."));
}

// swml-ai 61
TEST(SessionSteps, a_step_advances_by_itself_when_its_reply_was_spoken)
{
    auto first = step_named("a");
    first.skip_to_next_step = true;
    SessionScript script(with_steps({ first, step_named("b") }));
    script.turn("hello").says("Hi.");
    EXPECT_THAT(notes(script), IsEmpty());
    script.played();
    EXPECT_THAT(notes(script), ElementsAre(HasSubstr("auto_advance")));
    EXPECT_EQ(script.all<AskModel>().size(), 1U); // The user is waited for.
    script.turn("and now?");
    EXPECT_THAT(shown(script),
        ElementsAre("system You help.", "user hello", "assistant Hi.", HasSubstr("Text of b."), "user and now?"));
}

// swml-ai 61
TEST(SessionSteps, with_skip_user_turn_the_model_speaks_on)
{
    auto first = step_named("a");
    first.skip_to_next_step = true;
    auto second = step_named("b");
    second.skip_user_turn = true;
    SessionScript script(with_steps({ first, second }));
    script.turn("hello").says("Hi.").played();
    EXPECT_EQ(script.all<AskModel>().size(), 2U);
    EXPECT_THAT(shown(script).back(), HasSubstr("Text of b."));
    script.says("More.");
    EXPECT_EQ(script.last<Speak>()->text, "More.");
}

// swml-ai 61
TEST(SessionSteps, a_reply_that_the_user_cut_short_advances_nothing)
{
    auto first = step_named("a");
    first.skip_to_next_step = true;
    SessionScript script(with_steps({ first, step_named("b") }));
    script.turn("hello").says("Hi, this is a rather long sentence.");
    const auto utterance = script.last<Speak>()->utterance;
    script.event(PlayoutStarted { utterance }).at(1'300).turn("stop it please");
    EXPECT_THAT(notes(script), IsEmpty());
}

// swml-ai 61
TEST(SessionSteps, end_leaves_the_steps_and_not_the_call)
{
    auto only = step_named("a");
    only.end = true;
    auto context = context_named("default", { only });
    context.prompt = "You sell.";
    SessionScript script(with_contexts({ context }));
    script.turn("hello").says("Hi.").played();
    EXPECT_EQ(script.last<Finished>(), nullptr);
    script.turn("and now?");
    EXPECT_THAT(shown(script),
        ElementsAre("system You help.", "user hello", "assistant Hi.", "system You sell.", "user and now?"));
}

// swml-ai 62
TEST(SessionSteps, keep_leaves_the_instruction_of_the_step_before)
{
    auto second = step_named("b");
    second.history = StepHistory::keep;
    SessionScript script(with_steps({ step_named("a"), second }));
    script.turn("hello");
    calls(script, "next_step", R"({"step":"b"})");
    EXPECT_THAT(shown(script), Contains(HasSubstr("Text of a.")));
}

// swml-ai 62
TEST(SessionSteps, hide_leaves_nothing_of_what_was_said)
{
    auto second = step_named("b");
    second.history = StepHistory::hide;
    SessionScript script(with_steps({ step_named("a"), second }));
    script.turn("hello");
    calls(script, "next_step", R"({"step":"b"})");
    EXPECT_THAT(shown(script), ElementsAre("system You help.", HasSubstr("Text of b.")));
    EXPECT_EQ(script.last<AskAside>(), nullptr); // Nobody quotes what was before.
}

TEST(SessionSteps, what_nobody_has_answered_yet_is_not_hidden)
{
    auto second = step_named("b");
    second.history = StepHistory::hide;
    auto spec = with_steps({ step_named("a"), second });
    spec.tools = { tool("book") };
    SessionScript script(spec);
    script.turn("hello").model(LmToolCall { { "n", "next_step", R"({"step":"b"})" } });
    calls(script, "book", "{}");
    script.turn("my name is Ann").event(ToolReturned { "c1", ToolReply {} });
    EXPECT_THAT(shown(script), ElementsAre("system You help.", "user my name is Ann", HasSubstr("Text of b.")));
}

// swml-ai 62
TEST(SessionSteps, a_step_quotes_what_was_before_in_short)
{
    auto second = step_named("b", "Before: ${step_history.prev.summary} Or: ${step_history.a.summary}");
    second.history = StepHistory::hide;
    SessionScript script(with_steps({ step_named("a"), second }));
    script.turn("my name is Ann");
    calls(script, "next_step", R"({"step":"b"})");
    const auto* aside = script.last<AskAside>();
    ASSERT_NE(aside, nullptr);
    EXPECT_THAT(aside->request.messages.back().content, HasSubstr("user: my name is Ann"));
    EXPECT_EQ(script.all<AskModel>().size(), 1U); // The model waits for it.
    script.event(AsideAnswered { aside->aside, "Ann called.", "" });
    EXPECT_EQ(script.all<AskModel>().size(), 2U);
    EXPECT_EQ(script.all<AskAside>().size(), 1U);
    EXPECT_THAT(shown(script).back(), HasSubstr("Before: Ann called. Or: Ann called."));
}

// swml-ai 62
TEST(SessionSteps, without_a_summary_the_conversation_goes_on)
{
    auto second = step_named("b", "Before: <${step_history.prev.summary}>");
    for (const bool fails : { true, false }) {
        SessionScript script(with_steps({ step_named("a"), second }));
        script.turn("hello");
        calls(script, "next_step", R"({"step":"b"})");
        const auto aside = script.last<AskAside>()->aside;
        if (fails)
            script.event(AsideAnswered { aside, "half", "model is away" });
        else
            script.at(30'000); // It never answers.
        EXPECT_EQ(script.last<CancelAside>() == nullptr, fails);
        EXPECT_THAT(shown(script).back(), HasSubstr("Before: <>"));
    }
}

std::vector<ContextSpec> sales_and_billing()
{
    auto sales = context_named("sales", { step_named("greet") });
    sales.valid_contexts = { "billing" };
    return { sales, context_named("billing", { step_named("ask") }) };
}

// swml-ai 64, 68
TEST(SessionSteps, a_change_of_context_keeps_what_was_said)
{
    SessionScript script(with_contexts(sales_and_billing()));
    script.turn("my bill is wrong");
    EXPECT_THAT(tools(script), ElementsAre("change_context"));
    calls(script, "change_context", R"({"context":"billing"})");
    EXPECT_THAT(shown(script),
        ElementsAre("system You help.", "user my bill is wrong", "calls change_context", StartsWith("result "),
            HasSubstr("Text of ask.")));
    EXPECT_THAT(notes(script),
        ElementsAre(
            R"({"type":"context_enter","to_context":"billing","from_context":"sales","trigger":"ai_function","isolated":false})"));
}

// swml-ai 63
TEST(SessionSteps, an_isolated_context_knows_the_system_prompt_alone)
{
    auto contexts = sales_and_billing();
    contexts[1].isolated = true;
    SessionScript script(with_contexts(contexts));
    script.turn("my bill is wrong");
    calls(script, "change_context", R"({"context":"billing"})");
    EXPECT_THAT(shown(script), ElementsAre("system You help.", HasSubstr("Text of ask.")));
}

// swml-ai 63
TEST(SessionSteps, the_result_of_the_function_that_led_into_isolation_goes_along)
{
    auto contexts = sales_and_billing();
    contexts[1].isolated = true;
    auto spec = with_contexts(contexts);
    spec.tools = { tool("verify") };
    SessionScript script(spec);
    script.turn("my bill is wrong");
    calls(script, "verify", "{}");
    script.event(ToolReturned { "c1", reply_with("It is Ann.", { { "change_context", "billing" } }) });
    EXPECT_THAT(
        shown(script), ElementsAre("system You help.", "calls verify", "result It is Ann.", HasSubstr("Text of ask.")));
}

// swml-ai 63
TEST(SessionSteps, fillers_are_spoken_on_the_way)
{
    auto contexts = sales_and_billing();
    contexts[0].exit_fillers = { { "default", { "One moment." } } };
    contexts[1].enter_fillers = { { "en-GB", { "Billing here." } }, { "default", { "Wrong." } } };
    SessionScript script(with_contexts(contexts));
    script.turn("my bill is wrong");
    calls(script, "change_context", R"({"context":"billing"})");
    const auto spoken = script.all<Speak>();
    ASSERT_EQ(spoken.size(), 2U);
    EXPECT_EQ(spoken[0].text, "One moment.");
    EXPECT_EQ(spoken[1].text, "Billing here.");
}

// swml-ai 52, 80
TEST(SessionSteps, context_switch_starts_a_new_conversation_and_the_report_has_the_old)
{
    auto spec = with_contexts({});
    spec.global_data["shop"] = "Bells";
    spec.tools = { tool("go") };
    SessionScript script(spec);
    script.turn("hello");
    calls(script, "go", "{}");
    script.event(ToolReturned { "c1",
        reply_with("gone", { { "context_switch", "You are ${shop} for ${argument.raw}. ${missing}" } },
            Json::Object { { "argument", Json::Object { { "raw", "${shop}" } } } }) });
    EXPECT_THAT(shown(script),
        ElementsAre("system You help.", "system You are Bells for ${shop}. ", "calls go", "result gone"));
    EXPECT_THAT(notes(script), ElementsAre(R"({"type":"reset","consolidate":false,"full_reset":false})"));
    script.says("Hi.").played().event(CallEnded {});
    const auto& report = script.last<PostReport>()->report;
    ASSERT_EQ(report.previous_contexts.size(), 1U);
    EXPECT_EQ(report.previous_contexts[0][0].content, "You help.");
    EXPECT_EQ(report.previous_contexts[0][1].content, "hello");
    EXPECT_THAT(events(report), Contains(R"(reset{"consolidate":false,"full_reset":false})"));
}

// swml-ai 52
TEST(SessionSteps, context_switch_may_replace_everything_and_put_words_in_the_users_mouth)
{
    auto spec = with_contexts({});
    spec.tools = { tool("go") };
    SessionScript script(spec);
    script.turn("hello");
    calls(script, "go", "{}");
    const Json::Object value { { "system_prompt", "You bill." }, { "user_prompt", "My bill." },
        { "full_reset", true } };
    script.event(ToolReturned { "c1", reply_with("gone", { { "context_switch", Json(value) } }) });
    EXPECT_THAT(shown(script), ElementsAre("system You bill.", "calls go", "result gone", "user My bill."));
    EXPECT_EQ(script.all<AskModel>().size(), 2U);
}

// swml-ai 52
TEST(SessionSteps, context_switch_consolidates)
{
    auto spec = with_contexts({});
    spec.tools = { tool("go") };
    spec.thinking.utility_model = "small";
    SessionScript script(spec);
    script.turn("my name is Ann");
    calls(script, "go", "{}");
    const Json::Object value { { "system_prompt", "You bill." }, { "consolidate", "true" } };
    script.event(ToolReturned { "c1", reply_with("gone", { { "context_switch", Json(value) } }) });
    const auto* aside = script.last<AskAside>();
    ASSERT_NE(aside, nullptr);
    EXPECT_EQ(aside->request.options.model, "small");
    EXPECT_THAT(aside->request.tools, IsEmpty());
    EXPECT_EQ(script.all<AskModel>().size(), 1U);
    script.event(AsideAnswered { aside->aside, "Ann called.", "" });
    EXPECT_THAT(shown(script),
        ElementsAre("system You help.", AllOf(StartsWith("system You bill.\n\n"), HasSubstr("Ann called.")), "calls go",
            "result gone"));
}

// swml-ai 52
TEST(SessionSteps, what_the_user_says_while_it_consolidates_is_not_lost)
{
    auto contexts = sales_and_billing();
    contexts[1].reset = ContextReset { "You bill.", "", true, false };
    SessionScript script(with_contexts(contexts));
    script.turn("my bill is wrong");
    calls(script, "change_context", R"({"context":"billing"})");
    script.at(1'300).turn("it is too high");
    EXPECT_EQ(script.all<AskModel>().size(), 1U);
    script.event(AsideAnswered { script.last<AskAside>()->aside, "The bill is wrong.", "" });
    EXPECT_THAT(shown(script),
        ElementsAre(
            "system You help.", HasSubstr("The bill is wrong."), "user it is too high", HasSubstr("Text of ask.")));
}

TEST(SessionSteps, the_end_waits_for_no_summary)
{
    auto contexts = sales_and_billing();
    contexts[1].reset = ContextReset { "You bill.", "", true, false };
    SessionScript script(with_contexts(contexts));
    script.turn("my bill is wrong");
    calls(script, "change_context", R"({"context":"billing"})");
    script.event(CallEnded {});
    EXPECT_EQ(script.all<CancelAside>().size(), 1U);
    EXPECT_NE(script.last<Finished>(), nullptr);
}

// swml-ai 63
TEST(SessionSteps, a_context_with_a_user_prompt_is_answered_at_once)
{
    auto spec = with_contexts({ context_named("default", { step_named("a") }) });
    spec.contexts.contexts[0].reset = ContextReset { "", "Hello?", false, false };
    spec.greeting.wait_for_user = false;
    SessionScript script(spec);
    EXPECT_THAT(shown(script), ElementsAre("system You help.", "user Hello?", HasSubstr("Text of a.")));
    script.says("Hi.").played();
    EXPECT_EQ(script.all<AskModel>().size(), 1U);
}

TEST(SessionSteps, the_post_prompt_is_that_of_the_context)
{
    auto contexts = sales_and_billing();
    contexts[0].post_prompt = "Sum up for ${who}.";
    auto spec = with_contexts(contexts);
    spec.global_data["who"] = "sales";
    SessionScript script(spec);
    script.turn("hello").says("Hi.").played().event(CallEnded {});
    EXPECT_THAT(shown(script).back(), "system Sum up for sales.");
}

TEST(SessionSteps, after_an_injected_reset_the_step_is_told_again)
{
    SessionScript script(with_steps({ step_named("a") }));
    script.turn("hello").says("Hi.").played();
    InjectMessage message;
    message.reset = Reset { true, "You are new.", "" };
    script.event(message).turn("who are you");
    EXPECT_THAT(shown(script), ElementsAre("system You are new.", HasSubstr("Text of a."), "user who are you"));
}

} // namespace
} // namespace parley::agent
