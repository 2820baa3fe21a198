#include "agent/native_functions.h"

#include "base/coerce.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace parley::agent {

namespace {

struct Row {
    Native native;
    std::string_view name;
    std::string_view description;
    std::string_view parameters;
};

constexpr std::string_view nothing = R"({"type":"object","properties":{}})";

// The words of `hangup` are chosen with care: small models take a word of the caller's for a wish.
constexpr std::array<Row, 6> rows { {
    { Native::check_time, "check_time", "Tells the current date and the time of day.", nothing },
    { Native::wait_seconds, "wait_seconds", "Stays silent for so many seconds, because the user asked for that.",
        R"({"type":"object","properties":{"seconds":{"type":"integer","description":"How many seconds, 1 to 120."}},)"
        R"("required":["seconds"]})" },
    { Native::wait_for_user, "wait_for_user", "Stays silent until the user speaks again, because he asked to wait.",
        nothing },
    { Native::adjust_response_latency, "adjust_response_latency",
        "Answers sooner or later after the user falls silent: slower when he complains of being cut off, faster when "
        "he complains of delays.",
        R"({"type":"object","properties":{"direction":{"type":"string","enum":["faster","slower"]},)"
        R"("milliseconds":{"type":"integer","description":"By how much; may be left out."}},"required":["direction"]})" },
    { Native::pause_conversation, "pause_conversation",
        "Stops listening until the user calls the assistant by its name, because he asked for that.", nothing },
    { Native::hangup, "hangup", "Hangs up, once all is settled and the last words are spoken.", nothing },
} };

constexpr std::array<const char*, 7> weekdays { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday",
    "Saturday" };
constexpr std::array<const char*, 12> months { "January", "February", "March", "April", "May", "June", "July", "August",
    "September", "October", "November", "December" };

} // namespace

std::optional<Native> native_named(std::string_view name)
{
    const auto row = std::ranges::find(rows, name, &Row::name);
    return row == rows.end() ? std::nullopt : std::optional(row->native);
}

std::string_view to_string(Native native)
{
    return std::ranges::find(rows, native, &Row::native)->name;
}

LmTool tool_of(Native native)
{
    const auto& row = *std::ranges::find(rows, native, &Row::native);
    return { std::string(row.name), std::string(row.description), Json::parse(row.parameters).value() };
}

std::string time_text(const LocalTime& time)
{
    char text[96];
    std::snprintf(text, sizeof text, "%s, %d %s %d, %02d:%02d", weekdays.at(static_cast<std::size_t>(time.weekday)),
        time.day, months.at(static_cast<std::size_t>(time.month - 1)), time.year, time.hour, time.minute);
    return std::string(text) + " (" + time.zone + ")";
}

std::optional<Duration> adjusted_latency(Duration now, const Json& arguments)
{
    const auto direction = arguments.string_or("direction");
    const bool slower = direction == "slower";
    if (!slower && direction != "faster")
        return std::nullopt;
    Duration step = latency_step;
    if (const auto* given = arguments.find("milliseconds")) {
        if (const auto number = to_number(*given); number && *number > 0)
            step = std::chrono::milliseconds(static_cast<std::int64_t>(std::min(*number, 10'000.0)));
    }
    return std::clamp(slower ? now + step : now - step, shortest_latency, longest_latency);
}

std::optional<Duration> wanted_wait(const Json& arguments)
{
    const auto* given = arguments.find("seconds");
    const auto seconds = given == nullptr ? std::nullopt : to_number(*given);
    if (!seconds || !(*seconds >= 0))
        return std::nullopt;
    const auto bounded = std::min(*seconds, static_cast<double>(longest_wait / 1s));
    return std::max<Duration>(1s, std::chrono::milliseconds(static_cast<std::int64_t>(bounded * 1'000)));
}

} // namespace parley::agent
