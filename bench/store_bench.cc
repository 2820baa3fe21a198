// room: databases
#include "databases/sqlite_store.h"

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <string>

// What the log costs: rows a second, one at a time and in a stream; a page out of a hundred thousand rows.
namespace {

using namespace parley;

class OnDisk {
public:
    explicit OnDisk(Durability durability)
    {
        std::string name = (std::filesystem::temp_directory_path() / "parley-bench-XXXXXX").string();
        path_ = ::mkdtemp(name.data());
        SqliteOptions options;
        options.durability = durability;
        options.queue_limit = 200'000;
        store_ = std::move(*SqliteStore::create((path_ / "log.db").string(), std::move(options)));
    }
    ~OnDisk()
    {
        store_.reset();
        std::filesystem::remove_all(path_);
    }
    OnDisk(const OnDisk&) = delete;
    OnDisk& operator=(const OnDisk&) = delete;

    MessageStore& store() { return *store_; }

private:
    std::filesystem::path path_;
    std::unique_ptr<MessageStore> store_;
};

Message message_of(IdSource& ids, const std::string& session)
{
    Message message;
    message.id = { ids.uuid() };
    message.customer = { "11111111-1111-4111-8111-111111111111" };
    message.session = { session };
    message.activeflow = { "cccccccc-cccc-4ccc-8ccc-cccccccccccc" };
    message.role = Role::user;
    message.content = "I would like to know what my balance is, please, and when the next payment is due.";
    return message;
}

void wait_for(MessageStore& store, Message message)
{
    std::promise<void> committed;
    store.append(std::move(message), [&](const Result<Stored>&) { committed.set_value(); });
    committed.get_future().wait();
}

// Each row waits for its own commit.
void append_one_by_one(benchmark::State& state)
{
    OnDisk disk(static_cast<Durability>(state.range(0)));
    IdSource ids(1);
    for (auto _ : state)
        wait_for(disk.store(), message_of(ids, "s"));
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(append_one_by_one)
    ->Arg(static_cast<int>(Durability::process_death))
    ->Arg(static_cast<int>(Durability::power_loss))
    ->UseRealTime();

// Two thousand rows as fast as they can be queued, until the last is committed.
void append_stream(benchmark::State& state)
{
    OnDisk disk(static_cast<Durability>(state.range(0)));
    IdSource ids(1);
    constexpr int rows = 2'000;
    for (auto _ : state) {
        for (int i = 1; i < rows; ++i)
            disk.store().append(message_of(ids, "s" + std::to_string(i % 100)), [](const Result<Stored>&) {});
        wait_for(disk.store(), message_of(ids, "s"));
    }
    state.SetItemsProcessed(state.iterations() * rows);
}
BENCHMARK(append_stream)
    ->Arg(static_cast<int>(Durability::process_death))
    ->Arg(static_cast<int>(Durability::power_loss))
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

// The newest page of one session of a hundred, among a hundred thousand rows.
void list_page(benchmark::State& state)
{
    static OnDisk disk(Durability::process_death);
    static const bool filled = [] {
        IdSource ids(1);
        for (int i = 0; i < 100'000; ++i)
            disk.store().append(message_of(ids, "s" + std::to_string(i % 100)), [](const Result<Stored>&) {});
        wait_for(disk.store(), message_of(ids, "last"));
        return true;
    }();
    benchmark::DoNotOptimize(filled);
    MessageQuery query;
    query.customer = { "11111111-1111-4111-8111-111111111111" };
    query.session = { "s42" };
    query.limit = static_cast<std::size_t>(state.range(0));
    for (auto _ : state) {
        std::promise<std::size_t> listed;
        disk.store().list(
            query, [&](const Result<MessagePage>& page) { listed.set_value(page ? page->rows.size() : 0); });
        if (listed.get_future().get() != query.limit)
            state.SkipWithError("the page is not whole");
    }
}
BENCHMARK(list_page)->Arg(1)->Arg(100)->UseRealTime();

} // namespace

BENCHMARK_MAIN();
