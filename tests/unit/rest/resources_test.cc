#include "rest/resources.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

constexpr WallTime march { 1'709'287'205'000'000 };

TEST(MessageJson, has_its_ten_keys_in_order_byte_for_byte)
{
    Message message;
    message.id = { "a1b2c3d4-e5f6-4890-abcd-ef1234567890" };
    message.customer = { "5e4a0680-804e-41ec-8477-2fea5968d85b" };
    message.session = { "b2c3d4e5-f6a7-4901-bcde-f12345678901" };
    message.role = Role::user;
    message.content = "Where is my \"parcel\"?";
    message.created = march;
    EXPECT_EQ(to_json(message).dump(),
        R"({"id":"a1b2c3d4-e5f6-4890-abcd-ef1234567890","customer_id":"5e4a0680-804e-41ec-8477-2fea5968d85b",)"
        R"("aicall_id":"b2c3d4e5-f6a7-4901-bcde-f12345678901","activeflow_id":"00000000-0000-0000-0000-000000000000",)"
        R"("role":"user","content":"Where is my \"parcel\"?","direction":"incoming","tool_calls":[],"tool_call_id":"",)"
        R"("tm_create":"2024-03-01T10:00:05.000000Z"})");
}

TEST(MessageJson, keeps_the_arguments_of_a_tool_call_as_a_text)
{
    Message message;
    message.role = Role::assistant;
    message.tool_calls = { { "call_1", "send", R"({"to":"x"})" }, { "call_2", "wait", "{}" } };
    EXPECT_EQ(to_json(message).find("tool_calls")->dump(),
        R"([{"id":"call_1","type":"function","function":{"name":"send","arguments":"{\"to\":\"x\"}"}},)"
        R"({"id":"call_2","type":"function","function":{"name":"wait","arguments":"{}"}}])");
}

TEST(Direction, the_assistant_alone_is_outgoing)
{
    EXPECT_EQ(direction_of(Role::assistant), "outgoing");
    for (const Role role : { Role::system, Role::user, Role::function, Role::tool, Role::notification })
        EXPECT_EQ(direction_of(role), "incoming");
}

TEST(AiCallJson, has_its_keys_in_order)
{
    AiCall row;
    row.id = { "a" };
    row.status = AiCallStatus::terminated;
    row.language = "en-US";
    row.created = march;
    row.ended = march + Duration(1);
    EXPECT_EQ(to_json(row).dump(),
        R"({"id":"a","customer_id":"00000000-0000-0000-0000-000000000000","assistance_type":"ai",)"
        R"("assistance_id":"00000000-0000-0000-0000-000000000000",)"
        R"("activeflow_id":"00000000-0000-0000-0000-000000000000","reference_type":"call",)"
        R"("reference_id":"00000000-0000-0000-0000-000000000000",)"
        R"("confbridge_id":"00000000-0000-0000-0000-000000000000",)"
        R"("current_member_id":"00000000-0000-0000-0000-000000000000","status":"terminated","stt_language":"en-US",)"
        R"("tm_end":"2024-03-01T10:00:05.000001Z","tm_create":"2024-03-01T10:00:05.000000Z","tm_update":null,)"
        R"("tm_delete":null})");
}

TEST(ActiveflowJson, says_whether_it_runs)
{
    Activeflow row;
    row.call = { "k" };
    EXPECT_EQ(to_json(row).string_or("status"), "running");
    row.running = false;
    EXPECT_EQ(to_json(row).string_or("status"), "ended");
    EXPECT_EQ(to_json(row).string_or("reference_id"), "k");
    EXPECT_EQ(to_json(row).string_or("reference_type"), "call");
    EXPECT_EQ(to_json(row).find("current_action")->dump(),
        R"({"id":"00000000-0000-0000-0000-000000000000","next_id":"00000000-0000-0000-0000-000000000000","type":""})");
}

TEST(CustomerJson, shows_name_and_detail)
{
    Customer row;
    row.id = { "c" };
    row.name = "Demo";
    row.created = march;
    EXPECT_EQ(to_json(row).string_or("id"), "c");
    EXPECT_EQ(to_json(row).string_or("name"), "Demo");
    EXPECT_EQ(to_json(row).string_or("status"), "active");
    EXPECT_EQ(to_json(row).string_or("tm_create"), "2024-03-01T10:00:05.000000Z");
}

} // namespace
} // namespace parley
