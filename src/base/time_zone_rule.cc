#include "base/time_zone_rule.h"

#include <chrono>

namespace parley {

namespace {

constexpr std::int32_t hour = 3600;

Error no_rule()
{
    return { ErrorKind::invalid_request, "time zone: its rule for the future cannot be read" };
}

} // namespace

std::int64_t TimeZoneRule::Change::in_year(int year) const
{
    using namespace std::chrono;
    const auto y = std::chrono::year(year);
    const sys_days new_year = y / January / 1;
    sys_days date = new_year;
    switch (kind) {
    case Kind::julian: date = new_year + days(day - 1 + (y.is_leap() && day >= 60 ? 1 : 0)); break;
    case Kind::year_day: date = new_year + days(day); break;
    case Kind::month_weekday: {
        const auto m = y / std::chrono::month(static_cast<unsigned>(month));
        const auto w = weekday(static_cast<unsigned>(day));
        date = week == 5 ? sys_days(m / w[last]) : sys_days(m / w[static_cast<unsigned>(week)]);
        break;
    }
    }
    return seconds(date.time_since_epoch()).count() + second;
}

// Reads from the front of `rest`. False: it is not there.
struct TimeZoneRule::Reader {
    std::string_view rest;

    bool skip(char c)
    {
        if (!rest.starts_with(c))
            return false;
        rest.remove_prefix(1);
        return true;
    }
    bool number(int& value, int least, int most)
    {
        std::size_t digits = 0;
        value = 0;
        while (digits < rest.size() && digits < 3 && rest[digits] >= '0' && rest[digits] <= '9')
            value = value * 10 + (rest[digits++] - '0');
        rest.remove_prefix(digits);
        return digits > 0 && value >= least && value <= most;
    }
    // "<+03>" or "CST"
    bool abbreviation(std::string& name)
    {
        const bool quoted = skip('<');
        std::size_t length = 0;
        while (length < rest.size() && (quoted ? rest[length] != '>' : is_letter(rest[length])))
            ++length;
        name = rest.substr(0, length);
        rest.remove_prefix(length);
        return length >= 3 && length <= 10 && (!quoted || skip('>'));
    }
    bool seconds(std::int32_t& value)
    {
        const int sign = skip('-') ? -1 : 1;
        if (sign > 0)
            skip('+');
        int hours = 0;
        int minutes = 0;
        int left = 0;
        if (!number(hours, 0, 167))
            return false;
        if (skip(':') && !number(minutes, 0, 59))
            return false;
        if (skip(':') && !number(left, 0, 59))
            return false;
        value = sign * (hours * hour + minutes * 60 + left);
        return true;
    }
    bool change(Change& change)
    {
        if (!skip(','))
            return false;
        bool read = false;
        if (skip('M')) {
            change.kind = Change::Kind::month_weekday;
            read = number(change.month, 1, 12) && skip('.') && number(change.week, 1, 5) && skip('.')
                && number(change.day, 0, 6);
        } else if (skip('J')) {
            change.kind = Change::Kind::julian;
            read = number(change.day, 1, 365);
        } else {
            change.kind = Change::Kind::year_day;
            read = number(change.day, 0, 365);
        }
        return read && (!skip('/') || seconds(change.second));
    }

    static bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
};

Result<TimeZoneRule> TimeZoneRule::parse(std::string_view text)
{
    TimeZoneRule rule;
    Reader reader { text };
    if (!reader.abbreviation(rule.standard_.abbreviation) || !reader.seconds(rule.standard_.seconds))
        return no_rule();
    rule.standard_.seconds = -rule.standard_.seconds; // POSIX counts to the west.
    if (reader.rest.empty())
        return rule;
    ZoneOffset summer;
    if (!reader.abbreviation(summer.abbreviation))
        return no_rule();
    summer.seconds = rule.standard_.seconds + hour;
    if (!reader.rest.starts_with(',')) {
        if (!reader.seconds(summer.seconds))
            return no_rule();
        summer.seconds = -summer.seconds;
    }
    rule.summer_ = std::move(summer);
    if (!reader.change(rule.to_summer_) || !reader.change(rule.to_standard_) || !reader.rest.empty())
        return no_rule();
    return rule;
}

const ZoneOffset& TimeZoneRule::at(std::int64_t unix_seconds) const
{
    if (!summer_)
        return standard_;
    using namespace std::chrono;
    const auto day = floor<days>(sys_seconds(seconds(unix_seconds + standard_.seconds)));
    const int year = static_cast<int>(year_month_day(day).year());
    const std::int64_t begin = to_summer_.in_year(year) - standard_.seconds;
    const std::int64_t end = to_standard_.in_year(year) - summer_->seconds;
    // South of the equator summer goes over the end of the year.
    const bool summer
        = begin < end ? unix_seconds >= begin && unix_seconds < end : unix_seconds >= begin || unix_seconds < end;
    return summer ? *summer_ : standard_;
}

} // namespace parley
