#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

namespace parley {

// A function that can be moved but not copied, so that it may own what it works on (a `unique_ptr`, a responder).
template <typename Signature> class UniqueFunction;

template <typename R, typename... Args> class UniqueFunction<R(Args...)> {
public:
    UniqueFunction() = default;
    UniqueFunction(std::nullptr_t) { }

    template <typename F>
    requires(!std::same_as<std::remove_cvref_t<F>, UniqueFunction> && std::is_invocable_r_v<R, F&, Args...>)
        UniqueFunction(F&& function)
        : held_(std::make_unique<Holder<std::remove_cvref_t<F>>>(std::forward<F>(function)))
    {
    }

    explicit operator bool() const { return held_ != nullptr; }

    // Must hold a function.
    R operator()(Args... args) { return held_->invoke(std::forward<Args>(args)...); }

private:
    struct Base {
        virtual ~Base() = default;
        virtual R invoke(Args... args) = 0;
    };
    template <typename F> struct Holder final : Base {
        explicit Holder(F&& function)
            : f(std::move(function))
        {
        }
        explicit Holder(const F& function)
            : f(function)
        {
        }
        R invoke(Args... args) override { return std::invoke(f, std::forward<Args>(args)...); }

        F f;
    };

    std::unique_ptr<Base> held_;
};

// Work handed to another thread's loop.
using Task = UniqueFunction<void()>;

} // namespace parley
