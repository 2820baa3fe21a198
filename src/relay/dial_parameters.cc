#include "relay/dial_parameters.h"

#include "relay/parameters.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace parley::relay {

namespace {

using Params = Json::Object;

constexpr double longest_call_seconds = 7 * 24 * 3600;
constexpr std::size_t max_number_digits = 32;

Error wrong(std::string field, std::string_view rule)
{
    return { ErrorKind::invalid_request, std::move(field) + ": " + std::string(rule) };
}

bool is_number(std::string_view text)
{
    if (text.starts_with('+'))
        text.remove_prefix(1);
    return !text.empty() && text.size() <= max_number_digits
        && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// Nothing that could end a header field or leave a URI.
bool is_address(std::string_view text)
{
    return !text.empty() && text.size() <= max_address_size && std::ranges::all_of(text, [](char c) {
        return c > ' ' && c < 0x7f && std::string_view("<>\"\\,;?").find(c) == std::string_view::npos;
    });
}

bool is_sip_uri(std::string_view text)
{
    return is_address(text) && (text.starts_with("sip:") || text.starts_with("sips:")) && text.find('@') != text.npos;
}

// "sip:alice@example.com" -> "alice"; a user stays one.
std::string user_of(std::string_view address)
{
    if (const auto scheme = address.find(':'); scheme != std::string_view::npos)
        address.remove_prefix(scheme + 1);
    return std::string(address.substr(0, address.find('@')));
}

Result<Duration> timeout_of(const Params& params, std::string_view where)
{
    auto seconds = optional_number(params, "timeout", where);
    if (!seconds)
        return std::move(seconds.error());
    if (!*seconds)
        return Duration(30s);
    if (**seconds < 1 || **seconds > longest_dial_seconds)
        return wrong(std::string(where) + "timeout", "must be between 1 and 300 seconds");
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(**seconds));
}

Result<DialTarget> phone_target(const Params& params, const std::string& where)
{
    auto to = required_string(params, "to_number", where);
    if (!to)
        return std::move(to.error());
    if (!is_number(*to))
        return wrong(where + "to_number", "must be a number of at most 32 digits, with or without + before it");
    auto from = optional_string(params, "from_number", where);
    if (!from)
        return std::move(from.error());
    if (!from->empty() && !is_number(*from))
        return wrong(where + "from_number", "must be a number of at most 32 digits, with or without + before it");
    DialTarget target;
    target.device = { DeviceType::phone, *from, *to, "" };
    target.to = std::move(*to);
    target.from = std::move(*from);
    return target;
}

Result<DialTarget> sip_target(const Params& params, const std::string& where)
{
    auto to = required_string(params, "to", where);
    if (!to)
        return std::move(to.error());
    if (!is_sip_uri(*to))
        return wrong(where + "to", "must be a SIP address, as sip:user@host");
    auto from = optional_string(params, "from", where);
    if (!from)
        return std::move(from.error());
    if (!from->empty() && !is_address(*from))
        return wrong(where + "from", "must be a SIP address or a user");
    auto name = optional_string(params, "from_name", where);
    if (!name)
        return std::move(name.error());
    const bool is_line = name->size() <= max_address_size
        && std::ranges::all_of(*name, [](unsigned char c) { return c >= ' ' && c != 0x7f; });
    if (!is_line)
        return wrong(where + "from_name", "must be one line of at most 256 bytes");
    DialTarget target;
    target.device = { DeviceType::sip, *from, *to, std::move(*name) };
    target.to = std::move(*to);
    target.from = user_of(*from);
    return target;
}

// What programs may say to whom they call, beside fields of their own (`X-...`). Everything else says who calls, where
// the call goes or how its parties understand each other: that is ours.
constexpr std::array header_names { "accept-language", "alert-info", "call-info", "organization", "priority", "subject",
    "user-to-user" };

std::string in_lower_case(std::string_view text)
{
    std::string lower(text);
    std::ranges::transform(
        lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return lower;
}

bool is_free_header(std::string_view name)
{
    const auto is_token = [](char c) { // RFC 3261 25.1
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
            || std::string_view("-.!%*_+`'~").find(c) != std::string_view::npos;
    };
    if (name.empty() || !std::ranges::all_of(name, is_token))
        return false;
    const std::string lower = in_lower_case(name);
    return (lower.starts_with("x-") && lower.size() > 2)
        || std::ranges::find(header_names, lower) != header_names.end();
}

Result<LegHeader> header_of(const Json& header, const std::string& where)
{
    if (!header.is_object())
        return wrong(where, "must be an object");
    auto name = required_string(header.as_object(), "name", where + ".");
    if (!name)
        return std::move(name.error());
    if (!is_free_header(*name))
        return wrong(
            where + ".name", "\"" + name->substr(0, 64) + "\" is no X-... and none of the fields that are passed on");
    auto value = optional_string(header.as_object(), "value", where + ".");
    if (!value)
        return std::move(value.error());
    if (!std::ranges::all_of(*value, [](unsigned char c) { return c >= ' ' && c != 0x7f; }))
        return wrong(where + ".value", "must be one line");
    return LegHeader { std::move(*name), std::move(*value) };
}

Result<std::vector<LegHeader>> headers_of(const Params& params, const std::string& where)
{
    const auto* given = params.find("headers");
    std::vector<LegHeader> headers;
    if (given == nullptr || given->is_null())
        return headers;
    if (!given->is_array() || given->as_array().size() > max_dial_headers)
        return wrong(where, "must be an array of at most 20 objects with name and value");
    std::size_t bytes = 0;
    for (std::size_t n = 0; n < given->as_array().size(); ++n) {
        auto header = header_of(given->as_array()[n], where + "[" + std::to_string(n) + "]");
        if (!header)
            return std::move(header.error());
        bytes += header->name.size() + header->value.size();
        headers.push_back(std::move(*header));
    }
    if (bytes > max_dial_header_bytes)
        return wrong(where, "must be at most 4096 bytes together");
    return headers;
}

Result<DialTarget> target_of(const Json& device, const std::string& where)
{
    if (!device.is_object())
        return wrong(where, "must be an object");
    auto type = required_string(device.as_object(), "type", where + ".");
    if (!type)
        return std::move(type.error());
    if (*type != "phone" && *type != "sip")
        return wrong(where + ".type", "must be phone or sip");
    const auto* params = device.as_object().find("params");
    if (params == nullptr || !params->is_object())
        return wrong(where + ".params", "must be an object");
    const std::string inside = where + ".params.";
    auto target
        = *type == "phone" ? phone_target(params->as_object(), inside) : sip_target(params->as_object(), inside);
    if (!target)
        return std::move(target.error());
    auto timeout = timeout_of(params->as_object(), inside);
    if (!timeout)
        return std::move(timeout.error());
    target->timeout = *timeout;
    auto headers = headers_of(params->as_object(), inside + "headers");
    if (!headers)
        return std::move(headers.error());
    target->device.headers = std::move(*headers);
    return target;
}

// An object in place of a group is a group of one.
Result<std::vector<DialTarget>> group_of(const Json& group, const std::string& where)
{
    if (group.is_object()) {
        auto target = target_of(group, where);
        if (!target)
            return std::move(target.error());
        return std::vector { std::move(*target) };
    }
    if (!group.is_array() || group.as_array().empty() || group.as_array().size() > max_dial_targets)
        return wrong(where, "must be an array of 1 to 10 devices");
    std::vector<DialTarget> targets;
    for (std::size_t n = 0; n < group.as_array().size(); ++n) {
        auto target = target_of(group.as_array()[n], where + "[" + std::to_string(n) + "]");
        if (!target)
            return std::move(target.error());
        targets.push_back(std::move(*target));
    }
    return targets;
}

} // namespace

Result<DialSpec> dial_spec(const Params& params)
{
    DialSpec spec;
    auto tag = required_string(params, "tag");
    if (!tag)
        return std::move(tag.error());
    if (tag->size() > max_tag_size)
        return wrong("tag", "must be at most 256 bytes");
    spec.tag = std::move(*tag);
    const auto* devices = params.find("devices");
    if (devices == nullptr || devices->is_null())
        return wrong("devices", "is missing");
    if (!devices->is_array() || devices->as_array().empty() || devices->as_array().size() > max_dial_groups)
        return wrong("devices", "must be an array of 1 to 10 groups of devices");
    for (std::size_t n = 0; n < devices->as_array().size(); ++n) {
        auto group = group_of(devices->as_array()[n], "devices[" + std::to_string(n) + "]");
        if (!group)
            return std::move(group.error());
        spec.groups.push_back(std::move(*group));
    }
    auto seconds = optional_number(params, "max_duration");
    if (!seconds)
        return std::move(seconds.error());
    if (*seconds && (**seconds <= 0 || **seconds > longest_call_seconds))
        return wrong("max_duration", "must be between 1 s and 7 days");
    if (*seconds)
        spec.max_duration = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(**seconds));
    return spec;
}

} // namespace parley::relay
