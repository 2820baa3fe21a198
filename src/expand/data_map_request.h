#pragma once

#include "base/result.h"
#include "base/time.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The HTTP request that a webhook of a `data_map` asks for, and how its parts are made fit to be sent.
namespace parley::expand {

struct DataMapRequest {
    std::string method; // Upper case.
    std::string url;    // Without user and password.
    std::string user;   // Empty: none.
    std::string password;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    Duration after {}; // What `@{sleep}` asks to wait before it is sent.

    friend bool operator==(const DataMapRequest&, const DataMapRequest&) = default;
};

// GET, POST, PUT, DELETE or PATCH in any case; empty is GET.
[[nodiscard]] Result<std::string> request_method(std::string_view);

// What a person said may be in it: blanks and signs that no URL has are percent-encoded. `user:password@` moves out.
void set_url(DataMapRequest&, std::string_view url);

// Line ends in a value would begin another header; they become blanks.
void add_header(DataMapRequest&, std::string_view name, std::string_view value);
void add_header_if_missing(DataMapRequest&, std::string_view name, std::string_view value);

} // namespace parley::expand
