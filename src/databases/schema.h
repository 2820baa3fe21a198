#pragma once

#include "base/result.h"
#include "databases/sqlite.h"

#include <cstdint>
#include <string>

// The tables of the log and how an older file becomes a current one.
namespace parley {

// The version of the tables that this program reads and writes: the number of migrations.
[[nodiscard]] std::int64_t current_schema_version();

// Creates or migrates the tables. Refuses, untouched, a file of a newer version and a file that is not ours.
// `path` is only named in errors.
Result<void> prepare_schema(SqliteConnection&, const std::string& path);

} // namespace parley
