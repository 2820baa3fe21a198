#include "swaig/report.h"

#include <gtest/gtest.h>

namespace parley::swaig {
namespace {

std::string keys(const Json::Object& object)
{
    std::string line;
    for (const auto& [key, value] : object)
        line += (line.empty() ? "" : " ") + key;
    return line;
}

SessionReport report()
{
    SessionReport r;
    r.call_id = CallId { "c1" };
    r.session = AiSessionId { "s1" };
    r.app_name = "swml app";
    r.call_start = WallTime { 1'000'000 };
    r.ai_start = WallTime { 2'000'000 };
    r.ai_end = WallTime { 3'000'000 };
    r.ended_by = EndedBy::caller;
    return r;
}

const std::string totals
    = "total_minutes total_input_tokens total_output_tokens total_wire_input_tokens "
      "total_wire_input_tokens_per_minute total_wire_output_tokens total_wire_output_tokens_per_minute "
      "total_tts_chars total_tts_chars_per_min total_asr_minutes total_asr_cost_factor";

// swml-ai 70
TEST(Report, TheLeastReportHasItsMembersInOrder)
{
    const auto body = report_body(report());
    EXPECT_EQ(keys(body),
        "content_type content_disposition conversation_type call_id app_name ai_session_id action call_log "
        "raw_call_log "
        "call_start_date call_answer_date call_end_date ai_start_date ai_end_date call_ended_by post_prompt_data "
        "global_data swaig_log "
            + totals);
    EXPECT_EQ(body.find("action")->as_string(), "post_conversation");
    EXPECT_EQ(*body.find("call_answer_date"), Json(0));
    EXPECT_EQ(*body.find("call_end_date"), Json(0));
    EXPECT_EQ(body.find("call_ended_by")->as_string(), "caller");
    EXPECT_EQ(body.find("post_prompt_data")->dump(), R"({"parsed":[],"raw":""})");
    EXPECT_EQ(*body.find("total_minutes"), Json(1));
}

// swml-ai 70, 72
TEST(Report, AFullReportHasItsMembersInOrderAndNoSummary)
{
    auto r = report();
    r.project_id = "P";
    r.space_id = "S";
    r.conversation_id = "conv";
    r.caller_id_name = "Ann";
    r.caller_id_number = "+1";
    r.model = "m";
    r.call_timeline.push_back({ WallTime { 5 }, "user_input", { { "ts", "not this" }, { "words", 2 } } });
    r.times.push_back({ "Hello there", 2, 2s, 1s, 10 });
    const auto body = report_body(r);
    EXPECT_EQ(keys(body),
        "project_id space_id content_type content_disposition conversation_type call_id app_name ai_session_id "
        "ai_id_tag "
        "conversation_id action call_log raw_call_log call_timeline call_start_date call_answer_date call_end_date "
        "ai_start_date ai_end_date call_ended_by caller_id_name caller_id_number times post_prompt_data global_data "
        "swaig_log "
            + totals);
    EXPECT_EQ(body.find("summary"), nullptr); // Receivers would take it for the answer.
    EXPECT_EQ(body.find("call_timeline")->dump(), R"([{"ts":5,"type":"user_input","words":2}])");
    EXPECT_EQ(body.find("times")->as_array()[0].find("avg_tps")->as_number(), 5.0);
    EXPECT_EQ(body.find("times")->as_array()[0].find("tps")->as_number(), 10.0);
    EXPECT_EQ(body.find("ai_id_tag")->as_string().size(), 32U);
}

TEST(Report, TotalsCountStartedMinutes)
{
    auto r = report();
    r.total_time = 61s;
    r.input_tokens = 10;
    r.voice_characters = 5;
    r.speech_time = 30s;
    const auto body = report_body(r);
    EXPECT_EQ(*body.find("total_minutes"), Json(2));
    EXPECT_EQ(body.find("total_wire_input_tokens_per_minute")->as_number(), 5.0);
    EXPECT_EQ(body.find("total_tts_chars_per_min")->as_number(), 2.5);
    EXPECT_EQ(body.find("total_asr_minutes")->as_number(), 0.5);
}

// swml-ai 73, 74, 78
TEST(Report, LogEntriesHaveWhatTheirRoleHas)
{
    auto r = report();
    CallLogEntry user;
    user.role = CallLogEntry::Role::user;
    user.content = "hello";
    user.timestamp = WallTime { 7 };
    user.confidence = 0.5;
    user.content_type = "Detected Speech";
    user.start = WallTime { 5 };
    user.end = WallTime { 6 };
    user.speaking_to_final_event = 300ms;
    CallLogEntry asked;
    asked.role = CallLogEntry::Role::assistant;
    asked.timestamp = WallTime { 8 };
    asked.latency = 250ms;
    asked.tool_calls = { { "t1", "weather", "{}" } };
    CallLogEntry cut;
    cut.role = CallLogEntry::Role::assistant;
    cut.content = "It is";
    cut.timestamp = WallTime { 9 };
    cut.barged = true;
    cut.barge_elapsed = 900ms;
    cut.text_heard = "It is";
    cut.text_spoken_total = "It is sunny";
    CallLogEntry logged;
    logged.role = CallLogEntry::Role::system_log;
    logged.action = "session_end";
    logged.content = "AI session ended: normal";
    logged.content_type = "Detected Speech";
    logged.language = "en-GB";
    logged.timestamp = WallTime { 10 };
    logged.metadata = { { "reason", "normal" } };
    r.call_log = { user, asked, cut, logged };
    EXPECT_EQ(report_body(r).find("call_log")->dump(),
        R"([{"role":"user","content":"hello","timestamp":7,"confidence":0.5,"content_type":"Detected Speech",)"
        R"("start_timestamp":5,"end_timestamp":6,"speaking_to_final_event":300},)"
        R"({"role":"assistant","content":"","timestamp":8,"latency":250,)"
        R"("tool_calls":[{"id":"t1","type":"function","function":{"name":"weather","arguments":"{}"}}]},)"
        R"({"role":"assistant","content":"It is","timestamp":9,"barged":true,"barge_elapsed_ms":900,)"
        R"("text_heard_approx":"It is","text_spoken_total":"It is sunny"},)"
        R"({"role":"system-log","action":"session_end","lang":"en-GB","timestamp":10,"tokens":0,)"
        R"("content_type":"Detected Speech","content":"AI session ended: normal","metadata":{"reason":"normal"}}])");
}

// swml-ai 77
TEST(Report, ToolCallsAreLogged)
{
    auto r = report();
    r.swaig_log.push_back({ "weather", "", WallTime { 2'500'000 }, "https://u:p@x.test/a?t=1%3D",
        Json::Object { { "a", 1 } }, nullptr, "timed out" });
    r.swaig_log.push_back({ "hangup", "{}", WallTime { 3'000'000 }, "", {}, {}, "", true });
    r.swaig_log.push_back({ "late", "{\"x\": 1}", WallTime { 4'000'000 }, "https://x.test/", {}, Json::Object {}, "",
        false, 2, true, Json::Object { { "mcp_tool", "t" } } });
    EXPECT_EQ(report_body(r).find("swaig_log")->dump(),
        R"([{"command_name":"weather","command_arg":"null","epoch_time":2,"active_count":"endless","post_data":{"a":1},)"
        R"("url":"https://x.test/a?t=1%3D","error":"timed out"},)"
        R"({"command_name":"hangup","command_arg":"{}","epoch_time":3,"native":true},)"
        R"({"command_name":"late","command_arg":"{\"x\": 1}","epoch_time":4,"active_count":2,"url":"https://x.test/",)"
        R"("delayed_post_response":{},"mcp_tool":"t"}])");
}

// swml-ai 78
TEST(Report, TheSilenceBeforeAnAnswerIsMadeOfItsParts)
{
    auto r = report();
    CallLogEntry answer;
    answer.role = CallLogEntry::Role::assistant;
    answer.content = "Yes.";
    answer.timestamp = WallTime { 9 };
    answer.latency = 300ms;
    answer.utterance_latency = 350ms;
    answer.audio_latency = 500ms;
    answer.acoustic_latency = 1'300ms;
    answer.eos_to_push_latency = 200ms;
    r.call_log = { answer };
    EXPECT_EQ(report_body(r).find("call_log")->dump(),
        R"([{"role":"assistant","content":"Yes.","timestamp":9,"latency":300,"utterance_latency":350,"audio_latency":500,)"
        R"("acoustic_latency":1300,"eos_to_push_latency":200,"poll":600}])");
}

// swml-ai 79, 80
TEST(Report, WhatOnlySomeSessionsHaveIsThereOnlyThen)
{
    auto r = report();
    for (const auto* key :
        { "hard_timeout", "previous_contexts", "SWMLVars", "SWMLCall", "conversation_summary", "times" })
        EXPECT_EQ(report_body(r).find(key), nullptr) << key;
    r.hard_timeout = true;
    r.previous_contexts = { { CallLogEntry {} } };
    r.swml_vars = { { "answer_result", "success" } };
    r.swml_call = { { "call_id", "c1" } };
    r.conversation_summary = "All went well.";
    const auto body = report_body(r);
    EXPECT_EQ(*body.find("hard_timeout"), Json(true));
    EXPECT_EQ(body.find("previous_contexts")->dump(), R"([[{"role":"system","content":"","timestamp":0}]])");
    EXPECT_EQ(body.find("SWMLVars")->dump(), R"({"answer_result":"success"})");
    EXPECT_EQ(body.find("conversation_summary")->as_string(), "All went well.");
}

// swml-ai 81
TEST(Report, AskingForAnEarlierConversationTellsOnlyWhoAsks)
{
    auto r = report();
    r.fetch = true;
    r.conversation_id = "conv";
    r.caller_id_number = "+1";
    r.call_log.emplace_back();
    EXPECT_EQ(Json(report_body(r)).dump(),
        R"({"content_type":"text/json","content_disposition":"agent.load_conversation","conversation_type":"voice",)"
        R"("call_id":"c1","app_name":"swml app","ai_session_id":"s1","conversation_id":"conv","action":"fetch_conversation",)"
        R"("call_start_date":1000000,"call_answer_date":0,"call_end_date":0,"ai_start_date":2000000,"caller_id_number":"+1"})");
}

TEST(Report, ATooLongOneLosesWhatIsToldTwiceFirst)
{
    auto r = report();
    CallLogEntry spoken;
    spoken.role = CallLogEntry::Role::user;
    spoken.content = std::string(1'000, 'a');
    auto cut = spoken;
    cut.barged = true;
    r.call_log = { spoken };
    r.raw_call_log = { spoken, cut };
    r.call_timeline.push_back({ WallTime { 5 }, "user_input", { { "words", std::string(1'000, 'b') } } });
    SwaigLogEntry call;
    call.post_data = Json::Object { { "call_log", std::string(1'000, 'c') }, { "function", "a" } };
    r.swaig_log.push_back(call);
    r.global_data = { { "kept", std::string(1'000, 'd') } };
    const auto whole = report_text(r);
    EXPECT_EQ(whole, Json(report_body(r)).dump());

    const auto without = [&](std::size_t limit) {
        const auto text = report_text(r, limit);
        EXPECT_LE(text.size(), limit);
        return *Json::parse(text);
    };
    auto body = without(whole.size() - 1);
    EXPECT_EQ(body.find("swaig_log")->as_array()[0].find("post_data")->dump(), R"({"function":"a"})");
    EXPECT_NE(body.find("call_timeline"), nullptr);
    body = without(whole.size() - 1'500);
    EXPECT_EQ(body.find("call_timeline"), nullptr);
    EXPECT_EQ(body.find("raw_call_log")->as_array().size(), 2U);
    body = without(whole.size() - 2'500);
    EXPECT_EQ(body.find("raw_call_log")->as_array().size(), 1U); // The other one stands in call_log.
    EXPECT_EQ(body.find("call_log")->as_array().size(), 1U);
    body = without(2'500);
    EXPECT_TRUE(body.find("call_log")->as_array().empty());
    EXPECT_NE(body.find("global_data")->find("kept"), nullptr);
    body = without(1'500);
    EXPECT_EQ(body.find("global_data")->find("kept"), nullptr);
    EXPECT_EQ(body.find("call_id")->as_string(), "c1");
}

} // namespace
} // namespace parley::swaig
