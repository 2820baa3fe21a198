#pragma once

#include "base/result.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// The rule for all years to come that stands at the end of a zone's file: the TZ of POSIX ("CST6CDT,M3.2.0,M11.1.0"),
// with the hours of RFC 8536 3.3.1. For `time_zone.cc` alone.
namespace parley {

// One of the ways in which clocks are set in a zone: winter time, summer time.
struct ZoneOffset {
    std::int32_t seconds = 0; // East of Greenwich.
    std::string abbreviation;
};

class TimeZoneRule {
public:
    static Result<TimeZoneRule> parse(std::string_view text);

    [[nodiscard]] const ZoneOffset& at(std::int64_t unix_seconds) const;

private:
    // A day of each year, and the second of that day, by the clock that shows until then.
    struct Change {
        enum class Kind : std::uint8_t {
            julian,        // 1 to 365, 29 February is never counted.
            year_day,      // 0 to 365
            month_weekday, // The week-th weekday of a month; the fifth is the last.
        };
        Kind kind = Kind::year_day;
        int day = 0; // Or the weekday.
        int month = 1;
        int week = 1;
        std::int32_t second = 2 * 3600;

        // Seconds since 1970 by that clock.
        [[nodiscard]] std::int64_t in_year(int year) const;
    };
    struct Reader;

    ZoneOffset standard_;
    std::optional<ZoneOffset> summer_;
    Change to_summer_;
    Change to_standard_;
};

} // namespace parley
