#pragma once

#include "base/log.h"
#include "base/result.h"
#include "store/message_store.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

// The log in one SQLite file: a thread that writes, two that read.
// Keeps the promises of `MessageStore`; knows nothing of calls, sessions or HTTP.
namespace parley {

// What an acknowledged row survives. Both survive the death of the process at any instruction, because the row is in
// the write-ahead log, in the hands of the kernel, before the answer.
enum class Durability : std::uint8_t {
    process_death, // `synchronous=NORMAL`: a power cut may take the last rows, never the file.
    power_loss,    // `synchronous=FULL`: the disk has the row before the answer.
};

struct SqliteOptions {
    Durability durability = Durability::power_loss;
    // Rows, and bytes of their text, that may wait for the disk. Beyond: the row is refused with `unavailable`.
    std::size_t queue_limit = 10'000;
    std::size_t queue_byte_limit = 256 * 1024 * 1024;
    // Queries that may wait. Beyond: refused with `unavailable`.
    std::size_t read_limit = 1'000;
    // Pages of 4 KiB that the file may grow to; 0: as the disk allows.
    std::size_t max_pages = 0;
    Duration busy_timeout = 250ms;     // How long a foreign lock on the file (a backup, a shell) is waited for.
    Duration first_retry_after = 50ms; // After a failed write; doubles up to `last_retry_after`.
    Duration last_retry_after = 1s;
    Duration close_patience = 2s;         // How long closing tries to write what still waits.
    std::function<WallTime()> wall_clock; // Empty: the system's.
    Log log = Log::none();
};

class SqliteStore {
public:
    // Opens or creates the file and brings its schema up to date. Fails, naming the file, if another server has it
    // open, if it was written by a newer version, or if it is no database of ours.
    // Destroying the store writes what is queued and answers what was asked. Every method may be called from any
    // thread.
    static Result<std::unique_ptr<MessageStore>> create(const std::string& path, SqliteOptions options = {});
};

} // namespace parley
