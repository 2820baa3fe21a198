#include "databases/sqlite.h"

#include <sqlite3.h>

namespace parley {

void SqliteConnection::Close::operator()(sqlite3* handle) const
{
    sqlite3_close_v2(handle);
}
void SqliteStatement::Finalize::operator()(sqlite3_stmt* handle) const
{
    sqlite3_finalize(handle);
}

Result<SqliteConnection> SqliteConnection::open(const std::string& path, Access access, int busy_timeout_ms)
{
    // Each connection belongs to one thread at a time, so the library need not lock it.
    const int flags = SQLITE_OPEN_NOMUTEX
        | (access == Access::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
    SqliteConnection connection;
    connection.handle_.reset(handle); // To be closed even when opening failed.
    if (code != SQLITE_OK)
        return Error { ErrorKind::unavailable, "cannot open database: " + std::string(sqlite3_errstr(code)) };
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, busy_timeout_ms);
    return connection;
}

Result<void> SqliteConnection::execute(const std::string& sql)
{
    if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        return error(sql.substr(0, 40));
    return {};
}

Result<std::int64_t> SqliteConnection::number(const std::string& sql)
{
    auto statement = SqliteStatement::prepare(*this, sql);
    if (!statement)
        return std::move(statement.error());
    switch (statement->step()) {
    case SqliteStatement::Step::row: return statement->number(0);
    case SqliteStatement::Step::done: return std::int64_t { 0 };
    case SqliteStatement::Step::constraint:
    case SqliteStatement::Step::failed: break;
    }
    return error(sql.substr(0, 40));
}

Error SqliteConnection::error(std::string_view doing) const
{
    return Error { ErrorKind::unavailable, std::string(doing) + ": " + sqlite3_errmsg(handle_.get()) };
}

bool SqliteConnection::in_transaction() const
{
    return sqlite3_get_autocommit(handle_.get()) == 0;
}

int SqliteConnection::changes() const
{
    return sqlite3_changes(handle_.get());
}

Result<SqliteStatement> SqliteStatement::prepare(SqliteConnection& connection, std::string_view sql)
{
    sqlite3_stmt* handle = nullptr;
    const int code = sqlite3_prepare_v3(
        connection.handle(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
    SqliteStatement statement;
    statement.handle_.reset(handle);
    if (code != SQLITE_OK)
        return connection.error(sql.substr(0, 40));
    return statement;
}

// Binding fails only for a parameter that the statement does not have, or without memory.
void SqliteStatement::bind(int at, std::string_view text)
{
    // A null pointer would bind NULL; an empty text is not that.
    const char* begin = text.data() == nullptr ? "" : text.data();
    VERIFY(sqlite3_bind_text64(handle_.get(), at, begin, text.size(), SQLITE_STATIC, SQLITE_UTF8) == SQLITE_OK);
}

void SqliteStatement::bind(int at, std::int64_t number)
{
    VERIFY(sqlite3_bind_int64(handle_.get(), at, number) == SQLITE_OK);
}

void SqliteStatement::bind(int at, std::optional<std::int64_t> number)
{
    if (number)
        bind(at, *number);
    else
        VERIFY(sqlite3_bind_null(handle_.get(), at) == SQLITE_OK);
}

SqliteStatement::Step SqliteStatement::step()
{
    const int code = sqlite3_step(handle_.get());
    if (code == SQLITE_ROW)
        return Step::row;
    if (code == SQLITE_DONE)
        return Step::done;
    return (code & 0xFF) == SQLITE_CONSTRAINT ? Step::constraint : Step::failed;
}

void SqliteStatement::reset()
{
    sqlite3_reset(handle_.get());
    sqlite3_clear_bindings(handle_.get());
}

std::string SqliteStatement::text(int column) const
{
    const auto* begin = reinterpret_cast<const char*>(sqlite3_column_text(handle_.get(), column));
    const int size = sqlite3_column_bytes(handle_.get(), column);
    return begin == nullptr ? std::string() : std::string(begin, static_cast<std::size_t>(size));
}

std::int64_t SqliteStatement::number(int column) const
{
    return sqlite3_column_int64(handle_.get(), column);
}

std::optional<std::int64_t> SqliteStatement::optional_number(int column) const
{
    if (sqlite3_column_type(handle_.get(), column) == SQLITE_NULL)
        return std::nullopt;
    return number(column);
}

} // namespace parley
