// What the conversations of tests/scenarios do not show: requests, reports and edges, event by event.
#include "machine/agent/session_script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::agent {
namespace {

// swml-ai 16
TEST(AiSession, asks_with_options_prompt_history_and_tools)
{
    auto spec = quiet_spec();
    spec.tools = { tool("look_up") };
    SessionScript script(spec);
    script.turn("hello");
    const auto* ask = script.last<AskModel>();
    ASSERT_NE(ask, nullptr);
    EXPECT_EQ(ask->request.options.temperature, 0.3);
    ASSERT_EQ(ask->request.messages.size(), 2U);
    EXPECT_EQ(ask->request.messages[0].content, "You help.");
    EXPECT_EQ(ask->request.messages[1].content, "hello");
    ASSERT_EQ(ask->request.tools.size(), 2U); // And `hangup`.
    EXPECT_EQ(ask->request.tools[0].name, "look_up");
}

TEST(AiSession, speaks_with_the_first_language)
{
    SessionScript script;
    script.turn("hello").says("Hi.");
    EXPECT_EQ(script.last<Speak>()->voice, (VoiceOptions { "en-GB", "rms", "flite" }));
}

// swml-ai 18
TEST(AiSession, tells_the_tool_everything_it_needs)
{
    auto spec = quiet_spec();
    spec.tools = { tool("look_up") };
    spec.global_data["tier"] = "gold";
    spec.app_name = "bank";
    SessionScript script(spec);
    script.turn("hello").model(LmToolCall { { "c1", "look_up", "" } }).model(LmDone {});
    const auto* call = script.last<CallTool>();
    ASSERT_NE(call, nullptr);
    EXPECT_EQ(call->request.call.arguments, "{}");
    EXPECT_EQ(call->request.tool.name, "look_up");
    EXPECT_EQ(Json(call->request.global_data).dump(), R"({"tier":"gold","caller_id_number":"+15550100"})");
    EXPECT_EQ(call->request.meta_data.dump(), R"({"m":1})");
    EXPECT_EQ(call->request.call_id.value, "call");
    EXPECT_EQ(call->request.session.value, "session");
    EXPECT_EQ(call->request.app_name, "bank");
    EXPECT_EQ(call->request.caller_id_number, "+15550100");
}

TEST(AiSession, two_tools_at_once_are_one_request_and_two_results_in_order)
{
    auto spec = quiet_spec();
    spec.tools = { tool("a"), tool("b") };
    SessionScript script(spec);
    script.turn("hello")
        .model(LmToolCall { { "1", "a", "{}" } })
        .model(LmToolCall { { "2", "b", "{}" } })
        .model(LmDone {});
    ToolReply reply;
    reply.response = "second";
    script.event(ToolReturned { "2", reply });
    EXPECT_EQ(script.all<AskModel>().size(), 1U); // Waits for the other.
    reply.response = "first";
    script.event(ToolReturned { "1", reply });
    const auto asks = script.all<AskModel>();
    ASSERT_EQ(asks.size(), 2U);
    const auto& messages = asks.back().request.messages;
    ASSERT_EQ(messages.size(), 5U);
    EXPECT_EQ(messages[2].tool_calls.size(), 2U);
    EXPECT_EQ(messages[3].content, "first");
    EXPECT_EQ(messages[4].content, "second");
}

// swml-ai 23, 43, 48, 53
TEST(AiSession, a_tool_may_prompt_speak_and_change_the_global_data)
{
    auto spec = quiet_spec();
    spec.tools = { tool("a") };
    spec.global_data["old"] = 1;
    SessionScript script(spec);
    script.turn("hello").model(LmToolCall { { "1", "a", "{}" } }).model(LmDone {});
    ToolReply reply;
    reply.response = "result";
    reply.tool_prompt = "Be brief.";
    reply.actions = { { "set_global_data", Json(Json::Object { { "new", 2 } }) }, { "unset_global_data", Json("old") },
        { "say", Json("One thing first.") }, { "play", Json("unknown") } };
    script.event(ToolReturned { "1", reply });
    EXPECT_EQ(Json(script.session().global_data()).dump(), R"({"caller_id_number":"+15550100","new":2})");
    EXPECT_EQ(script.last<Speak>()->text, "One thing first.");
    const auto& messages = script.last<AskModel>()->request.messages;
    EXPECT_EQ(messages.back().content, "Be brief.");
}

// swml-ai 45
TEST(AiSession, a_tools_stop_ends_the_session)
{
    auto spec = quiet_spec();
    spec.tools = { tool("a") };
    SessionScript script(spec);
    script.turn("hello").model(LmToolCall { { "1", "a", "{}" } }).model(LmDone {});
    ToolReply reply;
    reply.actions = { { "stop", Json(true) } };
    script.event(ToolReturned { "1", reply });
    ASSERT_NE(script.last<Finished>(), nullptr);
    EXPECT_EQ(script.last<Finished>()->reason, FinishReason::stopped);
}

// swml-ai 32
TEST(AiSession, after_too_many_rounds_the_model_is_told_to_answer)
{
    auto spec = quiet_spec();
    spec.tools = { tool("a") };
    SessionScript script(spec);
    script.turn("hello");
    for (int i = 0; i < 4; ++i) {
        const std::string id = std::to_string(i);
        EXPECT_EQ(script.last<AskModel>()->request.tools.size(), 2U);
        script.model(LmToolCall { { id, "a", "{\"n\":" + id + "}" } }).model(LmDone {});
        script.event(ToolReturned { id, ToolReply {} });
    }
    EXPECT_EQ(script.all<CallTool>().size(), 4U);
    EXPECT_TRUE(script.last<AskModel>()->request.tools.empty());
    EXPECT_EQ(script.last<AskModel>()->request.messages.back().role, LmMessage::Role::system);
}

// swml-ai 32
TEST(AiSession, a_model_that_calls_tools_without_end_gets_an_apology)
{
    auto spec = quiet_spec();
    spec.tools = { tool("a") };
    SessionScript script(spec);
    script.turn("hello");
    for (int i = 0; i < 20 && script.last<Speak>() == nullptr; ++i) {
        const std::string id = std::to_string(i);
        script.model(LmToolCall { { id, "a", "{\"n\":" + id + "}" } }).model(LmDone {});
        script.event(ToolReturned { id, ToolReply {} });
    }
    ASSERT_NE(script.last<Speak>(), nullptr);
    EXPECT_EQ(script.all<CallTool>().size(), 4U);
    EXPECT_LE(script.all<AskModel>().size(), 7U);
}

TEST(AiSession, events_of_a_cancelled_reply_are_ignored)
{
    SessionScript script;
    script.turn("hello");
    const auto first = script.last<AskModel>()->reply;
    script.event(SpeechStarted {});
    ASSERT_NE(script.last<CancelModel>(), nullptr);
    script.event(ModelEvent { first, LmText { "Too late. Really." } });
    EXPECT_EQ(script.last<Speak>(), nullptr);
}

// swml-ai 101
TEST(AiSession, global_data_is_merged_and_the_log_has_only_its_keys)
{
    auto spec = quiet_spec();
    spec.global_data["a"] = 1;
    SessionScript script(spec);
    InjectMessage message;
    message.global_data = Json::Object { { "secret", "4711" } };
    script.event(message);
    EXPECT_EQ(Json(script.session().global_data()).dump(), R"({"a":1,"caller_id_number":"+15550100","secret":"4711"})");
    EXPECT_EQ(script.last<AppendMessage>()->content, R"({"type":"global_data","keys":["secret"]})");
    EXPECT_EQ(script.last<AppendMessage>()->role, Role::notification);
}

// swml-ai 101
TEST(AiSession, one_batch_is_reset_then_global_data_then_text)
{
    SessionScript script;
    script.turn("hello").says("Hi.").played();
    const auto before = script.all<AppendMessage>().size();
    InjectMessage message;
    message.text = "Sing.";
    message.role = Role::user;
    message.global_data = Json::Object { { "k", 1 } };
    message.reset = Reset { true, "You sing.", "" };
    script.event(message);
    const auto rows = script.all<AppendMessage>();
    ASSERT_EQ(rows.size(), before + 4);
    EXPECT_EQ(rows[before].content, R"({"type":"reset","full_reset":true})");
    EXPECT_EQ(rows[before + 1].content, "You sing.");
    EXPECT_EQ(rows[before + 2].content, R"({"type":"global_data","keys":["k"]})");
    EXPECT_EQ(rows[before + 3].content, "Sing.");
    const auto& messages = script.last<AskModel>()->request.messages;
    ASSERT_EQ(messages.size(), 2U); // Nothing of the old epoch.
    EXPECT_EQ(messages[0].content, "You sing.");
    EXPECT_EQ(messages[1].content, "Sing.");
}

TEST(AiSession, a_reset_that_is_not_full_adds_to_the_prompt)
{
    SessionScript script;
    script.turn("hello").says("Hi.").played();
    InjectMessage message;
    message.reset = Reset { false, "Be brief.", "" };
    script.event(message).turn("again");
    const auto& messages = script.last<AskModel>()->request.messages;
    ASSERT_EQ(messages.size(), 3U);
    EXPECT_EQ(messages[0].content, "You help.");
    EXPECT_EQ(messages[1].content, "Be brief.");
    EXPECT_EQ(messages[2].content, "again");
}

TEST(AiSession, a_full_reset_restores_the_hints)
{
    auto spec = quiet_spec();
    spec.hints = { "giro" };
    SessionScript script(spec);
    EXPECT_EQ(script.all<SetHints>().size(), 1U);
    InjectMessage message;
    message.reset = Reset { true, "", "" };
    script.event(message);
    ASSERT_EQ(script.all<SetHints>().size(), 2U);
    EXPECT_EQ(script.last<SetHints>()->hints, spec.hints);
}

// swml-ai 87
TEST(AiSession, attention_is_asked_for_without_tools)
{
    auto spec = quiet_spec();
    spec.tools = { tool("a") };
    spec.turn.attention = 5s;
    SessionScript script(spec);
    script.turn("hello").says("Hi.").played().at(20'000);
    const auto& request = script.last<AskModel>()->request;
    EXPECT_TRUE(request.tools.empty());
    EXPECT_EQ(request.messages.back().content, spec.silence.attention_prompt);
}

// swml-ai 9
TEST(AiSession, reports_every_wait_of_a_turn)
{
    SessionScript script; // Speech ends at 500, commit at 1200.
    script.turn("hello").at(1'500).model(LmText { "Hi there. " }).at(1'700).says("Bye.");
    script.at(1'800).event(VoiceStarted { { 1 } }).at(1'850).played();
    const auto* turn = script.last<ReportTurn>();
    ASSERT_NE(turn, nullptr);
    EXPECT_EQ(turn->report.speech_end, Instant { 500ms });
    EXPECT_EQ(turn->report.last_words, 0ms);
    EXPECT_EQ(turn->report.endpointing, 700ms);
    EXPECT_EQ(turn->report.asked, 700ms);
    EXPECT_EQ(turn->report.first_token, 1'000ms);
    EXPECT_EQ(turn->report.first_sentence, 1'000ms);
    EXPECT_EQ(turn->report.first_audio, 1'300ms);
    EXPECT_EQ(turn->report.heard, 1'350ms);
    EXPECT_FALSE(turn->report.interrupted);
}

// swml-ai 69, 71, 73, 74
TEST(AiSession, the_report_tells_the_whole_session)
{
    auto spec = quiet_spec();
    spec.tools = { tool("a") };
    spec.report.prompt.text = "Summarise.";
    spec.report.prompt.options.temperature = 0.0;
    spec.report.hook = { "http://x/", "u", "p" };
    SessionScript script(spec);
    script.turn("hello").model(LmToolCall { { "1", "a", "{\"q\":1}" } }).model(LmDone { 50, 5 });
    ToolReply reply;
    reply.response = "result";
    reply.url = "http://tool/";
    reply.post_data = Json::Object { { "function", "a" } };
    reply.post_response = Json::Object { { "response", "result" } };
    script.event(ToolReturned { "1", reply }).says("All good.").played();
    script.at(10'000).event(CallEnded { EndedBy::caller });
    const auto* ask = script.last<AskModel>();
    EXPECT_EQ(ask->request.options.temperature, 0.0);
    EXPECT_TRUE(ask->request.tools.empty());
    EXPECT_EQ(ask->request.messages.back().content, "Summarise.");
    EXPECT_EQ(script.last<Finished>(), nullptr);
    script.at(11'000).says("Sure: {\"topic\":\"x\"}");

    const auto* post = script.last<PostReport>();
    ASSERT_NE(post, nullptr);
    EXPECT_EQ(post->hook, spec.report.hook);
    const auto& report = post->report;
    EXPECT_EQ(report.post_prompt_data.raw, "Sure: {\"topic\":\"x\"}");
    ASSERT_EQ(report.post_prompt_data.parsed.size(), 1U);
    EXPECT_EQ(report.post_prompt_data.substituted, "Sure:");
    EXPECT_EQ(report.ended_by, EndedBy::caller);
    EXPECT_EQ(report.end_reason, "normal");
    EXPECT_EQ(report.ai_start, WallTime { 1'000'000'000 });
    EXPECT_EQ(report.ai_end, WallTime { 1'010'000'000 });
    EXPECT_EQ(report.call_end, WallTime { 1'010'000'000 });
    EXPECT_EQ(report.input_tokens, 70);
    EXPECT_EQ(report.output_tokens, 11);
    EXPECT_EQ(report.speech_time, 500ms);
    EXPECT_EQ(report.voice_characters, 9);
    EXPECT_EQ(report.times.size(), 3U);
    ASSERT_EQ(report.swaig_log.size(), 1U);
    EXPECT_EQ(report.swaig_log[0].command_name, "a");
    EXPECT_EQ(report.swaig_log[0].command_arg, "{\"q\":1}");
    EXPECT_EQ(report.swaig_log[0].url, "http://tool/");
    std::vector<std::string> roles;
    for (const auto& entry : report.call_log)
        roles.emplace_back(to_string(entry.role));
    EXPECT_THAT(roles,
        testing::ElementsAre("system-log", "system", "user", "assistant", "system-log", "tool", "assistant",
            "system-log", "system", "assistant"));
    EXPECT_EQ(report.call_log[2].confidence, 0.9);
    EXPECT_EQ(report.call_log[2].speaking_to_turn_detection, 700ms);
    EXPECT_EQ(report.call_log[6].content, "All good.");
}

TEST(AiSession, the_raw_log_tells_how_a_reply_was_cut)
{
    auto spec = quiet_spec();
    spec.report.hook.url = "http://x/";
    SessionScript script(spec);
    script.turn("hello").says("One two three four.");
    script.at(2'000).event(PlayoutStarted { { 1 } });
    script.event(UtteranceWords { { 1 },
        { { "One", 0ms, 200ms }, { "two", 200ms, 400ms }, { "three", 400ms, 600ms }, { "four", 600ms, 800ms } } });
    script.at(2'500).event(StopSession {}).event(PlayoutStopped { { 1 }, 500ms });
    EXPECT_EQ(script.last<AppendMessage>()->content, "One two");
    const auto& report = script.last<PostReport>()->report;
    const auto entry = std::find_if(
        report.raw_call_log.begin(), report.raw_call_log.end(), [](const CallLogEntry& e) { return e.barged; });
    ASSERT_NE(entry, report.raw_call_log.end());
    EXPECT_EQ(entry->text_heard, "One two");
    EXPECT_EQ(entry->text_spoken_total, "One two three four.");
    EXPECT_EQ(entry->barge_elapsed, 500ms);
    EXPECT_EQ(script.last<Finished>()->reason, FinishReason::stopped);
}

TEST(AiSession, a_post_prompt_that_hangs_does_not_keep_the_report)
{
    auto spec = quiet_spec();
    spec.report.prompt.text = "Summarise.";
    spec.report.hook.url = "http://x/";
    SessionScript script(spec);
    script.at(1'000).event(CallEnded {}).at(15'999);
    EXPECT_EQ(script.last<PostReport>(), nullptr);
    script.at(16'000);
    ASSERT_NE(script.last<PostReport>(), nullptr);
    EXPECT_EQ(script.last<PostReport>()->report.post_prompt_data.raw, "");
    EXPECT_EQ(script.all<Finished>().size(), 1U);
    EXPECT_FALSE(script.session().deadline());
}

TEST(AiSession, without_a_report_address_nothing_is_posted)
{
    SessionScript script;
    script.event(StopSession {});
    EXPECT_EQ(script.last<PostReport>(), nullptr);
    EXPECT_EQ(script.all<Finished>().size(), 1U);
    script.event(StopSession {}).event(SpeechStarted {}).at(60'000);
    EXPECT_EQ(script.all<Finished>().size(), 1U);
}

TEST(AiSession, a_session_that_never_began_just_ends)
{
    AiSession session(quiet_spec(), SessionScript::identity(), Log::none());
    Commands out;
    session.handle(CallEnded {}, Instant {}, out);
    ASSERT_EQ(out.size(), 1U);
    EXPECT_TRUE(std::holds_alternative<Finished>(out[0]));
}

TEST(AiSession, a_lost_provider_ends_it_with_an_error)
{
    SessionScript script;
    script.event(ProviderLost { { ErrorKind::unavailable, "voice is gone" } });
    EXPECT_EQ(script.last<Finished>()->reason, FinishReason::error);
    EXPECT_EQ(script.last<Finished>()->what, "voice is gone");
}

TEST(AiSession, a_reply_too_long_is_cut)
{
    SessionScript script;
    script.turn("hello");
    for (int i = 0; i < 40; ++i)
        script.model(LmText { std::string(1'000, 'a') + ". " });
    EXPECT_NE(script.last<CancelModel>(), nullptr);
    std::size_t spoken = 0;
    for (const auto& speak : script.all<Speak>())
        spoken += speak.text.size();
    EXPECT_LE(spoken, 33U * 1024);
}

TEST(AiSession, a_cough_before_the_greeting_sounds_does_not_swallow_it)
{
    auto spec = quiet_spec();
    spec.greeting.wait_for_user = false;
    spec.greeting.text = "Welcome.";
    SessionScript script(spec);
    script.at(50).event(SpeechStarted {}).at(150).event(SpeechStopped {}).at(3'000);
    const auto speaks = script.all<Speak>();
    ASSERT_EQ(speaks.size(), 2U);
    EXPECT_EQ(speaks[1].text, "Welcome.");
    EXPECT_EQ(script.last<AskModel>(), nullptr);
}

TEST(AiSession, roles_that_cannot_be_injected_are_ignored)
{
    SessionScript script;
    const auto before = script.all<AppendMessage>().size();
    InjectMessage message;
    message.role = Role::tool;
    message.text = "x";
    script.event(message);
    EXPECT_EQ(script.all<AppendMessage>().size(), before);
}

} // namespace
} // namespace parley::agent
