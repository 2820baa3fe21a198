#pragma once

#include "base/result.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

// SQLite with owners: a connection, a prepared statement. The door to the library, its errors as values.
namespace parley {

class SqliteConnection {
public:
    enum class Access : std::uint8_t { read_write, read_only };

    static Result<SqliteConnection> open(const std::string& path, Access, int busy_timeout_ms);

    // One or more statements without parameters whose rows do not matter.
    Result<void> execute(const std::string& sql);

    // The first column of the first row as a number; 0 if there is no row.
    Result<std::int64_t> number(const std::string& sql);

    // The text of the last failure, as an `unavailable` error that starts with `doing`.
    [[nodiscard]] Error error(std::string_view doing) const;
    [[nodiscard]] bool in_transaction() const;
    [[nodiscard]] int changes() const;
    [[nodiscard]] sqlite3* handle() const { return handle_.get(); }

private:
    struct Close {
        void operator()(sqlite3*) const;
    };
    std::unique_ptr<sqlite3, Close> handle_;
};

// A statement that is prepared once and run often. Parameters count from 1, columns from 0.
class SqliteStatement {
public:
    enum class Step : std::uint8_t {
        row,
        done,
        constraint, // A uniqueness rule refused the row; the transaction goes on.
        failed,     // The connection's error says why.
    };

    static Result<SqliteStatement> prepare(SqliteConnection&, std::string_view sql);

    // The text must live until the statement was stepped.
    void bind(int at, std::string_view text);
    void bind(int at, std::int64_t number);
    void bind(int at, std::optional<std::int64_t> number);

    [[nodiscard]] Step step();
    void reset(); // Ready to be bound again; ends the read transaction.

    [[nodiscard]] std::string text(int column) const;
    [[nodiscard]] std::int64_t number(int column) const;
    [[nodiscard]] std::optional<std::int64_t> optional_number(int column) const;

private:
    struct Finalize {
        void operator()(sqlite3_stmt*) const;
    };
    std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

} // namespace parley
