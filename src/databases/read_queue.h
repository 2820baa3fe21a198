#pragma once

#include "databases/rows.h"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace parley {

// Queries on their way to the file, and the threads that run them, one for each connection.
// A query waits until the writes that were queued before it are settled: committed, or answered with an error.
class ReadQueue {
public:
    // Called with nothing if the query was refused because too many wait.
    using Query = std::function<void(RowReader*)>;

    static Result<std::unique_ptr<ReadQueue>> create(std::vector<SqliteConnection>, std::size_t limit);
    ~ReadQueue();
    ReadQueue(const ReadQueue&) = delete;
    ReadQueue& operator=(const ReadQueue&) = delete;

    // `after`: the number of the last write that the query must see.
    void ask(std::uint64_t after, Query);

    // Runs something on a thread of the store's own, before any query.
    void tell(std::function<void()>);

    // All writes up to this number are settled.
    void settle(std::uint64_t number);

    // Answers what was asked and ends the threads. Every write is settled by then.
    void close();

private:
    struct Waiting {
        std::uint64_t after;
        Query query;
    };

    explicit ReadQueue(std::size_t limit)
        : limit_(limit)
    {
    }
    void run(RowReader&);
    std::function<void()> next(RowReader&); // Blocks; nothing when closed.

    const std::size_t limit_;
    std::vector<SqliteConnection> connections_;
    std::vector<RowReader> rows_;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Waiting> waiting_;                // `after` never decreases, so the front is the first to be ready.
    std::deque<std::function<void()>> tellings_; // As many as refused callers; each of those has a limit of its own.
    std::uint64_t settled_ = 0;
    bool closing_ = false;

    std::vector<std::thread> threads_;
};

} // namespace parley
