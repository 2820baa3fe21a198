#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Which resource a path names.
namespace parley {

enum class Resource : std::uint8_t {
    ping,
    messages,
    message,
    ai_calls,
    ai_call,
    activeflows,
    activeflow,
    customers, // Those that the caller may see: itself.
    customer,  // By id.
    own_customer,
    call_commands,
    agents, // Stored ones.
    agent,
};

struct RouteMatch {
    Resource resource;
    std::string id; // As it stood in the path; empty if the route has none.
};

[[nodiscard]] std::optional<RouteMatch> route_of(std::string_view path);

} // namespace parley
