#include "call/dial_policy.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

DialSpec to(DeviceType type, std::string address)
{
    DialTarget target;
    target.device.type = type;
    target.to = std::move(address);
    return { "t", { { target } } };
}

bool allowed(const DialPolicy& policy, DeviceType type, std::string address)
{
    return may_dial(policy, to(type, std::move(address))).has_value();
}

TEST(DialPolicy, NobodyMayBeDialledUntilSomebodySaysSo)
{
    EXPECT_FALSE(allowed({}, DeviceType::phone, "+15550100"));
    EXPECT_FALSE(allowed({}, DeviceType::sip, "sip:bob@example.com"));
}

TEST(DialPolicy, NumbersBeginAsIsAllowed)
{
    const DialPolicy policy { { "+1555", "100" }, {} };
    EXPECT_TRUE(allowed(policy, DeviceType::phone, "+15550100"));
    EXPECT_TRUE(allowed(policy, DeviceType::phone, "1001"));
    EXPECT_FALSE(allowed(policy, DeviceType::phone, "+19005550100"));
    EXPECT_FALSE(allowed(policy, DeviceType::phone, "15550100"));
}

TEST(DialPolicy, HostsAreComparedWithoutPortAndCase)
{
    const DialPolicy policy { {}, { "example.com", "[2001:db8::1]", "192.0.2.1" } };
    EXPECT_TRUE(allowed(policy, DeviceType::sip, "sip:bob@Example.COM:5070"));
    EXPECT_TRUE(allowed(policy, DeviceType::sip, "sips:bob@192.0.2.1"));
    EXPECT_TRUE(allowed(policy, DeviceType::sip, "sip:bob@[2001:db8::1]:5060"));
    EXPECT_FALSE(allowed(policy, DeviceType::sip, "sip:bob@evil-example.com"));
    EXPECT_FALSE(allowed(policy, DeviceType::sip, "sip:example.com@evil.org"));
    EXPECT_TRUE(allowed({ {}, { "*" } }, DeviceType::sip, "sip:bob@anywhere.org"));
}

TEST(DialPolicy, OneTargetThatIsNotAllowedIsNamed)
{
    DialSpec spec = to(DeviceType::phone, "+1");
    spec.groups.push_back(to(DeviceType::phone, "+44").groups[0]);
    EXPECT_EQ(
        may_dial({ { "+1" }, {} }, spec).error().what, "devices[1][0]: the configuration does not allow to dial this");
}

} // namespace
} // namespace parley
