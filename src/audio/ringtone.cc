#include "audio/ringtone.h"

#include "base/error.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace parley {

namespace {

constexpr double amplitude = 32'768 * 0.1; // -20 dBFS each: as loud as exchanges are.
constexpr double ramp_seconds = 0.005;     // At both ends of a ring: no click.

struct Tone {
    std::string_view country;
    double low;                     // Hz
    double high;                    // Hz; 0: one frequency.
    std::array<std::int16_t, 4> ms; // Ring, pause, ring, pause. The last two may be 0.
    double modulation = 0;          // Hz; 0: none.
};

constexpr std::array tones {
    Tone { "at", 420, 0, { 1'000, 5'000 } },
    Tone { "au", 413, 438, { 400, 200, 400, 2'000 } },
    Tone { "be", 425, 0, { 1'000, 3'000 } },
    Tone { "bg", 425, 0, { 1'000, 4'000 } },
    Tone { "br", 425, 0, { 1'000, 4'000 } },
    Tone { "ch", 425, 0, { 1'000, 4'000 } },
    Tone { "cl", 400, 0, { 1'000, 3'000 } },
    Tone { "cn", 450, 0, { 1'000, 4'000 } },
    Tone { "cz", 425, 0, { 1'000, 4'000 } },
    Tone { "de", 425, 0, { 1'000, 4'000 } },
    Tone { "dk", 425, 0, { 1'000, 4'000 } },
    Tone { "ee", 425, 0, { 1'000, 4'000 } },
    Tone { "es", 425, 0, { 1'500, 3'000 } },
    Tone { "fi", 425, 0, { 1'000, 4'000 } },
    Tone { "fr", 440, 0, { 1'500, 3'500 } },
    Tone { "gr", 425, 0, { 1'000, 4'000 } },
    Tone { "hu", 425, 0, { 1'250, 3'750 } },
    Tone { "id", 425, 0, { 1'000, 4'000 } },
    Tone { "il", 414, 0, { 1'000, 3'000 } },
    Tone { "in", 400, 0, { 400, 200, 400, 2'000 }, 25 },
    Tone { "it", 425, 0, { 1'000, 4'000 } },
    Tone { "jp", 400, 0, { 1'000, 2'000 }, 16 },
    Tone { "lt", 425, 0, { 1'000, 4'000 } },
    Tone { "mx", 425, 0, { 1'000, 4'000 } },
    Tone { "my", 425, 0, { 400, 200, 400, 2'000 } },
    Tone { "nl", 425, 0, { 1'000, 4'000 } },
    Tone { "no", 425, 0, { 1'000, 4'000 } },
    Tone { "nz", 400, 450, { 400, 200, 400, 2'000 } },
    Tone { "ph", 425, 480, { 1'000, 4'000 } },
    Tone { "pl", 425, 0, { 1'000, 4'000 } },
    Tone { "pt", 425, 0, { 1'000, 5'000 } },
    Tone { "ru", 425, 0, { 1'000, 4'000 } },
    Tone { "se", 425, 0, { 1'000, 5'000 } },
    Tone { "sg", 425, 0, { 400, 200, 400, 2'000 }, 24 },
    Tone { "th", 420, 0, { 1'000, 5'000 } },
    Tone { "tw", 440, 480, { 1'000, 2'000 } },
    Tone { "uk", 400, 450, { 400, 200, 400, 2'000 } },
    Tone { "us", 440, 480, { 2'000, 4'000 } },
    Tone { "us-old", 420, 0, { 2'000, 4'000 }, 40 },
    Tone { "ve", 425, 0, { 1'000, 4'000 } },
    Tone { "za", 400, 0, { 400, 200, 400, 2'000 }, 33 },
};

const Tone& tone_of(std::string_view country)
{
    const auto* const found = std::ranges::find(tones, country, &Tone::country);
    VERIFY(found != tones.end());
    return *found;
}

double sine(double hertz, double seconds)
{
    return std::sin(2 * std::numbers::pi * hertz * seconds);
}

// How far into a ring, of which length; a length of 0 in a pause.
struct Place {
    double into = 0;
    double length = 0;
};

Place place_of(const Tone& tone, double seconds)
{
    double left = std::fmod(seconds, static_cast<double>(ringtone_period(tone.country).count()) / 1e6);
    for (std::size_t part = 0; part < tone.ms.size(); ++part) {
        const double length = tone.ms[part] / 1e3;
        if (left < length)
            return part % 2 == 0 ? Place { left, length } : Place {};
        left -= length;
    }
    return {};
}

double envelope(const Place& place)
{
    const double edge = std::min(place.into, place.length - place.into);
    return std::clamp(edge / ramp_seconds, 0.0, 1.0);
}

std::int16_t to_sample(double value)
{
    return static_cast<std::int16_t>(std::lrint(std::clamp(value, -32'768.0, 32'767.0)));
}

} // namespace

std::vector<std::string_view> ringtone_countries()
{
    std::vector<std::string_view> names;
    std::ranges::transform(tones, std::back_inserter(names), &Tone::country);
    return names;
}

bool is_ringtone_country(std::string_view country)
{
    return std::ranges::find(tones, country, &Tone::country) != tones.end();
}

Duration ringtone_period(std::string_view country)
{
    std::int64_t period = 0;
    for (const std::int16_t part : tone_of(country).ms)
        period += part;
    return std::chrono::milliseconds(period);
}

void make_ringtone(std::string_view country, std::size_t first_sample, int sample_rate, std::span<std::int16_t> out)
{
    const Tone& tone = tone_of(country);
    for (std::size_t n = 0; n < out.size(); ++n) {
        const double seconds = static_cast<double>(first_sample + n) / sample_rate;
        const Place place = place_of(tone, seconds);
        double value = sine(tone.low, seconds) + (tone.high > 0 ? sine(tone.high, seconds) : 0);
        if (tone.modulation > 0)
            value *= (1 + 0.9 * sine(tone.modulation, seconds)) / 1.9;
        out[n] = place.length > 0 ? to_sample(amplitude * envelope(place) * value) : std::int16_t { 0 };
    }
}

void make_bong(std::size_t first_sample, int sample_rate, std::span<std::int16_t> out)
{
    constexpr double key_seconds = 0.06;
    constexpr double decay_seconds = 0.2;
    for (std::size_t n = 0; n < out.size(); ++n) {
        const double seconds = static_cast<double>(first_sample + n) / sample_rate;
        if (seconds < key_seconds)
            out[n] = to_sample(amplitude * (sine(941, seconds) + sine(1'477, seconds)));
        else
            out[n] = to_sample(amplitude * (sine(350, seconds) + sine(440, seconds))
                * std::exp(-(seconds - key_seconds) / decay_seconds));
    }
}

} // namespace parley
