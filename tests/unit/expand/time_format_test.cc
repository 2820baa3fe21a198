#include "expand/time_format.h"

#include <gtest/gtest.h>

#include <ctime>

namespace parley::expand {
namespace {

TEST(TimeFormat, is_that_of_the_c_library)
{
    const char* formats[] { "%a %A %b %B %h", "%c|%D|%F|%r|%R|%T|%x|%X", "%C %d %e %g %G %j %m %u %U %V %w %W %y %Y",
        "%H %I %k %l %M %p %P %S", "%-d %-m %_H %0e %-j %^a %^B %^p %-I", "%n%t%%", "100% %Q" };
    const TimeZone utc;
    for (int day = 0; day < 366 * 12; day += 5) {
        const std::int64_t seconds = 1'388'534'400 + day * 86'400LL + day * 601LL; // From 2014.
        const std::time_t time = seconds;
        std::tm broken {};
        gmtime_r(&time, &broken);
        for (const char* format : formats) {
            char expected[256];
            expected[std::strftime(expected, sizeof expected, format, &broken)] = '\0';
            ASSERT_EQ(format_time(format, utc.at({ seconds * 1'000'000 })), expected) << format;
        }
    }
}

TEST(TimeFormat, knows_zones)
{
    const auto kathmandu = *TimeZone::find("Asia/Kathmandu");
    EXPECT_EQ(format_time("%z %Z %s", kathmandu.at({ 0 })), "+0530 +0530 0");
    EXPECT_EQ(format_time("%z", TimeZone::find("America/St_Johns")->at({ 0 })), "-0330");
}

TEST(TimeFormat, a_sign_without_letter_stays)
{
    EXPECT_EQ(format_time("100%", TimeZone().at({ 0 })), "100%");
    EXPECT_EQ(format_time("%-", TimeZone().at({ 0 })), "%-");
    EXPECT_EQ(
        format_time(std::string(max_time_format_bytes + 5, 'x'), TimeZone().at({ 0 })).size(), max_time_format_bytes);
}

} // namespace
} // namespace parley::expand
