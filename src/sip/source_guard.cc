#include "sip/source_guard.h"

#include "base/ip_address.h"

#include <algorithm>

namespace parley::sip {
namespace {

constexpr Duration sweep_interval = 10s;

// What one sender can choose its address from counts as one.
std::string key_of(std::string_view ip)
{
    auto address = ip.find(':') == std::string_view::npos ? std::nullopt : parse_ip(ip);
    if (!address || !address->v6)
        return std::string(ip);
    std::fill(address->bytes.begin() + 8, address->bytes.end(), std::uint8_t { 0 });
    return to_string(*address);
}

} // namespace

bool SourceGuard::is_locked_out(std::string_view ip, Instant now) const
{
    if (offenders_.empty())
        return false;
    const auto found = offenders_.find(key_of(ip));
    return found != offenders_.end() && found->second.locked_until && now < *found->second.locked_until;
}

bool SourceGuard::admit_stranger(std::string_view ip, Instant now)
{
    sweep(now);
    std::string key = key_of(ip);
    auto found = strangers_.find(key);
    if (found == strangers_.end() && strangers_.size() < settings_.max_strangers)
        found = strangers_.try_emplace(std::move(key)).first;
    TokenBucket& own = found == strangers_.end() ? crowd_ : found->second;
    return own.take(settings_.strangers, now) && all_strangers_.take(settings_.all_strangers, now);
}

bool SourceGuard::failed(std::string_view ip, Instant now)
{
    auto [found, is_new] = offenders_.try_emplace(key_of(ip));
    Offender& offender = found->second;
    if (is_new) {
        offender.order = ++last_order_;
        by_arrival_.emplace(offender.order, found->first);
        offender.first = now;
        if (offenders_.size() > settings_.max_offenders) {
            offenders_.erase(by_arrival_.begin()->second);
            by_arrival_.erase(by_arrival_.begin());
        }
    }
    if (now - offender.first > settings_.failure_window) {
        offender.first = now;
        offender.failures = 0;
    }
    if (++offender.failures < settings_.failures)
        return false;
    offender.locked_until = now + settings_.lock_out;
    offender.failures = 0;
    offender.first = *offender.locked_until;
    return true;
}

std::size_t SourceGuard::locked_out(Instant now) const
{
    return static_cast<std::size_t>(std::ranges::count_if(
        offenders_, [&](const auto& entry) { return entry.second.locked_until && now < *entry.second.locked_until; }));
}

void SourceGuard::sweep(Instant now)
{
    if (swept_ != Instant::min() && now - swept_ < sweep_interval)
        return;
    swept_ = now;
    std::erase_if(strangers_, [&](const auto& entry) { return entry.second.is_full(settings_.strangers, now); });
    for (auto entry = offenders_.begin(); entry != offenders_.end();) {
        const Offender& offender = entry->second;
        if ((offender.locked_until && now < *offender.locked_until)
            || now - offender.first <= settings_.failure_window) {
            ++entry;
            continue;
        }
        by_arrival_.erase(offender.order);
        entry = offenders_.erase(entry);
    }
}

} // namespace parley::sip
