#pragma once

#include "base/time.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

// What one remote speech provider did, summed over all threads, for whoever shows figures. Written by the carriers,
// read at any time from any thread.
namespace parley {

class LatencyFigures {
public:
    // Upper bounds in milliseconds; a last bucket takes the rest.
    static constexpr std::array<int, 10> bounds { 10, 25, 50, 100, 200, 300, 500, 1'000, 2'000, 5'000 };

    void add(Duration latency)
    {
        const auto ms = to_milliseconds(latency);
        std::size_t bucket = 0;
        while (bucket < bounds.size() && ms > bounds[bucket])
            ++bucket;
        ++buckets_[bucket];
        sum_us_ += static_cast<std::uint64_t>(latency.count());
    }
    [[nodiscard]] std::uint64_t in_bucket(std::size_t bucket) const { return buckets_[bucket]; }
    [[nodiscard]] std::uint64_t sum_us() const { return sum_us_; }
    [[nodiscard]] std::uint64_t count() const
    {
        std::uint64_t sum = 0;
        for (const auto& bucket : buckets_)
            sum += bucket;
        return sum;
    }

private:
    std::array<std::atomic<std::uint64_t>, bounds.size() + 1> buckets_ {};
    std::atomic<std::uint64_t> sum_us_ = 0;
};

struct ProviderStatistics {
    enum class Kind : std::uint8_t { recogniser, synthesiser };

    ProviderStatistics(Kind k, std::string n)
        : kind(k)
        , name(std::move(n))
    {
    }

    const Kind kind;
    const std::string name; // As configured.

    std::atomic<std::uint64_t> started = 0;     // Streams of a recogniser, sentences of a synthesiser.
    std::atomic<std::uint64_t> failed = 0;      // Of them: ended with an error.
    std::atomic<std::uint64_t> refused = 0;     // More at the same time than it may have.
    std::atomic<std::uint64_t> reconnected = 0; // A connection broke and was made again.
    std::atomic<std::uint64_t> replaced = 0;    // Another provider had to go on in its place.
    std::atomic<std::uint64_t> taken_warm = 0;  // Connections that were open before they were needed.
    std::atomic<int> active = 0;
    std::atomic<int> warm = 0; // Open connections that wait to be needed.

    // A recogniser: from the end of speech to its final words. A synthesiser: from a sentence to its first sound.
    LatencyFigures latency;

    // False at the limit. 0: no limit.
    bool enter(int limit)
    {
        int now = active;
        do {
            if (limit > 0 && now >= limit) {
                ++refused;
                return false;
            }
        } while (!active.compare_exchange_weak(now, now + 1));
        ++started;
        return true;
    }
    void leave() { --active; }
};

using ProviderFigures
    = std::vector<std::shared_ptr<const ProviderStatistics>>; // Shared with the providers of all threads.

} // namespace parley
