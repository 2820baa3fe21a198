#include "providers/bedrock_chat.h"

#include "providers/aws_signature.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

void put(std::string& frame, std::size_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        frame += static_cast<char>(value >> shift);
}

std::string header(std::string_view name, std::string_view value)
{
    std::string bytes;
    bytes += static_cast<char>(name.size());
    bytes += name;
    bytes += '\7';
    bytes += static_cast<char>(value.size() >> 8);
    bytes += static_cast<char>(value.size());
    bytes += value;
    return bytes;
}

std::string framed(std::string_view headers, std::string_view payload)
{
    std::string frame;
    put(frame, headers.size() + payload.size() + 16);
    put(frame, headers.size());
    put(frame, crc32(frame));
    frame += headers;
    frame += payload;
    put(frame, crc32(frame));
    return frame;
}

std::string event(std::string_view type, std::string_view payload)
{
    return framed(
        header(":event-type", type) + header(":content-type", "application/json") + header(":message-type", "event"),
        payload);
}

const std::string spoken = event("messageStart", R"({"role":"assistant"})")
    + event("contentBlockDelta", R"({"contentBlockIndex":0,"delta":{"text":"Hel"}})")
    + event("contentBlockDelta", R"({"contentBlockIndex":0,"delta":{"text":"lo."}})")
    + event("contentBlockStop", R"({"contentBlockIndex":0})") + event("messageStop", R"({"stopReason":"end_turn"})")
    + event("metadata", R"({"usage":{"inputTokens":12,"outputTokens":3,"totalTokens":15},"metrics":{"latencyMs":9}})");

struct Read {
    std::string text;
    std::vector<ToolCall> calls;
    std::optional<LmDone> done;
    std::string error;
};

Read read(std::string_view stream, std::size_t cut)
{
    BedrockDecoder decoder;
    std::vector<LmEvent> events;
    Read read;
    for (std::size_t i = 0; i < stream.size() && read.error.empty(); i += cut) {
        if (auto fed = decoder.feed(stream.substr(i, cut), events); !fed)
            read.error = fed.error().what;
    }
    if (read.error.empty()) {
        if (auto finished = decoder.finish(events); !finished)
            read.error = finished.error().what;
    }
    for (auto& each : events) {
        if (auto* text = std::get_if<LmText>(&each))
            read.text += text->text;
        else if (auto* call = std::get_if<LmToolCall>(&each))
            read.calls.push_back(call->call);
        else if (auto* done = std::get_if<LmDone>(&each))
            read.done = *done;
    }
    return read;
}

TEST(Crc32, IsThatOfZip)
{
    EXPECT_EQ(crc32("123456789"), 0xCBF43926U);
}

TEST(AwsEventStream, TheSameHoweverTheBytesAreCut)
{
    for (const std::size_t cut : { 1, 2, 3, 7, 16, 100, 100'000 }) {
        const auto whole = read(spoken, cut);
        EXPECT_EQ(whole.error, "");
        EXPECT_EQ(whole.text, "Hello.");
        ASSERT_TRUE(whole.done.has_value());
        EXPECT_EQ(whole.done->input_tokens, 12);
        EXPECT_EQ(whole.done->output_tokens, 3);
    }
}

TEST(AwsEventStream, HeadersOfEveryTypeArePassedOver)
{
    std::string headers;
    for (const auto& [type, bytes] :
        std::vector<std::pair<char, std::string>> { { 0, "" }, { 1, "" }, { 2, "a" }, { 3, "ab" }, { 4, "abcd" },
            { 5, "abcdefgh" }, { 6, std::string("\0\3abc", 5) }, { 8, "abcdefgh" }, { 9, "abcdefghijklmnop" } })
        headers += std::string("\1x") + type + bytes;
    AwsEventDecoder decoder;
    std::vector<AwsEvent> events;
    ASSERT_TRUE(decoder.feed(framed(headers + header("a", "b"), "p"), events).has_value());
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].headers.size(), 1U);
    EXPECT_EQ(events[0].header("a"), "b");
    EXPECT_EQ(events[0].payload, "p");
    EXPECT_TRUE(decoder.at_boundary());
}

TEST(AwsEventStream, EveryFlippedByteIsFound)
{
    const auto frame = event("messageStop", R"({"stopReason":"end_turn"})");
    for (std::size_t i = 0; i < frame.size(); ++i) {
        std::string broken = frame;
        broken[i] = static_cast<char>(broken[i] ^ 1);
        AwsEventDecoder decoder;
        std::vector<AwsEvent> events;
        EXPECT_FALSE(decoder.feed(broken, events).has_value()) << i;
    }
}

TEST(AwsEventStream, LengthsThatLieAreErrors)
{
    const auto lengths = [](std::size_t total, std::size_t headers) {
        std::string frame;
        put(frame, total);
        put(frame, headers);
        put(frame, crc32(frame));
        AwsEventDecoder decoder;
        std::vector<AwsEvent> events;
        return decoder.feed(frame, events).has_value();
    };
    EXPECT_FALSE(lengths(15, 0));
    EXPECT_FALSE(lengths(20, 5));
    EXPECT_FALSE(lengths(AwsEventDecoder::max_frame + 1, 0));
    EXPECT_TRUE(lengths(20, 4)); // The rest is still to come.
}

TEST(BedrockDecoder, ToolCallsComeWholeAndInOrder)
{
    const auto reply = read(event("contentBlockDelta", R"({"contentBlockIndex":0,"delta":{"text":"Let me see."}})")
            + event("contentBlockStart",
                R"({"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"t1","name":"balance"}}})")
            + event("contentBlockDelta", R"({"contentBlockIndex":1,"delta":{"toolUse":{"input":"{\"acc"}}})")
            + event("contentBlockDelta", R"({"contentBlockIndex":1,"delta":{"toolUse":{"input":"ount\": 1}"}}})")
            + event(
                "contentBlockStart", R"({"contentBlockIndex":2,"start":{"toolUse":{"toolUseId":"t2","name":"card"}}})")
            + event("messageStop", R"({"stopReason":"tool_use"})"),
        5);
    EXPECT_EQ(reply.error, "");
    EXPECT_EQ(reply.text, "Let me see.");
    EXPECT_EQ(reply.calls, (std::vector<ToolCall> { { "t1", "balance", "{\"account\": 1}" }, { "t2", "card", "" } }));
}

TEST(BedrockDecoder, WhatIsNotWholeIsAnError)
{
    EXPECT_EQ(read(spoken.substr(0, spoken.size() - 3), 64).error, "language model: the reply broke off");
    EXPECT_EQ(read("", 1).error, "language model: the reply broke off");
    EXPECT_EQ(read(event("messageStop", "{}") + "x", 64).error, "language model: the reply broke off");
    EXPECT_NE(read(event("messageStop", "no json"), 64).error, "");
    EXPECT_NE(read(event("contentBlockDelta", R"({"delta":{"toolUse":{"input":"{}"}}})"), 64).error, "");
    EXPECT_EQ(read(event("messageStop", R"({"stopReason":"guardrail_intervened"})"), 64).error,
        "language model: the reply was withheld: guardrail_intervened");
}

TEST(BedrockDecoder, ExceptionsInTheStreamSayWhoHasToAct)
{
    BedrockDecoder decoder;
    std::vector<LmEvent> events;
    const auto fed
        = decoder.feed(framed(header(":message-type", "exception") + header(":exception-type", "throttlingException"),
                           R"({"message":"Too many tokens"})"),
            events);
    ASSERT_FALSE(fed.has_value());
    EXPECT_EQ(fed.error().kind, ErrorKind::limit_reached);
    EXPECT_EQ(fed.error().what, "language model: throttlingException: Too many tokens");
    EXPECT_FALSE(decoder.started());
}

TEST(BedrockError, HasTheKindThatSaysWhoHasToAct)
{
    const auto kind = [](int status, std::string_view type) { return bedrock_error(status, type, "").kind; };
    EXPECT_EQ(kind(429, "ThrottlingException:http://x/"), ErrorKind::limit_reached);
    EXPECT_EQ(kind(403, "AccessDeniedException"), ErrorKind::unauthenticated);
    EXPECT_EQ(kind(403, ""), ErrorKind::unauthenticated);
    EXPECT_EQ(kind(400, "ValidationException"), ErrorKind::invalid_request);
    EXPECT_EQ(kind(408, "ModelTimeoutException"), ErrorKind::timed_out);
    EXPECT_EQ(kind(500, "InternalServerException"), ErrorKind::unavailable);
    EXPECT_EQ(bedrock_error(400, "ValidationException:http://x/", R"({"message":"no such model"})").what,
        "language model: HTTP 400 ValidationException: no such model");
}

// ---- The request ---------------------------------------------------------------------------------------------------

LmRequest request(std::vector<LmMessage> messages, std::vector<LmTool> tools = {})
{
    return { {}, std::move(messages), std::move(tools) };
}

using Role = LmMessage::Role;
const LmTool balance { "balance", "Returns it.", Json::Object { { "type", "object" } } };

TEST(BedrockRequest, PromptsAreApartAndTheUserBegins)
{
    auto asked = request({ { Role::system, "You help.", {}, {} }, { Role::assistant, "Welcome.", {}, {} },
        { Role::user, "Hello.", {}, {} }, { Role::system, "Be brief.", {}, {} } });
    asked.options = { "m", 1.5, 0.9, {}, {}, 100 };
    EXPECT_EQ(bedrock_request(asked).dump(),
        R"x({"messages":[{"role":"user","content":[{"text":"(The conversation begins. You speak first.)"}]},)x"
        R"({"role":"assistant","content":[{"text":"Welcome."}]},)"
        R"({"role":"user","content":[{"text":"Hello."},{"text":"[Instruction] Be brief."}]}],)"
        R"("system":[{"text":"You help."}],"inferenceConfig":{"maxTokens":100,"temperature":1,"topP":0.9}})");
}

TEST(BedrockRequest, WhoeverSpokeLastTheUserIsTheLast)
{
    EXPECT_EQ(bedrock_request(request({ { Role::system, "x", {}, {} } })).find("messages")->dump(),
        R"x([{"role":"user","content":[{"text":"(The conversation begins. You speak first.)"}]}])x");
    EXPECT_EQ(bedrock_request(request({ { Role::user, "a", {}, {} }, { Role::assistant, "b", {}, {} } }))
                  .find("messages")
                  ->as_array()
                  .back()
                  .string_or("role"),
        "user");
}

TEST(BedrockRequest, ToolCallsAndResultsAreBlocks)
{
    const auto body = bedrock_request(
        request({ { Role::user, "a", {}, {} }, { Role::assistant, "", { { "call 1", "balance", "{\"x\":1}" } }, {} },
                    { Role::tool, "10", {}, "call 1" }, { Role::system, "Say it.", {}, {} } },
            { balance }));
    EXPECT_EQ(body.find("messages")->dump(),
        R"([{"role":"user","content":[{"text":"a"}]},)"
        R"({"role":"assistant","content":[{"toolUse":{"toolUseId":"call_1","name":"balance","input":{"x":1}}}]},)"
        R"({"role":"user","content":[{"toolResult":{"toolUseId":"call_1","content":[{"text":"10"}]}},)"
        R"({"text":"[Instruction] Say it."}]}])");
    EXPECT_EQ(body.find("toolConfig")->dump(),
        R"({"tools":[{"toolSpec":{"name":"balance","description":"Returns it.","inputSchema":{"json":{"type":"object"}}}}],)"
        R"("toolChoice":{"auto":{}}})");
}

TEST(BedrockRequest, WhereNoToolIsOfferedCallsAreWords)
{
    const auto body = bedrock_request(request({ { Role::user, "a", {}, {} },
        { Role::assistant, "", { { "1", "balance", "{}" } }, {} }, { Role::tool, "10", {}, "1" } }));
    EXPECT_EQ(body.find("messages")->dump(),
        R"x([{"role":"user","content":[{"text":"a"}]},{"role":"assistant","content":[{"text":"(I called balance with {}.)"}]},)x"
        R"x({"role":"user","content":[{"text":"(The function answered: 10)"}]}])x");
    EXPECT_EQ(body.find("toolConfig"), nullptr);
}

TEST(BedrockPath, EncodesTheModel)
{
    EXPECT_EQ(bedrock_path("anthropic.claude-3-haiku-20240307-v1:0"),
        "/model/anthropic.claude-3-haiku-20240307-v1%3A0/converse-stream");
}

// The example of AWS's own documentation, "get-vanilla" of the test suite for signature version 4.
TEST(AwsSignature, IsThatOfTheTestSuite)
{
    const auto headers = sign_for_aws({ "GET", "example.amazonaws.com", "/", {}, "" },
        { "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "" }, "us-east-1", "service",
        WallTime { 1'440'938'160'000'000 });
    ASSERT_EQ(headers.size(), 2U);
    EXPECT_EQ(headers[0].second, "20150830T123600Z");
    EXPECT_EQ(headers[1].second,
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        "SignedHeaders=host;x-amz-date, "
        "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

} // namespace
} // namespace parley
