#include "rest/queries.h"

#include "base/id.h"
#include "store/page_token.h"

#include <algorithm>
#include <utility>

namespace parley {

namespace {

// An integer of any length as a page size, or nothing.
std::optional<std::size_t> page_size_from(std::string_view text)
{
    const bool negative = text.starts_with('-');
    if (negative)
        text.remove_prefix(1);
    if (text.empty() || !std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }))
        return std::nullopt;
    std::size_t size = 0;
    for (const char c : text)
        size = std::min(size * 10 + static_cast<std::size_t>(c - '0'), max_page_size + 1);
    return negative || size == 0 || size > max_page_size ? max_page_size : size;
}

std::optional<std::string_view> bearer(const RestRequest& request)
{
    constexpr std::string_view scheme = "bearer ";
    const auto header = request.header("Authorization");
    if (!header || header->size() <= scheme.size())
        return std::nullopt;
    const bool is_bearer = std::equal(scheme.begin(), scheme.end(), header->begin(),
        [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b); });
    if (!is_bearer)
        return std::nullopt;
    std::string_view key = header->substr(scheme.size());
    key.remove_prefix(std::min(key.find_first_not_of(' '), key.size()));
    return key.empty() ? std::nullopt : std::optional(key);
}

} // namespace

std::variant<PageQuery, RestError> page_query(const Target& target, const CustomerId& customer)
{
    PageQuery query;
    query.customer = customer;
    if (const auto text = target.parameter("page_size")) {
        const auto size = page_size_from(*text);
        if (!size)
            return invalid_parameter("The page_size is not an integer.");
        query.limit = *size;
    }
    if (const auto text = target.parameter("page_token")) {
        query.before = time_from_text(*text);
        if (!query.before)
            return invalid_parameter("The page_token is not a time as in next_page_token.");
    }
    return query;
}

std::variant<MessageQuery, RestError> message_query(const Target& target, const CustomerId& customer)
{
    const auto session = target.parameter("aicall_id");
    if (!session)
        return missing_parameter("aicall_id");
    MessageQuery query;
    query.session = { id_from(*session) };
    if (query.session.empty())
        return invalid_id("aicall_id");
    auto page = page_query(target, customer);
    if (auto* error = std::get_if<RestError>(&page))
        return std::move(*error);
    static_cast<PageQuery&>(query) = std::get<PageQuery>(std::move(page));
    return query;
}

std::string id_from(std::string_view text)
{
    std::string id = canonical_uuid(text);
    return id == nil_uuid ? std::string() : id;
}

std::optional<std::string_view> credential_of(const RestRequest& request, const Target& target)
{
    for (const auto& found : { cookie(request, "token"), target.parameter("token"), bearer(request),
             cookie(request, "accesskey"), target.parameter("accesskey") })
        if (found)
            return found;
    return std::nullopt;
}

} // namespace parley
