#pragma once

#include <string_view>
#include <type_traits>
#include <variant>

namespace parley::flight {

// The name of a type as written, without its namespaces.
template <typename T> constexpr std::string_view type_name()
{
    std::string_view name = __PRETTY_FUNCTION__; // "... [with T = parley::Name; std::string_view = ...]"
    name.remove_prefix(name.find("T = ") + 4);
    name = name.substr(0, name.find_first_of(";]"));
    const std::size_t colons = name.substr(0, name.find('<')).rfind("::");
    return colons == std::string_view::npos ? name : name.substr(colons + 2);
}

// Of the alternative that is held.
template <typename... Alternatives> std::string_view name_of(const std::variant<Alternatives...>& value)
{
    return std::visit([](const auto& held) { return type_name<std::remove_cvref_t<decltype(held)>>(); }, value);
}

} // namespace parley::flight
