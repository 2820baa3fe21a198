#include "store/page_token.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

namespace parley {

namespace {

using Microseconds = std::chrono::microseconds;
using std::chrono::day;
using std::chrono::month;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// Takes what it reads from the front of a text.
class Reader {
public:
    explicit Reader(std::string_view text)
        : rest_(text)
    {
    }

    // Exactly `count` digits.
    std::optional<int> number(std::size_t count)
    {
        if (rest_.size() < count || !std::all_of(rest_.begin(), rest_.begin() + static_cast<long>(count), is_digit))
            return std::nullopt;
        int value = 0;
        for (const char c : rest_.substr(0, count))
            value = value * 10 + (c - '0');
        rest_.remove_prefix(count);
        return value;
    }

    std::optional<int> number_after(char separator, std::size_t count)
    {
        return take_any({ &separator, 1 }) ? number(count) : std::nullopt;
    }

    bool take_any(std::string_view characters)
    {
        if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos)
            return false;
        rest_.remove_prefix(1);
        return true;
    }

    [[nodiscard]] bool at_end() const { return rest_.empty(); }
    [[nodiscard]] char next() const { return rest_.empty() ? '\0' : rest_.front(); }

private:
    std::string_view rest_;
};

// Digits of a second, at most nine, in microseconds. Rounded up.
std::optional<Microseconds> fraction(Reader& reader)
{
    if (!reader.take_any("."))
        return Microseconds(0);
    std::int64_t nanoseconds = 0;
    int digits = 0;
    for (; is_digit(reader.next()) && digits < 9; ++digits)
        nanoseconds = nanoseconds * 10 + *reader.number(1);
    if (digits == 0)
        return std::nullopt;
    for (; digits < 9; ++digits)
        nanoseconds *= 10;
    return Microseconds((nanoseconds + 999) / 1000);
}

// `Z`, `+02:00` or nothing: how far the text is ahead of UTC.
std::optional<std::chrono::minutes> offset(Reader& reader)
{
    if (reader.at_end() || reader.take_any("Zz"))
        return std::chrono::minutes(0);
    const bool behind = reader.next() == '-';
    if (!reader.take_any("+-"))
        return std::nullopt;
    const auto hours = reader.number(2);
    const auto minutes = reader.number_after(':', 2);
    if (!hours || !minutes || *hours > 23 || *minutes > 59)
        return std::nullopt;
    const std::chrono::minutes ahead(*hours * 60 + *minutes);
    return behind ? -ahead : ahead;
}

constexpr std::int64_t microseconds_of(sys_days days)
{
    return std::chrono::duration_cast<Microseconds>(days.time_since_epoch()).count();
}

} // namespace

std::string time_text(WallTime time)
{
    constexpr std::int64_t first = microseconds_of(sys_days(year(0) / 1 / 1));
    constexpr std::int64_t last = microseconds_of(sys_days(year(10'000) / 1 / 1)) - 1;
    const std::chrono::sys_time<Microseconds> moment(Microseconds(std::clamp(time.microseconds, first, last)));
    const auto days = std::chrono::floor<std::chrono::days>(moment);
    const year_month_day date(days);
    const std::chrono::hh_mm_ss clock(moment - days);

    std::array<char, 64> text {};
    const int length = std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ",
        static_cast<int>(date.year()), static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
    return { text.data(), static_cast<std::size_t>(length) };
}

std::optional<WallTime> time_from_text(std::string_view text)
{
    if (text.size() > max_page_token_length)
        return std::nullopt;
    Reader reader(text);
    const auto years = reader.number(4);
    const auto months = reader.number_after('-', 2);
    const auto days = reader.number_after('-', 2);
    if (!years || !months || !days || !reader.take_any("Tt "))
        return std::nullopt;
    const auto hours = reader.number(2);
    const auto minutes = reader.number_after(':', 2);
    const auto seconds = reader.number_after(':', 2);
    if (!hours || !minutes || !seconds || *hours > 23 || *minutes > 59 || *seconds > 59)
        return std::nullopt;
    const year_month_day date(year(*years), month(static_cast<unsigned>(*months)), day(static_cast<unsigned>(*days)));
    const auto microseconds = fraction(reader);
    if (!date.ok() || !microseconds)
        return std::nullopt;
    const auto ahead = offset(reader);
    if (!ahead || !reader.at_end())
        return std::nullopt;
    const Microseconds clock = std::chrono::hours(*hours) + std::chrono::minutes(*minutes)
        + std::chrono::seconds(*seconds) + *microseconds - *ahead;
    return WallTime { microseconds_of(sys_days(date)) + clock.count() };
}

} // namespace parley
