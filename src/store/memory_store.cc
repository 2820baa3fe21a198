#include "store/memory_store.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace parley {

namespace {

// Rows in the order of their times, found by their id.
template <typename Row> class Table {
public:
    [[nodiscard]] Row* find(const std::string& id)
    {
        const auto at = by_id_.find(id);
        return at == by_id_.end() ? nullptr : &rows_[at->second];
    }

    void insert(Row row)
    {
        by_id_.emplace(row.id.value, rows_.size());
        rows_.push_back(std::move(row));
    }

    template <typename Wanted> [[nodiscard]] Page<Row> page(const PageQuery& query, Wanted wanted) const
    {
        Page<Row> page;
        const std::size_t limit = std::min(query.limit, max_page_size);
        for (auto row = rows_.rbegin(); row != rows_.rend() && page.rows.size() < limit; ++row)
            if ((!query.before || row->created < *query.before) && wanted(*row))
                page.rows.push_back(*row);
        return page;
    }

private:
    std::vector<Row> rows_;
    std::unordered_map<std::string, std::size_t> by_id_;
};

template <typename Row> Result<Stored> put_row(Table<Row>& table, Row row, WallTime now)
{
    Row* stored = table.find(row.id.value);
    if (stored == nullptr) {
        table.insert(first_row(std::move(row), now));
        return Stored { now };
    }
    auto updated = updated_row(*stored, row, now);
    if (!updated)
        return std::move(updated.error());
    *stored = std::move(*updated);
    return Stored { stored->created };
}

template <typename Row> Result<Row> owned(Table<Row>& table, const CustomerId& customer, const std::string& id)
{
    const Row* row = table.find(id);
    if (row == nullptr || row->customer != customer)
        return Error { ErrorKind::not_found, "id: no such row" };
    return *row;
}

} // namespace

struct MemoryStore::Tables {
    Table<Message> messages;
    Table<AiCall> ai_calls;
    Table<Activeflow> activeflows;
    Table<Customer> customers;
};

MemoryStore::MemoryStore(std::function<WallTime()> wall_clock)
    : wall_clock_(std::move(wall_clock))
    , tables_(std::make_unique<Tables>())
{
}

MemoryStore::~MemoryStore() = default;

void MemoryStore::append(Message message, Answer<Stored> committed)
{
    if (tables_->messages.find(message.id.value) != nullptr) {
        committed(Error { ErrorKind::conflict, "id: a message of this id is stored already" });
        return;
    }
    const WallTime now = stamp_.next(wall_clock_());
    message.created = now;
    tables_->messages.insert(std::move(message));
    committed(Stored { now });
}

void MemoryStore::list(MessageQuery query, Answer<MessagePage> answer)
{
    answer(tables_->messages.page(
        query, [&](const Message& row) { return row.session == query.session && row.customer == query.customer; }));
}

void MemoryStore::get(CustomerId customer, MessageId id, Answer<Message> answer)
{
    answer(owned(tables_->messages, customer, id.value));
}

void MemoryStore::put(AiCall row, Answer<Stored> committed)
{
    committed(put_row(tables_->ai_calls, std::move(row), stamp_.next(wall_clock_())));
}

void MemoryStore::list_ai_calls(PageQuery query, Answer<Page<AiCall>> answer)
{
    answer(tables_->ai_calls.page(query, [&](const AiCall& row) { return row.customer == query.customer; }));
}

void MemoryStore::get_ai_call(CustomerId customer, AiSessionId id, Answer<AiCall> answer)
{
    answer(owned(tables_->ai_calls, customer, id.value));
}

void MemoryStore::put(Activeflow row, Answer<Stored> committed)
{
    committed(put_row(tables_->activeflows, std::move(row), stamp_.next(wall_clock_())));
}

void MemoryStore::list_activeflows(PageQuery query, Answer<Page<Activeflow>> answer)
{
    answer(tables_->activeflows.page(query, [&](const Activeflow& row) { return row.customer == query.customer; }));
}

void MemoryStore::get_activeflow(CustomerId customer, ActiveflowId id, Answer<Activeflow> answer)
{
    answer(owned(tables_->activeflows, customer, id.value));
}

void MemoryStore::put(Customer row, Answer<Stored> committed)
{
    committed(put_row(tables_->customers, std::move(row), stamp_.next(wall_clock_())));
}

void MemoryStore::list_customers(PageQuery query, Answer<Page<Customer>> answer)
{
    answer(tables_->customers.page(query, [](const Customer&) { return true; }));
}

void MemoryStore::get_customer(CustomerId id, Answer<Customer> answer)
{
    const Customer* row = tables_->customers.find(id.value);
    if (row == nullptr)
        answer(Error { ErrorKind::not_found, "id: no such row" });
    else
        answer(*row);
}

} // namespace parley
