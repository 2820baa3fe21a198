#pragma once

#include "databases/sqlite.h"
#include "store/ai_call.h"
#include "store/message.h"

// How a row lies in its table: its columns, in the order of the statements of `rows.cc`.
namespace parley {

inline constexpr std::string_view message_columns
    = "created, id, customer, session, activeflow, role, content, tool_calls, tool_call_id";
inline constexpr std::string_view ai_call_columns
    = "created, id, customer, activeflow, call, status, language, updated, ended";
inline constexpr std::string_view activeflow_columns = "created, id, customer, call, running, updated, ended";
inline constexpr std::string_view customer_columns = "created, id, name, detail";

// `text` keeps what the statement refers to until it was stepped.
void bind_row(SqliteStatement&, const Message&, std::string& text);
void bind_row(SqliteStatement&, const AiCall&, std::string& text);
void bind_row(SqliteStatement&, const Activeflow&, std::string& text);
void bind_row(SqliteStatement&, const Customer&, std::string& text);

// The row that the statement stands on. Fails for a row that this program cannot have written.
Result<Message> row_of(const SqliteStatement&, const Message*);
Result<AiCall> row_of(const SqliteStatement&, const AiCall*);
Result<Activeflow> row_of(const SqliteStatement&, const Activeflow*);
Result<Customer> row_of(const SqliteStatement&, const Customer*);

} // namespace parley
