#pragma once

#include "base/result.h"
#include "base/time.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

// What clocks on the wall show: a moment in a time zone of the IANA database. The zones are the machine's (Debian:
// `tzdata`), read once each; a zone never changes after that.
namespace parley {

struct LocalTime {
    int year = 1970;
    int month = 1;    // 1 to 12
    int day = 1;      // 1 to 31
    int weekday = 4;  // 0 to 6, Sunday is 0
    int year_day = 0; // 0 to 365
    int hour = 0;
    int minute = 0;
    int second = 0;
    int offset_seconds = 0; // East of Greenwich.
    std::string zone;       // "CST"
    std::int64_t unix_seconds = 0;
};

class TimeZone {
public:
    static constexpr std::size_t max_file_bytes = 64 * 1024;
    static constexpr std::size_t max_name_bytes = 64;

    TimeZone(); // UTC

    // A file of the database: TZif, version 2 or later (RFC 8536).
    static Result<TimeZone> parse(std::string_view tzif);

    // `America/Chicago`, `US/Central`, `UTC`. Unknown names, and machines without the database: `not_found`.
    static Result<TimeZone> find(std::string_view name);

    // Moments outside of the years 1 to 9999 are moved to their bounds.
    [[nodiscard]] LocalTime at(WallTime) const;

    struct Rules;

private:
    explicit TimeZone(std::shared_ptr<const Rules> rules)
        : rules_(std::move(rules))
    {
    }

    std::shared_ptr<const Rules> rules_; // Shared: fixed once read, and used by every thread.
};

} // namespace parley
