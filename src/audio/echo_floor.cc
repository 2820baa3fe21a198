#include "audio/echo_floor.h"

#include <algorithm>
#include <cmath>

namespace parley {

namespace {

constexpr double softest = -100;
constexpr double least_dbfs = -45;    // Softer sound of ours teaches nothing.
constexpr double teaching_db = 12;    // Only the loudest sound does.
constexpr double peak_fall_db = 0.02; // In 10 ms.
constexpr double above_noise_db = 4;  // Less than that is noise.
constexpr double rarely = 0.1;        // So much of the time a frame may be softer than what was learned.
constexpr double fall_db = 0.4;       // In one frame; rising is so much slower.
constexpr double margin_db = 8;       // Between what an echo is at the least and at the most.
constexpr double least_echo_db = -60;
constexpr Duration resync = 100ms;

double to_dbfs(double power)
{
    return power <= 0 ? softest : std::max(softest, 10 * std::log10(power / (32'768.0 * 32'768.0)));
}

} // namespace

void EchoFloor::sent(std::span<const std::int16_t> samples, int sample_rate, Instant end)
{
    const auto per_step = static_cast<std::size_t>(sample_rate / 100);
    const auto steps = static_cast<std::int64_t>(samples.size() / per_step);
    std::int64_t slot = end.time_since_epoch() / step - steps;
    for (; samples.size() >= per_step; samples = samples.subspan(per_step)) {
        double power = 0;
        for (const std::int16_t sample : samples.first(per_step))
            power += static_cast<double>(sample) * sample;
        power /= static_cast<double>(per_step);
        const double level = to_dbfs((power + last_power_) / 2);
        last_power_ = power;
        ++slot;
        sent_[static_cast<std::size_t>(slot) % sent_.size()] = { slot, level };
        peak_dbfs_ = std::max(peak_dbfs_ - peak_fall_db, level);
    }
}

double EchoFloor::sent_level(std::int64_t slot) const
{
    const Slot& found = sent_[static_cast<std::size_t>(slot) % sent_.size()];
    return found.number == slot ? found.dbfs : softest;
}

// Packets arrive early and late; the sound in them does not.
void EchoFloor::follow_clock(Instant end)
{
    constexpr int inertia = 32;
    const Duration off = end - (clock_ + 20ms);
    if (!begun_ || off > resync || off < -resync)
        clock_ = end;
    else
        clock_ += 20ms + off / inertia;
    begun_ = true;
}

double EchoFloor::heard(double dbfs, double noise_dbfs, Instant end)
{
    follow_clock(end);
    const double level = dbfs <= noise_dbfs + above_noise_db ? softest : dbfs;
    const double teaches = std::max(least_dbfs, peak_dbfs_ - teaching_db);
    const std::int64_t now = clock_.time_since_epoch() / step;
    double floor = softest;
    for (std::size_t delay = 0; delay < delays; ++delay) {
        const double ours = sent_level(now - static_cast<std::int64_t>(delay));
        double& echo = echo_db_[delay];
        floor = std::max(floor, ours + echo + margin_db);
        if (ours < teaches)
            continue;
        echo += level - ours < echo ? -fall_db : fall_db * rarely / (1 - rarely);
        echo = std::clamp(echo, least_echo_db, 0.0);
    }
    return floor;
}

double EchoFloor::echo_db() const
{
    return *std::max_element(echo_db_.begin(), echo_db_.end());
}

} // namespace parley
