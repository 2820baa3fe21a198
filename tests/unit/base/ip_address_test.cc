#include "base/ip_address.h"

#include <gtest/gtest.h>

using namespace parley;

TEST(Address, is_classified)
{
    const std::pair<const char*, IpClass> rows[] = {
        { "8.8.8.8", IpClass::global },
        { "127.0.0.1", IpClass::loopback },
        { "127.255.255.255", IpClass::loopback },
        { "::1", IpClass::loopback },
        { "::ffff:127.0.0.1", IpClass::loopback },
        { "::ffff:8.8.8.8", IpClass::global },
        { "10.255.0.1", IpClass::site },
        { "172.15.255.255", IpClass::global },
        { "172.16.0.0", IpClass::site },
        { "172.31.255.255", IpClass::site },
        { "172.32.0.0", IpClass::global },
        { "192.168.3.4", IpClass::site },
        { "100.64.0.1", IpClass::site },
        { "100.128.0.1", IpClass::global },
        { "169.254.169.254", IpClass::link_local },
        { "fe80::1", IpClass::link_local },
        { "fd12::1", IpClass::site },
        { "224.0.0.1", IpClass::multicast },
        { "ff02::1", IpClass::multicast },
        { "0.0.0.0", IpClass::unspecified },
        { "0.1.2.3", IpClass::unspecified },
        { "::", IpClass::unspecified },
        { "255.255.255.255", IpClass::reserved },
        { "::7f00:1", IpClass::reserved },
        { "64:ff9b::7f00:1", IpClass::reserved },
        { "2002:7f00:1::", IpClass::reserved },
        { "2606:4700::1111", IpClass::global },
    };
    for (const auto& [literal, expected] : rows) {
        const auto address = parse_ip(literal);
        ASSERT_TRUE(address) << literal;
        EXPECT_EQ(classify(*address), expected) << literal;
    }
}

TEST(Address, takes_literals_only)
{
    for (const char* text : { "", "localhost", "1.2.3", "1.2.3.4.5", "0x7f.0.0.1", "127.1", "2130706433", "1.2.3.4 ",
             "fe80::1%eth0", "[::1]", "256.0.0.1", ":::" })
        EXPECT_FALSE(parse_ip(text)) << text;
    EXPECT_FALSE(parse_ip(std::string_view("1.2.3.4\0x", 9)));
}

TEST(Network, contains_its_addresses)
{
    auto network = IpNetwork::parse("10.1.16.0/20");
    ASSERT_TRUE(network);
    EXPECT_TRUE(network->contains(*parse_ip("10.1.31.255")));
    EXPECT_FALSE(network->contains(*parse_ip("10.1.32.0")));
    EXPECT_FALSE(network->contains(*parse_ip("::1")));
    EXPECT_TRUE(IpNetwork::parse("0.0.0.0/0")->contains(*parse_ip("9.9.9.9")));
    EXPECT_FALSE(IpNetwork::parse("127.0.0.1")->contains(*parse_ip("127.0.0.2")));
    for (const char* text : { "", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "x/8", "::/129" })
        EXPECT_FALSE(IpNetwork::parse(text)) << text;
}
