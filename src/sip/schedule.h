#pragma once

#include "base/time.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace parley::sip {

// The deadlines of many machines in order of time, then of number: one timer serves them all.
class Schedule {
public:
    void set(std::uint64_t number, std::optional<Instant> when)
    {
        const auto found = deadlines_.find(number);
        if (found != deadlines_.end()) {
            if (when == found->second)
                return;
            order_.erase({ found->second, number });
            deadlines_.erase(found);
        }
        if (when) {
            deadlines_.emplace(number, *when);
            order_.emplace(*when, number);
        }
    }

    [[nodiscard]] std::optional<Instant> next() const
    {
        return order_.empty() ? std::nullopt : std::optional(order_.begin()->first);
    }

    // Whose deadline is the earliest, if it is not later than `now`.
    [[nodiscard]] std::optional<std::uint64_t> due(Instant now) const
    {
        if (order_.empty() || order_.begin()->first > now)
            return {};
        return order_.begin()->second;
    }

private:
    std::map<std::uint64_t, Instant> deadlines_;
    std::set<std::pair<Instant, std::uint64_t>> order_;
};

} // namespace parley::sip
