#include "swaig/mcp.h"

#include <gtest/gtest.h>

namespace parley::swaig {
namespace {

TEST(Mcp, OnlyTheAnswerToTheRequestCounts)
{
    const auto answer = [](std::string_view text) { return mcp_answer(Json::parse(text).value(), 2); };
    EXPECT_FALSE(answer(R"({"id":1,"result":{}})").has_value());
    EXPECT_FALSE(answer(R"({"id":"2","result":{}})").has_value());
    EXPECT_FALSE(answer(R"({"id":2,"method":"ping"})").has_value()); // The server's own request.
    EXPECT_FALSE(answer("[]").has_value());
    EXPECT_EQ(answer(R"({"id":2,"result":{"a":1}})")->value().dump(), R"({"a":1})");
    EXPECT_EQ(answer(R"({"id":2,"error":{"message":"no"}})")->error().what, "MCP server: no");
    EXPECT_EQ(answer(R"({"id":2,"error":7})")->error().what, "MCP server: an error without a word");
    EXPECT_FALSE(answer(R"({"id":2,"result":3})")->has_value());
}

TEST(Mcp, ContentsAreJsonOrText)
{
    const auto contents = [](std::string_view text) { return mcp_contents(Json::parse(text).value()).dump(); };
    EXPECT_EQ(contents(R"({"contents":[{"text":"[1]"}]})"), "[1]");
    EXPECT_EQ(contents(R"({"contents":[{"text":"hello"}]})"), "\"hello\"");
    EXPECT_EQ(contents(R"({"contents":[{"blob":"AAAA"}]})"), "null");
    EXPECT_EQ(contents(R"({"contents":7})"), "null");
}

TEST(Mcp, VariablesAreFilledIntoUris)
{
    const auto resources = mcp_resources(
        Json::parse(R"({"resources":[{"uri":"a://{x}/{x}/{y}"},{"name":"no uri"},7]})").value(), { { "x", "{x}" } });
    ASSERT_EQ(resources.size(), 1U);
    EXPECT_EQ(resources[0].uri, "a://{x}/{x}/{y}"); // What is filled in is not looked at again.
    EXPECT_EQ(resources[0].name, resources[0].uri);
}

} // namespace
} // namespace parley::swaig
