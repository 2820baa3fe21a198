// What one conversation leaves to the next, and what of it nobody else may read.
#include "machine/agent/session_script.h"

#include <gmock/gmock.h>

namespace parley::agent {
namespace {

using ::testing::HasSubstr;

AiSpec saved_spec()
{
    auto spec = quiet_spec();
    spec.conversation_id = "ann";
    spec.reporting.save_conversation = true;
    spec.report.hook = { "http://x/report", "", "" };
    return spec;
}

std::string content_of(const std::vector<CallLogEntry>& log, CallLogEntry::Role role)
{
    for (const auto& entry : log) {
        if (entry.role == role && !entry.content.empty())
            return entry.content;
    }
    return "not there";
}

// swml-ai 81
TEST(SavedConversation, is_fetched_before_the_first_word)
{
    auto spec = saved_spec();
    spec.greeting.wait_for_user = false;
    SessionScript script(spec);
    const auto* fetch = script.last<FetchConversation>();
    ASSERT_NE(fetch, nullptr);
    EXPECT_TRUE(fetch->report.fetch);
    EXPECT_EQ(fetch->hook, spec.report.hook);
    EXPECT_EQ(script.last<AskModel>(), nullptr);
    script.at(500).event(ConversationFetched { "Ann wants a bicycle." });
    ASSERT_NE(script.last<AskModel>(), nullptr);
    EXPECT_THAT(script.last<AskModel>()->request.messages.back().content, HasSubstr("Ann wants a bicycle."));
}

TEST(SavedConversation, that_does_not_come_is_not_waited_for)
{
    auto spec = saved_spec();
    spec.greeting.wait_for_user = false;
    SessionScript script(spec);
    script.at(2'999);
    EXPECT_EQ(script.last<AskModel>(), nullptr);
    script.at(3'000);
    ASSERT_NE(script.last<AskModel>(), nullptr);
    script.event(ConversationFetched { "Ann wants a bicycle." }); // Too late.
    script.says("Hello.").played().turn("hello");
    for (const auto& message : script.last<AskModel>()->request.messages)
        EXPECT_EQ(message.content.find("bicycle"), std::string::npos);
}

TEST(SavedConversation, needs_an_id_and_an_address)
{
    auto spec = saved_spec();
    spec.conversation_id.clear();
    EXPECT_EQ(SessionScript(spec).last<FetchConversation>(), nullptr);
    spec = saved_spec();
    spec.report.hook.url.clear();
    EXPECT_EQ(SessionScript(spec).last<FetchConversation>(), nullptr);
}

// swml-ai 81
TEST(SavedConversation, is_summed_up_at_the_end)
{
    SessionScript script(saved_spec());
    script.event(ConversationFetched {}).turn("a bicycle please").says("Which one?").played();
    script.at(10'000).event(CallEnded { EndedBy::caller });
    EXPECT_EQ(script.last<Finished>(), nullptr);
    const auto* aside = script.last<AskAside>();
    ASSERT_NE(aside, nullptr);
    EXPECT_THAT(aside->request.messages.back().content, HasSubstr("user: a bicycle please\nagent: Which one?"));
    script.at(10'500).event(AsideAnswered { aside->aside, "Ann wants a bicycle.", "" });
    ASSERT_NE(script.last<PostReport>(), nullptr);
    EXPECT_EQ(script.last<PostReport>()->report.conversation_summary, "Ann wants a bicycle.");
    EXPECT_EQ(script.last<PostReport>()->report.post_prompt_data.raw, ""); // Nobody asked for it.
    EXPECT_EQ(script.last<Finished>()->summary, "");
}

TEST(SavedConversation, the_report_waits_for_post_prompt_and_summary_whichever_is_later)
{
    auto spec = saved_spec();
    spec.report.prompt.text = "Summarise.";
    for (const bool summary_first : { true, false }) {
        SessionScript script(spec);
        script.event(ConversationFetched {}).turn("a bicycle please").says("Which one?").played();
        script.at(10'000).event(CallEnded { EndedBy::caller });
        const auto aside = script.last<AskAside>()->aside;
        if (summary_first)
            script.at(10'500).event(AsideAnswered { aside, "A bicycle.", "" });
        else
            script.at(10'500).says("Sold.");
        EXPECT_EQ(script.last<PostReport>(), nullptr);
        if (summary_first)
            script.at(11'000).says("Sold.");
        else
            script.at(11'000).event(AsideAnswered { aside, "A bicycle.", "" });
        ASSERT_NE(script.last<PostReport>(), nullptr);
        EXPECT_EQ(script.last<PostReport>()->report.conversation_summary, "A bicycle.");
        EXPECT_EQ(script.last<PostReport>()->report.post_prompt_data.raw, "Sold.");
    }
}

TEST(SavedConversation, a_summary_that_does_not_come_keeps_no_report)
{
    SessionScript script(saved_spec());
    script.event(ConversationFetched {}).turn("a bicycle please").says("Which one?").played();
    script.at(10'000).event(CallEnded { EndedBy::caller });
    script.at(24'999);
    EXPECT_EQ(script.last<PostReport>(), nullptr);
    script.at(25'000);
    ASSERT_NE(script.last<PostReport>(), nullptr);
    EXPECT_EQ(script.last<PostReport>()->report.conversation_summary, "");
    EXPECT_NE(script.last<Finished>(), nullptr);
}

TEST(TransferSummary, is_handed_on_and_known_from_the_start)
{
    auto spec = quiet_spec();
    spec.reporting.transfer_summary = true;
    SessionScript script(spec);
    script.turn("the sales please").says("One moment.").played();
    script.at(10'000).event(StopSession {});
    script.event(AsideAnswered { script.last<AskAside>()->aside, "He wants the sales.", "" });
    ASSERT_NE(script.last<Finished>(), nullptr);
    EXPECT_EQ(script.last<Finished>()->summary, "He wants the sales.");

    auto identity = SessionScript::identity();
    identity.earlier_summary = script.last<Finished>()->summary;
    SessionScript next(quiet_spec(), identity);
    next.turn("hello");
    bool known = false;
    for (const auto& message : next.last<AskModel>()->request.messages)
        known = known || message.content.find("He wants the sales.") != std::string::npos;
    EXPECT_TRUE(known);
}

// ---- Redaction -----------------------------------------------------------------------------------------------------

AiSpec redacted_spec()
{
    auto spec = quiet_spec();
    spec.reporting.redact = "Mask every name.";
    spec.thinking.utility_model = "small";
    spec.report.hook = { "http://x/report", "", "" };
    return spec;
}

// swml-ai 105
TEST(Redaction, one_question_a_turn_masks_what_was_said)
{
    SessionScript script(redacted_spec());
    script.turn("this is ann speaking").says("Thank you, Ann.").played();
    ASSERT_EQ(script.all<AskAside>().size(), 1U);
    const auto& aside = *script.last<AskAside>();
    EXPECT_EQ(aside.request.options.model, "small");
    EXPECT_THAT(aside.request.messages.front().content, HasSubstr("Mask every name."));
    EXPECT_EQ(aside.request.messages.back().content, R"(["Thank you, Ann.","this is ann speaking"])");
    script.event(AsideAnswered { aside.aside, R"(["Thank you, ----.","this is ---- speaking"])", "" });
    script.at(10'000).event(CallEnded { EndedBy::caller });
    const auto& report = script.last<PostReport>()->report;
    for (const auto* log : { &report.call_log, &report.raw_call_log }) {
        EXPECT_EQ(content_of(*log, CallLogEntry::Role::user), "this is ---- speaking");
        EXPECT_EQ(content_of(*log, CallLogEntry::Role::assistant), "Thank you, ----.");
        EXPECT_EQ(content_of(*log, CallLogEntry::Role::system), "You help.");
    }
    EXPECT_EQ(report.times[0].response, "Thank you, ----.");
    // The model sees what was said.
    EXPECT_EQ(script.last<AskModel>()->request.messages.back().content, "this is ann speaking");
}

// swml-ai 105
TEST(Redaction, arguments_of_tools_and_what_say_speaks_stay)
{
    auto spec = redacted_spec();
    spec.tools = { tool("a") };
    SessionScript script(spec);
    script.turn("this is ann speaking").model(LmToolCall { { "1", "a", R"({"number":4711})" } }).model(LmDone {});
    ToolReply reply;
    reply.response = "found 4711";
    reply.actions = { { "say", Json("It is 4711.") } };
    script.event(ToolReturned { "1", reply }).says("Done.").played();
    script.at(20'000).event(CallEnded { EndedBy::caller });
    script.event(AsideAnswered { script.last<AskAside>()->aside, "nonsense", "" });
    const auto& report = script.last<PostReport>()->report;
    EXPECT_EQ(content_of(report.call_log, CallLogEntry::Role::user), "----"); // Never answered in a form that could be.
    EXPECT_EQ(content_of(report.call_log, CallLogEntry::Role::assistant_manual), "It is 4711.");
    EXPECT_EQ(content_of(report.call_log, CallLogEntry::Role::tool), "found 4711");
    bool called = false;
    for (const auto& entry : report.call_log)
        called = called || (!entry.tool_calls.empty() && entry.tool_calls[0].arguments == R"({"number":4711})");
    EXPECT_TRUE(called);
}

TEST(Redaction, what_was_not_answered_in_time_is_asked_once_more_at_the_end)
{
    auto spec = redacted_spec();
    spec.report.prompt.text = "Summarise.";
    SessionScript script(spec);
    script.turn("this is ann speaking").says("Thank you.").played();
    script.at(5'000).event(CallEnded { EndedBy::caller });
    ASSERT_EQ(script.all<AskAside>().size(), 2U);
    script.at(5'500).says("A number was 4711.");
    EXPECT_EQ(script.last<PostReport>(), nullptr);
    script.at(6'000).event(
        AsideAnswered { script.last<AskAside>()->aside, R"(["Thank you.","this is ---- speaking"])", "" });
    ASSERT_NE(script.last<PostReport>(), nullptr);
    const auto& report = script.last<PostReport>()->report;
    EXPECT_EQ(content_of(report.call_log, CallLogEntry::Role::user), "this is ---- speaking");
    EXPECT_EQ(report.call_log.back().content, "A number was 4711."); // What the program asked for.
    EXPECT_EQ(report.post_prompt_data.raw, "A number was 4711.");
}

} // namespace
} // namespace parley::agent
