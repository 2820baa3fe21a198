#pragma once

#include "base/time.h"

#include <array>
#include <cstddef>
#include <optional>

namespace parley::sip {

// The timers of one machine, indexed by an enum that ends in `count`. Timers due at the same moment fire in its order.
template <typename Timer> class TimerTable {
public:
    void set(Timer timer, Instant when) { due_[index(timer)] = when; }
    void clear(Timer timer) { due_[index(timer)].reset(); }
    void clear_all() { due_ = {}; }
    [[nodiscard]] bool is_set(Timer timer) const { return due_[index(timer)].has_value(); }

    [[nodiscard]] std::optional<Instant> next() const
    {
        const auto timer = earliest();
        return timer ? due_[index(*timer)] : std::nullopt;
    }

    struct Fired {
        Timer timer;
        Instant when; // What follows is counted from here, however late the carrier came.
    };

    // Takes the earliest timer that is due out of the table.
    std::optional<Fired> take_due(Instant now)
    {
        const auto timer = earliest();
        if (!timer || *due_[index(*timer)] > now)
            return {};
        const Fired fired { *timer, *due_[index(*timer)] };
        clear(*timer);
        return fired;
    }

private:
    static constexpr std::size_t index(Timer timer) { return static_cast<std::size_t>(timer); }

    [[nodiscard]] std::optional<Timer> earliest() const
    {
        std::optional<Timer> found;
        for (std::size_t i = 0; i < due_.size(); ++i)
            if (due_[i] && (!found || *due_[i] < *due_[index(*found)]))
                found = static_cast<Timer>(i);
        return found;
    }

    std::array<std::optional<Instant>, static_cast<std::size_t>(Timer::count)> due_ {};
};

} // namespace parley::sip
