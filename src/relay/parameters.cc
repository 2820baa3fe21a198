#include "relay/parameters.h"

#include "relay/methods.h"

#include <charconv>
#include <cmath>

namespace parley::relay {

namespace {

Error wrong(std::string_view where, std::string_view key, std::string_view rule)
{
    return { ErrorKind::invalid_request, std::string(where) + std::string(key) + ": " + std::string(rule) };
}

// The member, unless it is missing or null.
const Json* given(const Json::Object& params, std::string_view key)
{
    const auto* value = params.find(key);
    return value != nullptr && !value->is_null() ? value : nullptr;
}

} // namespace

Result<std::string> required_string(const Json::Object& params, std::string_view key, std::string_view where)
{
    const auto* value = given(params, key);
    if (value == nullptr)
        return wrong(where, key, "is missing");
    if (!value->is_string() || value->as_string().empty())
        return wrong(where, key, "must be a non-empty string");
    return value->as_string();
}

Result<std::string> optional_string(const Json::Object& params, std::string_view key, std::string_view where)
{
    const auto* value = given(params, key);
    if (value == nullptr)
        return std::string();
    if (!value->is_string())
        return wrong(where, key, "must be a string");
    return value->as_string();
}

Result<bool> optional_bool(const Json::Object& params, std::string_view key, bool fallback, std::string_view where)
{
    const auto* value = given(params, key);
    if (value == nullptr)
        return fallback;
    if (value->is_bool())
        return value->as_bool();
    if (value->is_number())
        return value->as_number() != 0;
    if (value->is_string() && (value->as_string() == "true" || value->as_string() == "false"))
        return value->as_string() == "true";
    return wrong(where, key, "must be true or false");
}

Result<std::optional<double>> optional_number(const Json::Object& params, std::string_view key, std::string_view where)
{
    const auto* value = given(params, key);
    if (value == nullptr)
        return std::optional<double>();
    if (value->is_number())
        return std::optional(value->as_number());
    if (value->is_string()) {
        const auto& text = value->as_string();
        double number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error == std::errc() && end == text.data() + text.size() && std::isfinite(number))
            return std::optional(number);
    }
    return wrong(where, key, "must be a number");
}

Result<std::set<ContextName>> context_names(const Json::Object& params, std::string_view key)
{
    std::set<ContextName> names;
    const auto* value = given(params, key);
    if (value == nullptr)
        return names;
    if (!value->is_array())
        return wrong("", key, "must be an array of strings");
    for (const auto& name : value->as_array()) {
        if (!name.is_string() || name.as_string().empty() || name.as_string().size() > max_context_size)
            return wrong("", key, "must be an array of strings of 1 to 256 bytes");
        names.insert(ContextName { name.as_string() });
    }
    return names;
}

Result<ControlId> control_id_of(const Json::Object& params)
{
    auto text = optional_string(params, "control_id");
    if (!text)
        return std::move(text.error());
    if (text->size() > max_control_id_size)
        return wrong("", "control_id", "must be at most 256 bytes");
    return ControlId { std::move(*text) };
}

Result<Begins> begins_of(const Json::Object& params)
{
    auto answers = optional_bool(params, "auto_answer", true);
    if (!answers)
        return std::move(answers.error());
    return *answers ? Begins::answered : Begins::early;
}

} // namespace parley::relay
