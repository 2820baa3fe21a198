#include "store/message.h"

#include "store/ai_call.h"
#include "store/stamp.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

AiCall ai_call_of(const std::string& customer)
{
    AiCall row;
    row.id = { "a" };
    row.customer = { customer };
    return row;
}

Activeflow activeflow_of(const std::string& customer)
{
    Activeflow row;
    row.id = { "f" };
    row.customer = { customer };
    return row;
}

TEST(Role, every_name_is_read_back)
{
    for (const Role role :
        { Role::system, Role::user, Role::assistant, Role::function, Role::tool, Role::notification })
        EXPECT_EQ(role_from(to_string(role)), role);
    EXPECT_EQ(to_string(Role::notification), "notification");
    EXPECT_EQ(role_from(""), std::nullopt);
    EXPECT_EQ(role_from("User"), std::nullopt);
}

TEST(AiCallStatus, every_name_is_read_back)
{
    for (const auto status :
        { AiCallStatus::initiating, AiCallStatus::progressing, AiCallStatus::terminating, AiCallStatus::terminated })
        EXPECT_EQ(ai_call_status_from(to_string(status)), status);
    EXPECT_EQ(ai_call_status_from("over"), std::nullopt);
}

TEST(Stamp, follows_the_clock_while_it_goes_forward)
{
    Stamp stamp;
    EXPECT_EQ(stamp.next({ 100 }), WallTime { 100 });
    EXPECT_EQ(stamp.next({ 250 }), WallTime { 250 });
}

TEST(Stamp, goes_on_by_microseconds_while_the_clock_stands_or_steps_back)
{
    Stamp stamp({ 1'000 });
    EXPECT_EQ(stamp.next({ 1'000 }), WallTime { 1'001 });
    EXPECT_EQ(stamp.next({ 5 }), WallTime { 1'002 });
    EXPECT_EQ(stamp.next({ 1'002 }), WallTime { 1'003 });
    EXPECT_EQ(stamp.next({ 2'000 }), WallTime { 2'000 });
}

TEST(AiCallRow, what_is_over_stays_over)
{
    AiCall row = ai_call_of("c");
    row.status = AiCallStatus::progressing;
    row = first_row(row, { 10 });
    EXPECT_EQ(row.created, WallTime { 10 });
    EXPECT_EQ(row.updated, std::nullopt);

    AiCall over = row;
    over.status = AiCallStatus::terminated;
    row = *updated_row(row, over, { 20 });
    EXPECT_EQ(row.ended, WallTime { 20 });
    EXPECT_EQ(row.updated, WallTime { 20 });
    EXPECT_EQ(row.created, WallTime { 10 });

    AiCall again = row;
    again.status = AiCallStatus::progressing;
    row = *updated_row(row, again, { 30 });
    EXPECT_EQ(row.status, AiCallStatus::terminated);
    EXPECT_EQ(row.ended, WallTime { 20 });
    EXPECT_EQ(row.updated, WallTime { 30 });
}

TEST(AiCallRow, another_customer_cannot_update_it)
{
    const AiCall row = first_row(ai_call_of("c"), { 10 });
    const auto updated = updated_row(row, ai_call_of("d"), { 20 });
    ASSERT_FALSE(updated);
    EXPECT_EQ(updated.error().kind, ErrorKind::conflict);
}

TEST(ActiveflowRow, ends_once)
{
    Activeflow row = first_row(activeflow_of("c"), { 10 });
    Activeflow over = row;
    over.running = false;
    over.ended = WallTime { 15 };
    row = *updated_row(row, over, { 20 });
    EXPECT_FALSE(row.running);
    EXPECT_EQ(row.ended, WallTime { 15 });
    over.running = true;
    EXPECT_FALSE(updated_row(row, over, { 30 })->running);
}

} // namespace
} // namespace parley
