#pragma once

#include "base/time.h"
#include "sip/token_bucket.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

// How much of one address is listened to: strangers get so many answers a second, and an address that showed wrong
// passwords is not heard for a while.
// UDP senders can claim any address. So a lock-out follows only from failures that prove the address (a nonce of ours
// was shown, `digest_server.h`), while a flood of requests that prove nothing costs its alleged sender only answers to
// more of that kind. Both tables are bounded. An IPv6 address counts as its /64.
namespace parley::sip {

struct GuardSettings {
    std::uint32_t failures = 10;           // Wrong passwords of one address
    Duration failure_window = 60s;         // within this time:
    Duration lock_out = 10min;             // so long it is not heard.
    Rate strangers = { 20, 60 };           // Requests of one address that come without credentials or trust,
    Rate all_strangers = { 1'000, 2'000 }; // and of all such addresses together.
    std::size_t max_strangers = 20'000;    // Addresses watched at once; further ones share the rate of one.
    std::size_t max_offenders = 10'000;    // Addresses with wrong passwords; the oldest one is forgotten.
};

class SourceGuard {
public:
    explicit SourceGuard(const GuardSettings& settings)
        : settings_(settings)
    {
    }

    void change(const GuardSettings& settings) { settings_ = settings; }

    // Cheap: asked for every request before anything else is looked at.
    [[nodiscard]] bool is_locked_out(std::string_view ip, Instant now) const;

    // A request that proves nothing about its sender. False: it is to be dropped without an answer.
    [[nodiscard]] bool admit_stranger(std::string_view ip, Instant now);

    // A wrong password came from there. True: this one locks the address out.
    bool failed(std::string_view ip, Instant now);

    [[nodiscard]] std::size_t locked_out(Instant now) const; // Addresses, for metrics.

private:
    struct Offender {
        std::uint32_t failures = 0;
        Instant first; // Of the failures in this window.
        std::optional<Instant> locked_until;
        std::uint64_t order = 0; // Of arrival, for the oldest to go.
    };

    void sweep(Instant now);

    GuardSettings settings_;
    std::unordered_map<std::string, TokenBucket> strangers_;
    TokenBucket all_strangers_;
    TokenBucket crowd_; // Of those that found no room in `strangers_`.
    Instant swept_ = Instant::min();
    std::unordered_map<std::string, Offender> offenders_;
    std::map<std::uint64_t, std::string> by_arrival_;
    std::uint64_t last_order_ = 0;
};

} // namespace parley::sip
