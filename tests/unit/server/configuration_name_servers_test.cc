#include "server/configuration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Result<Configuration> parse(const std::string& servers)
{
    return parse_configuration("projects: []\nsip: {name_servers: " + servers + "}\n", "parley.yaml",
        [](std::string_view) { return std::nullopt; });
}

TEST(NameServerConfiguration, servers_are_addresses_with_a_port_or_without)
{
    const auto read = parse("[192.0.2.53, '192.0.2.54:5353', '2001:db8::53', '[2001:db8::53]:5353']");
    ASSERT_TRUE(read) << read.error().what;
    EXPECT_THAT(read->sip.name_servers,
        ElementsAre(SocketAddress { "192.0.2.53", 53 }, SocketAddress { "192.0.2.54", 5353 },
            SocketAddress { "2001:db8::53", 53 }, SocketAddress { "2001:db8::53", 5353 }));
    EXPECT_TRUE(parse("[]")->sip.name_servers.empty());
}

TEST(NameServerConfiguration, what_is_no_address_is_named)
{
    for (const char* bad : { "dns.example.com", "192.0.2.53:0", "192.0.2.53:65536", "192.0.2:53", "" }) {
        const auto read = parse("['192.0.2.1', '" + std::string(bad) + "']");
        ASSERT_FALSE(read) << bad;
        EXPECT_THAT(read.error().what, HasSubstr("sip.name_servers`: \"" + std::string(bad) + "\" is no numeric"));
    }
    EXPECT_THAT(parse("192.0.2.53").error().what, HasSubstr("sip.name_servers"));
    EXPECT_THAT(parse("['::1', '::1', '::1', '::1', '::1', '::1', '::1', '::1', '::1']").error().what,
        HasSubstr("sip.name_servers`: are more than 8"));
}

} // namespace
} // namespace parley
