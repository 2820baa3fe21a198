#include "sip/trunk.h"

#include <gtest/gtest.h>

namespace parley::sip {
namespace {

Trunk trunk(std::string name, std::vector<std::string> prefixes, std::vector<std::string> sources = {})
{
    Trunk made;
    made.name = std::move(name);
    made.server = "sip:" + made.name + ".example";
    made.prefixes = std::move(prefixes);
    for (const std::string& source : sources)
        made.sources.push_back(*IpNetwork::parse(source));
    return made;
}

std::string name_of(const Trunk* found)
{
    return found == nullptr ? "none" : found->name;
}

TEST(TrunkTable, the_longest_prefix_takes_a_number)
{
    TrunkTable table({ trunk("world", { "+" }), trunk("america", { "+1" }), trunk("france", { "+33", "0033" }) });
    EXPECT_EQ(name_of(table.for_number("+15550100")), "america");
    EXPECT_EQ(name_of(table.for_number("+4420")), "world");
    EXPECT_EQ(name_of(table.for_number("00331")), "france");
    EXPECT_EQ(name_of(table.for_number("112")), "none");
}

TEST(TrunkTable, the_default_takes_what_is_left)
{
    Trunk inbound_only = trunk("inbound", { "1" });
    inbound_only.server.clear();
    Trunk fallback = trunk("fallback", {});
    fallback.is_default = true;
    TrunkTable table({ inbound_only, trunk("america", { "+1" }), fallback });
    EXPECT_EQ(name_of(table.for_number("112")), "fallback");
    EXPECT_EQ(name_of(table.for_number("+15550100")), "america");
    EXPECT_EQ(name_of(TrunkTable().for_number("112")), "none");
}

TEST(TrunkTable, a_call_belongs_to_the_trunk_of_its_address)
{
    TrunkTable table({ trunk("named", {}), trunk("listed", {}, { "203.0.113.0/24", "2001:db8::/32" }) });
    EXPECT_EQ(name_of(table.of_source("203.0.113.9")), "listed");
    EXPECT_EQ(name_of(table.of_source("2001:db8::9")), "listed");
    EXPECT_EQ(name_of(table.of_source("198.51.100.7")), "none");
    EXPECT_EQ(name_of(table.of_source("no address")), "none");
    table.resolved("named", { Hop { { "198.51.100.7", 5060 } }, Hop { { "203.0.113.9", 5060 } } });
    EXPECT_EQ(name_of(table.of_source("198.51.100.7")), "named");
    EXPECT_EQ(name_of(table.of_source("203.0.113.9")), "listed");
    EXPECT_EQ(table.hops("named").size(), 2U);
    EXPECT_TRUE(table.hops("nobody").empty());
}

TEST(TrunkTable, prefixes_say_what_may_be_called)
{
    EXPECT_TRUE(matches_prefix({}, "anything"));
    EXPECT_TRUE(matches_prefix({ "+4930", "+1555" }, "+15550100"));
    EXPECT_FALSE(matches_prefix({ "+1555" }, "+1556"));
}

} // namespace
} // namespace parley::sip
