#include "databases/rows.h"

#include "databases/row_codec.h"

#include <algorithm>
#include <limits>

namespace parley {

namespace {

using Step = SqliteStatement::Step;

// A statement that is ready again whatever way the block is left; otherwise its read transaction would go on.
class InUse {
public:
    explicit InUse(SqliteStatement& statement)
        : statement_(statement)
    {
    }
    ~InUse() { statement_.reset(); }
    InUse(const InUse&) = delete;
    InUse& operator=(const InUse&) = delete;

private:
    SqliteStatement& statement_;
};

// Prepares into `to`; keeps the first error.
struct Preparing {
    SqliteConnection& connection;
    std::optional<Error> error {};

    void operator()(SqliteStatement& to, const std::string& sql)
    {
        if (error)
            return;
        auto statement = SqliteStatement::prepare(connection, sql);
        if (statement)
            to = std::move(*statement);
        else
            error = std::move(statement.error());
    }
};

std::string select(std::string_view columns, std::string_view table, std::string_view where)
{
    return "SELECT " + std::string(columns) + " FROM " + std::string(table) + " WHERE " + std::string(where);
}

void prepare_writer(Preparing& prepare, TableWriter& table, std::string_view name, std::string_view columns)
{
    std::string places = "?1";
    for (int i = 2; i <= std::count(columns.begin(), columns.end(), ',') + 1; ++i)
        places += ", ?" + std::to_string(i);
    const std::string into = std::string(name) + " (" + std::string(columns) + ") VALUES (" + places + ")";
    prepare(table.find, select(columns, name, "id = ?1"));
    prepare(table.insert, "INSERT INTO " + into);
    if (name != "messages")
        prepare(table.update, "REPLACE INTO " + into);
}

constexpr std::string_view older = "created < ?3 ORDER BY created DESC LIMIT ?4";

void prepare_reader(
    Preparing& prepare, TableReader& table, std::string_view name, std::string_view columns, std::string_view where)
{
    prepare(table.list, select(columns, name, std::string(where) + std::string(older)));
    prepare(table.get, select(columns, name, "id = ?1"));
}

template <typename Row>
Result<std::optional<Row>> find(SqliteConnection& connection, SqliteStatement& statement, const std::string& id)
{
    const InUse use(statement);
    statement.bind(1, id);
    const Step step = statement.step();
    if (step == Step::done)
        return std::optional<Row> {};
    if (step != Step::row)
        return connection.error("cannot read the log");
    auto row = row_of(statement, static_cast<const Row*>(nullptr));
    if (!row)
        return std::move(row.error());
    return std::optional<Row>(std::move(*row));
}

template <typename Row> Result<Stored> run(SqliteConnection& connection, SqliteStatement& statement, const Row& row)
{
    const InUse use(statement);
    std::string text;
    bind_row(statement, row, text);
    switch (statement.step()) {
    case Step::row:
    case Step::done: return Stored { row.created };
    case Step::constraint: return Error { ErrorKind::conflict, "tm_create: a row of this time is stored already" };
    case Step::failed: break;
    }
    return connection.error("cannot write the log");
}

Message first_row(Message row, WallTime now)
{
    row.created = now;
    return row;
}

Result<Message> updated_row(const Message&, const Message&, WallTime)
{
    return Error { ErrorKind::conflict, "id: a message of this id is stored already" };
}

template <typename Row>
Result<Stored> put_row(SqliteConnection& connection, TableWriter& table, const Row& row, WallTime stamp)
{
    auto stored = find<Row>(connection, table.find, row.id.value);
    if (!stored)
        return std::move(stored.error());
    if (!stored->has_value())
        return run(connection, table.insert, first_row(row, stamp));
    if ((*stored)->created == stamp)
        return Stored { stamp };
    auto updated = updated_row(std::move(**stored), row, stamp);
    if (!updated)
        return std::move(updated.error());
    return run(connection, table.update, *updated);
}

void bind_page(SqliteStatement& statement, const PageQuery& query)
{
    const auto before = query.before ? query.before->microseconds : std::numeric_limits<std::int64_t>::max();
    statement.bind(3, before);
    statement.bind(4, static_cast<std::int64_t>(std::min(query.limit, max_page_size)));
}

// The rows of a statement whose parameters are bound.
template <typename Row> Result<Page<Row>> rows_of(SqliteConnection& connection, SqliteStatement& statement)
{
    const InUse use(statement);
    Page<Row> page;
    for (;;) {
        const Step step = statement.step();
        if (step == Step::done)
            return page;
        if (step != Step::row)
            return connection.error("cannot read the log");
        auto row = row_of(statement, static_cast<const Row*>(nullptr));
        if (!row)
            return std::move(row.error());
        page.rows.push_back(std::move(*row));
    }
}

template <typename Row> Result<Row> owned(
    SqliteConnection& connection, SqliteStatement& statement, const CustomerId& customer, const std::string& id)
{
    auto row = find<Row>(connection, statement, id);
    if (!row)
        return std::move(row.error());
    if (!row->has_value() || (*row)->customer != customer)
        return Error { ErrorKind::not_found, "id: no such row" };
    return std::move(**row);
}

} // namespace

Result<RowWriter> RowWriter::create(SqliteConnection& connection)
{
    RowWriter writer;
    writer.connection_ = &connection;
    Preparing prepare { connection };
    prepare_writer(prepare, writer.messages_, "messages", message_columns);
    prepare_writer(prepare, writer.ai_calls_, "ai_calls", ai_call_columns);
    prepare_writer(prepare, writer.activeflows_, "activeflows", activeflow_columns);
    prepare_writer(prepare, writer.customers_, "customers", customer_columns);
    if (prepare.error)
        return std::move(*prepare.error);
    return writer;
}

Result<Stored> RowWriter::write(const Write& write)
{
    const auto put
        = [&](TableWriter& table, const auto& row) { return put_row(*connection_, table, row, write.stamp); };
    if (const auto* message = std::get_if<Message>(&write.row))
        return put(messages_, *message);
    if (const auto* ai_call = std::get_if<AiCall>(&write.row))
        return put(ai_calls_, *ai_call);
    if (const auto* activeflow = std::get_if<Activeflow>(&write.row))
        return put(activeflows_, *activeflow);
    return put(customers_, std::get<Customer>(write.row));
}

Result<RowReader> RowReader::create(SqliteConnection& connection)
{
    RowReader reader;
    reader.connection_ = &connection;
    Preparing prepare { connection };
    prepare_reader(prepare, reader.messages_, "messages", message_columns, "session = ?1 AND customer = ?2 AND ");
    prepare_reader(prepare, reader.ai_calls_, "ai_calls", ai_call_columns, "customer = ?1 AND ");
    prepare_reader(prepare, reader.activeflows_, "activeflows", activeflow_columns, "customer = ?1 AND ");
    prepare_reader(prepare, reader.customers_, "customers", customer_columns, "");
    if (prepare.error)
        return std::move(*prepare.error);
    return reader;
}

Result<MessagePage> RowReader::list(const MessageQuery& query)
{
    messages_.list.bind(1, query.session.value);
    messages_.list.bind(2, query.customer.value);
    bind_page(messages_.list, query);
    return rows_of<Message>(*connection_, messages_.list);
}

Result<Message> RowReader::get(const CustomerId& customer, const MessageId& id)
{
    return owned<Message>(*connection_, messages_.get, customer, id.value);
}

Result<Page<AiCall>> RowReader::list_ai_calls(const PageQuery& query)
{
    ai_calls_.list.bind(1, query.customer.value);
    bind_page(ai_calls_.list, query);
    return rows_of<AiCall>(*connection_, ai_calls_.list);
}

Result<AiCall> RowReader::get_ai_call(const CustomerId& customer, const AiSessionId& id)
{
    return owned<AiCall>(*connection_, ai_calls_.get, customer, id.value);
}

Result<Page<Activeflow>> RowReader::list_activeflows(const PageQuery& query)
{
    activeflows_.list.bind(1, query.customer.value);
    bind_page(activeflows_.list, query);
    return rows_of<Activeflow>(*connection_, activeflows_.list);
}

Result<Activeflow> RowReader::get_activeflow(const CustomerId& customer, const ActiveflowId& id)
{
    return owned<Activeflow>(*connection_, activeflows_.get, customer, id.value);
}

Result<Page<Customer>> RowReader::list_customers(const PageQuery& query)
{
    bind_page(customers_.list, query);
    return rows_of<Customer>(*connection_, customers_.list);
}

Result<Customer> RowReader::get_customer(const CustomerId& id)
{
    auto row = find<Customer>(*connection_, customers_.get, id.value);
    if (!row)
        return std::move(row.error());
    if (!row->has_value())
        return Error { ErrorKind::not_found, "id: no such row" };
    return std::move(**row);
}

std::string_view list_messages_sql()
{
    static const std::string sql
        = select(message_columns, "messages", "session = ?1 AND customer = ?2 AND " + std::string(older));
    return sql;
}

Result<WallTime> newest_stamp(SqliteConnection& connection)
{
    auto newest = connection.number("SELECT max(ifnull((SELECT max(created) FROM messages), 0),"
                                    " ifnull((SELECT max(created) FROM ai_calls), 0),"
                                    " ifnull((SELECT max(created) FROM activeflows), 0),"
                                    " ifnull((SELECT max(created) FROM customers), 0))");
    if (!newest)
        return std::move(newest.error());
    return WallTime { *newest };
}

} // namespace parley
