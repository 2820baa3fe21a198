#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

// How much of a sound is still there after something was done to it.
namespace parley {

struct Likeness {
    double snr_db = -std::numeric_limits<double>::infinity();
    std::size_t delay = 0; // Of the copy, in samples, where it is most like the original.
};

// Without their first and last 100 ms or so, in which filters settle. `most_delay`: searched up to here.
inline Likeness likeness(
    std::span<const std::int16_t> original, std::span<const std::int16_t> copy, std::size_t most_delay)
{
    Likeness best;
    for (std::size_t delay = 0; delay <= most_delay; ++delay) {
        const std::size_t end = std::min(original.size(), copy.size() - std::min(copy.size(), delay));
        double signal = 0;
        double noise = 0;
        for (std::size_t n = 1'600; n + 1'600 < end; ++n) {
            const double difference = static_cast<double>(original[n]) - copy[n + delay];
            signal += static_cast<double>(original[n]) * original[n];
            noise += difference * difference;
        }
        const double snr = 10 * std::log10(signal / std::max(noise, 1e-9));
        if (snr > best.snr_db)
            best = { snr, delay };
    }
    return best;
}

} // namespace parley
