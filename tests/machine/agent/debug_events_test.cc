// What is posted to `debug_webhook_url` while a session runs.
#include "agent/debug_events.h"
#include "machine/agent/session_script.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace parley::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

AiSpec debugged_spec(int level = 1)
{
    auto spec = quiet_spec();
    spec.prompt.options.model = "gpt-4o-mini";
    spec.reporting.debug_url = "http://u:p@x/debug/";
    spec.reporting.debug_level = level;
    spec.report.hook.url = "http://x/";
    return spec;
}

std::vector<std::string> names(const SessionScript& script)
{
    std::vector<std::string> names;
    for (const auto& post : script.all<PostDebug>()) {
        for (const auto& [name, members] : post.body)
            names.push_back(name);
    }
    return names;
}

std::string first(const SessionScript& script, std::string_view name)
{
    for (const auto& post : script.all<PostDebug>()) {
        if (const auto* members = post.body.find(name))
            return members->dump();
    }
    return "not told";
}

void whole_call(SessionScript& script)
{
    script.turn("hello").says("Good day.").played();
    script.at(10'000).event(CallEnded { EndedBy::caller });
}

// swml-ai 83
TEST(DebugEvents, tell_of_a_whole_call)
{
    SessionScript script(debugged_spec());
    whole_call(script);
    EXPECT_THAT(
        names(script), ElementsAre("session_start", "speech_detect", "ai_completion", "session_end", "post_prompt"));
    EXPECT_EQ(first(script, "session_start"),
        R"({"model":"gpt-4o-mini","tts_engine":"flite","tts_voice":"rms","language":"en-GB"})");
    EXPECT_EQ(first(script, "speech_detect"), R"({"text":"hello","source":"recogniser"})");
    EXPECT_EQ(first(script, "session_end"),
        R"({"reason":"normal","ended_by":"caller","duration_ms":10000,"input_tokens":10,"output_tokens":3})");
    EXPECT_EQ(script.last<PostDebug>()->hook.url, "http://u:p@x/debug/");
    EXPECT_NE(script.last<Finished>(), nullptr);
}

// swml-ai 83
TEST(DebugEvents, the_second_level_adds_three)
{
    SessionScript script(debugged_spec(2));
    whole_call(script);
    EXPECT_THAT(names(script),
        ElementsAre("session_start", "conversation_add", "speech_detect", "llm_request", "llm_response",
            "conversation_add", "ai_completion", "conversation_add", "session_end", "post_prompt"));
    EXPECT_EQ(first(script, "conversation_add"),
        R"({"role":"system","content":"You help.","tokens":6,"timestamp":1000000000})");
    EXPECT_EQ(first(script, "llm_request"), R"({"model":"gpt-4o-mini","prompt_tokens":6,"conversation_tokens":5})");
    EXPECT_EQ(
        first(script, "llm_response"), R"({"model":"gpt-4o-mini","output_tokens":3,"duration_ms":0,"success":true})");
}

TEST(DebugEvents, without_an_address_or_at_level_0_nothing_is_told)
{
    auto spec = debugged_spec();
    spec.reporting.debug_url.clear();
    SessionScript silent(spec);
    whole_call(silent);
    EXPECT_THAT(names(silent), IsEmpty());
    SessionScript off(debugged_spec(0));
    whole_call(off);
    EXPECT_THAT(names(off), IsEmpty());
}

TEST(DebugEvents, nothing_follows_the_end)
{
    SessionScript script(debugged_spec(2));
    whole_call(script);
    bool finished = false;
    for (const auto& command : script.all_commands()) {
        EXPECT_FALSE(finished);
        finished = std::holds_alternative<Finished>(command);
    }
    EXPECT_TRUE(finished);
}

TEST(DebugEvents, a_tool_is_told_with_its_actions)
{
    auto spec = debugged_spec();
    spec.tools = { tool("a") };
    SessionScript script(spec);
    script.turn("hello").model(LmToolCall { { "1", "a", "{}" } }).model(LmDone {});
    ToolReply reply;
    reply.response = "done";
    reply.url = "http://u:p@tool/";
    reply.actions = { { "set_global_data", Json::Object { { "x", 1 } } } };
    reply.debug_events = { { "expression", Json::Object { { "matched", true } } } };
    script.event(ToolReturned { "1", reply });
    EXPECT_EQ(first(script, "process_action"), R"({"action":{"set_global_data":{"x":1}}})");
    EXPECT_EQ(first(script, "expression"), R"({"matched":true})");
    const auto call = Json::parse(first(script, "swaig_call"));
    ASSERT_TRUE(call.has_value());
    EXPECT_EQ(call->string_or("command_name"), "a");
    EXPECT_EQ(call->string_or("url"), "http://tool/");
    EXPECT_NE(first(script, "function_call"), "not told");
}

TEST(DebugEvents, a_tool_that_fails_is_told)
{
    auto spec = debugged_spec();
    spec.tools = { tool("a") };
    SessionScript script(spec);
    script.turn("hello").model(LmToolCall { { "1", "a", "{}" } }).model(LmDone {});
    script.event(ToolReturned { "1", Error { ErrorKind::unavailable, "HTTP 500" } });
    EXPECT_EQ(first(script, "webhook_fail"), R"({"tool_call_id":"1","error":"HTTP 500"})");
}

TEST(DebugEvents, an_interruption_is_told)
{
    SessionScript script(debugged_spec());
    script.turn("hello").says("One two three four.");
    script.at(2'000).event(PlayoutStarted { { 1 } });
    script.at(2'500).event(StopSession {}).event(PlayoutStopped { { 1 }, 500ms });
    EXPECT_EQ(first(script, "barge"), R"({"barge_type":"normal","barge_elapsed_ms":500,"interrupt_count":1})");
    EXPECT_EQ(first(script, "ai_completion"), R"({"type":"barged"})");
}

TEST(DebugEvents, a_hold_is_one_event_with_two_faces)
{
    SessionScript script(debugged_spec());
    script.event(HoldSession { 30s, "" });
    EXPECT_EQ(first(script, "hold"), R"({"event":"hold","timeout":30})");
}

TEST(DebugEvents, the_words_are_not_told_when_they_are_to_be_masked)
{
    auto spec = debugged_spec(2);
    spec.reporting.redact = "numbers";
    SessionScript script(spec);
    whole_call(script);
    EXPECT_EQ(first(script, "speech_detect"), "not told");
    for (const auto& post : script.all<PostDebug>()) {
        const auto* entry = post.body.find("conversation_add");
        if (entry != nullptr && entry->string_or("role") != "system") {
            EXPECT_EQ(entry->string_or("content"), "----");
        }
    }
}

TEST(DebugEvents, a_prompt_that_every_reply_waits_for_is_warned_of_once)
{
    auto spec = debugged_spec();
    spec.prompt.text = std::string(DebugEvents::excessive_prompt_tokens * 4, 'a');
    SessionScript script(spec);
    script.turn("hello").says("Good day.").played();
    script.turn("and now").says("Good night.").played();
    EXPECT_EQ(first(script, "warning"), R"({"event":"excessive_prompt_tokens","tokens":16004})");
    EXPECT_EQ(std::ranges::count(names(script), "warning"), 1);
}

TEST(DebugEvents, that_nobody_takes_are_bounded)
{
    DebugEvents events(debugged_spec());
    for (std::size_t i = 0; i < DebugEvents::max_waiting + 1; ++i)
        events.tell("x", {});
    EXPECT_EQ(events.take().size(), DebugEvents::max_waiting);
    EXPECT_THAT(events.take(), IsEmpty());
}

} // namespace
} // namespace parley::agent
