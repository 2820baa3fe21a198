#include "call/dial_policy.h"

#include <algorithm>
#include <string_view>

namespace parley {

namespace {

// "sip:alice@Example.com:5060" -> "example.com"
std::string host_of(std::string_view uri)
{
    uri.remove_prefix(uri.rfind('@') + 1);
    if (uri.starts_with('['))
        uri = uri.substr(0, uri.find(']') + 1);
    else
        uri = uri.substr(0, uri.find(':'));
    std::string host(uri);
    std::ranges::transform(
        host, host.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return host;
}

bool allowed(const DialPolicy& policy, const DialTarget& target)
{
    switch (target.device.type) {
    case DeviceType::phone:
        return std::ranges::any_of(policy.numbers, [&](const auto& start) { return target.to.starts_with(start); });
    case DeviceType::sip:
        return std::ranges::any_of(
            policy.hosts, [&](const auto& host) { return host == "*" || host == host_of(target.to); });
    }
    return false;
}

} // namespace

Result<void> may_dial(const DialPolicy& policy, const DialSpec& spec)
{
    for (std::size_t group = 0; group < spec.groups.size(); ++group) {
        for (std::size_t member = 0; member < spec.groups[group].size(); ++member) {
            if (!allowed(policy, spec.groups[group][member]))
                return Error { ErrorKind::invalid_request,
                    "devices[" + std::to_string(group) + "][" + std::to_string(member)
                        + "]: the configuration does not allow to dial this" };
        }
    }
    return {};
}

} // namespace parley
