#include "databases/sqlite_store.h"

#include "databases/file_lock.h"
#include "databases/read_queue.h"
#include "databases/schema.h"
#include "databases/write_queue.h"

#include <chrono>
#include <utility>

namespace parley {

namespace {

constexpr int reader_count = 2;

WallTime system_wall_clock()
{
    return { std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch()).count() };
}

int milliseconds(Duration duration)
{
    return static_cast<int>(to_milliseconds(duration));
}

std::string settings(const SqliteOptions& options)
{
    std::string sql
        = options.durability == Durability::power_loss ? "PRAGMA synchronous = FULL;" : "PRAGMA synchronous = NORMAL;";
    if (options.max_pages != 0)
        sql += "PRAGMA max_page_count = " + std::to_string(options.max_pages) + ";";
    return sql;
}

Error named(const std::string& path, const Error& error)
{
    return { error.kind, "database " + path + ": " + error.what };
}

// The connection that writes, with its file prepared.
Result<SqliteConnection> open_for_writing(const std::string& path, const SqliteOptions& options)
{
    auto connection
        = SqliteConnection::open(path, SqliteConnection::Access::read_write, milliseconds(options.busy_timeout));
    if (!connection)
        return named(path, connection.error());
    // The schema first: a file that is not ours is refused before anything changes in it.
    if (auto done = prepare_schema(*connection, path); !done)
        return done.error();
    if (auto done = connection->execute("PRAGMA journal_mode = WAL;" + settings(options)); !done)
        return named(path, done.error());
    return connection;
}

class SqliteLog final : public MessageStore {
public:
    SqliteLog(FileLock lock, std::unique_ptr<ReadQueue> reads, std::unique_ptr<WriteQueue> writes)
        : lock_(std::move(lock))
        , reads_(std::move(reads))
        , writes_(std::move(writes))
    {
    }

    ~SqliteLog() override
    {
        // What is queued is written before the readers end, because they wait for it.
        writes_->close();
        reads_->close();
    }

    void append(Message row, Answer<Stored> committed) override { push(std::move(row), std::move(committed)); }
    void put(AiCall row, Answer<Stored> committed) override { push(std::move(row), std::move(committed)); }
    void put(Activeflow row, Answer<Stored> committed) override { push(std::move(row), std::move(committed)); }
    void put(Customer row, Answer<Stored> committed) override { push(std::move(row), std::move(committed)); }

    void list(MessageQuery query, Answer<MessagePage> answer) override
    {
        ask<MessagePage>([query = std::move(query)](RowReader& rows) { return rows.list(query); }, std::move(answer));
    }
    void get(CustomerId customer, MessageId id, Answer<Message> answer) override
    {
        ask<Message>(
            [customer = std::move(customer), id = std::move(id)](RowReader& rows) { return rows.get(customer, id); },
            std::move(answer));
    }
    void list_ai_calls(PageQuery query, Answer<Page<AiCall>> answer) override
    {
        ask<Page<AiCall>>(
            [query = std::move(query)](RowReader& rows) { return rows.list_ai_calls(query); }, std::move(answer));
    }
    void get_ai_call(CustomerId customer, AiSessionId id, Answer<AiCall> answer) override
    {
        ask<AiCall>([customer = std::move(customer), id = std::move(id)](
                        RowReader& rows) { return rows.get_ai_call(customer, id); },
            std::move(answer));
    }
    void list_activeflows(PageQuery query, Answer<Page<Activeflow>> answer) override
    {
        ask<Page<Activeflow>>(
            [query = std::move(query)](RowReader& rows) { return rows.list_activeflows(query); }, std::move(answer));
    }
    void get_activeflow(CustomerId customer, ActiveflowId id, Answer<Activeflow> answer) override
    {
        ask<Activeflow>([customer = std::move(customer), id = std::move(id)](
                            RowReader& rows) { return rows.get_activeflow(customer, id); },
            std::move(answer));
    }
    void list_customers(PageQuery query, Answer<Page<Customer>> answer) override
    {
        ask<Page<Customer>>(
            [query = std::move(query)](RowReader& rows) { return rows.list_customers(query); }, std::move(answer));
    }
    void get_customer(CustomerId id, Answer<Customer> answer) override
    {
        ask<Customer>([id = std::move(id)](RowReader& rows) { return rows.get_customer(id); }, std::move(answer));
    }

    [[nodiscard]] std::size_t backlog() const override { return writes_->backlog(); }

private:
    template <typename Row> void push(Row row, Answer<Stored> committed)
    {
        // A refusal is told by a reader's thread: nobody is called back from within their own call.
        if (auto refused = writes_->push(std::move(row), committed))
            reads_->tell([committed = std::move(committed), error = std::move(*refused)] { committed(error); });
    }

    template <typename T> void ask(std::function<Result<T>(RowReader&)> query, Answer<T> answer)
    {
        reads_->ask(writes_->queued(), [query = std::move(query), answer = std::move(answer)](RowReader* rows) {
            if (rows == nullptr)
                answer(Error { ErrorKind::unavailable, "log: too many queries are waiting" });
            else
                answer(query(*rows));
        });
    }

    FileLock lock_; // Destroyed last: until then the file is ours.
    std::unique_ptr<ReadQueue> reads_;
    std::unique_ptr<WriteQueue> writes_;
};

} // namespace

Result<std::unique_ptr<MessageStore>> SqliteStore::create(const std::string& path, SqliteOptions options)
{
    if (!options.wall_clock)
        options.wall_clock = system_wall_clock;
    auto lock = FileLock::take(path + "-lock");
    if (!lock)
        return named(path, lock.error());
    auto connection = open_for_writing(path, options);
    if (!connection)
        return std::move(connection.error());
    auto newest = newest_stamp(*connection);
    if (!newest)
        return named(path, newest.error());

    std::vector<SqliteConnection> readers;
    for (int i = 0; i < reader_count; ++i) {
        auto reader
            = SqliteConnection::open(path, SqliteConnection::Access::read_only, milliseconds(options.busy_timeout));
        if (!reader)
            return named(path, reader.error());
        readers.push_back(std::move(*reader));
    }
    auto reads = ReadQueue::create(std::move(readers), options.read_limit);
    if (!reads)
        return named(path, reads.error());
    auto settled = [queue = reads->get()](std::uint64_t number) { queue->settle(number); };
    auto writes = WriteQueue::create(std::move(*connection), Stamp(*newest), std::move(options), std::move(settled));
    if (!writes)
        return named(path, writes.error());
    return std::unique_ptr<MessageStore>(
        std::make_unique<SqliteLog>(std::move(*lock), std::move(*reads), std::move(*writes)));
}

} // namespace parley
