#include "relay/rpc.h"

#include <gtest/gtest.h>

namespace parley::relay {
namespace {

RpcFault fault(std::string_view text)
{
    const auto frame = decode_frame(text);
    EXPECT_TRUE(std::holds_alternative<RpcFault>(frame)) << text;
    return std::holds_alternative<RpcFault>(frame) ? std::get<RpcFault>(frame) : RpcFault { "none", RpcCode {}, "" };
}

TEST(Rpc, ARequestKeepsItsIdAndParameters)
{
    const auto frame = decode_frame(R"({"jsonrpc":"2.0","id":"1","method":"m","params":{"a":1},"more":true})");
    const auto& request = std::get<RpcRequest>(frame);
    EXPECT_EQ(request.id, Json("1"));
    EXPECT_EQ(request.method, "m");
    EXPECT_EQ(*request.params.find("a"), Json(1));
}

TEST(Rpc, ANumericIdIsEchoedAsANumber) // Checklist 10
{
    const auto frame = decode_frame(R"({"id":17,"method":"m"})");
    EXPECT_EQ(encode_result(std::get<RpcRequest>(frame).id, { { "code", "200" } }),
        R"({"jsonrpc":"2.0","id":17,"result":{"code":"200"}})");
}

TEST(Rpc, MissingAndNullParametersAreEmpty)
{
    EXPECT_TRUE(std::get<RpcRequest>(decode_frame(R"({"id":"1","method":"m"})")).params.empty());
    EXPECT_TRUE(std::get<RpcRequest>(decode_frame(R"({"id":"1","method":"m","params":null})")).params.empty());
}

TEST(Rpc, AnAcknowledgementIsAResponseWhateverItsResult) // Checklist 21
{
    EXPECT_EQ(std::get<RpcResponse>(decode_frame(R"({"id":"e1","result":{}})")).id, "e1");
    EXPECT_EQ(std::get<RpcResponse>(decode_frame(R"({"id":"e1","result":{"timestamp":3}})")).id, "e1");
    EXPECT_EQ(std::get<RpcResponse>(decode_frame(R"({"id":"e1","error":{"code":1,"message":""}})")).id, "e1");
    EXPECT_EQ(std::get<RpcResponse>(decode_frame(R"({"id":5,"result":{}})")).id, "");
}

TEST(Rpc, MalformedTextsHaveNoIdToEcho) // Checklist 20
{
    for (const auto* text : { "", "{", "nonsense", R"({"id":"1","method":"m")", "\xff" }) {
        EXPECT_EQ(fault(text).code, RpcCode::parse_error) << text;
        EXPECT_TRUE(fault(text).id.is_null()) << text;
    }
}

TEST(Rpc, WhatIsNoRequestIsInvalid)
{
    EXPECT_EQ(fault("[]").code, RpcCode::invalid_request);
    EXPECT_EQ(fault(R"([{"id":"1","method":"m"}])").message, "Batches are not accepted: send one object per message");
    EXPECT_EQ(fault("7").code, RpcCode::invalid_request);
    EXPECT_EQ(fault("{}").message, "method: is missing");
    EXPECT_EQ(fault(R"({"id":"1","method":7})").id, Json("1"));
    EXPECT_EQ(fault(R"({"id":"1","method":"m","params":[1]})").message, "params: must be an object");
    EXPECT_EQ(fault(R"({"method":"m"})").message, "id: a request needs a string or a number");
    EXPECT_TRUE(fault(R"({"id":null,"method":"m"})").id.is_null());
    EXPECT_TRUE(fault(R"({"id":{},"method":"m"})").id.is_null());
}

TEST(Rpc, AnErrorHasNoResultAndANullIdIsLeftOut) // Checklist 11, 12, 20
{
    EXPECT_EQ(encode_error(nullptr, RpcCode::parse_error, "Parse error"),
        R"({"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error"}})");
    EXPECT_EQ(encode_error("7", RpcCode::authentication_failed, "no", { { "k", "v" } }),
        R"({"jsonrpc":"2.0","id":"7","error":{"code":-32002,"message":"no","data":{"k":"v"}}})");
}

} // namespace
} // namespace parley::relay
