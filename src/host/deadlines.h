#pragma once

#include "base/time.h"

#include <map>
#include <optional>
#include <set>
#include <utility>

namespace parley {

// When each of many has to be woken: one timer is enough for all of them.
template <typename Key> class Deadlines {
public:
    // Replaces what was set; nothing: not to be woken.
    void set(const Key& key, std::optional<Instant> when)
    {
        const auto known = of_.find(key);
        if (known != of_.end() && when == known->second)
            return;
        if (known != of_.end()) {
            order_.erase({ known->second, key });
            if (!when)
                of_.erase(known);
        }
        if (when) {
            of_.insert_or_assign(key, *when);
            order_.emplace(*when, key);
        }
    }

    [[nodiscard]] std::optional<Instant> first() const
    {
        return order_.empty() ? std::nullopt : std::optional(order_.begin()->first);
    }

    // One that is due, the one that was due first; it is then no longer set.
    [[nodiscard]] std::optional<Key> take_due(Instant now)
    {
        if (order_.empty() || order_.begin()->first > now)
            return std::nullopt;
        const Key key = order_.begin()->second;
        order_.erase(order_.begin());
        of_.erase(key);
        return key;
    }

private:
    std::map<Key, Instant> of_;
    std::set<std::pair<Instant, Key>> order_;
};

} // namespace parley
