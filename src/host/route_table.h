#pragma once

#include "base/id.h"

#include <string>
#include <unordered_map>
#include <utility>

// Who gets a call: what was dialled (a number or a SIP user) -> a project's RELAY context. Fixed after construction.
namespace parley {

struct Route {
    ProjectId project;
    CustomerId customer;
    ContextName context;
};

class RouteTable {
public:
    void add(std::string dialled, Route route) { routes_.insert_or_assign(std::move(dialled), std::move(route)); }

    // nullptr: nobody, SIP 404.
    [[nodiscard]] const Route* find(const std::string& dialled) const
    {
        const auto found = routes_.find(dialled);
        return found == routes_.end() ? nullptr : &found->second;
    }

    // The calls of a trunk to what is not routed itself.
    void add_trunk(std::string name, Route route) { trunks_.insert_or_assign(std::move(name), std::move(route)); }
    [[nodiscard]] const Route* of_trunk(const std::string& name) const
    {
        const auto found = trunks_.find(name);
        return found == trunks_.end() ? nullptr : &found->second;
    }

private:
    std::unordered_map<std::string, Route> routes_;
    std::unordered_map<std::string, Route> trunks_;
};

} // namespace parley
