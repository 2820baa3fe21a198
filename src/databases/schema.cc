#include "databases/schema.h"

#include <array>
#include <string_view>

namespace parley {

namespace {

constexpr std::int64_t application_id = 0x5041524C; // "PARL"; `file` and other programs tell our files by it.

// One row a version. A released row is never changed; a new one is added.
//
// `created` is microseconds since 1970 and the key of every table: strictly increasing, so rows lie in the order of
// their times, and every index ends in it without naming it. An index on what a list is about therefore serves
// "older than, newest first" without sorting.
constexpr std::array migrations {
    std::string_view { R"(
            CREATE TABLE messages (
                created INTEGER PRIMARY KEY,
                id TEXT NOT NULL UNIQUE,
                customer TEXT NOT NULL,
                session TEXT NOT NULL,
                activeflow TEXT NOT NULL,
                role TEXT NOT NULL,
                content TEXT NOT NULL,
                tool_calls TEXT NOT NULL, -- A JSON array of [id, name, arguments]; '' if there are none.
                tool_call_id TEXT NOT NULL
            ) STRICT;
            CREATE INDEX messages_of_session ON messages (session, customer);

            CREATE TABLE ai_calls (
                created INTEGER PRIMARY KEY,
                id TEXT NOT NULL UNIQUE,
                customer TEXT NOT NULL,
                activeflow TEXT NOT NULL,
                call TEXT NOT NULL,
                status TEXT NOT NULL,
                language TEXT NOT NULL,
                updated INTEGER,
                ended INTEGER
            ) STRICT;
            CREATE INDEX ai_calls_of_customer ON ai_calls (customer);

            CREATE TABLE activeflows (
                created INTEGER PRIMARY KEY,
                id TEXT NOT NULL UNIQUE,
                customer TEXT NOT NULL,
                call TEXT NOT NULL,
                running INTEGER NOT NULL,
                updated INTEGER,
                ended INTEGER
            ) STRICT;
            CREATE INDEX activeflows_of_customer ON activeflows (customer);

            CREATE TABLE customers (
                created INTEGER PRIMARY KEY,
                id TEXT NOT NULL UNIQUE,
                name TEXT NOT NULL,
                detail TEXT NOT NULL
            ) STRICT;

            CREATE TABLE migrations (
                version INTEGER PRIMARY KEY,
                applied TEXT NOT NULL
            ) STRICT;
        )" },
};

Result<void> migrate(SqliteConnection& connection, std::int64_t to)
{
    const std::string version = std::to_string(to);
    return connection.execute("BEGIN IMMEDIATE;" + std::string(migrations.at(static_cast<std::size_t>(to - 1)))
        + "INSERT INTO migrations VALUES (" + version + ", datetime('now'));" + "PRAGMA application_id = "
        + std::to_string(application_id) + "; PRAGMA user_version = " + version + "; COMMIT;");
}

Result<std::int64_t> version_of(SqliteConnection& connection, const std::string& path)
{
    auto owner = connection.number("PRAGMA application_id");
    if (!owner)
        return Error { ErrorKind::unavailable, "database " + path + ": " + owner.error().what };
    auto tables = connection.number("SELECT count(*) FROM sqlite_schema");
    if (!tables)
        return Error { ErrorKind::unavailable, "database " + path + ": " + tables.error().what };
    if (*owner != application_id && (*owner != 0 || *tables != 0))
        return Error { ErrorKind::invalid_request, "database " + path + " belongs to another program" };
    return connection.number("PRAGMA user_version");
}

} // namespace

std::int64_t current_schema_version()
{
    return static_cast<std::int64_t>(migrations.size());
}

Result<void> prepare_schema(SqliteConnection& connection, const std::string& path)
{
    auto version = version_of(connection, path);
    if (!version)
        return std::move(version.error());
    if (*version > current_schema_version())
        return Error { ErrorKind::invalid_request,
            "database " + path + " has schema version " + std::to_string(*version) + ", written by a newer Parley; "
                + "this one knows up to " + std::to_string(current_schema_version()) };
    for (std::int64_t to = *version + 1; to <= current_schema_version(); ++to)
        if (auto done = migrate(connection, to); !done) {
            if (connection.in_transaction())
                (void)connection.execute("ROLLBACK"); // The migration's failure is the one to report.
            return Error { done.error().kind,
                "database " + path + ": schema version " + std::to_string(to) + ": " + done.error().what };
        }
    return {};
}

} // namespace parley
