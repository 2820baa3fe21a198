#include "server/configuration.h"

#include <gtest/gtest.h>

#include <string>

namespace parley {
namespace {

const std::string others = R"(
customers:
  - id: 5e4a0680-804e-11ec-8477-2fea5968d85b
projects:
  - id: p
    token: t
    customer: 5e4a0680-804e-11ec-8477-2fea5968d85b
)";

Result<Configuration> parse(const std::string& rtp)
{
    return parse_configuration(others + "rtp: {" + rtp + "}\n", "x", [](std::string_view) { return std::nullopt; });
}

TEST(RtpConfiguration, what_is_not_said_is_safe)
{
    const auto read = parse("");
    ASSERT_TRUE(read) << read.error().what;
    EXPECT_EQ(read->rtp.srtp, sdp::SrtpPolicy::off);
    EXPECT_FALSE(read->rtp.srtp_keys_over_any);
    EXPECT_EQ(read->rtp.timeout, 60s);
    EXPECT_EQ(read->rtp.timeout_on_hold, 30min);
    EXPECT_EQ(read->rtp.port_drain, 5s);
    EXPECT_TRUE(read->rtp.echo_floor);
}

TEST(RtpConfiguration, is_read)
{
    const auto read
        = parse("address: 127.0.0.2, ports: 10000-10100, port_drain: 2s, timeout: 0s, timeout_on_hold: 10m, "
                "srtp: required, srtp_keys_over: any, echo_floor: false");
    ASSERT_TRUE(read) << read.error().what;
    EXPECT_EQ(read->rtp.address, "127.0.0.2");
    EXPECT_EQ(read->rtp.first_port, 10'000);
    EXPECT_EQ(read->rtp.last_port, 10'100);
    EXPECT_EQ(read->rtp.port_drain, 2s);
    EXPECT_EQ(read->rtp.timeout, 0s);
    EXPECT_EQ(read->rtp.timeout_on_hold, 10min);
    EXPECT_EQ(read->rtp.srtp, sdp::SrtpPolicy::required);
    EXPECT_TRUE(read->rtp.srtp_keys_over_any);
    EXPECT_FALSE(read->rtp.echo_floor);
    EXPECT_EQ(parse("srtp: optional")->rtp.srtp, sdp::SrtpPolicy::optional);
}

TEST(RtpConfiguration, what_makes_no_sense_is_refused_by_name)
{
    for (const std::string key :
        { "ports", "port_drain", "timeout", "timeout_on_hold", "srtp", "srtp_keys_over", "echo_floor" }) {
        const auto read = parse(key + ": nonsense");
        ASSERT_FALSE(read) << key;
        EXPECT_NE(read.error().what.find("`rtp." + key + "`"), std::string::npos) << read.error().what;
    }
    EXPECT_FALSE(parse("srtp: yes"));
    EXPECT_FALSE(parse("port_drain: 5m"));
}

} // namespace
} // namespace parley
