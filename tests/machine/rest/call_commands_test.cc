#include "rest/call_commands.h"

#include "base/base64.h"
#include "machine/rest/fake_calls.h"
#include "rest/rest_api.h"
#include "store/memory_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley {
namespace {

using testing::HasSubstr;

class CallCommandsTest : public testing::Test {
protected:
    RestResponse post(const std::string& body, const std::string& authorization = "Basic " + base64_encode("p:t:u"))
    {
        return send({ "POST", "/api/calling/calls", { { "Authorization", authorization } }, body, "192.0.2.1" });
    }
    RestResponse send(const RestRequest& request)
    {
        std::optional<RestResponse> answer;
        api.handle(request, [&](RestResponse response) { answer = std::move(response); });
        EXPECT_TRUE(answer);
        return answer.value_or(RestResponse {});
    }
    const relay::CommandCall& asked_of(const CallDoorRequest& request)
    {
        return std::get<relay::CommandCall>(request.command);
    }
    const CallCommand& asked() { return asked_of(calls.asked.back()).command; }
    const DialSpec& dialled() { return std::get<relay::DialCall>(calls.asked.back().command).spec; }

    MemoryStore store { [] { return WallTime {}; } };
    FakeCalls calls;
    RestApi api { store, calls, *AccessKeys::create({}), IdSource(1), Log::none() };
};

TEST_F(CallCommandsTest, a_message_goes_to_its_call)
{
    const auto response = post(
        R"({"id":"c1","command":"calling.ai_message","params":{"role":"system","message_text":"VIP","global_data":{"a":1}}})");
    EXPECT_EQ(response.status, 200);
    ASSERT_EQ(calls.asked.size(), 1U);
    EXPECT_EQ(calls.asked[0].credentials.project.value, "p");
    EXPECT_EQ(calls.asked[0].credentials.token, "t:u"); // The first colon divides them (RFC 7617).
    EXPECT_EQ(calls.asked[0].ip, "192.0.2.1");
    EXPECT_EQ(asked_of(calls.asked[0]).call.value, "c1");
    const auto& message = std::get<InjectMessage>(asked());
    EXPECT_EQ(message.text, "VIP");
    EXPECT_EQ(message.role, Role::system);
    const auto body = Json::parse(response.body);
    ASSERT_TRUE(body);
    EXPECT_EQ(body->string_or("id"), "c1");
    EXPECT_EQ(body->string_or("status"), "answered");
    EXPECT_EQ(body->string_or("direction"), "inbound");
    EXPECT_EQ(body->string_or("from"), "+15550001");
    EXPECT_EQ(body->string_or("type"), "relay_pstn_call");
    EXPECT_EQ(body->string_or("message"), "Message sent");
    EXPECT_EQ(body->string_or("created_at"), "2024-03-01T10:00:05.000000Z");
}

// swml-ai 101
TEST_F(CallCommandsTest, every_command_of_the_table_is_taken)
{
    post(R"({"id":"c1","command":"calling.end","params":{"reason":"busy"}})");
    EXPECT_EQ(std::get<EndCall>(asked()).reason, CallEndReason::busy);
    post(R"({"id":"c1","command":"calling.ai_hold","params":{"timeout":"60","prompt":"wait"}})");
    EXPECT_EQ(std::get<HoldSession>(asked()).timeout, Duration(60s));
    post(R"({"id":"c1","command":"calling.ai_unhold"})");
    EXPECT_TRUE(std::holds_alternative<UnholdSession>(asked()));
    post(R"({"id":"c1","command":"calling.ai.stop","params":{}})");
    EXPECT_TRUE(std::get<StopAi>(asked()).control_id.empty());
    post(R"({"id":"c1","command":"calling.ai","params":{"prompt":{"text":"x"}}})");
    EXPECT_EQ(std::get<StartAi>(asked()).control_id.value.size(), 36U); // Named here.
    post(R"({"id":"c1","command":"calling.ai","params":{"control_id":"mine","prompt":{"text":"x"}}})");
    EXPECT_EQ(std::get<StartAi>(asked()).control_id.value, "mine");
}

TEST_F(CallCommandsTest, a_dial_takes_the_devices_of_relay_or_one_telephone)
{
    calls.answer->facts.tag = "T";
    calls.answer->begun = { CallId { "c1" }, CallId { "c2" } };
    const auto response = post(
        R"({"command":"calling.dial","params":{"tag":"T","devices":[[{"type":"phone","params":{"to_number":"+1"}},
            {"type":"phone","params":{"to_number":"+2"}}]]}})");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(dialled().tag, "T");
    EXPECT_EQ(dialled().groups.at(0).size(), 2U);
    EXPECT_THAT(response.body, HasSubstr(R"("tag":"T","calls":["c1","c2"])"));

    post(R"({"command":"dial","params":{"to":"+15550100","from":"+15550101","timeout":20,
        "headers":[{"name":"X-A","value":"1"}]}})");
    EXPECT_EQ(dialled().tag.size(), 36U); // Named here.
    const DialTarget& phone = dialled().groups.at(0).at(0);
    EXPECT_EQ(
        phone.device, (CallDevice { DeviceType::phone, "+15550101", "+15550100", "", { LegHeader { "X-A", "1" } } }));
    EXPECT_EQ(phone.timeout, 20s);
    post(R"({"command":"dial","params":{"to":"sip:bob@example.com","from":"sip:ann@example.org"}})");
    EXPECT_EQ(dialled().groups.at(0).at(0).device.type, DeviceType::sip);
    EXPECT_EQ(dialled().groups.at(0).at(0).to, "sip:bob@example.com");
}

TEST_F(CallCommandsTest, what_is_wrong_is_named)
{
    const std::tuple<const char*, int, const char*> rows[] {
        { "{", 400, "body: " },
        { "[]", 400, "body: must be a JSON object" },
        { "{}", 400, "command: is missing" },
        { R"({"command":7})", 400, "command: is missing, or is no text" },
        { R"({"command":"calling.end"})", 400, "id: is missing" },
        { R"({"id":7,"command":"calling.end"})", 400, "id: is missing, or is no text" },
        { R"({"id":"c1","command":"calling.end","params":[]})", 400, "params: must be an object" },
        { R"({"id":"c1","command":"calling.end","params":{"reason":"boredom"}})", 400, "reason: must be" },
        { R"({"id":"c1","command":"calling.dance"})", 400, "is no command of this door" },
        { R"({"id":"c1","command":"calling.pass"})", 400, "is no command of this door" },
        { R"({"command":"update","params":{}})", 400, "is no command of this door" },
        { R"({"command":"dial","params":{}})", 400, "devices: is missing" },
        { R"({"command":"dial","params":{"to":"x"}})", 400, "devices[0][0].params.to_number: must be a number" },
        { R"({"command":"dial","params":{"to":"+1","url":"https://example.com"}})", 501, "url: is not available" },
        { R"({"id":"c1","command":"calling.tap","params":{}})", 501, "calling.tap is not available yet" },
    };
    for (const auto& [body, status, message] : rows) {
        const auto response = post(body);
        EXPECT_EQ(response.status, status) << body;
        EXPECT_THAT(response.body, HasSubstr(message)) << body;
    }
    EXPECT_TRUE(calls.asked.empty());
}

TEST_F(CallCommandsTest, who_does_not_say_who_it_is_is_asked)
{
    for (const auto* wrong : { "", "Bearer x", "Basic", "Basic !", "Basic cA==" }) {
        const auto response = post(R"({"id":"c1","command":"calling.end"})", wrong);
        EXPECT_EQ(response.status, 401) << wrong;
        EXPECT_EQ(response.header("WWW-Authenticate"), "Basic realm=\"parley\"");
    }
    EXPECT_TRUE(calls.asked.empty());
}

TEST_F(CallCommandsTest, a_refusal_has_the_status_of_its_kind)
{
    const std::tuple<ErrorKind, int, const char*> rows[] {
        { ErrorKind::unauthenticated, 401, "INVALID_CREDENTIALS" },
        { ErrorKind::not_found, 404, "CALL_NOT_FOUND" },
        { ErrorKind::conflict, 409, "STATE_INVALID" },
        { ErrorKind::limit_reached, 429, "RATE_LIMIT_EXCEEDED" },
        { ErrorKind::unavailable, 503, "SERVICE_UNAVAILABLE" },
        { ErrorKind::timed_out, 504, "REQUEST_TIMEOUT" },
    };
    for (const auto& [kind, status, reason] : rows) {
        calls.answer = Error { kind, "this is why" };
        const auto response = post(R"({"id":"c1","command":"calling.end"})");
        EXPECT_EQ(response.status, status);
        EXPECT_THAT(response.body, HasSubstr(reason));
        EXPECT_THAT(response.body, HasSubstr("this is why"));
        EXPECT_EQ(response.header("Retry-After").has_value(), status == 429 || status == 503);
    }
}

TEST_F(CallCommandsTest, only_post_is_offered)
{
    for (const auto* method : { "GET", "PUT", "DELETE" }) {
        const auto response = send({ method, "/api/calling/calls", {} });
        EXPECT_EQ(response.status, 405);
        EXPECT_EQ(response.header("Allow"), "POST, OPTIONS");
    }
}

} // namespace
} // namespace parley
