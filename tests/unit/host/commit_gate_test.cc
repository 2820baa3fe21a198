#include "host/commit_gate.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace parley {
namespace {

const Error full { ErrorKind::unavailable, "disk full" };

class CommitGateTest : public ::testing::Test {
protected:
    void pass(const std::string& name)
    {
        gate.pass([this, name](const Result<void>& outcome) { seen.push_back(outcome ? name : name + " failed"); });
    }

    CommitGate gate;
    std::vector<std::string> seen;
};

TEST_F(CommitGateTest, passes_at_once_when_nothing_is_on_its_way)
{
    pass("a");
    EXPECT_EQ(seen, (std::vector<std::string> { "a" }));
    EXPECT_TRUE(gate.idle());
}

TEST_F(CommitGateTest, waits_for_the_rows_before_it_and_for_no_later_ones)
{
    gate.appended();
    gate.appended();
    pass("a");
    gate.appended();
    pass("b");
    gate.answered({});
    EXPECT_TRUE(seen.empty());
    gate.answered({});
    EXPECT_EQ(seen, (std::vector<std::string> { "a" }));
    EXPECT_FALSE(gate.idle());
    gate.answered({});
    EXPECT_EQ(seen, (std::vector<std::string> { "a", "b" }));
    EXPECT_TRUE(gate.idle());
}

TEST_F(CommitGateTest, a_failed_row_fails_what_follows_it_and_nothing_later)
{
    gate.appended();
    pass("a");
    pass("b");
    gate.answered(full);
    pass("c");
    EXPECT_EQ(seen, (std::vector<std::string> { "a failed", "b", "c" }));
}

TEST_F(CommitGateTest, keeps_the_order_even_when_released_work_passes_more)
{
    gate.appended();
    gate.pass([this](const Result<void>&) {
        seen.push_back("a");
        pass("c");
    });
    pass("b");
    gate.answered({});
    EXPECT_EQ(seen, (std::vector<std::string> { "a", "b", "c" }));
}

} // namespace
} // namespace parley
