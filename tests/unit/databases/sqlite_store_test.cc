#include "store_subject.h"

#include "databases/rows.h"
#include "databases/schema.h"

#include <csignal>
#include <fstream>
#include <mutex>
#include <set>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

// What the SQLite store does beside the contract: files, locks, full disks, sudden death.
namespace parley {
namespace {

SqliteOptions quick()
{
    SqliteOptions options;
    options.durability = Durability::process_death;
    options.busy_timeout = 1ms;
    options.first_retry_after = 1ms;
    options.last_retry_after = 2ms;
    return options;
}

std::unique_ptr<MessageStore> open_store(const std::string& path, SqliteOptions options = quick())
{
    auto store = SqliteStore::create(path, std::move(options));
    EXPECT_TRUE(store) << (store ? "" : store.error().what);
    return store ? std::move(*store) : nullptr;
}

SqliteConnection outsider(const std::string& path)
{
    return std::move(*SqliteConnection::open(path, SqliteConnection::Access::read_write, 1'000));
}

std::string refusal(const std::string& path)
{
    auto store = SqliteStore::create(path, quick());
    EXPECT_FALSE(store);
    return store ? "" : store.error().what;
}

Message heavy_message(int number)
{
    Message message = message_of("s", std::to_string(number));
    message.content.assign(8'000, 'x');
    return message;
}

TEST(SqliteStore, refuses_a_file_of_a_newer_version_and_leaves_it_alone)
{
    const TemporaryDirectory directory;
    const std::string path = directory.file("log.db");
    open_store(path).reset();
    auto connection = outsider(path);
    ASSERT_TRUE(connection.execute("PRAGMA user_version = 99"));
    EXPECT_EQ(refusal(path),
        "database " + path + " has schema version 99, written by a newer Parley; this one knows up to "
            + std::to_string(current_schema_version()));
    EXPECT_EQ(*connection.number("PRAGMA user_version"), 99);
}

TEST(SqliteStore, refuses_the_database_of_another_program)
{
    const TemporaryDirectory directory;
    const std::string path = directory.file("other.db");
    auto connection = outsider(path);
    ASSERT_TRUE(connection.execute("CREATE TABLE theirs (x)"));
    EXPECT_EQ(refusal(path), "database " + path + " belongs to another program");
    EXPECT_EQ(*connection.number("SELECT count(*) FROM sqlite_schema"), 1);
}

TEST(SqliteStore, refuses_a_file_that_is_no_database)
{
    const TemporaryDirectory directory;
    const std::string path = directory.file("text.db");
    std::ofstream(path) << std::string(10'000, 'x');
    EXPECT_EQ(refusal(path), "database " + path + ": PRAGMA application_id: file is not a database");
}

TEST(SqliteStore, refuses_a_directory_that_is_not_there)
{
    const TemporaryDirectory directory;
    const std::string path = directory.file("none/log.db");
    EXPECT_EQ(refusal(path), "database " + path + ": cannot open " + path + "-lock: No such file or directory");
}

TEST(SqliteStore, one_server_at_a_time_has_the_file)
{
    const TemporaryDirectory directory;
    const std::string path = directory.file("log.db");
    auto first = open_store(path);
    EXPECT_EQ(refusal(path), "database " + path + ": " + path + "-lock is held by process " + std::to_string(getpid()));
    first.reset();
    EXPECT_NE(open_store(path), nullptr);
}

TEST(SqliteStore, records_its_migrations)
{
    const TemporaryDirectory directory;
    const std::string path = directory.file("log.db");
    open_store(path).reset();
    open_store(path).reset(); // The second time there is nothing to do.
    auto connection = outsider(path);
    EXPECT_EQ(*connection.number("SELECT count(*) FROM migrations"), current_schema_version());
    EXPECT_EQ(*connection.number("PRAGMA user_version"), current_schema_version());
}

TEST(SqliteStore, one_index_serves_the_list_without_sorting)
{
    const TemporaryDirectory directory;
    const std::string path = directory.file("log.db");
    open_store(path).reset();
    auto connection = outsider(path);
    auto plan = SqliteStatement::prepare(connection, "EXPLAIN QUERY PLAN " + std::string(list_messages_sql()));
    ASSERT_TRUE(plan);
    ASSERT_EQ(plan->step(), SqliteStatement::Step::row);
    EXPECT_EQ(plan->text(3), "SEARCH messages USING INDEX messages_of_session (session=? AND customer=? AND rowid<?)");
    EXPECT_EQ(plan->step(), SqliteStatement::Step::done); // A sort would be a second line.
}

TEST(SqliteStore, a_full_disk_is_told_and_its_rows_follow_in_order_once_there_is_room)
{
    const TemporaryDirectory directory;
    const std::string path = directory.file("log.db");
    open_store(path).reset();
    auto connection = outsider(path);
    ASSERT_TRUE(connection.execute("CREATE TABLE ballast (x); INSERT INTO ballast VALUES (zeroblob(1000000))"));
    SqliteOptions options = quick();
    options.max_pages = static_cast<std::size_t>(*connection.number("PRAGMA page_count")) + 20;
    auto store = open_store(path, options);

    int told = 0;
    int number = 0;
    for (; told < 3 && number < 100; ++number) {
        const auto stored = append(*store, heavy_message(number));
        if (stored)
            continue;
        ++told;
        EXPECT_EQ(stored.error().kind, ErrorKind::unavailable);
        EXPECT_EQ(stored.error().what,
            "log: not written yet, the row is kept; cannot write the log: database or disk is full");
    }
    ASSERT_EQ(told, 3);
    EXPECT_EQ(store->backlog(), 3U);
    // What is committed can still be read.
    EXPECT_EQ(listed(*store, query_of("s", 1)).front().id.value, std::to_string(number - 4));

    ASSERT_TRUE(connection.execute("DELETE FROM ballast"));
    // Rows commit in order: when a later one is committed, the kept ones are.
    while (!append(*store, heavy_message(number++))) { }
    const auto rows = listed(*store, query_of("s"));
    ASSERT_EQ(rows.size(), static_cast<std::size_t>(number));
    for (const auto& row : rows)
        EXPECT_EQ(row.id.value, std::to_string(--number));
    EXPECT_EQ(store->backlog(), 0U);
}

TEST(SqliteStore, a_locked_file_is_told_and_its_rows_follow)
{
    const TemporaryDirectory directory;
    const std::string path = directory.file("log.db");
    auto store = open_store(path);
    auto connection = outsider(path);
    ASSERT_TRUE(connection.execute("BEGIN IMMEDIATE"));
    const auto refused = append(*store, message_of("s", "a"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().what, "log: not written yet, the row is kept; BEGIN IMMEDIATE: database is locked");
    EXPECT_EQ(store->backlog(), 1U);
    ASSERT_TRUE(connection.execute("COMMIT"));
    int number = 0;
    while (!append(*store, message_of("s", std::to_string(number)))) {
        ++number;
    }
    EXPECT_EQ(listed(*store, query_of("s")).back().id.value, "a");
}

TEST(SqliteStore, a_full_queue_refuses_and_forgets_nothing_that_it_took)
{
    const TemporaryDirectory directory;
    const std::string path = directory.file("log.db");
    SqliteOptions options = quick();
    options.queue_limit = 3;
    auto store = open_store(path, options);
    auto connection = outsider(path);
    ASSERT_TRUE(connection.execute("BEGIN IMMEDIATE"));
    for (const auto* id : { "a", "b", "c" })
        EXPECT_FALSE(append(*store, message_of("s", id))); // Kept.
    const auto refused = append(*store, message_of("s", "d"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
    EXPECT_EQ(refused.error().what, "log: the row was refused, too many rows wait for the disk");
    ASSERT_TRUE(connection.execute("COMMIT"));
    store.reset();
    EXPECT_EQ(ids_of(listed(*open_store(path), query_of("s"))), "c b a");
}

TEST(SqliteStore, text_that_waits_has_a_limit_too)
{
    const TemporaryDirectory directory;
    SqliteOptions options = quick();
    options.queue_byte_limit = 5'000;
    auto store = open_store(directory.file("log.db"), options);
    const auto refused = append(*store, heavy_message(1));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().what, "log: the row was refused, too much text waits for the disk");
    EXPECT_TRUE(append(*store, message_of("s", "small")));
}

TEST(SqliteStore, closing_gives_up_when_its_patience_ends_and_says_how_much_was_lost)
{
    struct Lines final : LogSink {
        void write(LogLevel level, std::string_view event, const std::vector<LogField>& fields) override
        {
            const std::lock_guard guard(mutex);
            if (level == LogLevel::error)
                text += std::string(event) + " " + fields.back().value + "\n";
        }
        std::mutex mutex;
        std::string text;
    } lines;
    const TemporaryDirectory directory;
    const std::string path = directory.file("log.db");
    SqliteOptions options = quick();
    options.close_patience = 5ms;
    options.log = Log(lines);
    auto store = open_store(path, options);
    auto connection = outsider(path);
    ASSERT_TRUE(connection.execute("BEGIN IMMEDIATE"));
    EXPECT_FALSE(append(*store, message_of("s", "a")));
    store.reset();
    EXPECT_EQ(lines.text, "log could not be written 1\nlog closed before its rows were written 1\n");
}

TEST(SqliteStore, too_many_waiting_queries_are_refused)
{
    const TemporaryDirectory directory;
    const std::string path = directory.file("log.db");
    SqliteOptions options = quick();
    options.read_limit = 2;
    options.busy_timeout = 10s; // The writer waits for the lock, and the queries for the writer.
    auto store = open_store(path, options);
    auto connection = outsider(path);
    ASSERT_TRUE(connection.execute("BEGIN IMMEDIATE"));
    store->append(message_of("s", "a"), [](const auto&) {});
    std::atomic<int> answered = 0;
    for (int i = 0; i < 2; ++i)
        store->list(query_of("s"), [&](const Result<MessagePage>& page) { answered += page ? 1 : 100; });
    const auto refused = answer_of<MessagePage>([&](auto answer) { store->list(query_of("s"), answer); });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().what, "log: too many queries are waiting");
    EXPECT_EQ(answered, 0);
    ASSERT_TRUE(connection.execute("COMMIT"));
    store.reset();
    EXPECT_EQ(answered, 2);
}

TEST(SqliteStore, walks_stay_exact_while_other_threads_write)
{
    const TemporaryDirectory directory;
    auto store = open_store(directory.file("log.db"));
    for (int i = 0; i < 500; ++i)
        store->append(message_of("s", "old" + std::to_string(i)), [](const auto&) {});
    std::atomic<bool> stop = false;
    std::vector<std::thread> writers;
    for (int w = 0; w < 2; ++w)
        writers.emplace_back([&, w] {
            for (int i = 0; !stop; ++i)
                EXPECT_TRUE(append(*store, message_of("s", std::to_string(w) + "." + std::to_string(i))));
        });
    for (int walk = 0; walk < 5; ++walk) {
        std::set<std::string> seen;
        MessageQuery query = query_of("s", 37);
        std::optional<WallTime> last;
        for (auto rows = listed(*store, query); !rows.empty(); rows = listed(*store, query)) {
            for (const auto& row : rows) {
                EXPECT_TRUE(!last || row.created < *last);
                EXPECT_TRUE(seen.insert(row.id.value).second);
                last = row.created;
            }
            query.before = last;
        }
        for (int i = 0; i < 500; ++i)
            ASSERT_EQ(seen.count("old" + std::to_string(i)), 1U);
    }
    stop = true;
    for (auto& writer : writers)
        writer.join();
}

// Writes until it is killed, and says through the pipe which rows it was told are stored.
[[noreturn]] void write_until_killed(const std::string& path, int pipe, int round)
{
    auto store = SqliteStore::create(path, quick());
    if (!store)
        _exit(1);
    for (int i = 0;; ++i) {
        const int number = round * 1'000'000 + i;
        auto tell = [=](const Result<Stored>& stored) {
            if (stored && ::write(pipe, &number, sizeof number) != sizeof number)
                _exit(1);
        };
        if (i % 16 == 0)
            (void)answer_of<Stored>([&](auto answer) {
                (*store)->append(message_of("s", std::to_string(number)), [=](const Result<Stored>& stored) {
                    tell(stored);
                    answer(stored);
                });
            });
        else
            (*store)->append(message_of("s", std::to_string(number)), tell);
    }
}

TEST(SqliteStore, every_acknowledged_row_survives_a_kill)
{
    const TemporaryDirectory directory;
    const std::string path = directory.file("log.db");
    std::set<std::string> told;
    for (int round = 0; round < 5; ++round) {
        int ends[2];
        ASSERT_EQ(pipe(ends), 0);
        const pid_t child = fork();
        ASSERT_GE(child, 0);
        if (child == 0)
            write_until_killed(path, ends[1], round);
        close(ends[1]);
        int number = 0;
        // The more rounds, the more rows before the end.
        for (int count = 0; count < 40 + round * 137; ++count) {
            ASSERT_EQ(read(ends[0], &number, sizeof number), static_cast<ssize_t>(sizeof number));
            told.insert(std::to_string(number));
        }
        ASSERT_EQ(kill(child, SIGKILL), 0);
        ASSERT_EQ(waitpid(child, nullptr, 0), child);
        while (read(ends[0], &number, sizeof number) == static_cast<ssize_t>(sizeof number))
            told.insert(std::to_string(number));
        close(ends[0]);
    }
    auto store = open_store(path);
    std::set<std::string> found;
    MessageQuery query = query_of("s");
    for (auto rows = listed(*store, query); !rows.empty(); rows = listed(*store, query)) {
        for (const auto& row : rows)
            found.insert(row.id.value);
        query.before = rows.back().created;
    }
    for (const auto& number : told)
        EXPECT_EQ(found.count(number), 1U) << number;
}

} // namespace
} // namespace parley
