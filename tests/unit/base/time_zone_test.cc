#include "base/time_zone.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <iterator>

namespace parley {
namespace {

std::string shown(const TimeZone& zone, std::int64_t unix_seconds)
{
    const LocalTime t = zone.at({ unix_seconds * 1'000'000 });
    char text[64];
    std::snprintf(text, sizeof text, "%04d-%02d-%02d %02d:%02d:%02d %+d", t.year, t.month, t.day, t.hour, t.minute,
        t.second, t.offset_seconds / 60);
    return text + (" " + t.zone);
}

TimeZone zone(std::string_view name)
{
    auto found = TimeZone::find(name);
    EXPECT_TRUE(found) << found.error().what;
    return *found;
}

std::string file_of(const char* name)
{
    std::ifstream file(std::string("/usr/share/zoneinfo/") + name, std::ios::binary);
    return { std::istreambuf_iterator<char>(file), {} };
}

TEST(TimeZone, utc_needs_no_database)
{
    EXPECT_EQ(shown(TimeZone(), 0), "1970-01-01 00:00:00 +0 UTC");
    EXPECT_EQ(shown(zone("UTC"), 1'705'350'615), "2024-01-15 20:30:15 +0 UTC");
    const LocalTime leap = TimeZone().at({ 1'709'164'800'000'000 });
    EXPECT_EQ(leap.day, 29);
    EXPECT_EQ(leap.weekday, 4);
    EXPECT_EQ(leap.year_day, 59);
}

TEST(TimeZone, clocks_change_in_march_and_november)
{
    for (const char* name : { "US/Central", "America/Chicago" }) {
        const TimeZone central = zone(name);
        EXPECT_EQ(shown(central, 1'710'057'599), "2024-03-10 01:59:59 -360 CST");
        EXPECT_EQ(shown(central, 1'710'057'600), "2024-03-10 03:00:00 -300 CDT");
        EXPECT_EQ(shown(central, 1'730'617'199), "2024-11-03 01:59:59 -300 CDT");
        EXPECT_EQ(shown(central, 1'730'617'200), "2024-11-03 01:00:00 -360 CST");
    }
}

// The table of a file ends; the rule at its end goes on.
TEST(TimeZone, clocks_change_in_years_to_come)
{
    EXPECT_EQ(shown(zone("America/Chicago"), 3'803'180'400), "2090-07-08 02:00:00 -300 CDT");
    EXPECT_EQ(shown(zone("Europe/Berlin"), 3'803'180'400), "2090-07-08 09:00:00 +120 CEST");
    EXPECT_EQ(shown(zone("Australia/Sydney"), 3'786'868'800), "2089-12-31 23:00:00 +660 AEDT");
    EXPECT_EQ(shown(zone("Australia/Sydney"), 3'803'180'400), "2090-07-08 17:00:00 +600 AEST");
    EXPECT_EQ(shown(zone("Asia/Kolkata"), 3'803'180'400), "2090-07-08 12:30:00 +330 IST");
    EXPECT_EQ(shown(zone("America/Sao_Paulo"), 3'803'180'400), "2090-07-08 04:00:00 -180 -03");
}

TEST(TimeZone, the_past_had_other_rules)
{
    EXPECT_EQ(shown(zone("America/Chicago"), 1'143'880'000), "2006-04-01 02:26:40 -360 CST");
    EXPECT_EQ(shown(zone("America/Chicago"), -3'000'000'000), "1874-12-07 12:49:24 -350 LMT");
}

TEST(TimeZone, an_unknown_zone_is_an_error)
{
    for (const char* name :
        { "", "Mars/Base", "../../../etc/passwd", "/etc/passwd", "America", "US/Central\n", "tzdata.zi" }) {
        const auto found = TimeZone::find(name);
        ASSERT_FALSE(found) << name;
    }
    EXPECT_FALSE(TimeZone::find(std::string(TimeZone::max_name_bytes + 1, 'A')));
}

TEST(TimeZone, moments_beyond_the_calendar_are_moved_to_its_bounds)
{
    EXPECT_EQ(TimeZone().at({ INT64_MAX }).year, 9999);
    EXPECT_EQ(zone("Asia/Tokyo").at({ INT64_MIN }).year, 1);
}

TEST(TimeZone, a_file_that_is_cut_off_is_refused)
{
    const std::string file = file_of("America/Chicago");
    ASSERT_TRUE(TimeZone::parse(file));
    for (std::size_t size = 0; size < file.size(); ++size)
        EXPECT_FALSE(TimeZone::parse(std::string_view(file).substr(0, size))) << size;
    EXPECT_FALSE(TimeZone::parse(std::string(TimeZone::max_file_bytes + 1, 'T')));
}

} // namespace
} // namespace parley
