#pragma once

#include "base/socket_address.h"

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The values that an HTTP server and client exchange with us, and the spelling of URLs.
namespace parley {

// In the order of arrival. Names compare without case.
class HttpHeaders {
public:
    HttpHeaders() = default;
    HttpHeaders(std::initializer_list<std::pair<std::string, std::string>> fields)
        : fields_(fields)
    {
    }

    void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
    void set(std::string name, std::string value); // Replaces all of that name.
    void remove(std::string_view name);

    // The first of that name.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
    [[nodiscard]] bool contains(std::string_view name) const { return find(name).has_value(); }

    [[nodiscard]] auto begin() const { return fields_.begin(); }
    [[nodiscard]] auto end() const { return fields_.end(); }
    [[nodiscard]] std::size_t size() const { return fields_.size(); }

private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

struct HttpRequest {
    std::string method; // Upper case as sent: "GET".
    std::string target; // As sent: path and query.
    HttpHeaders headers;
    std::string body;
    SocketAddress peer;

    [[nodiscard]] std::string_view path() const;  // Raw, before '?'.
    [[nodiscard]] std::string_view query() const; // Raw, after '?'; may be empty.
};

struct HttpResponse {
    int status = 200;
    HttpHeaders headers;
    std::string body;
};

[[nodiscard]] std::string_view http_reason(int status);
[[nodiscard]] bool equal_ignoring_case(std::string_view, std::string_view);

// "%41" becomes "A"; nothing for a broken escape. In a query '+' means a space.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view, bool plus_is_space = false);
[[nodiscard]] std::string percent_encode(std::string_view); // All but the unreserved characters of RFC 3986 2.3.

// "/a/b%20c" becomes {"a", "b c"}; nothing if an escape is broken. Empty segments are kept except the last.
[[nodiscard]] std::optional<std::vector<std::string>> path_segments(std::string_view path);

// Decoded names and values in order. Nothing if an escape is broken.
[[nodiscard]] std::optional<std::vector<std::pair<std::string, std::string>>> query_fields(std::string_view query);

// `Authorization: Basic ...`: user and password, or nothing.
[[nodiscard]] std::optional<std::pair<std::string, std::string>> basic_credentials(const HttpHeaders&);
[[nodiscard]] std::string basic_authorization(std::string_view user, std::string_view password);

} // namespace parley
