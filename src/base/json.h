#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

// JSON as a value. Objects keep the order of their keys, so that what we write is byte-stable.
// The door to the JSON library: no other file includes it.
namespace parley {

class Json {
public:
    using Array = std::vector<Json>;
    using Member = std::pair<std::string, Json>;

    class Object {
    public:
        Object() = default;
        Object(std::initializer_list<Member> members);

        [[nodiscard]] const Json* find(std::string_view key) const;
        [[nodiscard]] Json* find(std::string_view key);
        Json& operator[](std::string_view key); // Appends null if the key is new.
        void erase(std::string_view key);
        [[nodiscard]] bool empty() const { return members_.empty(); }
        [[nodiscard]] std::size_t size() const;
        [[nodiscard]] auto begin() const { return members_.begin(); }
        [[nodiscard]] auto end() const { return members_.end(); }
        auto begin() { return members_.begin(); }
        auto end() { return members_.end(); }
        friend bool operator==(const Object&, const Object&);

    private:
        std::vector<Member> members_;
    };

    Json() = default;
    Json(std::nullptr_t) { }
    Json(bool value)
        : held_(value)
    {
    }
    Json(int value)
        : held_(static_cast<std::int64_t>(value))
    {
    }
    Json(std::int64_t value)
        : held_(value)
    {
    }
    Json(std::size_t value)
        : held_(static_cast<std::int64_t>(value))
    {
    }
    Json(double value)
        : held_(value)
    {
    }
    Json(const char* value)
        : held_(std::string(value))
    {
    }
    Json(std::string_view value)
        : held_(std::string(value))
    {
    }
    Json(std::string value)
        : held_(std::move(value))
    {
    }
    Json(Array value)
        : held_(std::move(value))
    {
    }
    Json(Object value)
        : held_(std::move(value))
    {
    }

    // Strict RFC 8259 in UTF-8, nested at most `max_depth`. The error names the byte offset.
    static constexpr std::size_t max_depth = 64;
    static Result<Json> parse(std::string_view text);

    // Compact. Numbers in their shortest form (`0.3`, never `3E-1`). Invalid UTF-8 becomes U+FFFD.
    [[nodiscard]] std::string dump() const;

    [[nodiscard]] bool is_null() const { return held_.index() == 0; }
    [[nodiscard]] bool is_bool() const { return std::holds_alternative<bool>(held_); }
    [[nodiscard]] bool is_integer() const { return std::holds_alternative<std::int64_t>(held_); }
    [[nodiscard]] bool is_number() const { return is_integer() || std::holds_alternative<double>(held_); }
    [[nodiscard]] bool is_string() const { return std::holds_alternative<std::string>(held_); }
    [[nodiscard]] bool is_array() const { return std::holds_alternative<Array>(held_); }
    [[nodiscard]] bool is_object() const { return std::holds_alternative<Object>(held_); }

    // The value of that kind. Another kind is a broken invariant.
    [[nodiscard]] bool as_bool() const;
    [[nodiscard]] std::int64_t as_integer() const;
    [[nodiscard]] double as_number() const; // Integers too.
    [[nodiscard]] const std::string& as_string() const;
    [[nodiscard]] const Array& as_array() const;
    [[nodiscard]] Array& as_array();
    [[nodiscard]] const Object& as_object() const;
    [[nodiscard]] Object& as_object();

    // The member of an object; nullptr if this is no object or has none of that name.
    [[nodiscard]] const Json* find(std::string_view key) const;
    // The string member of that name, or `fallback` if it is missing or not a string.
    [[nodiscard]] std::string string_or(std::string_view key, std::string_view fallback = "") const;
    // Null becomes an object first.
    Json& operator[](std::string_view key);
    void push_back(Json value); // Null becomes an array first.

    friend bool operator==(const Json& a, const Json& b) { return a.held_ == b.held_; }

private:
    std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> held_;
};

// Replaces what is not valid UTF-8 by U+FFFD.
[[nodiscard]] std::string valid_utf8(std::string_view text);

} // namespace parley
