#include "net/address.h"

#include "net/outbound_policy.h"

#include <gtest/gtest.h>

using namespace parley;

TEST(Address, with_port_is_read_and_printed)
{
    for (const char* text : { "127.0.0.1:5060", "[::1]:0", "[2001:db8::1]:65535" }) {
        auto address = parse_socket_address(text);
        ASSERT_TRUE(address) << text;
        EXPECT_EQ(to_string(*address), text);
    }
    for (const char* text : { "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "::1:80", "[127.0.0.1]:80",
             "host:80", "127.0.0.1:8o", ":80", "" })
        EXPECT_FALSE(parse_socket_address(text)) << text;
}

TEST(OutboundPolicy, allows_public_addresses_and_what_is_listed)
{
    const auto allows = [](const OutboundPolicy& policy, const char* ip) { return policy.allows(*parse_ip(ip)); };
    const OutboundPolicy strict;
    EXPECT_TRUE(allows(strict, "1.1.1.1"));
    for (const char* ip :
        { "127.0.0.1", "::1", "10.0.0.1", "169.254.169.254", "0.0.0.0", "224.0.0.1", "::ffff:10.0.0.1" })
        EXPECT_FALSE(allows(strict, ip)) << ip;

    auto listed = OutboundPolicy::create({ "127.0.0.1", "fd00::/8" });
    ASSERT_TRUE(listed);
    EXPECT_TRUE(allows(*listed, "127.0.0.1"));
    EXPECT_TRUE(allows(*listed, "fd12::1"));
    EXPECT_FALSE(allows(*listed, "127.0.0.2"));
    EXPECT_FALSE(allows(*listed, "10.0.0.1"));

    EXPECT_TRUE(allows(OutboundPolicy::unrestricted(), "127.0.0.1"));
    auto broken = OutboundPolicy::create({ "10.0.0.0/8", "nonsense" });
    ASSERT_FALSE(broken);
    EXPECT_NE(broken.error().what.find("nonsense"), std::string::npos);
}
