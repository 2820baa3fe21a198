#include "databases/row_codec.h"

#include "base/json.h"

namespace parley {

namespace {

Error unreadable(std::string_view what)
{
    return Error { ErrorKind::unavailable, "database: " + std::string(what) + " of a row cannot be read" };
}

std::optional<std::int64_t> microseconds(std::optional<WallTime> time)
{
    return time ? std::optional(time->microseconds) : std::nullopt;
}

std::optional<WallTime> wall_time(std::optional<std::int64_t> microseconds)
{
    return microseconds ? std::optional(WallTime { *microseconds }) : std::nullopt;
}

std::string tool_calls_text(const std::vector<LoggedToolCall>& calls)
{
    if (calls.empty())
        return {};
    Json::Array list;
    for (const auto& call : calls)
        list.emplace_back(Json::Array { call.id, call.name, call.arguments });
    return Json(std::move(list)).dump();
}

std::optional<LoggedToolCall> tool_call_from(const Json& json)
{
    if (!json.is_array() || json.as_array().size() != 3)
        return std::nullopt;
    const auto& parts = json.as_array();
    for (const Json& part : parts)
        if (!part.is_string())
            return std::nullopt;
    return LoggedToolCall { parts[0].as_string(), parts[1].as_string(), parts[2].as_string() };
}

std::optional<std::vector<LoggedToolCall>> tool_calls_from(const std::string& text)
{
    std::vector<LoggedToolCall> calls;
    if (text.empty())
        return calls;
    const auto list = Json::parse(text);
    if (!list || !list->is_array())
        return std::nullopt;
    for (const Json& item : list->as_array()) {
        auto call = tool_call_from(item);
        if (!call)
            return std::nullopt;
        calls.push_back(std::move(*call));
    }
    return calls;
}

} // namespace

void bind_row(SqliteStatement& statement, const Message& row, std::string& text)
{
    text = tool_calls_text(row.tool_calls);
    statement.bind(1, row.created.microseconds);
    statement.bind(2, row.id.value);
    statement.bind(3, row.customer.value);
    statement.bind(4, row.session.value);
    statement.bind(5, row.activeflow.value);
    statement.bind(6, to_string(row.role));
    statement.bind(7, row.content);
    statement.bind(8, text);
    statement.bind(9, row.tool_call_id);
}

void bind_row(SqliteStatement& statement, const AiCall& row, std::string&)
{
    statement.bind(1, row.created.microseconds);
    statement.bind(2, row.id.value);
    statement.bind(3, row.customer.value);
    statement.bind(4, row.activeflow.value);
    statement.bind(5, row.call.value);
    statement.bind(6, to_string(row.status));
    statement.bind(7, row.language);
    statement.bind(8, microseconds(row.updated));
    statement.bind(9, microseconds(row.ended));
}

void bind_row(SqliteStatement& statement, const Activeflow& row, std::string&)
{
    statement.bind(1, row.created.microseconds);
    statement.bind(2, row.id.value);
    statement.bind(3, row.customer.value);
    statement.bind(4, row.call.value);
    statement.bind(5, std::int64_t { row.running ? 1 : 0 });
    statement.bind(6, microseconds(row.updated));
    statement.bind(7, microseconds(row.ended));
}

void bind_row(SqliteStatement& statement, const Customer& row, std::string&)
{
    statement.bind(1, row.created.microseconds);
    statement.bind(2, row.id.value);
    statement.bind(3, row.name);
    statement.bind(4, row.detail);
}

Result<Message> row_of(const SqliteStatement& statement, const Message*)
{
    const auto role = role_from(statement.text(5));
    auto tool_calls = tool_calls_from(statement.text(7));
    if (!role)
        return unreadable("the role");
    if (!tool_calls)
        return unreadable("the tool calls");
    return Message {
        .id = { statement.text(1) },
        .customer = { statement.text(2) },
        .session = { statement.text(3) },
        .activeflow = { statement.text(4) },
        .role = *role,
        .content = statement.text(6),
        .tool_calls = std::move(*tool_calls),
        .tool_call_id = statement.text(8),
        .created = { statement.number(0) },
    };
}

Result<AiCall> row_of(const SqliteStatement& statement, const AiCall*)
{
    const auto status = ai_call_status_from(statement.text(5));
    if (!status)
        return unreadable("the status");
    return AiCall {
        .id = { statement.text(1) },
        .customer = { statement.text(2) },
        .activeflow = { statement.text(3) },
        .call = { statement.text(4) },
        .status = *status,
        .language = statement.text(6),
        .created = { statement.number(0) },
        .updated = wall_time(statement.optional_number(7)),
        .ended = wall_time(statement.optional_number(8)),
    };
}

Result<Activeflow> row_of(const SqliteStatement& statement, const Activeflow*)
{
    return Activeflow {
        .id = { statement.text(1) },
        .customer = { statement.text(2) },
        .call = { statement.text(3) },
        .running = statement.number(4) != 0,
        .created = { statement.number(0) },
        .updated = wall_time(statement.optional_number(5)),
        .ended = wall_time(statement.optional_number(6)),
    };
}

Result<Customer> row_of(const SqliteStatement& statement, const Customer*)
{
    return Customer {
        .id = { statement.text(1) },
        .name = statement.text(2),
        .detail = statement.text(3),
        .created = { statement.number(0) },
    };
}

} // namespace parley
