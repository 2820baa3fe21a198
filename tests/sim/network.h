#pragma once

#include "base/time.h"

#include <cstdint>
#include <optional>
#include <random>

// What a bad network does to a datagram. Packets overtake each other when the jitter is longer than their distance.
namespace parley::sim {

struct Weather {
    double loss = 0; // 0 to 1
    Duration delay = 20ms;
    Duration jitter = 0ms; // Added to the delay, evenly spread.
};

class Network {
public:
    Network(Weather weather, std::uint32_t seed)
        : weather_(weather)
        , random_(seed)
    {
    }

    // When the datagram arrives; nothing if it is lost.
    std::optional<Instant> carry(Instant sent)
    {
        const bool lost = std::uniform_real_distribution<>(0, 1)(random_) < weather_.loss;
        const Duration late(std::uniform_int_distribution<std::int64_t>(0, weather_.jitter.count())(random_));
        return lost ? std::nullopt : std::optional(sent + weather_.delay + late);
    }

    [[nodiscard]] const Weather& weather() const { return weather_; }

private:
    Weather weather_;
    std::mt19937 random_;
};

} // namespace parley::sim
