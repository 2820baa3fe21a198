#include "rtp/voice_quality.h"

#include <algorithm>

namespace parley {

double mean_opinion_score(double loss, Duration delay)
{
    constexpr double best = 93.2;          // G.107: R with all parameters at their defaults.
    constexpr double talker_limit = 177.3; // Milliseconds: from here on a conversation feels the delay.
    constexpr double robustness = 25.1;    // Bpl of G.711 with concealment; random loss.
    const double milliseconds = std::max(0.0, static_cast<double>(delay.count()) / 1'000);
    const double percent = std::clamp(loss, 0.0, 1.0) * 100;
    const double by_delay = 0.024 * milliseconds + 0.11 * std::max(0.0, milliseconds - talker_limit);
    const double by_loss = 95 * percent / (percent + robustness);
    const double r = std::clamp(best - by_delay - by_loss, 0.0, 100.0);
    return std::clamp(1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6, 1.0, 4.5); // G.107 annex B
}

} // namespace parley
