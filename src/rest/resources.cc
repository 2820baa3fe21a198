#include "rest/resources.h"

#include "base/id.h"
#include "store/page_token.h"

#include <array>

namespace parley {

namespace {

struct DirectionRow {
    Role role;
    std::string_view direction;
};

// In the order of the enumeration.
constexpr std::array directions {
    DirectionRow { Role::system, "incoming" },
    DirectionRow { Role::user, "incoming" },
    DirectionRow { Role::assistant, "outgoing" },
    DirectionRow { Role::function, "incoming" },
    DirectionRow { Role::tool, "incoming" },
    DirectionRow { Role::notification, "incoming" },
};

// "None" is written as the nil UUID, never as an empty text.
template <typename Tag> Json uuid(const Id<Tag>& id)
{
    return id.empty() ? std::string(nil_uuid) : id.value;
}

Json time(WallTime time)
{
    return time_text(time);
}
Json time(const std::optional<WallTime>& time)
{
    return time ? Json(time_text(*time)) : Json();
}

Json tool_call(const LoggedToolCall& call)
{
    return Json::Object {
        { "id", call.id },
        { "type", "function" },
        { "function", Json::Object { { "name", call.name }, { "arguments", call.arguments } } },
    };
}

} // namespace

std::string_view direction_of(Role role)
{
    const DirectionRow& row = directions.at(static_cast<std::size_t>(role));
    VERIFY(row.role == role);
    return row.direction;
}

Json to_json(const Message& message)
{
    Json::Array tool_calls;
    for (const auto& call : message.tool_calls)
        tool_calls.push_back(tool_call(call));
    return Json::Object {
        { "id", uuid(message.id) },
        { "customer_id", uuid(message.customer) },
        { "aicall_id", uuid(message.session) },
        { "activeflow_id", uuid(message.activeflow) },
        { "role", to_string(message.role) },
        { "content", message.content },
        { "direction", direction_of(message.role) },
        { "tool_calls", std::move(tool_calls) },
        { "tool_call_id", message.tool_call_id },
        { "tm_create", time(message.created) },
    };
}

Json to_json(const AiCall& ai_call)
{
    return Json::Object {
        { "id", uuid(ai_call.id) },
        { "customer_id", uuid(ai_call.customer) },
        { "assistance_type", "ai" },
        { "assistance_id", nil_uuid }, // The persona came with the call; it is no stored resource.
        { "activeflow_id", uuid(ai_call.activeflow) },
        { "reference_type", "call" },
        { "reference_id", uuid(ai_call.call) },
        { "confbridge_id", nil_uuid },
        { "current_member_id", nil_uuid },
        { "status", to_string(ai_call.status) },
        { "stt_language", ai_call.language },
        { "tm_end", time(ai_call.ended) },
        { "tm_create", time(ai_call.created) },
        { "tm_update", time(ai_call.updated) },
        { "tm_delete", nullptr },
    };
}

Json to_json(const Activeflow& flow)
{
    return Json::Object {
        { "id", uuid(flow.id) },
        { "customer_id", uuid(flow.customer) },
        { "flow_id", nil_uuid },
        { "status", flow.running ? "running" : "ended" },
        { "reference_type", "call" },
        { "reference_id", uuid(flow.call) },
        { "reference_activeflow_id", nil_uuid },
        { "on_complete_flow_id", nil_uuid },
        { "current_action",
            Json::Object {
                { "id", nil_uuid },
                { "next_id", nil_uuid },
                { "type", "" },
            } },
        { "forward_action_id", nil_uuid },
        { "tm_create", time(flow.created) },
        { "tm_update", time(flow.updated) },
        { "tm_delete", nullptr },
    };
}

Json to_json(const Customer& customer)
{
    return Json::Object {
        { "id", uuid(customer.id) },
        { "name", customer.name },
        { "detail", customer.detail },
        { "billing_account_id", nil_uuid },
        { "email_verified", false },
        { "status", "active" },
        { "identity_verification_status", "none" },
        { "tm_deletion_scheduled", nullptr },
        { "tm_create", time(customer.created) },
        { "tm_update", nullptr },
        { "tm_delete", nullptr },
    };
}

Json to_json(const swaig::StoredAgent& agent)
{
    return Json::Object { { "id", agent.id }, { "name", agent.name } };
}

} // namespace parley
