#include "server/configuration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley {
namespace {

using testing::HasSubstr;

Result<Configuration> parse(const std::string& tls, const std::string& sip = {})
{
    return parse_configuration("projects: []\nsip: {" + sip + "tls: {" + tls + "}}\n", "parley.yaml",
        [](std::string_view) { return std::nullopt; });
}

TEST(SipTlsConfiguration, is_absent_by_default_and_verifies_once_it_is_there)
{
    EXPECT_FALSE(Configuration().sip.tls);
    const auto read = parse("listen: '127.0.0.1:5071', certificate: a.pem, key: a.key, ca: ca.pem");
    ASSERT_TRUE(read) << read.error().what;
    const SipTlsConfiguration& tls = *read->sip.tls;
    EXPECT_EQ(tls.listen, (SocketAddress { "127.0.0.1", 5071 }));
    EXPECT_EQ(tls.certificate + tls.key + tls.ca, "a.pema.keyca.pem");
    EXPECT_TRUE(tls.verify);
    EXPECT_FALSE(parse("certificate: a, key: b, verify: false")->sip.tls->verify);
}

TEST(SipTlsConfiguration, problems_name_their_key)
{
    EXPECT_THAT(parse("certificate: a").error().what, HasSubstr("key `sip.tls.key`: is missing"));
    EXPECT_THAT(parse("key: a").error().what, HasSubstr("key `sip.tls.certificate`: is missing"));
    EXPECT_THAT(parse("certificate: a, key: b, verify: some").error().what, HasSubstr("key `sip.tls.verify`"));
    EXPECT_THAT(parse("certificate: a, key: b, port: 1").error().what, HasSubstr("key `sip.tls.port`: is unknown"));
    EXPECT_THAT(parse("certificate: a, key: b, listen: '0.0.0.0:5061'").error().what,
        HasSubstr("key `sip.public_address`: is missing: sip.tls"));
}

} // namespace
} // namespace parley
