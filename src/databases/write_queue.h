#pragma once

#include "databases/rows.h"
#include "databases/sqlite_store.h"
#include "store/stamp.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <variant>
#include <vector>

namespace parley {

// Rows on their way to the file, and the thread that writes them: all that wait in one transaction, in order.
// A row leaves the queue when it is committed, or refused for good. While the file cannot be written, the rows stay,
// their owners are told `unavailable` once, and the writer tries again.
class WriteQueue {
public:
    using Committed = std::function<void(Result<Stored>)>;
    // All writes up to this number are committed or answered with an error. Called on the writer's thread, before the
    // answers, so that a query that an answer sets off finds its way free.
    using Settled = std::function<void(std::uint64_t number)>;

    static Result<std::unique_ptr<WriteQueue>> create(SqliteConnection, Stamp, SqliteOptions, Settled);
    ~WriteQueue();
    WriteQueue(const WriteQueue&) = delete;
    WriteQueue& operator=(const WriteQueue&) = delete;

    // Stamps and queues the row. If it cannot be queued, says why and does not call `committed`.
    std::optional<Error> push(std::variant<Message, AiCall, Activeflow, Customer> row, Committed committed);

    // The number of the last write that was queued.
    [[nodiscard]] std::uint64_t queued() const;
    [[nodiscard]] std::size_t backlog() const;

    // Writes what waits, within the options' patience, and ends the thread. Later pushes are refused.
    void close();

private:
    struct Waiting {
        Write write;
        Committed committed; // Empty once told.
        std::size_t bytes;
        std::uint64_t number;
    };

    WriteQueue(SqliteConnection, SqliteOptions, Stamp, Settled);
    void run();
    std::size_t wait_for_rows();          // How many wait; 0: closed and empty.
    bool write_some(std::size_t waiting); // False if nothing could be written.
    Result<std::vector<Result<Stored>>> transaction(std::size_t count);
    void finish(std::vector<Result<Stored>> results);
    void tell_waiting(const Error&);
    bool pause_before_retry(); // False: the patience of closing has run out.
    void abandon();

    // Fixed.
    const SqliteOptions options_;
    const Settled settled_;

    // The writer's own.
    SqliteConnection connection_;
    RowWriter rows_;
    std::size_t batch_;
    Duration retry_after_;
    bool failing_ = false;

    // Shared.
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    Stamp stamp_;
    std::deque<Waiting> waiting_; // Others append; the writer alone removes, so it reads the front without the lock.
    std::size_t bytes_ = 0;
    std::uint64_t queued_ = 0;
    bool closing_ = false;
    std::optional<std::chrono::steady_clock::time_point> give_up_;

    std::thread thread_;
};

} // namespace parley
