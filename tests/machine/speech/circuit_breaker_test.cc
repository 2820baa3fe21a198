#include "speech/circuit_breaker.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

constexpr Instant start { 1'000s };

TEST(CircuitBreaker, the_first_failure_is_enough_for_a_short_rest)
{
    CircuitBreaker breaker;
    EXPECT_TRUE(breaker.allows(start));
    breaker.failed(start);
    EXPECT_FALSE(breaker.allows(start));
    EXPECT_FALSE(breaker.allows(start + 2s - 1us));
    EXPECT_TRUE(breaker.allows(start + 2s));
}

TEST(CircuitBreaker, after_a_rest_one_probe_decides)
{
    CircuitBreaker breaker;
    breaker.failed(start);
    const auto probe = start + 2s;
    breaker.attempted(probe);
    EXPECT_FALSE(breaker.allows(probe)); // Only one at a time.
    breaker.failed(probe + 1s);
    EXPECT_FALSE(breaker.allows(probe + 5s - 1us)); // The second rest is twice as long.
    EXPECT_TRUE(breaker.allows(probe + 5s));
    breaker.attempted(probe + 5s);
    breaker.succeeded();
    EXPECT_TRUE(breaker.allows(probe + 5s));
}

TEST(CircuitBreaker, many_that_fail_at_the_same_time_count_once)
{
    CircuitBreaker breaker;
    for (int call = 0; call < 10; ++call)
        breaker.failed(start + call * 100ms);
    EXPECT_TRUE(breaker.allows(start + 2s));
}

TEST(CircuitBreaker, one_that_works_for_a_moment_and_breaks_again_rests_longer_each_time)
{
    CircuitBreaker breaker;
    auto now = start;
    for (const auto rest : { 2s, 4s, 8s, 16s, 32s, 60s, 60s }) {
        breaker.attempted(now);
        breaker.succeeded();
        breaker.failed(now + 1s);
        now += 1s;
        EXPECT_FALSE(breaker.allows(now + rest - 1us)) << rest.count();
        EXPECT_TRUE(breaker.allows(now + rest)) << rest.count();
        now += rest;
    }
}

TEST(CircuitBreaker, a_minute_of_work_is_a_clean_slate)
{
    CircuitBreaker breaker;
    breaker.failed(start);
    breaker.attempted(start + 2s);
    breaker.failed(start + 2s); // Four seconds.
    breaker.attempted(start + 6s);
    breaker.succeeded();
    const auto later = start + 6s + 60s;
    breaker.failed(later);
    EXPECT_TRUE(breaker.allows(later + 2s));
}

TEST(CircuitBreaker, a_probe_without_outcome_does_not_block_the_next)
{
    CircuitBreaker breaker;
    breaker.failed(start);
    breaker.attempted(start + 2s);
    EXPECT_FALSE(breaker.allows(start + 11s));
    EXPECT_TRUE(breaker.allows(start + 12s));
}

TEST(CircuitBreaker, rests_are_bounded)
{
    CircuitBreaker breaker;
    breaker.failed(start);
    auto now = start;
    for (int i = 0; i < 20; ++i) {
        now += 60s;
        ASSERT_TRUE(breaker.allows(now)) << i;
        breaker.attempted(now);
        breaker.failed(now);
    }
}

} // namespace
} // namespace parley
