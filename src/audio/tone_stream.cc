#include "audio/tone_stream.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numbers>
#include <utility>

namespace parley {

namespace {

constexpr double usual_dbfs = -13;
constexpr Duration edge = 4ms; // Tones swell and die away in it.

Error bad(std::string what)
{
    return { ErrorKind::invalid_request, "tone_stream: " + std::move(what) };
}

std::optional<double> number(std::string_view text)
{
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
        return std::nullopt;
    return value;
}

std::vector<std::string_view> split(std::string_view text, char sign)
{
    std::vector<std::string_view> parts;
    while (true) {
        const auto end = text.find(sign);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos)
            return parts;
        text.remove_prefix(end + 1);
    }
}

double sine(double hertz, double seconds)
{
    return std::sin(2 * std::numbers::pi * hertz * seconds);
}

double seconds_of(Duration duration)
{
    return std::chrono::duration<double>(duration).count();
}

// What one of `make`'s samples is, by the time within the period.
template <typename ValueAt>
void fill(std::size_t first, int sample_rate, Duration period, std::span<std::int16_t> out, ValueAt value_at)
{
    const auto period_samples = static_cast<std::size_t>(period.count() * sample_rate / 1'000'000);
    for (std::size_t n = 0; n < out.size(); ++n) {
        const auto at = period_samples == 0 ? 0 : (first + n) % period_samples;
        const double value = value_at(Duration(static_cast<std::int64_t>(at) * 1'000'000 / sample_rate));
        out[n] = static_cast<std::int16_t>(std::lrint(std::clamp(value, -1.0, 1.0) * 32'767));
    }
}

} // namespace

Result<ToneStream> ToneStream::parse(std::string_view source)
{
    if (!source.starts_with(scheme))
        return bad("does not begin with tone_stream://");
    if (source.size() > max_text)
        return bad("too long");
    ToneStream stream;
    double dbfs = usual_dbfs;
    for (const auto part : split(source.substr(scheme.size()), ';')) {
        if (part.empty())
            continue;
        if (part.starts_with("v=") || part.starts_with("loops=")) {
            const auto value = number(part.substr(part.find('=') + 1));
            if (!value || std::abs(*value) > 1'000'000)
                return bad("no number in " + std::string(part));
            if (part.front() == 'v')
                dbfs = std::clamp(*value, -63.0, 0.0);
            else if (*value >= 1)
                stream.loops_ = static_cast<int>(*value);
            continue;
        }
        if (!part.starts_with("%(") || !part.ends_with(')'))
            return bad("unknown: " + std::string(part));
        const auto values = split(part.substr(2, part.size() - 3), ',');
        if (values.size() < 3 || values.size() - 2 > max_frequencies || stream.steps_.size() == max_steps)
            return bad("a tone has two times and one to four frequencies, a stream 32 tones");
        Step step;
        step.dbfs = dbfs;
        for (std::size_t i = 0; i < values.size(); ++i) {
            const auto value = number(values[i]);
            if (!value || *value < 0 || *value > (i < 2 ? 60'000 : 8'000))
                return bad("out of range: " + std::string(values[i]));
            if (i < 2)
                (i == 0 ? step.on : step.off) = Duration(std::chrono::milliseconds(std::llround(*value)));
            else
                step.hertz.push_back(*value);
        }
        stream.period_ += step.on + step.off;
        stream.steps_.push_back(std::move(step));
    }
    if (stream.period_ < 1ms)
        return bad("no tone");
    return stream;
}

double ToneStream::value_at(Duration since_start) const
{
    Duration begin {};
    for (const auto& step : steps_) {
        if (since_start < begin + step.on) {
            const Duration within = since_start - begin;
            const double swell = std::min(
                { seconds_of(within) / seconds_of(edge), seconds_of(step.on - within) / seconds_of(edge), 1.0 });
            double value = 0;
            for (const double hertz : step.hertz)
                value += sine(hertz, seconds_of(within));
            const double peak = std::pow(10, step.dbfs / 20) * std::numbers::sqrt2;
            return value * swell * peak / static_cast<double>(step.hertz.size());
        }
        begin += step.on + step.off;
        if (since_start < begin)
            return 0;
    }
    return 0;
}

void ToneStream::make(std::size_t first, int sample_rate, std::span<std::int16_t> out) const
{
    fill(first, sample_rate, period_, out, [this](Duration at) { return value_at(at); });
}

void make_house_music(std::size_t first, int sample_rate, std::span<std::int16_t> out)
{
    constexpr Duration note = 375ms;
    constexpr std::array<double, 32> melody { 261.63, 329.63, 392.00, 523.25, 392.00, 329.63, 392.00, 329.63, // C
        220.00, 261.63, 329.63, 440.00, 329.63, 261.63, 329.63, 261.63,                                       // a
        174.61, 220.00, 261.63, 349.23, 261.63, 220.00, 261.63, 220.00,                                       // F
        196.00, 246.94, 293.66, 392.00, 293.66, 246.94, 293.66, 246.94 };                                     // G
    static_assert(note * melody.size() == house_music_period);
    fill(first, sample_rate, house_music_period, out, [&](Duration at) {
        const auto index = static_cast<std::size_t>(at / note);
        const double seconds = seconds_of(at % note);
        const double pluck = std::min(seconds / 0.005, 1.0) * std::exp(-5 * seconds)
            * std::min(seconds_of(note - at % note) / 0.01, 1.0);
        const double hertz = melody[index % melody.size()];
        return 0.12 * pluck * (sine(hertz, seconds) + 0.4 * sine(2 * hertz, seconds) + 0.15 * sine(3 * hertz, seconds));
    });
}

} // namespace parley
