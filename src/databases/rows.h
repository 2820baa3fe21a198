#pragma once

#include "databases/sqlite.h"
#include "store/message_store.h"

#include <variant>

// The SQL of every row: how it is written, how it is found. One connection, one thread.
namespace parley {

// What is queued for the file. `stamp` is the time it was given when it was queued.
struct Write {
    std::variant<Message, AiCall, Activeflow, Customer> row;
    WallTime stamp;
};

// The statements that write one table.
struct TableWriter {
    SqliteStatement find; // By id.
    SqliteStatement insert;
    SqliteStatement update; // Messages have none: they are never rewritten.
};

class RowWriter {
public:
    // The connection outlives this.
    static Result<RowWriter> create(SqliteConnection&);

    // Within the transaction that the caller began. `conflict`: this row will never be stored; `unavailable`: the file
    // cannot be written now, and the transaction is lost. A row that is there already with this very stamp is stored.
    Result<Stored> write(const Write&);

private:
    SqliteConnection* connection_ = nullptr;
    TableWriter messages_;
    TableWriter ai_calls_;
    TableWriter activeflows_;
    TableWriter customers_;
};

// The statements that read one table.
struct TableReader {
    SqliteStatement list; // Newest first.
    SqliteStatement get;  // By id.
};

class RowReader {
public:
    // The connection outlives this.
    static Result<RowReader> create(SqliteConnection&);

    Result<MessagePage> list(const MessageQuery&);
    Result<Message> get(const CustomerId&, const MessageId&);
    Result<Page<AiCall>> list_ai_calls(const PageQuery&);
    Result<AiCall> get_ai_call(const CustomerId&, const AiSessionId&);
    Result<Page<Activeflow>> list_activeflows(const PageQuery&);
    Result<Activeflow> get_activeflow(const CustomerId&, const ActiveflowId&);
    Result<Page<Customer>> list_customers(const PageQuery&);
    Result<Customer> get_customer(const CustomerId&);

private:
    SqliteConnection* connection_ = nullptr;
    TableReader messages_;
    TableReader ai_calls_;
    TableReader activeflows_;
    TableReader customers_;
};

// The SQL that lists messages; a test asks SQLite how it would run it.
[[nodiscard]] std::string_view list_messages_sql();

// The newest time in any table.
Result<WallTime> newest_stamp(SqliteConnection&);

} // namespace parley
