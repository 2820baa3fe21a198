#include "store_subject.h"

// What every store promises, whatever it is made of.
namespace parley {
namespace {

class Subject {
public:
    virtual ~Subject() = default;
    virtual MessageStore& store() = 0;
    virtual void reopen() = 0;

    void set_clock(std::int64_t microseconds) { now_->store(microseconds); }

protected:
    std::function<WallTime()> clock()
    {
        return [now = now_] { return WallTime { now->load() }; };
    }

private:
    // Shared with the store, which asks on threads of its own.
    std::shared_ptr<std::atomic<std::int64_t>> now_
        = std::make_shared<std::atomic<std::int64_t>>(1'000'000'000'000'000);
};

class MemorySubject final : public Subject {
public:
    MessageStore& store() override { return store_; }
    void reopen() override { } // Its promises end with the process.

private:
    MemoryStore store_ { clock() };
};

class SqliteSubject final : public Subject {
public:
    MessageStore& store() override
    {
        if (!store_) {
            SqliteOptions options;
            options.wall_clock = clock();
            options.durability = Durability::process_death;
            store_ = std::move(*SqliteStore::create(directory_.file("log.db"), std::move(options)));
        }
        return *store_;
    }
    void reopen() override { store_.reset(); }

private:
    TemporaryDirectory directory_;
    std::unique_ptr<MessageStore> store_;
};

struct Kind {
    std::string name;
    std::function<std::unique_ptr<Subject>()> make;
};

class StoreContract : public testing::TestWithParam<Kind> {
protected:
    std::unique_ptr<Subject> subject_ = GetParam().make();
    MessageStore& store() { return subject_->store(); }
};

INSTANTIATE_TEST_SUITE_P(Stores, StoreContract,
    testing::Values(Kind { "memory", [] { return std::make_unique<MemorySubject>(); } },
        Kind { "sqlite", [] { return std::make_unique<SqliteSubject>(); } }),
    [](const auto& kind) { return kind.param.name; });

TEST_P(StoreContract, lists_newest_first)
{
    for (const auto* id : { "a", "b", "c" })
        ASSERT_TRUE(append(store(), message_of("s", id)));
    EXPECT_EQ(ids_of(listed(store(), query_of("s"))), "c b a");
}

TEST_P(StoreContract, gives_back_every_field_byte_for_byte)
{
    Message message = message_of("s", "m");
    message.role = Role::assistant;
    message.content = std::string("\0\"x\"\n\t\xF0\x9F\x98\x80", 10) + std::string(200'000, 'y');
    message.tool_calls = { { "call_1", "look_up", R"({"n":"\u00e9"})" }, { "call_2", "", "" } };
    message.tool_call_id = "call_0";
    message.created = { 7 }; // Ignored: the store stamps.
    const auto stored = append(store(), message);
    ASSERT_TRUE(stored);
    message.created = stored->created;
    const auto rows = listed(store(), query_of("s"));
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0], message);
    const auto got = answer_of<Message>([&](auto answer) { store().get({ "customer" }, { "m" }, std::move(answer)); });
    ASSERT_TRUE(got);
    EXPECT_EQ(*got, message);
}

TEST_P(StoreContract, stamps_strictly_increasing_while_the_clock_stands_and_steps_back)
{
    const auto first = append(store(), message_of("s", "a"));
    const auto second = append(store(), message_of("t", "b"));
    subject_->set_clock(5);
    const auto third = append(store(), message_of("s", "c"));
    ASSERT_TRUE(first && second && third);
    EXPECT_EQ(first->created, WallTime { 1'000'000'000'000'000 });
    EXPECT_EQ(second->created, WallTime { 1'000'000'000'000'001 });
    EXPECT_EQ(third->created, WallTime { 1'000'000'000'000'002 });
}

TEST_P(StoreContract, keeps_rows_and_stamps_above_them_when_reopened_with_an_older_clock)
{
    const auto before = append(store(), message_of("s", "a"));
    ASSERT_TRUE(before);
    subject_->reopen();
    subject_->set_clock(5);
    const auto after = append(store(), message_of("s", "b"));
    ASSERT_TRUE(after);
    EXPECT_EQ(after->created, before->created + Duration(1));
    EXPECT_EQ(ids_of(listed(store(), query_of("s"))), "b a");
}

TEST_P(StoreContract, closing_writes_what_was_queued)
{
    for (int i = 0; i < 300; ++i)
        store().append(message_of("s", std::to_string(i)), [](const auto&) {});
    subject_->reopen();
    EXPECT_EQ(listed(store(), query_of("s")).front().id.value, "299");
}

TEST_P(StoreContract, a_read_sees_every_write_queued_before_it)
{
    for (int i = 0; i < 200; ++i) {
        const std::string id = std::to_string(i);
        store().append(message_of("s", id), [](const auto&) {});
        ASSERT_EQ(ids_of(listed(store(), query_of("s", 1))), id);
    }
}

TEST_P(StoreContract, pages_are_exact_while_rows_arrive_whatever_their_size)
{
    std::string expected;
    for (int i = 0; i < 500; ++i) // All in one microsecond of the clock.
        store().append(message_of("s", std::to_string(i)), [](const auto&) {});
    for (int i = 499; i >= 0; --i)
        expected += " " + std::to_string(i);
    int late = 0;
    for (const std::size_t size : { 1U, 7U, 100U }) {
        MessageQuery query = query_of("s", size);
        query.before = WallTime { 1'000'000'000'000'000 + 500 }; // Where the walk begins.
        std::string walked;
        for (auto rows = listed(store(), query); !rows.empty(); rows = listed(store(), query)) {
            ASSERT_LE(rows.size(), size);
            walked += " " + ids_of(rows);
            query.before = rows.back().created;
            store().append(message_of("s", "late" + std::to_string(late++)), [](const auto&) {});
        }
        EXPECT_EQ(walked, expected) << size;
    }
}

TEST_P(StoreContract, holds_ten_thousand_rows_of_many_sessions_in_order)
{
    for (int i = 0; i < 10'000; ++i) {
        auto committed = [](const Result<Stored>& stored) { EXPECT_TRUE(stored); };
        store().append(message_of("s" + std::to_string(i % 10), std::to_string(i)), committed);
    }
    MessageQuery query = query_of("s3");
    int expected = 9'993;
    for (auto rows = listed(store(), query); !rows.empty(); rows = listed(store(), query)) {
        for (const auto& row : rows) {
            ASSERT_EQ(row.id.value, std::to_string(expected));
            expected -= 10;
        }
        query.before = rows.back().created;
    }
    EXPECT_EQ(expected, -7);
}

TEST_P(StoreContract, a_page_never_exceeds_its_limit)
{
    for (int i = 0; i < 150; ++i)
        store().append(message_of("s", std::to_string(i)), [](const auto&) {});
    EXPECT_EQ(listed(store(), query_of("s", 1'000'000)).size(), max_page_size);
    EXPECT_EQ(listed(store(), query_of("s", 0)).size(), 0U);
}

TEST_P(StoreContract, other_customers_find_nothing)
{
    ASSERT_TRUE(append(store(), message_of("s", "m")));
    ASSERT_TRUE(put(store(), row_of<AiCall>("a")));
    ASSERT_TRUE(put(store(), row_of<Activeflow>("f")));

    MessageQuery query = query_of("s");
    query.customer = { "other" };
    EXPECT_TRUE(listed(store(), query).empty());
    const auto message = answer_of<Message>([&](auto answer) { store().get({ "other" }, { "m" }, std::move(answer)); });
    const auto ai_call
        = answer_of<AiCall>([&](auto answer) { store().get_ai_call({ "other" }, { "a" }, std::move(answer)); });
    const auto flow
        = answer_of<Activeflow>([&](auto answer) { store().get_activeflow({ "other" }, { "f" }, std::move(answer)); });
    ASSERT_FALSE(message || ai_call || flow);
    EXPECT_EQ(message.error().kind, ErrorKind::not_found);
    EXPECT_EQ(ai_call.error().kind, ErrorKind::not_found);
    EXPECT_EQ(flow.error().kind, ErrorKind::not_found);
    const auto calls = answer_of<Page<AiCall>>([&](auto answer) { store().list_ai_calls(query, std::move(answer)); });
    ASSERT_TRUE(calls);
    EXPECT_TRUE(calls->rows.empty());
}

TEST_P(StoreContract, an_id_is_stored_once)
{
    ASSERT_TRUE(append(store(), message_of("s", "m")));
    Message second = message_of("s", "m");
    second.content = "other words";
    const auto again = append(store(), second);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().kind, ErrorKind::conflict);
    ASSERT_TRUE(append(store(), message_of("s", "n")));
    const auto rows = listed(store(), query_of("s"));
    ASSERT_EQ(ids_of(rows), "n m");
    EXPECT_EQ(rows[1].content, "words of m");
}

TEST_P(StoreContract, an_ai_call_is_inserted_and_then_updated)
{
    auto row = row_of<AiCall>("a");
    row.activeflow = { "f" };
    row.call = { "k" };
    row.language = "en-US";
    const auto created = put(store(), row);
    row.status = AiCallStatus::terminated;
    const auto updated = put(store(), row);
    ASSERT_TRUE(created && updated);
    EXPECT_EQ(created->created, updated->created);

    const auto got
        = answer_of<AiCall>([&](auto answer) { store().get_ai_call({ "customer" }, { "a" }, std::move(answer)); });
    ASSERT_TRUE(got);
    row.created = created->created;
    row.updated = row.ended = created->created + Duration(1);
    EXPECT_EQ(*got, row);
}

TEST_P(StoreContract, an_activeflow_ends_and_is_listed)
{
    auto row = row_of<Activeflow>("f");
    row.call = { "k" };
    const auto created = put(store(), row);
    row.running = false;
    ASSERT_TRUE(put(store(), row));
    ASSERT_TRUE(put(store(), row_of<Activeflow>("g")));
    PageQuery query { .customer = { "customer" }, .before = {}, .limit = 10 };
    const auto page
        = answer_of<Page<Activeflow>>([&](auto answer) { store().list_activeflows(query, std::move(answer)); });
    ASSERT_TRUE(page);
    ASSERT_EQ(page->rows.size(), 2U);
    EXPECT_EQ(page->rows[0].id.value, "g");
    EXPECT_FALSE(page->rows[1].running);
    EXPECT_EQ(page->rows[1].created, created->created);
    EXPECT_EQ(page->rows[1].ended, created->created + Duration(1));
}

TEST_P(StoreContract, customers_are_found_and_renamed)
{
    const auto created = put(store(), Customer { .id = { "c" }, .name = "One", .detail = "", .created = {} });
    ASSERT_TRUE(put(store(), Customer { .id = { "c" }, .name = "Two", .detail = "d", .created = {} }));
    const auto got = answer_of<Customer>([&](auto answer) { store().get_customer({ "c" }, std::move(answer)); });
    ASSERT_TRUE(got);
    EXPECT_EQ(got->name, "Two");
    EXPECT_EQ(got->created, created->created);
    const auto none = answer_of<Customer>([&](auto answer) { store().get_customer({ "d" }, std::move(answer)); });
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().kind, ErrorKind::not_found);
    const auto all = answer_of<Page<Customer>>([&](auto answer) { store().list_customers({}, std::move(answer)); });
    ASSERT_TRUE(all);
    EXPECT_EQ(all->rows.size(), 1U);
}

TEST_P(StoreContract, nothing_waits_once_all_was_answered)
{
    ASSERT_TRUE(append(store(), message_of("s", "m")));
    EXPECT_EQ(store().backlog(), 0U);
}

} // namespace
} // namespace parley
