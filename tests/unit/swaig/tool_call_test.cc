#include "swaig/tool_call.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::swaig {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ToolRequest request()
{
    ToolRequest r;
    r.call = { "t1", "get_weather", R"({"city":"Tulsa"})" };
    r.tool.name = "get_weather";
    r.tool.description = "Get the weather";
    r.tool.parameters = *Json::parse(R"({"type":"object","properties":{"city":{"type":"string"}}})");
    r.tool.meta_data_token = "tok";
    r.meta_data = Json::Object {};
    r.call_id = CallId { "c1" };
    r.session = AiSessionId { "s1" };
    r.app_name = "swml app";
    return r;
}

// swml-ai 17, 18
TEST(ToolRequestBody, HasTheDocumentedOrder)
{
    auto r = request();
    r.conversation_id = "conv";
    r.global_data = { { "tier", "gold" } };
    r.project_id = "P";
    r.space_id = "S";
    r.caller_id_name = "Ann";
    r.caller_id_number = "+1";
    EXPECT_EQ(Json(tool_request_body(r)).dump(),
        R"({"app_name":"swml app","conversation_id":"conv","global_data":{"tier":"gold"},"project_id":"P","space_id":"S",)"
        R"("caller_id_name":"Ann","caller_id_num":"+1","channel_active":true,"channel_offhook":true,"channel_ready":true,)"
        R"("content_type":"text/swaig","version":"2.0","content_disposition":"SWAIG Function","conversation_type":"voice",)"
        R"("function":"get_weather","argument":{"parsed":[{"city":"Tulsa"}],"raw":"{\"city\":\"Tulsa\"}"},"call_id":"c1",)"
        R"("ai_session_id":"s1","argument_desc":{"type":"object","properties":{"city":{"type":"string"}}},)"
        R"("description":"Get the weather","purpose":"Get the weather","meta_data_token":"tok","meta_data":{}})");
}

TEST(ToolRequestBody, WhatIsNotKnownIsLeftOut)
{
    auto r = request();
    r.active = r.offhook = r.ready = false;
    const auto body = tool_request_body(r);
    for (const auto* key :
        { "conversation_id", "global_data", "project_id", "space_id", "caller_id_name", "caller_id_num" })
        EXPECT_EQ(body.find(key), nullptr) << key;
    EXPECT_EQ(*body.find("channel_active"), Json(false));
}

// swml-ai 35
TEST(ToolRequestBody, HasTheConversationWhenThatIsWanted)
{
    auto r = request();
    EXPECT_EQ(tool_request_body(r).find("call_log"), nullptr);
    r.with_conversation = true;
    CallLogEntry entry;
    entry.role = CallLogEntry::Role::user;
    entry.content = "hello";
    r.call_log = r.raw_call_log = { entry };
    const auto body = tool_request_body(r);
    EXPECT_EQ(body.find("call_log")->as_array().at(0).string_or("content"), "hello");
    EXPECT_EQ(body.find("raw_call_log")->as_array().size(), 1U);
}

TEST(ToolRequestBody, TellsWhyTheSessionFailed)
{
    auto r = request();
    EXPECT_EQ(tool_request_body(r).find("fatal_error"), nullptr);
    r.fatal_error = "llm_fatal";
    EXPECT_EQ(*tool_request_body(r).find("fatal_error"), Json(true));
    EXPECT_EQ(*tool_request_body(r).find("error_reason"), Json("llm_fatal"));
}

// swml-ai 24, 30
TEST(ToolReply, SaysWhetherItIsAnAnswerAtAll)
{
    EXPECT_TRUE(parse_tool_reply("{}")->has_response);
    EXPECT_TRUE(parse_tool_reply(R"({"response":""})")->has_response);
    EXPECT_TRUE(parse_tool_reply(R"({"action":[]})")->has_response);
    const auto broken = parse_tool_reply(R"({"error":"boom","function":"f"})");
    EXPECT_FALSE(broken->has_response);
    EXPECT_EQ(broken->response, R"({"error":"boom","function":"f"})");
    EXPECT_EQ(parse_tool_reply(R"({"status":"ok"})")->response, "");
}

// swml-ai 19
TEST(ToolRequestBody, NoArgumentsAreOneEmptyObject)
{
    auto r = request();
    r.call.arguments = "";
    EXPECT_EQ(tool_request_body(r).find("argument")->dump(), R"({"parsed":[{}],"raw":"{}"})");
}

TEST(FindJsonObjects, InProseAndFences)
{
    const auto found = find_json_objects("Here:\n```json\n{\"a\":\"}\\\"{\"}\n```\nand {\"b\":{\"c\":1}} done");
    ASSERT_EQ(found.objects.size(), 2U);
    EXPECT_EQ(found.objects[0].dump(), R"({"a":"}\"{"})");
    EXPECT_EQ(found.objects[1].dump(), R"({"b":{"c":1}})");
    EXPECT_EQ(found.rest.find("```"), std::string::npos);
    EXPECT_EQ(found.rest.substr(0, 5), "Here:");
    EXPECT_EQ(find_json_objects("{\"a\":1}").rest, "");
    EXPECT_EQ(find_json_objects("no { braces {\"a\":1}").objects.size(), 1U);
    EXPECT_THAT(find_json_objects("{not json}").objects, IsEmpty());
    EXPECT_EQ(find_json_objects("{not json}").rest, "{not json}");
    EXPECT_EQ(find_json_objects(std::string(5'000, '{')).rest.size(), 5'000U);
}

std::string refusal(std::string_view body)
{
    auto reply = parse_tool_reply(body);
    return reply ? "" : reply.error().what;
}

// swml-ai 24
TEST(ToolReply, EveryMemberIsOptional)
{
    const auto reply = parse_tool_reply("{}");
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->response, "");
    EXPECT_THAT(reply->actions, IsEmpty());
    EXPECT_FALSE(reply->post_process);
    EXPECT_EQ(reply->post_response.dump(), "{}");
}

// swml-ai 23
TEST(ToolReply, ResponseAsTextOrObject)
{
    EXPECT_EQ(parse_tool_reply(R"({"response":"sunny"})")->response, "sunny");
    EXPECT_EQ(parse_tool_reply(R"({"response":21})")->response, "21");
    const auto reply = parse_tool_reply(R"({"response":{"tool_result":{"t":21},"tool_prompt":"be brief"}})");
    EXPECT_EQ(reply->response, R"({"t":21})");
    EXPECT_EQ(reply->tool_prompt, "be brief");
}

// swml-ai 25
TEST(ToolReply, ActionsKeepTheirOrderAndOneObjectMayHoldSeveral)
{
    const auto reply = parse_tool_reply(
        R"({"action":[{"set_global_data":{"a":1}},{"say":"hi","stop":true}],"post_process":"true","unknown":1})");
    EXPECT_THAT(reply->actions,
        ElementsAre(ToolAction { "set_global_data", Json::Object { { "a", 1 } } }, ToolAction { "say", "hi" },
            ToolAction { "stop", true }));
    EXPECT_TRUE(reply->post_process);
    EXPECT_THAT(parse_tool_reply(R"({"action":{"hangup":true}})")->actions, ElementsAre(ToolAction { "hangup", true }));
}

TEST(ToolReply, WhatIsWrongIsNamed)
{
    EXPECT_THAT(refusal("<html>"), testing::StartsWith("the webhook's answer is not JSON: "));
    EXPECT_THAT(refusal(""), testing::StartsWith("the webhook's answer is not JSON: "));
    EXPECT_EQ(refusal("[]"), "the webhook's answer must be a JSON object");
    EXPECT_EQ(refusal(R"({"response":[1]})"), "response: must be a string or an object");
    EXPECT_EQ(refusal(R"({"action":"stop"})"), "action: must be an object or an array of objects");
    EXPECT_EQ(refusal(R"({"action":[{},7]})"), "action[1]: must be an object");
    EXPECT_EQ(refusal(R"({"post_process":"maybe"})"), "post_process: must be a boolean");
}

// swml-ai 52
TEST(ToolReply, the_prompts_of_a_context_switch_may_be_sections)
{
    const auto reply = parse_tool_reply(R"({"action":[{"context_switch":{"system_prompt":"x","consolidate":true,
        "system_pom":[{"title":"Task","body":"Bill."}],"user_pom":7}},{"context_switch":"y"}]})");
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->actions.at(0).value.string_or("system_prompt"), "\n## Task\n\nBill.\n");
    EXPECT_EQ(reply->actions.at(0).value.find("user_prompt"), nullptr);
    EXPECT_EQ(reply->actions.at(1).value.as_string(), "y");
}

} // namespace
} // namespace parley::swaig
