#pragma once

#include "base/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace parley {

using NamedTexts = std::vector<std::pair<std::string, std::string>>;

// A request as it arrived: nothing decoded.
struct RestRequest {
    std::string method; // "GET"
    std::string target; // "/v1.0/aimessages?aicall_id=…"
    NamedTexts headers;
    std::string body = {};
    std::string ip = {}; // Of the client.

    // The first header of that name, in any case.
    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
};

// Longer targets are answered with 414.
inline constexpr std::size_t max_target_length = 8 * 1024;

// A target taken apart: percent-encoding and, in the query, `+` are decoded.
struct Target {
    std::string path;
    NamedTexts query;

    // The first value of that name. An empty one counts as absent, as clients write `page_token=` for "from the start".
    [[nodiscard]] std::optional<std::string_view> parameter(std::string_view name) const;
};

[[nodiscard]] Result<Target> parse_target(std::string_view);

// The value of one cookie, from all `Cookie` headers (RFC 6265 5.4).
[[nodiscard]] std::optional<std::string_view> cookie(const RestRequest&, std::string_view name);

} // namespace parley
