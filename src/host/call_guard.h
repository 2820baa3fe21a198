#pragma once

#include "base/error.h"

#include <functional>
#include <memory>
#include <utility>

// What stands between a loop and the insides of one owner: nothing enters after the owner is gone, and a broken
// invariant ends the owner, never the thread.
namespace parley {

class CallGuard {
public:
    using Broken = std::function<void(const BrokenInvariant&)>;

    explicit CallGuard(Broken broken)
        : state_(std::make_shared<State>(State { std::move(broken) }))
    {
    }

    // A function with the same parameters that does nothing once the guard is gone or something broke.
    template <typename F> [[nodiscard]] auto wrap(F function) const
    {
        return [watched = std::weak_ptr<State>(state_), function = std::move(function)](auto&&... arguments) mutable {
            const auto state = watched.lock();
            if (!state || state->is_broken)
                return;
            try {
                function(std::forward<decltype(arguments)>(arguments)...);
            } catch (const BrokenInvariant& invariant) {
                state->is_broken = true;
                state->broken(invariant);
            }
        };
    }

    // From now on as if the guard were gone.
    void disarm() { state_.reset(); }

    // Runs it now, under the same conditions.
    template <typename F> void run(F function) const { wrap(std::move(function))(); }

private:
    struct State {
        Broken broken;
        bool is_broken = false;
    };
    std::shared_ptr<State> state_; // Watched by what is still under way.
};

} // namespace parley
