#include "agent/log_json.h"

#include <algorithm>

namespace parley::agent {

std::string without_credentials(std::string_view url)
{
    const auto scheme = url.find("://");
    if (scheme == std::string_view::npos)
        return std::string(url);
    const auto begin = scheme + 3;
    const auto end = std::min(url.find_first_of("/?#", begin), url.size());
    const auto at = url.substr(begin, end - begin).rfind('@');
    if (at == std::string_view::npos)
        return std::string(url);
    return std::string(url.substr(0, begin)) + std::string(url.substr(begin + at + 1));
}

Json::Object json_of(const SwaigLogEntry& entry)
{
    Json::Object object {
        { "command_name", entry.command_name },
        { "command_arg", entry.command_arg.empty() ? "null" : entry.command_arg },
        { "epoch_time", entry.time.microseconds / 1'000'000 },
    };
    if (entry.native)
        object["native"] = true;
    else
        object["active_count"] = entry.active_count ? Json(*entry.active_count) : Json("endless");
    if (!entry.post_data.is_null())
        object["post_data"] = entry.post_data;
    if (!entry.url.empty())
        object["url"] = without_credentials(entry.url);
    if (!entry.post_response.is_null())
        object[entry.delayed ? "delayed_post_response" : "post_response"] = entry.post_response;
    for (const auto& [key, value] : entry.mcp)
        object[key] = value;
    if (!entry.error.empty())
        object["error"] = entry.error;
    return object;
}

} // namespace parley::agent
