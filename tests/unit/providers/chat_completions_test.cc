#include "providers/chat_completions.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

std::string data(std::string_view json)
{
    return "data: " + std::string(json) + "\n\n";
}

std::string text_of(const std::vector<LmEvent>& events)
{
    std::string text;
    for (const auto& event : events) {
        if (const auto* piece = std::get_if<LmText>(&event))
            text += piece->text;
    }
    return text;
}

const std::string stream = data(R"({"choices":[{"delta":{"role":"assistant","content":""}}]})")
    + data(R"({"choices":[{"delta":{"content":"Hel"}}]})") + data(R"({"choices":[{"delta":{"content":"lo"}}]})")
    + data(
        R"({"choices":[{"delta":{"tool_calls":[{"index":1,"id":"b","function":{"name":"second","arguments":"{}"}}]}}]})")
    + data(
        R"({"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"first","arguments":"{\"x\""}}]}}]})")
    + data(R"({"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]}}]})")
    + data(R"({"choices":[{"delta":{},"finish_reason":"tool_calls"}]})")
    + data(R"({"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3}})") + data("[DONE]");

TEST(ChatDecoder, the_same_events_however_the_bytes_are_cut)
{
    for (std::size_t cut = 1; cut < stream.size(); cut += 7) {
        ChatDecoder decoder;
        std::vector<LmEvent> events;
        for (std::size_t i = 0; i < stream.size(); i += cut)
            ASSERT_TRUE(decoder.feed(std::string_view(stream).substr(i, cut), events));
        ASSERT_TRUE(decoder.finish(events));
        EXPECT_EQ(text_of(events), "Hello");
        ASSERT_GE(events.size(), 3U);
        EXPECT_EQ(std::get<LmToolCall>(events[events.size() - 3]).call, (ToolCall { "a", "first", R"({"x":1})" }));
        EXPECT_EQ(std::get<LmToolCall>(events[events.size() - 2]).call, (ToolCall { "b", "second", "{}" }));
        EXPECT_EQ(std::get<LmDone>(events.back()).input_tokens, 7);
        EXPECT_EQ(std::get<LmDone>(events.back()).output_tokens, 3);
    }
}

TEST(ChatDecoder, what_is_not_whole_is_an_error_that_says_so)
{
    const auto error = [](const std::string& bytes) {
        ChatDecoder decoder;
        std::vector<LmEvent> events;
        auto fed = decoder.feed(bytes, events);
        return fed ? decoder.finish(events).error().what : fed.error().what;
    };
    EXPECT_NE(error(data(R"({"choices":[{"delta":{"content":"Hel"}}]})")).find("middle"), std::string::npos);
    EXPECT_NE(error("").find("middle"), std::string::npos);
    EXPECT_NE(error(data("{\"choices\":[")).find("JSON"), std::string::npos);
    EXPECT_NE(error(data(R"({"error":{"message":"overloaded"}})")).find("overloaded"), std::string::npos);
    EXPECT_NE(error(data(R"({"choices":[{"finish_reason":"content_filter"}]})")).find("filter"), std::string::npos);
}

TEST(ChatRequest, comes_back_as_it_was_written)
{
    LmRequest request;
    request.options.temperature = 0.3;
    request.messages = { { LmMessage::Role::system, "Be kind.", {}, {} }, { LmMessage::Role::user, "Hi", {}, {} },
        { LmMessage::Role::assistant, "", { { "a", "f", "{}" } }, {} }, { LmMessage::Role::tool, "ok", {}, "a" } };
    request.tools = { { "f", "Does it", *Json::parse(R"({"type":"object","properties":{}})") } };
    const auto body = chat_request(request, "m");
    EXPECT_EQ(body.find("temperature")->as_number(), 0.3);
    EXPECT_TRUE(body.find("messages")->as_array()[2].find("content")->is_null());
    const auto parsed = parse_chat_request(body.dump());
    ASSERT_TRUE(parsed) << parsed.error().what;
    EXPECT_TRUE(parsed->stream);
    EXPECT_TRUE(parsed->include_usage);
    EXPECT_EQ(parsed->request.messages, request.messages);
    EXPECT_EQ(parsed->request.tools, request.tools);
}

TEST(ChatRequest, wrong_ones_name_the_field)
{
    const auto error = [](std::string_view body) { return parse_chat_request(body).error().what; };
    EXPECT_NE(error("{}").find("messages"), std::string::npos);
    EXPECT_NE(error(R"({"messages":[{"role":"dog"}]})").find("messages[0].role"), std::string::npos);
    EXPECT_NE(error(R"({"messages":[{"role":"user"}],"tools":[{}]})").find("tools[0].function"), std::string::npos);
}

TEST(ChatError, says_what_the_provider_said)
{
    EXPECT_EQ(chat_error(401, R"({"error":{"message":"bad key"}})").kind, ErrorKind::unauthenticated);
    EXPECT_EQ(chat_error(401, R"({"error":{"message":"bad key"}})").what, "language model: HTTP 401: bad key");
    EXPECT_EQ(chat_error(502, "<html>").what, "language model: HTTP 502, not JSON");
}

} // namespace
} // namespace parley
