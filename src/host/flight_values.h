#pragma once

#include "agent/ai_session.h"
#include "base/json.h"
#include "base/result.h"
#include "host/flight_names.h"

#include <boost/pfr/core.hpp>

#include <concepts>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

// Values of machines as JSON and back, for `flight_codec.cc` alone: a struct becomes the array of its members, an
// alternative {"Name": value}. What a struct holds is asked of the struct itself, so that no list has to follow it.
namespace parley::flight {

template <typename T> struct Value; // One specialisation for each kind of value: `write` and `read`.

template <typename T> Json write(const T& value)
{
    return Value<T>::write(value);
}
// False: `json` is no such value.
template <typename T> [[nodiscard]] bool read(const Json& json, T& into)
{
    return Value<T>::read(json, into);
}

// Something to read into; of types that have no default value of their own.
template <typename T> T blank()
{
    return T {};
}
template <> inline agent::ToolReturned blank()
{
    return { "", Error {} };
}

template <> struct Value<bool> {
    static Json write(bool value) { return value; }
    static bool read(const Json& json, bool& into) { return json.is_bool() && (into = json.as_bool(), true); }
};
template <std::integral T> struct Value<T> {
    static Json write(T value) { return static_cast<std::int64_t>(value); }
    static bool read(const Json& json, T& into)
    {
        return json.is_integer() && (into = static_cast<T>(json.as_integer()), true);
    }
};
template <typename T>
requires std::is_enum_v<T>
struct Value<T> {
    static Json write(T value) { return static_cast<std::int64_t>(value); }
    static bool read(const Json& json, T& into)
    {
        return json.is_integer() && (into = static_cast<T>(json.as_integer()), true);
    }
};
template <std::floating_point T> struct Value<T> {
    static Json write(T value) { return static_cast<double>(value); }
    static bool read(const Json& json, T& into)
    {
        return json.is_number() && (into = static_cast<T>(json.as_number()), true);
    }
};
template <> struct Value<std::string> {
    static Json write(const std::string& value) { return value; }
    static bool read(const Json& json, std::string& into)
    {
        return json.is_string() && (into = json.as_string(), true);
    }
};
template <> struct Value<Duration> {
    static Json write(Duration value) { return static_cast<std::int64_t>(value.count()); }
    static bool read(const Json& json, Duration& into)
    {
        return json.is_integer() && (into = Duration(json.as_integer()), true);
    }
};
template <> struct Value<Instant> {
    static Json write(Instant value) { return flight::write(value.time_since_epoch()); }
    static bool read(const Json& json, Instant& into)
    {
        Duration since {};
        return flight::read(json, since) && (into = Instant(since), true);
    }
};
template <> struct Value<Json> {
    static Json write(const Json& value) { return value; }
    static bool read(const Json& json, Json& into) { return (into = json, true); }
};
template <> struct Value<Json::Object> {
    static Json write(const Json::Object& value) { return value; }
    static bool read(const Json& json, Json::Object& into)
    {
        return json.is_object() && (into = json.as_object(), true);
    }
};
// A secret that no machine looks at: the place of its owner is kept, its words are not.
template <> struct Value<WebHook> {
    static Json write(const WebHook& value) { return value.url; }
    static bool read(const Json& json, WebHook& into) { return flight::read(json, into.url); }
};
template <> struct Value<std::monostate> {
    static Json write(std::monostate) { return nullptr; }
    static bool read(const Json& json, std::monostate&) { return json.is_null(); }
};

template <typename T> struct Value<std::optional<T>> {
    static Json write(const std::optional<T>& value)
    {
        return value ? Json(Json::Array { flight::write(*value) }) : Json();
    }
    static bool read(const Json& json, std::optional<T>& into)
    {
        into.reset();
        if (json.is_null())
            return true;
        return json.is_array() && json.as_array().size() == 1
            && flight::read(json.as_array()[0], into.emplace(blank<T>()));
    }
};

// Vectors, deques, sets, maps: each element is read into a value of its own, then put in.
template <typename Container, typename Element> struct Sequence {
    static Json write(const Container& values)
    {
        Json::Array out;
        for (const auto& value : values)
            out.push_back(flight::write<Element>(value));
        return out;
    }
    static bool read(const Json& json, Container& into)
    {
        into.clear();
        if (!json.is_array())
            return false;
        for (const Json& each : json.as_array()) {
            Element element = blank<Element>();
            if (!flight::read(each, element))
                return false;
            into.insert(into.end(), std::move(element));
        }
        return true;
    }
};
template <typename T> struct Value<std::vector<T>> : Sequence<std::vector<T>, T> {
};
template <typename T> struct Value<std::deque<T>> : Sequence<std::deque<T>, T> {
};
template <typename T> struct Value<std::set<T>> : Sequence<std::set<T>, T> {
};
template <typename K, typename V> struct Value<std::map<K, V>> : Sequence<std::map<K, V>, std::pair<K, V>> {
};

template <typename A, typename B> struct Value<std::pair<A, B>> {
    static Json write(const std::pair<A, B>& value)
    {
        return Json::Array { flight::write<A>(value.first), flight::write(value.second) };
    }
    static bool read(const Json& json, std::pair<A, B>& into)
    {
        return json.is_array() && json.as_array().size() == 2 && flight::read(json.as_array()[0], into.first)
            && flight::read(json.as_array()[1], into.second);
    }
};

template <typename... Ts> struct Value<std::variant<Ts...>> {
    static Json write(const std::variant<Ts...>& value)
    {
        return std::visit(
            []<typename T>(const T& held) {
                return Json(Json::Object { { std::string(type_name<T>()), flight::write(held) } });
            },
            value);
    }
    static bool read(const Json& json, std::variant<Ts...>& into)
    {
        if (!json.is_object() || json.as_object().size() != 1)
            return false;
        const auto& [name, held] = *json.as_object().begin();
        return (read_as<Ts>(name, held, into) || ...);
    }

private:
    template <typename T> static bool read_as(const std::string& name, const Json& held, std::variant<Ts...>& into)
    {
        if (name != type_name<T>())
            return false;
        T value = blank<T>();
        return flight::read(held, value) && (into = std::move(value), true);
    }
};

template <typename T> struct Value<Result<T>> {
    static Json write(const Result<T>& value)
    {
        return value ? Json(Json::Object { { "value", flight::write(*value) } })
                     : Json(Json::Object { { "error", flight::write(value.error()) } });
    }
    static bool read(const Json& json, Result<T>& into)
    {
        Error error {};
        T value = blank<T>();
        if (const Json* held = json.find("value"))
            return flight::read(*held, value) && (into = std::move(value), true);
        const Json* why = json.find("error");
        return why && flight::read(*why, error) && (into = std::move(error), true);
    }
};

template <typename T>
requires std::is_aggregate_v<T>
struct Value<T> {
    static Json write(const T& value)
    {
        Json::Array out;
        if constexpr (!std::is_empty_v<T>)
            boost::pfr::for_each_field(value, [&](const auto& member) { out.push_back(flight::write(member)); });
        return out;
    }
    static bool read(const Json& json, T& into)
    {
        if (!json.is_array())
            return false;
        const Json::Array& members = json.as_array();
        if constexpr (std::is_empty_v<T>) {
            return members.empty();
        } else {
            if (members.size() != boost::pfr::tuple_size_v<T>)
                return false;
            bool whole = true;
            boost::pfr::for_each_field(
                into, [&](auto& member, std::size_t i) { whole = whole && flight::read(members[i], member); });
            return whole;
        }
    }
};

} // namespace parley::flight
