#include "agent/action_values.h"

#include "base/coerce.h"

#include <cmath>
#include <utility>

namespace parley::agent {

namespace {

// Seconds as a number, or "1:30", "5m", "90s", "2h". Nothing: no time at all.
std::optional<double> seconds_of(const Json& value)
{
    if (const auto number = to_number(value))
        return number;
    if (!value.is_string() || value.as_string().size() < 2)
        return std::nullopt;
    const auto& text = value.as_string();
    if (const auto colon = text.find(':'); colon != std::string::npos) {
        const auto minutes = to_number(Json(text.substr(0, colon)));
        const auto seconds = to_number(Json(text.substr(colon + 1)));
        return minutes && seconds ? std::optional(*minutes * 60 + *seconds) : std::nullopt;
    }
    const auto number = to_number(Json(text.substr(0, text.size() - 1)));
    if (!number)
        return std::nullopt;
    switch (text.back()) {
    case 's': return number;
    case 'm': return *number * 60;
    case 'h': return *number * 3'600;
    default: return std::nullopt;
    }
}

} // namespace

std::optional<HoldOrder> hold_order(const Json& value)
{
    HoldOrder order;
    const Json* timeout = &value;
    if (value.is_object()) {
        order.step = value.string_or("step");
        order.timeout_step = value.string_or("timeout_step");
        timeout = value.find("timeout");
        if (timeout == nullptr || timeout->is_null())
            return order;
    }
    const auto seconds = seconds_of(*timeout);
    if (!seconds)
        return std::nullopt;
    if (*seconds >= 0 && *seconds <= static_cast<double>(longest_hold / 1s))
        order.timeout = std::chrono::milliseconds(std::llround(*seconds * 1'000));
    return order;
}

std::optional<std::optional<int>> uses_order(const Json& value)
{
    if (!value.is_bool()) {
        if (const auto number = to_number(value); number && *number <= 1'000'000)
            return *number < 0 ? std::optional<int>() : std::optional(static_cast<int>(*number));
    }
    const auto truth = to_bool(value);
    if (truth)
        return *truth ? std::optional<int>() : std::optional(0);
    if (!value.is_string())
        return std::nullopt;
    return std::optional<int>(); // "endless"
}

std::optional<std::vector<std::string>> names_order(const Json& value)
{
    if (!value.is_string() && !value.is_array())
        return std::nullopt;
    std::vector<std::string> names;
    for (const auto& one : value.is_array() ? value.as_array() : Json::Array { value }) {
        if (one.is_string())
            names.push_back(one.as_string());
    }
    return names;
}

std::optional<Duration> time_order(const Json& value)
{
    const auto number = value.is_bool() ? std::nullopt : to_number(value);
    if (!number || !(*number > 0) || *number > 3'600'000)
        return std::nullopt;
    return std::chrono::milliseconds(std::llround(*number));
}

std::optional<VoiceOrder> voice_order(const Json& value)
{
    std::string text = value.is_object() ? value.string_or("voice") : "";
    if (value.is_string())
        text = value.as_string();
    VoiceOrder order;
    if (const auto colon = text.find(':'); colon != std::string::npos) {
        order.model = text.substr(colon + 1);
        text.erase(colon);
    }
    if (const auto dot = text.find('.'); dot != std::string::npos) {
        order.engine = text.substr(0, dot);
        text.erase(0, dot + 1);
    }
    if (text.empty())
        return std::nullopt;
    order.voice = std::move(text);
    return order;
}

} // namespace parley::agent
