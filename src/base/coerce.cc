#include "base/coerce.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

namespace parley {

namespace {

// FreeSWITCH's words for truth, which programs of years have used.
constexpr std::array<std::string_view, 8> truthy { "true", "yes", "on", "t", "1", "enabled", "active", "allow" };
constexpr std::array<std::string_view, 8> falsy { "false", "no", "off", "f", "0", "disabled", "inactive", "deny" };

std::string lower(std::string_view text)
{
    std::string result(text);
    std::ranges::transform(
        result, result.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
    return result;
}

} // namespace

std::optional<std::string> to_text(const Json& value)
{
    if (value.is_string())
        return value.as_string();
    if (value.is_number() || value.is_bool())
        return value.dump();
    return std::nullopt;
}

std::optional<double> to_number(const Json& value)
{
    if (value.is_number())
        return value.as_number();
    if (!value.is_string())
        return std::nullopt;
    std::string_view text = value.as_string();
    while (text.starts_with(' '))
        text.remove_prefix(1);
    while (text.ends_with(' '))
        text.remove_suffix(1);
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number))
        return std::nullopt;
    return number;
}

std::optional<bool> to_bool(const Json& value)
{
    if (value.is_bool())
        return value.as_bool();
    if (value.is_number())
        return value.as_number() != 0;
    if (!value.is_string())
        return std::nullopt;
    const auto word = lower(value.as_string());
    if (std::ranges::find(truthy, word) != truthy.end())
        return true;
    if (std::ranges::find(falsy, word) != falsy.end())
        return false;
    if (const auto number = to_number(value))
        return *number != 0;
    return std::nullopt;
}

} // namespace parley
