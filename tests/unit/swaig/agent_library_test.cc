#include "swaig/agent_library.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::swaig {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* shop = "11111111-2222-3333-4444-555555555555";

Json::Object object(std::string_view text)
{
    return Json::parse(text)->as_object();
}

class AgentLibraryTest : public testing::Test {
protected:
    const FixedAgents library { { { "aaaaaaaa-2222-3333-4444-555555555555", "Other", object(R"({"prompt":"other"})") },
        { shop, "Shop", object(R"({"name":"Shop","prompt":"sell","global_data":{"a":1,"b":1}})") } } };
};

TEST_F(AgentLibraryTest, WithoutAnAgentTheParametersStay)
{
    const auto params = object(R"({"call_id":"c","prompt":"mine","agent":null})");
    const auto resolved = with_stored_agent(params, library);
    ASSERT_TRUE(resolved);
    EXPECT_EQ(Json(resolved->params), Json(params));
    EXPECT_THAT(resolved->warnings, IsEmpty());
}

TEST_F(AgentLibraryTest, TheStoredOneTakesThePlaceOfWhatIsWritten)
{
    const auto resolved = with_stored_agent(object(R"({"call_id":"c","control_id":"x","prompt":"mine","hints":["a"],
        "global_data":{"b":2,"c":3},"agent":"11111111-2222-3333-4444-555555555555"})"),
        library);
    ASSERT_TRUE(resolved);
    EXPECT_EQ(Json(resolved->params).dump(),
        R"({"call_id":"c","control_id":"x","prompt":"sell","global_data":{"a":1,"b":2,"c":3}})");
    EXPECT_THAT(resolved->warnings, ElementsAre("prompt: agent is given, left out", "hints: agent is given, left out"));
}

TEST_F(AgentLibraryTest, AnUnknownAgentIsNamed)
{
    for (const char* id : { R"("22222222-2222-3333-4444-555555555555")", R"("shop")", R"("")" }) {
        const auto resolved = with_stored_agent(object(R"({"agent":)" + std::string(id) + "}"), library);
        ASSERT_FALSE(resolved);
        EXPECT_EQ(resolved.error().kind, ErrorKind::not_found);
    }
    EXPECT_EQ(with_stored_agent(object(R"({"agent":"shop"})"), library).error().what, "agent: there is no agent shop");
    EXPECT_EQ(with_stored_agent(object(R"({"agent":7})"), no_agents()).error().what, "agent: there is no agent 7");
}

TEST_F(AgentLibraryTest, AreInTheOrderOfTheirIds)
{
    const auto agents = library.agents();
    ASSERT_EQ(agents->size(), 2U);
    EXPECT_EQ(agents->front().name, "Shop");
    EXPECT_EQ(find_agent(*agents, "11111111-2222-3333-4444-555555555555"), &agents->front());
    EXPECT_EQ(find_agent(*agents, "bbbbbbbb-2222-3333-4444-555555555555"), nullptr);
    EXPECT_TRUE(no_agents().agents()->empty());
}

} // namespace
} // namespace parley::swaig
