#include "agent/hearing.h"

#include <gtest/gtest.h>

namespace parley::agent {
namespace {

// swml-ai 93: patterns rewrite what was heard.
TEST(Hearing, rewrites_by_each_hint_in_order)
{
    const Hearing hearing({ { "parl(e|i)y", "Parley", true }, { "Parley (\\d+)", "P$1", false } });
    EXPECT_EQ(hearing.rewrite("ask PARLIY 5 now").text, "ask P5 now");
    EXPECT_EQ(hearing.rewrite("nothing of it").text, "nothing of it");
    EXPECT_EQ(Hearing({ { "a", "b", false } }).rewrite("A a").text, "A b");
}

TEST(Hearing, a_pattern_that_explodes_is_passed_over)
{
    const Hearing hearing({ { "(a+)+$", "x", false }, { "b", "c", false } });
    const auto heard = hearing.rewrite(std::string(60, 'a') + "b");
    EXPECT_EQ(heard.text, std::string(60, 'a') + "c");
    ASSERT_EQ(heard.complaints.size(), 1U);
    EXPECT_EQ(heard.complaints[0].find("(a+)+$: "), 0U);
}

TEST(Hearing, hints_may_come_and_go)
{
    Hearing hearing({ { "a", "b", false } });
    EXPECT_TRUE(hearing.add({ "c", "d", false }));
    EXPECT_FALSE(hearing.add({ "(", "d", false }));
    EXPECT_EQ(hearing.rewrite("ac").text, "bd");
    hearing.forget_added();
    EXPECT_EQ(hearing.rewrite("ac").text, "bc");
}

} // namespace
} // namespace parley::agent
