#include "databases/read_queue.h"

#include <algorithm>
#include <utility>

namespace parley {

Result<std::unique_ptr<ReadQueue>> ReadQueue::create(std::vector<SqliteConnection> connections, std::size_t limit)
{
    std::unique_ptr<ReadQueue> queue(new ReadQueue(limit));
    queue->connections_ = std::move(connections);
    for (auto& connection : queue->connections_) {
        auto rows = RowReader::create(connection);
        if (!rows)
            return std::move(rows.error());
        queue->rows_.push_back(std::move(*rows));
    }
    for (auto& rows : queue->rows_)
        queue->threads_.emplace_back([q = queue.get(), &rows] { q->run(rows); });
    return queue;
}

ReadQueue::~ReadQueue()
{
    close();
}

void ReadQueue::ask(std::uint64_t after, Query query)
{
    {
        const std::lock_guard guard(mutex_);
        if (waiting_.size() < limit_ && !closing_) {
            // Two callers may arrive here in another order than they took their numbers; waiting longer is harmless.
            const std::uint64_t last = waiting_.empty() ? after : std::max(after, waiting_.back().after);
            waiting_.push_back({ last, std::move(query) });
            query = nullptr;
        }
    }
    if (query)
        tell([refused = std::move(query)] { refused(nullptr); });
    else
        changed_.notify_one();
}

void ReadQueue::tell(std::function<void()> telling)
{
    {
        const std::lock_guard guard(mutex_);
        if (!threads_.empty()) {
            tellings_.push_back(std::move(telling));
            telling = nullptr;
        }
    }
    if (telling)
        telling(); // The threads have ended; only a callback that closing itself caused comes here.
    else
        changed_.notify_one();
}

void ReadQueue::settle(std::uint64_t number)
{
    {
        const std::lock_guard guard(mutex_);
        settled_ = std::max(settled_, number);
    }
    changed_.notify_all();
}

void ReadQueue::close()
{
    std::vector<std::thread> threads;
    {
        const std::lock_guard guard(mutex_);
        closing_ = true;
        threads.swap(threads_);
    }
    changed_.notify_all();
    for (auto& thread : threads)
        thread.join();
    for (; !tellings_.empty(); tellings_.pop_front())
        tellings_.front()();
}

void ReadQueue::run(RowReader& rows)
{
    while (auto job = next(rows))
        job();
}

std::function<void()> ReadQueue::next(RowReader& rows)
{
    std::unique_lock guard(mutex_);
    for (;;) {
        if (!tellings_.empty()) {
            auto telling = std::move(tellings_.front());
            tellings_.pop_front();
            return telling;
        }
        if (!waiting_.empty() && (waiting_.front().after <= settled_ || closing_)) {
            auto query = std::move(waiting_.front().query);
            waiting_.pop_front();
            return [query = std::move(query), &rows] { query(&rows); };
        }
        if (closing_)
            return nullptr;
        changed_.wait(guard);
    }
}

} // namespace parley
