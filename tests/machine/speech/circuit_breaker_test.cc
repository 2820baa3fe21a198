#include "speech/circuit_breaker.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

constexpr Instant start { 1'000s };

TEST(CircuitBreaker, one_failure_is_forgiven_and_two_in_a_row_are_not)
{
    CircuitBreaker breaker;
    breaker.failed(start);
    EXPECT_TRUE(breaker.allows(start));
    breaker.succeeded();
    breaker.failed(start);
    EXPECT_TRUE(breaker.allows(start));
    breaker.failed(start);
    EXPECT_FALSE(breaker.allows(start));
    EXPECT_FALSE(breaker.allows(start + CircuitBreaker::first_rest - 1us));
    EXPECT_TRUE(breaker.allows(start + CircuitBreaker::first_rest));
}

TEST(CircuitBreaker, after_a_rest_one_probe_decides)
{
    CircuitBreaker breaker;
    breaker.failed(start);
    breaker.failed(start);
    const auto probe = start + 5s;
    breaker.attempted(probe);
    EXPECT_FALSE(breaker.allows(probe)); // Only one at a time.
    breaker.failed(probe + 1s);
    EXPECT_FALSE(breaker.allows(probe + 10s)); // The second rest is twice as long.
    EXPECT_TRUE(breaker.allows(probe + 11s));
    breaker.attempted(probe + 11s);
    breaker.succeeded();
    EXPECT_TRUE(breaker.allows(probe + 11s));
}

TEST(CircuitBreaker, a_probe_without_outcome_does_not_block_the_next)
{
    CircuitBreaker breaker;
    breaker.failed(start);
    breaker.failed(start);
    breaker.attempted(start + 5s);
    EXPECT_FALSE(breaker.allows(start + 14s));
    EXPECT_TRUE(breaker.allows(start + 15s));
}

TEST(CircuitBreaker, rests_are_bounded)
{
    CircuitBreaker breaker;
    breaker.failed(start);
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
