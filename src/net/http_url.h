#pragma once

#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

// An http or https URL taken apart for a request. For the .cc files of `net/` alone.
namespace parley {

struct HttpUrl {
    std::string text; // Without user and fragment; path and query byte for byte.
    std::string scheme;
    std::string host; // Lower case, without brackets; numeric spellings of IPv4 in dotted form.
    std::uint16_t port = 0;
    std::optional<std::pair<std::string, std::string>> user; // Decoded name and password.

    [[nodiscard]] bool same_origin(const HttpUrl& other) const
    {
        return scheme == other.scheme && host == other.host && port == other.port;
    }
};

[[nodiscard]] Result<HttpUrl> parse_http_url(const std::string&);

// `location` of a redirect, seen from the URL that answered it.
[[nodiscard]] Result<HttpUrl> follow_location(const HttpUrl& from, const std::string& location);

} // namespace parley
