#include "rest/routes.h"

#include <array>

namespace parley {

namespace {

constexpr std::string_view version_prefix = "/v1.0";
constexpr std::string_view id_place = "{id}";

enum class Prefix : std::uint8_t { none, optional };

struct RouteRow {
    std::string_view path;
    Resource resource;
    Prefix prefix = Prefix::optional;
};

// One row a path. The field spells the messages both ways: its prose with a hyphen, its clients without.
constexpr std::array routes {
    RouteRow { "/ping", Resource::ping, Prefix::none },
    RouteRow { "/ai-messages", Resource::messages },
    RouteRow { "/aimessages", Resource::messages },
    RouteRow { "/ai-messages/{id}", Resource::message },
    RouteRow { "/aimessages/{id}", Resource::message },
    RouteRow { "/aicalls", Resource::ai_calls },
    RouteRow { "/aicalls/{id}", Resource::ai_call },
    RouteRow { "/activeflows", Resource::activeflows },
    RouteRow { "/activeflows/{id}", Resource::activeflow },
    RouteRow { "/ais", Resource::agents },
    RouteRow { "/ais/{id}", Resource::agent },
    RouteRow { "/customers", Resource::customers },
    RouteRow { "/customers/{id}", Resource::customer },
    RouteRow { "/customer", Resource::own_customer },
    RouteRow { "/api/calling/calls", Resource::call_commands, Prefix::none },
};

std::optional<RouteMatch> match(const RouteRow& route, std::string_view path)
{
    if (!route.path.ends_with(id_place))
        return route.path == path ? std::optional(RouteMatch { route.resource, {} }) : std::nullopt;
    const std::string_view before_id = route.path.substr(0, route.path.size() - id_place.size());
    if (!path.starts_with(before_id))
        return std::nullopt;
    path.remove_prefix(before_id.size());
    if (path.empty() || path.find('/') != std::string_view::npos)
        return std::nullopt;
    return RouteMatch { route.resource, std::string(path) };
}

} // namespace

std::optional<RouteMatch> route_of(std::string_view path)
{
    const bool prefixed = path.starts_with(version_prefix) && path.substr(version_prefix.size()).starts_with('/');
    if (prefixed)
        path.remove_prefix(version_prefix.size());
    for (const RouteRow& route : routes)
        if (route.prefix == Prefix::optional || !prefixed)
            if (auto matched = match(route, path))
                return matched;
    return std::nullopt;
}

} // namespace parley
