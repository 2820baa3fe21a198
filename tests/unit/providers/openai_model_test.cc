#include "providers/openai_model.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

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

} // namespace
} // namespace parley
