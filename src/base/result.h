#pragma once

#include "base/error.h"

#include <utility>
#include <variant>

namespace parley {

// A value, or why there is none. Reading the wrong side is a broken invariant.
template <typename T> class [[nodiscard]] Result {
public:
    using value_type = T;

    Result(T value)
        : held_(std::in_place_index<0>, std::move(value))
    {
    }
    Result(Error error)
        : held_(std::in_place_index<1>, std::move(error))
    {
    }

    [[nodiscard]] bool has_value() const { return held_.index() == 0; }
    explicit operator bool() const { return has_value(); }

    T& value() & { return checked(); }
    const T& value() const& { return const_cast<Result*>(this)->checked(); }
    T&& value() && { return std::move(checked()); }
    T& operator*() & { return checked(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(checked()); }
    T* operator->() { return &checked(); }
    const T* operator->() const { return &value(); }

    Error& error()
    {
        VERIFY(!has_value());
        return *std::get_if<1>(&held_);
    }
    [[nodiscard]] const Error& error() const { return const_cast<Result*>(this)->error(); }

private:
    T& checked()
    {
        VERIFY(has_value());
        return *std::get_if<0>(&held_);
    }

    std::variant<T, Error> held_;
};

template <> class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error)
        : held_(std::move(error))
    {
    }

    [[nodiscard]] bool has_value() const { return held_.index() == 0; }
    explicit operator bool() const { return has_value(); }
    [[nodiscard]] const Error& error() const
    {
        VERIFY(!has_value());
        return *std::get_if<Error>(&held_);
    }

private:
    std::variant<std::monostate, Error> held_;
};

} // namespace parley
