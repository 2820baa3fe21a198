#pragma once

#include "rest/request.h"
#include "rest/response.h"
#include "store/message_store.h"

#include <string>
#include <string_view>
#include <variant>

// What a request asks for, as the store understands it.
namespace parley {

// `page_size` and `page_token` of the customer's rows. A size beyond 1..100 becomes 100.
[[nodiscard]] std::variant<PageQuery, RestError> page_query(const Target&, const CustomerId&);

// The same and `aicall_id`.
[[nodiscard]] std::variant<MessageQuery, RestError> message_query(const Target&, const CustomerId&);

// A UUID in canonical form, "" if it is none or the nil UUID.
[[nodiscard]] std::string id_from(std::string_view text);

// The secret that came with a request: `token` in a cookie, the query or as Bearer, else `accesskey` in a cookie or the
// query. All of them are access keys; the first that is there counts.
[[nodiscard]] std::optional<std::string_view> credential_of(const RestRequest&, const Target&);

} // namespace parley
