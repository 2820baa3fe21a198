#include "relay/authorization_state.h"

#include <gtest/gtest.h>

namespace parley::relay {
namespace {

constexpr WallTime noon { 1'745'332'535'000'000 };

AuthorizationState state()
{
    return { ProjectId { "p" }, "signalwire_s_u", { ContextName { "a" }, ContextName { "b" } }, 42, noon };
}

TEST(AuthorizationState, what_is_sealed_comes_back)
{
    EXPECT_EQ(unseal(seal(state(), "key"), "key", noon, 24h), state());
}

TEST(AuthorizationState, a_changed_one_is_none) // Checklist 28
{
    const auto sealed = seal(state(), "key");
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        auto changed = sealed;
        changed[i] = changed[i] == 'x' ? 'y' : 'x';
        if (sealed[i] == '=' || i + 2 == sealed.size())
            continue; // Padding, and the digit whose last bits mean nothing.
        EXPECT_FALSE(unseal(changed, "key", noon, 24h)) << i;
    }
    EXPECT_FALSE(unseal(sealed, "another key", noon, 24h));
    EXPECT_FALSE(unseal(sealed.substr(0, sealed.find(':')), "key", noon, 24h));
}

TEST(AuthorizationState, an_old_one_is_none) // Checklist 28
{
    const auto sealed = seal(state(), "key");
    EXPECT_TRUE(unseal(sealed, "key", noon + 24h, 24h));
    EXPECT_FALSE(unseal(sealed, "key", noon + (24h + 1us), 24h));
}

TEST(AuthorizationState, too_many_contexts_are_left_out)
{
    auto big = state();
    for (int i = 0; i < 100; ++i)
        big.contexts.insert(ContextName { std::string(250, 'c') + std::to_string(i) });
    const auto sealed = seal(big, "key");
    EXPECT_LT(sealed.size(), 1'000U);
    const auto opened = unseal(sealed, "key", noon, 24h);
    ASSERT_TRUE(opened);
    EXPECT_TRUE(opened->contexts.empty());
    EXPECT_EQ(opened->received, 42U);
}

} // namespace
} // namespace parley::relay
