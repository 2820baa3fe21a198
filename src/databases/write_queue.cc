#include "databases/write_queue.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace parley {

namespace {

// Rows in one transaction. Bounds how long a commit takes and how much a failed one repeats.
constexpr std::size_t max_batch = 512;

std::size_t bytes_of(const Message& row)
{
    std::size_t bytes = sizeof row + row.content.size() + row.tool_call_id.size();
    for (const auto& call : row.tool_calls)
        bytes += sizeof call + call.id.size() + call.name.size() + call.arguments.size();
    return bytes;
}
std::size_t bytes_of(const AiCall& row)
{
    return sizeof row;
}
std::size_t bytes_of(const Activeflow& row)
{
    return sizeof row;
}
std::size_t bytes_of(const Customer& row)
{
    return sizeof row + row.name.size() + row.detail.size();
}

Error refused(std::string_view why)
{
    return Error { ErrorKind::unavailable, "log: the row was refused, " + std::string(why) };
}

} // namespace

Result<std::unique_ptr<WriteQueue>> WriteQueue::create(
    SqliteConnection connection, Stamp stamp, SqliteOptions options, Settled settled)
{
    std::unique_ptr<WriteQueue> queue(
        new WriteQueue(std::move(connection), std::move(options), stamp, std::move(settled)));
    auto rows = RowWriter::create(queue->connection_);
    if (!rows)
        return std::move(rows.error());
    queue->rows_ = std::move(*rows);
    queue->thread_ = std::thread([q = queue.get()] { q->run(); });
    return queue;
}

WriteQueue::WriteQueue(SqliteConnection connection, SqliteOptions options, Stamp stamp, Settled settled)
    : options_(std::move(options))
    , settled_(std::move(settled))
    , connection_(std::move(connection))
    , batch_(max_batch)
    , retry_after_(options_.first_retry_after)
    , stamp_(stamp)
{
}

WriteQueue::~WriteQueue()
{
    close();
}

std::optional<Error> WriteQueue::push(std::variant<Message, AiCall, Activeflow, Customer> row, Committed committed)
{
    const std::size_t bytes = std::visit([](const auto& r) { return bytes_of(r); }, row);
    {
        const std::lock_guard guard(mutex_);
        if (closing_)
            return refused("the log is closing");
        if (waiting_.size() >= options_.queue_limit)
            return refused("too many rows wait for the disk");
        if (bytes_ + bytes > options_.queue_byte_limit)
            return refused("too much text waits for the disk");
        // Stamped where the order is decided, so that the order of times is the order of rows.
        const WallTime stamp = stamp_.next(options_.wall_clock());
        bytes_ += bytes;
        waiting_.push_back({ { std::move(row), stamp }, std::move(committed), bytes, ++queued_ });
    }
    changed_.notify_one();
    return std::nullopt;
}

std::uint64_t WriteQueue::queued() const
{
    const std::lock_guard guard(mutex_);
    return queued_;
}

std::size_t WriteQueue::backlog() const
{
    const std::lock_guard guard(mutex_);
    return waiting_.size();
}

void WriteQueue::close()
{
    {
        const std::lock_guard guard(mutex_);
        if (!closing_)
            give_up_ = std::chrono::steady_clock::now() + options_.close_patience;
        closing_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable())
        thread_.join();
}

void WriteQueue::run()
{
    while (const std::size_t waiting = wait_for_rows())
        if (!write_some(waiting) && !pause_before_retry()) {
            abandon();
            return;
        }
}

std::size_t WriteQueue::wait_for_rows()
{
    std::unique_lock guard(mutex_);
    changed_.wait(guard, [&] { return !waiting_.empty() || closing_; });
    return waiting_.size();
}

bool WriteQueue::write_some(std::size_t waiting)
{
    auto results = transaction(std::min(waiting, batch_));
    if (!results && batch_ > 1) {
        // One row may still fit where many do not.
        batch_ = 1;
        results = transaction(1);
    }
    if (!results) {
        if (!std::exchange(failing_, true))
            options_.log.error("log could not be written", { { "error", results.error().what }, { "rows", waiting } });
        tell_waiting(results.error());
        return false;
    }
    if (std::exchange(failing_, false))
        options_.log.info("log could be written again", { { "rows", waiting } });
    batch_ = std::min(max_batch, batch_ * 2);
    retry_after_ = options_.first_retry_after;
    finish(std::move(*results));
    return true;
}

Result<std::vector<Result<Stored>>> WriteQueue::transaction(std::size_t count)
{
    const auto lost = [&](Error error) {
        // SQLite has rolled back by itself after some failures, not after all.
        if (connection_.in_transaction())
            (void)connection_.execute("ROLLBACK"); // The first failure is the one to report.
        return error;
    };
    if (auto begun = connection_.execute("BEGIN IMMEDIATE"); !begun)
        return begun.error();
    std::vector<Result<Stored>> results;
    results.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        // References into a deque stay good while others append; only the iterators do not.
        const Waiting* waiting = nullptr;
        {
            const std::lock_guard guard(mutex_);
            waiting = &waiting_[i];
        }
        auto stored = rows_.write(waiting->write);
        if (!stored && stored.error().kind == ErrorKind::unavailable)
            return lost(std::move(stored.error()));
        results.push_back(std::move(stored));
    }
    if (auto committed = connection_.execute("COMMIT"); !committed)
        return lost(committed.error());
    return results;
}

void WriteQueue::finish(std::vector<Result<Stored>> results)
{
    std::vector<Waiting> done;
    done.reserve(results.size());
    {
        const std::lock_guard guard(mutex_);
        for (std::size_t i = 0; i < results.size(); ++i) {
            bytes_ -= waiting_.front().bytes;
            done.push_back(std::move(waiting_.front()));
            waiting_.pop_front();
        }
    }
    settled_(done.back().number);
    for (std::size_t i = 0; i < done.size(); ++i)
        if (done[i].committed)
            done[i].committed(std::move(results[i]));
}

void WriteQueue::tell_waiting(const Error& error)
{
    std::vector<Committed> untold;
    std::uint64_t last = 0;
    {
        const std::lock_guard guard(mutex_);
        for (auto& waiting : waiting_)
            if (waiting.committed)
                untold.push_back(std::exchange(waiting.committed, nullptr));
        last = queued_;
    }
    settled_(last);
    for (const auto& committed : untold)
        committed(Error { ErrorKind::unavailable, "log: not written yet, the row is kept; " + error.what });
}

bool WriteQueue::pause_before_retry()
{
    std::unique_lock guard(mutex_);
    auto until = std::chrono::steady_clock::now() + retry_after_;
    // Closing ends the pause, once; from then on its patience limits the tries.
    if (!give_up_)
        changed_.wait_until(guard, until, [&] { return give_up_.has_value(); });
    else
        changed_.wait_until(guard, std::min(until, *give_up_), [] { return false; });
    retry_after_ = std::min(retry_after_ * 2, options_.last_retry_after);
    return !give_up_ || std::chrono::steady_clock::now() < *give_up_;
}

void WriteQueue::abandon()
{
    std::deque<Waiting> lost;
    {
        const std::lock_guard guard(mutex_);
        lost.swap(waiting_);
        bytes_ = 0;
    }
    options_.log.error("log closed before its rows were written", { { "rows", lost.size() } });
    settled_(queued());
    for (const auto& row : lost)
        if (row.committed)
            row.committed(Error { ErrorKind::unavailable, "log: closed before the row was written" });
}

} // namespace parley
