#include "expand/time_format.h"

#include <array>
#include <cstdlib>

namespace parley::expand {

namespace {

constexpr std::array<std::string_view, 7> days { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday",
    "Saturday" };
constexpr std::array<std::string_view, 12> months { "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December" };
constexpr std::size_t short_name = 3;

// ISO 8601: the first week of a year is the one that has its first Thursday.
struct IsoWeek {
    int year;
    int week;
};

int monday_based(int weekday)
{
    return (weekday + 6) % 7;
}

bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

IsoWeek iso_week(const LocalTime& t)
{
    const int thursday = t.year_day - monday_based(t.weekday) + 3; // Of this week, counted in this year.
    if (thursday < 0) {
        const int length = is_leap(t.year - 1) ? 366 : 365;
        return { t.year - 1, (thursday + length) / 7 + 1 };
    }
    const int length = is_leap(t.year) ? 366 : 365;
    if (thursday >= length)
        return { t.year + 1, 1 };
    return { t.year, thursday / 7 + 1 };
}

// One conversion, after its flag.
class Conversion {
public:
    Conversion(const LocalTime& time, char flag)
        : t_(time)
        , flag_(flag)
    {
    }

    // False: there is no such conversion.
    bool write(char letter, std::string& out) const { return write_date(letter, out) || write_clock(letter, out); }

private:
    bool write_date(char letter, std::string& out) const
    {
        const IsoWeek iso = iso_week(t_);
        const auto day = days[static_cast<std::size_t>(t_.weekday)];
        const auto month = months[static_cast<std::size_t>(t_.month) - 1];
        switch (letter) {
        case 'a': return name(day.substr(0, short_name), out);
        case 'A': return name(day, out);
        case 'b':
        case 'h': return name(month.substr(0, short_name), out);
        case 'B': return name(month, out);
        case 'c': return composed("%a %b %e %H:%M:%S %Y", out);
        case 'C': return number(t_.year / 100, 2, '0', out);
        case 'd': return number(t_.day, 2, '0', out);
        case 'D':
        case 'x': return composed("%m/%d/%y", out);
        case 'e': return number(t_.day, 2, ' ', out);
        case 'F': return composed("%Y-%m-%d", out);
        case 'g': return number(iso.year % 100, 2, '0', out);
        case 'G': return number(iso.year, 4, '0', out);
        case 'j': return number(t_.year_day + 1, 3, '0', out);
        case 'm': return number(t_.month, 2, '0', out);
        case 'u': return number(monday_based(t_.weekday) + 1, 1, '0', out);
        case 'U': return number((t_.year_day + 7 - t_.weekday) / 7, 2, '0', out);
        case 'V': return number(iso.week, 2, '0', out);
        case 'w': return number(t_.weekday, 1, '0', out);
        case 'W': return number((t_.year_day + 7 - monday_based(t_.weekday)) / 7, 2, '0', out);
        case 'y': return number(t_.year % 100, 2, '0', out);
        case 'Y': return number(t_.year, 4, '0', out);
        }
        return false;
    }

    bool write_clock(char letter, std::string& out) const
    {
        const int twelve = t_.hour % 12 == 0 ? 12 : t_.hour % 12;
        switch (letter) {
        case 'H': return number(t_.hour, 2, '0', out);
        case 'I': return number(twelve, 2, '0', out);
        case 'k': return number(t_.hour, 2, ' ', out);
        case 'l': return number(twelve, 2, ' ', out);
        case 'M': return number(t_.minute, 2, '0', out);
        case 'n': return name("\n", out);
        case 'p': return name(t_.hour < 12 ? "AM" : "PM", out);
        case 'P': return name(t_.hour < 12 ? "am" : "pm", out);
        case 'r': return composed("%I:%M:%S %p", out);
        case 'R': return composed("%H:%M", out);
        case 's': return name(std::to_string(t_.unix_seconds), out);
        case 'S': return number(t_.second, 2, '0', out);
        case 't': return name("\t", out);
        case 'T':
        case 'X': return composed("%H:%M:%S", out);
        case 'z': {
            const int minutes = std::abs(t_.offset_seconds) / 60;
            out += t_.offset_seconds < 0 ? '-' : '+';
            return plain(minutes / 60 * 100 + minutes % 60, 4, '0', out);
        }
        case 'Z': return name(t_.zone, out);
        case '%': return name("%", out);
        }
        return false;
    }

    bool name(std::string_view text, std::string& out) const
    {
        for (const char c : text)
            out += flag_ == '^' && c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
        return true;
    }
    bool composed(std::string_view format, std::string& out) const { return name(format_time(format, t_), out); }
    bool number(int value, std::size_t width, char padding, std::string& out) const
    {
        if (flag_ == '-')
            width = 0;
        if (flag_ == '_' || flag_ == '0')
            padding = flag_ == '_' ? ' ' : '0';
        return plain(value, width, padding, out);
    }
    static bool plain(int value, std::size_t width, char padding, std::string& out)
    {
        const std::string digits = std::to_string(value);
        out.append(width > digits.size() ? width - digits.size() : 0, padding);
        out += digits;
        return true;
    }

    const LocalTime& t_;
    char flag_;
};

} // namespace

std::string format_time(std::string_view format, const LocalTime& time)
{
    format = format.substr(0, max_time_format_bytes);
    std::string out;
    for (std::size_t at = 0; at < format.size(); ++at) {
        if (format[at] != '%') {
            out += format[at];
            continue;
        }
        std::size_t letter = at + 1;
        char flag = 0;
        if (letter < format.size() && std::string_view("-_0^").find(format[letter]) != std::string_view::npos)
            flag = format[letter++];
        if (letter < format.size() && Conversion(time, flag).write(format[letter], out))
            at = letter;
        else
            out += '%';
    }
    return out;
}

} // namespace parley::expand
