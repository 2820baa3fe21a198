#include "base/id.h"

#include <gtest/gtest.h>

#include <set>

namespace parley {
namespace {

TEST(Uuid, every_spelling_has_one_canonical_form)
{
    EXPECT_EQ(canonical_uuid("5E4A0680-804E-41EC-8477-2FEA5968D85B"), "5e4a0680-804e-41ec-8477-2fea5968d85b");
    EXPECT_EQ(canonical_uuid("5e4a0680804e41ec84772fea5968d85b"), "5e4a0680-804e-41ec-8477-2fea5968d85b");
    EXPECT_EQ(canonical_uuid("5e4a0680-804e-41ec-8477-2fea5968d85"), "");
    EXPECT_EQ(canonical_uuid("5e4a-0680804e-41ec-8477-2fea5968d85b"), "");
    EXPECT_EQ(canonical_uuid("5e4a0680-804e-41ec-8477-2fea5968d85g"), "");
    EXPECT_EQ(canonical_uuid(""), "");
}

TEST(IdSource, the_same_seed_gives_the_same_ids_and_no_two_are_alike)
{
    IdSource a(7);
    IdSource b(7);
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        const std::string id = a.uuid();
        EXPECT_EQ(id, b.uuid());
        EXPECT_EQ(id, canonical_uuid(id));
        EXPECT_EQ(id[14], '4');
        EXPECT_TRUE(seen.insert(id).second);
    }
}

} // namespace
} // namespace parley
