// Agents that are kept here, by both doors: what names one, what lists them.
#include "base/base64.h"
#include "relay/methods.h"
#include "rest/rest_api.h"
#include "store/memory_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* shop = "11111111-2222-3333-4444-555555555555";

class OneAgent final : public CallDoor {
public:
    void command(CallDoorRequest request, Answer answer) override
    {
        asked.push_back(std::move(request));
        answer(Error { ErrorKind::conflict, "taken" });
    }
    [[nodiscard]] const swaig::AgentLibrary& agents() const override { return library; }

    const swaig::FixedAgents library {
        { { shop, "Shop", Json::parse(R"({"prompt":"sell","params":{"wait_for_user":true}})")->as_object() } }
    };
    std::vector<CallDoorRequest> asked;
};

class StoredAgentsTest : public testing::Test {
protected:
    RestResponse send(const RestRequest& request)
    {
        std::optional<RestResponse> answer;
        api.handle(request, [&](RestResponse response) { answer = std::move(response); });
        return answer.value_or(RestResponse {});
    }
    RestResponse get(const std::string& target)
    {
        return send({ "GET", target, { { "Authorization", "Bearer key" } }, "", "192.0.2.1" });
    }
    RestResponse start(const std::string& agent)
    {
        return send({ "POST", "/api/calling/calls", { { "Authorization", "Basic " + base64_encode("p:t") } },
            R"({"id":"c1","command":"calling.ai","params":{"agent":")" + agent + R"("}})", "192.0.2.1" });
    }

    MemoryStore store { [] { return WallTime {}; } };
    OneAgent calls;
    RestApi api { store, calls, *AccessKeys::create({ { { "0a0a0a0a-0000-4000-8000-000000000000" }, "key" } }),
        IdSource(1), Log::none() };
};

TEST_F(StoredAgentsTest, are_listed_by_name)
{
    EXPECT_EQ(get("/v1.0/ais").body,
        R"({"result":[{"id":"11111111-2222-3333-4444-555555555555","name":"Shop"}],"next_page_token":""})");
    EXPECT_EQ(get("/v1.0/ais/11111111-2222-3333-4444-555555555555").body,
        R"({"id":"11111111-2222-3333-4444-555555555555","name":"Shop"})");
    EXPECT_EQ(get("/ais/22222222-2222-3333-4444-555555555555").status, 404);
    EXPECT_EQ(get("/ais/shop").status, 400);
    EXPECT_EQ(send({ "GET", "/ais", {}, "", "192.0.2.1" }).status, 401);
}

TEST_F(StoredAgentsTest, start_by_name_over_http)
{
    start(shop);
    ASSERT_EQ(calls.asked.size(), 1U);
    const auto unknown = start("22222222-2222-3333-4444-555555555555");
    EXPECT_EQ(unknown.status, 404);
    EXPECT_THAT(unknown.body, HasSubstr("AGENT_NOT_FOUND"));
    EXPECT_THAT(unknown.body, HasSubstr("agent: there is no agent 22222222-2222-3333-4444-555555555555"));
    EXPECT_EQ(calls.asked.size(), 1U);
}

TEST_F(StoredAgentsTest, start_by_name_over_relay)
{
    const auto decode = [&](std::string_view params) {
        return relay::decode_method("calling.ai", Json::parse(params)->as_object(), calls.agents());
    };
    const auto started = decode(
        R"({"call_id":"c","node_id":"n","control_id":"a","agent":"11111111-2222-3333-4444-555555555555","prompt":"mine"})");
    const auto& command = std::get<relay::CommandCall>(std::get<relay::RelayRequest>(started));
    EXPECT_THAT(command.warnings, ElementsAre("prompt: agent is given, left out"));
    const auto& spec = std::get<StartAi>(command.command).spec;
    EXPECT_EQ(spec.prompt.text, "sell");
    EXPECT_TRUE(spec.greeting.wait_for_user);
    const auto unknown = decode(R"({"call_id":"c","node_id":"n","control_id":"a","agent":"shop"})");
    EXPECT_EQ(std::get<Error>(unknown), (Error { ErrorKind::not_found, "agent: there is no agent shop" }));
}

} // namespace
} // namespace parley
