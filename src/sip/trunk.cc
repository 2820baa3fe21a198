#include "sip/trunk.h"

#include "sip/uri.h"

#include <algorithm>
#include <tuple>

namespace parley::sip {

std::string Trunk::host() const
{
    if (!domain.empty())
        return domain;
    const auto uri = parse_uri(server);
    if (!uri)
        return {};
    return is_ipv6(uri->host) ? '[' + uri->host + ']' : uri->host;
}

bool Trunk::is_same_line(const Trunk& other) const
{
    const auto line = [](const Trunk& trunk) {
        return std::tie(trunk.server, trunk.domain, trunk.username, trunk.password, trunk.registers, trunk.expires);
    };
    return line(*this) == line(other);
}

void TrunkTable::change(std::vector<Trunk> trunks)
{
    std::vector<Hops> resolved;
    for (const Trunk& trunk : trunks) {
        const Trunk* before = find(trunk.name);
        resolved.push_back(before != nullptr && before->server == trunk.server ? hops(trunk.name) : Hops {});
    }
    trunks_ = std::move(trunks);
    resolved_ = std::move(resolved);
}

const Trunk* TrunkTable::of_source(std::string_view ip) const
{
    if (trunks_.empty())
        return nullptr;
    const auto address = parse_ip(ip);
    if (!address)
        return nullptr;
    for (const Trunk& trunk : trunks_)
        if (std::ranges::any_of(trunk.sources, [&](const IpNetwork& network) { return network.contains(*address); }))
            return &trunk;
    for (std::size_t i = 0; i < trunks_.size(); ++i)
        if (std::ranges::any_of(resolved_[i], [&](const Hop& hop) { return parse_ip(hop.address.ip) == address; }))
            return &trunks_[i];
    return nullptr;
}

const Trunk* TrunkTable::for_number(std::string_view number) const
{
    const Trunk* best = nullptr;
    std::size_t longest = 0;
    for (const Trunk& trunk : trunks_) {
        if (trunk.server.empty())
            continue;
        for (const std::string& prefix : trunk.prefixes)
            if (number.starts_with(prefix) && (best == nullptr || prefix.size() > longest)) {
                best = &trunk;
                longest = prefix.size();
            }
    }
    if (best != nullptr)
        return best;
    const auto fallback
        = std::ranges::find_if(trunks_, [](const Trunk& trunk) { return trunk.is_default && !trunk.server.empty(); });
    return fallback == trunks_.end() ? nullptr : &*fallback;
}

const Trunk* TrunkTable::find(std::string_view name) const
{
    const auto at = place(name);
    return at ? &trunks_[*at] : nullptr;
}

void TrunkTable::resolved(std::string_view name, Hops hops)
{
    if (const auto at = place(name))
        resolved_[*at] = std::move(hops);
}

const Hops& TrunkTable::hops(std::string_view name) const
{
    static const Hops none;
    const auto at = place(name);
    return at ? resolved_[*at] : none;
}

std::optional<std::size_t> TrunkTable::place(std::string_view name) const
{
    const auto found = std::ranges::find(trunks_, name, &Trunk::name);
    if (found == trunks_.end())
        return {};
    return static_cast<std::size_t>(found - trunks_.begin());
}

bool matches_prefix(const std::vector<std::string>& prefixes, std::string_view number)
{
    return prefixes.empty()
        || std::ranges::any_of(prefixes, [&](const std::string& prefix) { return number.starts_with(prefix); });
}

} // namespace parley::sip
