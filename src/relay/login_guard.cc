#include "relay/login_guard.h"

#include <algorithm>

namespace parley::relay {

bool LoginGuard::refuses(std::string_view address, const ProjectId& project, Instant now) const
{
    return over({ std::string(address), "p" + project.value }, max_of_project, now)
        || over({ std::string(address), "" }, max_of_address, now);
}

bool LoginGuard::over(const Key& key, std::size_t limit, Instant now) const
{
    const auto entry = entries_.find(key);
    return entry != entries_.end() && entry->second.failures >= limit && now < entry->second.began + window;
}

void LoginGuard::failed(std::string_view address, const ProjectId& project, Instant now)
{
    count({ std::string(address), "p" + project.value.substr(0, 64) }, now);
    count({ std::string(address), "" }, now);
}

void LoginGuard::count(Key key, Instant now)
{
    if (entries_.size() >= max_entries && !entries_.contains(key)) {
        const auto began = [](const auto& entry) { return entry.second.began; };
        entries_.erase(std::ranges::min_element(entries_, {}, began));
    }
    auto& entry = entries_[std::move(key)];
    if (entry.failures == 0 || entry.began + window <= now)
        entry = { 0, now };
    ++entry.failures;
}

std::string address_of_one_client(std::string_view ip)
{
    if (ip.find(':') == std::string_view::npos)
        return std::string(ip);
    std::string prefix;
    int groups = 0;
    for (std::size_t at = 0; at < ip.size() && groups < 4; ++groups) {
        const auto colon = std::min(ip.find(':', at), ip.size());
        if (colon == at && at > 0)
            break; // "::": the rest of the prefix is zero.
        prefix += std::string(ip.substr(at, colon - at)) + ":";
        at = colon + 1;
    }
    return prefix + ":/64";
}

} // namespace parley::relay
