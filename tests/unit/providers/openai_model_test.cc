#include "providers/openai_model.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

// swml-ai 12
TEST(ProviderModel, a_name_that_is_not_mapped_gets_the_configured_model)
{
    OpenAiOptions options;
    options.model = "house";
    EXPECT_EQ(provider_model(options, ""), "house");
    EXPECT_EQ(provider_model(options, "house"), "house");
    EXPECT_EQ(provider_model(options, "gpt-4o-mini"), "house"); // Without a table, too.

    options.models = { { "gpt-4o-mini", "small" } };
    EXPECT_EQ(provider_model(options, "gpt-4o-mini"), "small");
    EXPECT_EQ(provider_model(options, "nova-2"), "house");
    EXPECT_EQ(provider_model(options, ""), "house");
}

TEST(RetryAfter, is_seconds_or_a_date)
{
    const WallTime today { 784'111'777LL * 1'000'000 }; // Sun, 06 Nov 1994 08:49:37 GMT
    EXPECT_EQ(retry_after("0", today), 0s);
    EXPECT_EQ(retry_after("3", today), 3s);
    EXPECT_EQ(retry_after("120", today), longest_pause);
    EXPECT_EQ(retry_after("Sun, 06 Nov 1994 08:49:39 GMT", today), 2s);
    EXPECT_EQ(retry_after("Sun, 06 Nov 1994 09:49:37 GMT", today), longest_pause);
    EXPECT_EQ(retry_after("Sun, 06 Nov 1994 08:49:30 GMT", today), 0s); // It is over.
    for (const char* wrong : { "", "-1", "soon", "3 s", "Sun, 06 Nov 1994", "Sun, 06 Nov 1994 08:49:39 CET" })
        EXPECT_FALSE(retry_after(wrong, today)) << wrong;
}

} // namespace
} // namespace parley
