#include "store/page_token.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

constexpr WallTime march { 1'709'287'205'000'001 }; // 2024-03-01T10:00:05.000001Z

TEST(PageToken, is_written_with_six_digits_in_utc)
{
    EXPECT_EQ(time_text(march), "2024-03-01T10:00:05.000001Z");
    EXPECT_EQ(time_text({ 0 }), "1970-01-01T00:00:00.000000Z");
    EXPECT_EQ(time_text({ -1 }), "1969-12-31T23:59:59.999999Z");
}

TEST(PageToken, years_beyond_the_form_are_moved_to_its_ends)
{
    EXPECT_EQ(time_text({ INT64_MAX }), "9999-12-31T23:59:59.999999Z");
    EXPECT_EQ(time_text({ INT64_MIN }), "0000-01-01T00:00:00.000000Z");
}

TEST(PageToken, reads_every_form_that_clients_send)
{
    for (const auto* text : {
             "2024-03-01T10:00:05.000001Z",
             "2024-03-01 10:00:05.000001",
             "2024-03-01T10:00:05.000001",
             "2024-03-01T12:00:05.000001+02:00",
             "2024-03-01T08:30:05.000001-01:30",
             "2024-03-01t10:00:05.000001000z",
         })
        EXPECT_EQ(time_from_text(text), march) << text;
    EXPECT_EQ(time_from_text("2024-03-01T10:00:05Z"), WallTime { march.microseconds - 1 });
    EXPECT_EQ(time_from_text("2024-03-01T10:00:05.5Z"), WallTime { march.microseconds + 499'999 });
}

// A row at .000000 is older than .0000001, so the token must stay above it.
TEST(PageToken, parts_of_a_microsecond_count_up)
{
    EXPECT_EQ(time_from_text("2024-03-01T10:00:05.0000001Z"), march);
    EXPECT_EQ(time_from_text("2024-03-01T10:00:05.000000999Z"), march);
}

TEST(PageToken, refuses_everything_else)
{
    for (const auto* text : {
             "",
             "yesterday",
             "2024-03-01",
             "2024-03-01T10:00",
             "2024-13-01T10:00:05Z",
             "2024-02-30T10:00:05Z",
             "2023-02-29T10:00:05Z",
             "2024-03-01T24:00:05Z",
             "2024-03-01T10:60:05Z",
             "2024-03-01T10:00:60Z",
             "2024-03-01T10:00:05.Z",
             "2024-03-01T10:00:05.0000000001Z",
             "2024-03-01T10:00:05.000001Zx",
             "2024-03-01T10:00:05+2:00",
             "2024-03-01T10:00:05+24:00",
             "2024-03-01X10:00:05Z",
             " 2024-03-01T10:00:05Z",
             "-024-03-01T10:00:05Z",
             "20240-03-01T10:00:05Z",
         })
        EXPECT_EQ(time_from_text(text), std::nullopt) << text;
    EXPECT_EQ(time_from_text("2024-03-01T10:00:05Z" + std::string(max_page_token_length, ' ')), std::nullopt);
}

TEST(PageToken, what_was_written_is_read_back)
{
    for (std::int64_t time = -62'000'000'000'000'000; time < 250'000'000'000'000'000; time += 1'234'567'890'123'457)
        EXPECT_EQ(time_from_text(time_text({ time })), WallTime { time });
}

} // namespace
} // namespace parley
