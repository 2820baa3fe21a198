#include "sip/source_guard.h"

#include <gtest/gtest.h>

namespace parley::sip {
namespace {

constexpr Instant origin {};
constexpr const char* scanner = "203.0.113.66";

int admitted(SourceGuard& guard, std::string_view ip, int requests, Instant now)
{
    int count = 0;
    for (int i = 0; i < requests; ++i)
        count += guard.admit_stranger(ip, now) ? 1 : 0;
    return count;
}

TEST(TokenBucket, gives_its_burst_and_then_its_rate)
{
    TokenBucket bucket;
    const Rate rate { 10, 3 };
    const auto take = [&](Duration at) { return bucket.take(rate, origin + at); };
    EXPECT_TRUE(take(0ms) && take(0ms) && take(0ms));
    EXPECT_FALSE(take(99ms));
    EXPECT_TRUE(take(100ms));
    EXPECT_FALSE(take(100ms));
    EXPECT_FALSE(bucket.is_full(rate, origin + 399ms));
    EXPECT_TRUE(bucket.is_full(rate, origin + 400ms));
    EXPECT_TRUE(take(10s) && take(10s) && take(10s));
    EXPECT_FALSE(take(10s));
}

TEST(SourceGuard, a_flood_gets_its_rate_and_no_more)
{
    SourceGuard guard({});
    EXPECT_EQ(admitted(guard, scanner, 1'000, origin), 60);
    EXPECT_EQ(admitted(guard, scanner, 1'000, origin + 1s), 20);
    EXPECT_EQ(admitted(guard, "198.51.100.7", 10, origin + 1s), 10);
}

TEST(SourceGuard, floods_of_all_addresses_together_have_a_rate_too)
{
    SourceGuard guard({});
    int count = 0;
    for (int i = 0; i < 3'000; ++i)
        count
            += guard.admit_stranger("10.0." + std::to_string(i / 250) + '.' + std::to_string(i % 250), origin) ? 1 : 0;
    EXPECT_EQ(count, 2'000);
}

TEST(SourceGuard, addresses_that_find_no_room_share_a_rate)
{
    GuardSettings settings;
    settings.max_strangers = 1;
    SourceGuard guard(settings);
    EXPECT_EQ(admitted(guard, scanner, 100, origin), 60);
    EXPECT_EQ(admitted(guard, "203.0.113.67", 50, origin) + admitted(guard, "203.0.113.68", 50, origin), 60);
    EXPECT_EQ(admitted(guard, "203.0.113.69", 100, origin + 1min), 60); // The first one is forgotten by then.
    EXPECT_EQ(admitted(guard, "203.0.113.70", 100, origin + 1min), 60);
}

TEST(SourceGuard, wrong_passwords_lock_an_address_out_for_a_time)
{
    SourceGuard guard({});
    for (int i = 1; i < 10; ++i)
        EXPECT_FALSE(guard.failed(scanner, origin + i * 1s));
    EXPECT_FALSE(guard.is_locked_out(scanner, origin + 10s));
    EXPECT_TRUE(guard.failed(scanner, origin + 10s));
    EXPECT_TRUE(guard.is_locked_out(scanner, origin + 10s));
    EXPECT_EQ(guard.locked_out(origin + 10s), 1U);
    EXPECT_FALSE(guard.is_locked_out("203.0.113.67", origin + 10s));
    EXPECT_TRUE(guard.is_locked_out(scanner, origin + 10s + 10min - 1us));
    EXPECT_FALSE(guard.is_locked_out(scanner, origin + 10s + 10min));
}

TEST(SourceGuard, failures_far_apart_are_mistakes)
{
    SourceGuard guard({});
    for (int i = 0; i < 100; ++i)
        EXPECT_FALSE(guard.failed(scanner, origin + i * 7s)); // Nine in a minute.
}

TEST(SourceGuard, an_address_of_ipv6_counts_as_its_network)
{
    SourceGuard guard({});
    for (int i = 1; i <= 10; ++i)
        guard.failed("2001:db8:1:2::" + std::to_string(i), origin);
    EXPECT_TRUE(guard.is_locked_out("2001:db8:1:2:ffff::1", origin));
    EXPECT_FALSE(guard.is_locked_out("2001:db8:1:3::1", origin));
}

TEST(SourceGuard, the_oldest_offender_is_forgotten_when_there_are_too_many)
{
    GuardSettings settings;
    settings.max_offenders = 2;
    settings.failures = 1;
    SourceGuard guard(settings);
    for (const char* ip : { "203.0.113.1", "203.0.113.2", "203.0.113.3" })
        EXPECT_TRUE(guard.failed(ip, origin));
    EXPECT_FALSE(guard.is_locked_out("203.0.113.1", origin));
    EXPECT_TRUE(guard.is_locked_out("203.0.113.2", origin));
    EXPECT_TRUE(guard.is_locked_out("203.0.113.3", origin));
}

} // namespace
} // namespace parley::sip
