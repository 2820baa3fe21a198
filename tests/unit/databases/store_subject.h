#pragma once

#include "databases/sqlite_store.h"
#include "store/memory_store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <memory>
#include <string>

// What the tests of stores have in common: a directory of their own, a clock that they set, answers that they wait for.
namespace parley {

class TemporaryDirectory {
public:
    TemporaryDirectory()
    {
        std::string name = (std::filesystem::temp_directory_path() / "parley-store-XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }
    ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

// Waits for the answer that `ask` hands its callback to.
template <typename T, typename Ask> Result<T> answer_of(Ask ask)
{
    auto promise = std::make_shared<std::promise<Result<T>>>(); // Shared with the callback, which must be copyable.
    auto future = promise->get_future();
    ask([promise](Result<T> answer) { promise->set_value(std::move(answer)); });
    return future.get();
}

inline Result<Stored> append(MessageStore& store, Message message)
{
    return answer_of<Stored>([&](auto answer) { store.append(std::move(message), answer); });
}

template <typename Row> Result<Stored> put(MessageStore& store, Row row)
{
    return answer_of<Stored>([&](auto answer) { store.put(std::move(row), answer); });
}

inline std::vector<Message> listed(MessageStore& store, MessageQuery query)
{
    auto page = answer_of<MessagePage>([&](auto answer) { store.list(std::move(query), answer); });
    EXPECT_TRUE(page) << (page ? "" : page.error().what);
    return page ? std::move(page->rows) : std::vector<Message> {};
}

inline MessageQuery query_of(const std::string& session, std::size_t limit = max_page_size)
{
    MessageQuery query;
    query.customer = { "customer" };
    query.session = { session };
    query.limit = limit;
    return query;
}

inline Message message_of(const std::string& session, const std::string& id)
{
    Message message;
    message.id = { id };
    message.customer = { "customer" };
    message.session = { session };
    message.activeflow = { "flow" };
    message.role = Role::user;
    message.content = "words of " + id;
    return message;
}

// An `AiCall` or an `Activeflow`.
template <typename Row> Row row_of(const std::string& id)
{
    Row row;
    row.id = { id };
    row.customer = { "customer" };
    return row;
}

inline std::string ids_of(const std::vector<Message>& rows)
{
    std::string ids;
    for (const auto& row : rows)
        ids += (ids.empty() ? "" : " ") + row.id.value;
    return ids;
}

} // namespace parley
