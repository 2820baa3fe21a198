#include "store/ai_call.h"

#include <array>
#include <utility>

namespace parley {

namespace {

constexpr std::array<std::string_view, 4> status_names { "initiating", "progressing", "terminating", "terminated" };

bool is_over(const AiCall& row)
{
    return row.status == AiCallStatus::terminated;
}
bool is_over(const Activeflow& row)
{
    return !row.running;
}

template <typename Row> Row first(Row row, WallTime now)
{
    row.created = now;
    row.updated.reset();
    if (is_over(row) && !row.ended)
        row.ended = now;
    return row;
}

template <typename Row> void update_times(Row& stored, const Row& update, WallTime now)
{
    stored.updated = now;
    if (!stored.ended && is_over(stored))
        stored.ended = update.ended ? update.ended : now;
}

template <typename Row> std::optional<Error> foreign(const Row& stored, const Row& update)
{
    if (stored.customer == update.customer)
        return std::nullopt;
    return Error { ErrorKind::conflict, "customer: the row belongs to another customer" };
}

} // namespace

std::string_view to_string(AiCallStatus status)
{
    return status_names.at(static_cast<std::size_t>(status));
}

std::optional<AiCallStatus> ai_call_status_from(std::string_view text)
{
    for (std::size_t i = 0; i < status_names.size(); ++i)
        if (status_names[i] == text)
            return static_cast<AiCallStatus>(i);
    return std::nullopt;
}

AiCall first_row(AiCall row, WallTime now)
{
    return first(std::move(row), now);
}
Activeflow first_row(Activeflow row, WallTime now)
{
    return first(std::move(row), now);
}

Customer first_row(Customer row, WallTime now)
{
    row.created = now;
    return row;
}

Result<AiCall> updated_row(AiCall stored, const AiCall& update, WallTime now)
{
    if (auto error = foreign(stored, update))
        return std::move(*error);
    if (!is_over(stored))
        stored.status = update.status;
    update_times(stored, update, now);
    return stored;
}

Result<Activeflow> updated_row(Activeflow stored, const Activeflow& update, WallTime now)
{
    if (auto error = foreign(stored, update))
        return std::move(*error);
    stored.running = stored.running && update.running;
    update_times(stored, update, now);
    return stored;
}

Result<Customer> updated_row(Customer stored, const Customer& update, WallTime)
{
    stored.name = update.name;
    stored.detail = update.detail;
    return stored;
}

} // namespace parley
