#include "server/configuration.h"

#include <gmock/gmock.h>

namespace parley {
namespace {

using ::testing::HasSubstr;

const std::string base = R"(customers:
  - {id: 5e4a0680-804e-11ec-8477-2fea5968d85b, name: One, access_keys: [k1]}
projects:
  - {id: p, token: t, customer: 5e4a0680-804e-11ec-8477-2fea5968d85b}
)";

Result<Configuration> parse(const std::string& sip)
{
    return parse_configuration(base + "sip:\n" + sip, "parley.yaml",
        [](std::string_view name) { return name == "SECRET" ? std::optional<std::string>("secret") : std::nullopt; });
}

std::string problems(const std::string& sip)
{
    auto parsed = parse(sip);
    return parsed ? "" : parsed.error().what;
}

TEST(SipAccessConfiguration, guests_are_local_until_somebody_is_named_who_may_call)
{
    EXPECT_EQ(parse("  realm: here\n")->sip.access.guests, sip::Guests::loopback);
    EXPECT_EQ(parse("  users: [{name: ann, password: x}]\n")->sip.access.guests, sip::Guests::refuse);
    EXPECT_EQ(parse("  trunks: [{name: c, sources: [203.0.113.1]}]\n")->sip.access.guests, sip::Guests::refuse);
    EXPECT_EQ(parse("  guests: accept\n  users: [{name: ann, password: x}]\n")->sip.access.guests, sip::Guests::accept);
}

TEST(SipAccessConfiguration, a_user_has_a_password_or_a_hash_of_it)
{
    const auto read = parse("  realm: here\n  users:\n    - {name: ann, password_env: SECRET}\n");
    ASSERT_TRUE(read) << read.error().what;
    const sip::DigestSecret expected = sip::make_secret("ann", "here", "secret");
    EXPECT_EQ(read->sip.access.users.at("ann").ha1_md5, expected.ha1_md5);
    EXPECT_EQ(read->sip.access.users.at("ann").ha1_sha256, expected.ha1_sha256);
    const auto hashed = parse("  realm: here\n  users:\n    - {name: ann, ha1: " + expected.ha1_md5 + "}\n");
    ASSERT_TRUE(hashed) << hashed.error().what;
    EXPECT_EQ(hashed->sip.access.users.at("ann").ha1_md5, expected.ha1_md5);
    EXPECT_THAT(problems("  users: [{name: ann}]\n"), HasSubstr("sip.users[0].password`: is missing"));
    EXPECT_THAT(problems("  users: [{name: ann, ha1: XYZ}]\n"), HasSubstr("sip.users[0].ha1`: is no MD5 hash"));
    EXPECT_THAT(
        problems("  users: [{name: a, password: x}, {name: a, password: y}]\n"), HasSubstr("\"a\" stands twice"));
    EXPECT_THAT(problems("  users:\n    - {name: a, ha1: " + expected.ha1_md5
                    + "}\n    - {name: b, ha1_sha256: " + expected.ha1_sha256 + "}\n"),
        HasSubstr("no hash in common"));
}

TEST(SipAccessConfiguration, a_trunk_is_read)
{
    const auto read = parse(R"(  users: [{name: pbx, password: x}]
  trunks:
    - name: carrier
      server: sip.carrier.example:5070
      username: acme
      password: secret
      register: true
      expires: 10m
      prefixes: ["+"]
      sources: [203.0.113.0/24, 2001:db8::1]
      inbound_user: pbx
      may_call: ["+1555"]
      calls: 30
      calls_per_second: 5
      caller_id: "+15550100"
      caller_id_field: asserted_identity
      default: true
      project: p
      context: office
)");
    ASSERT_TRUE(read) << read.error().what;
    const sip::Trunk& trunk = read->sip.access.trunks.at(0);
    EXPECT_EQ(trunk.server, "sip:sip.carrier.example:5070");
    EXPECT_EQ(trunk.username, "acme");
    EXPECT_TRUE(trunk.registers && trunk.is_default);
    EXPECT_EQ(trunk.expires, 600s);
    EXPECT_EQ(trunk.sources.size(), 2U);
    EXPECT_EQ(trunk.max_calls, 30U);
    EXPECT_EQ(trunk.invites, (sip::Rate { 5, 10 }));
    EXPECT_EQ(trunk.caller_id_field, sip::CallerIdField::asserted_identity);
    EXPECT_EQ(read->sip.trunk_routes.at(0).trunk, "carrier");
    EXPECT_EQ(read->sip.trunk_routes.at(0).context.value, "office");
}

TEST(SipAccessConfiguration, what_is_wrong_with_a_trunk_is_named)
{
    const std::pair<std::string, std::string> cases[] = {
        { "{name: c}", "server`: is missing" },
        { "{name: c, server: \"sip:user@host\"}", "server`: is no host" },
        { "{name: c, server: h, register: true}", "register`: needs" },
        { "{name: c, server: h, username: u}", "password`: is missing" },
        { "{name: c, sources: [everywhere]}", "\"everywhere\" is no IP address" },
        { "{name: c, server: h, inbound_user: nobody}", "is none of `sip.users`" },
        { "{name: c, server: h, project: p}", "context`: is missing" },
        { "{name: c, server: h, project: q, context: x}", "\"q\" is the id of no project" },
        { "{name: c, server: h, colour: blue}", "is unknown here" },
        { "{name: c, server: h}, {name: c, server: h}", "\"c\" stands twice" },
        { "{name: c, server: h, default: true}, {name: d, server: h, default: true}", "claimed by \"c\"" },
    };
    for (const auto& [trunks, expected] : cases)
        EXPECT_THAT(problems("  trunks: [" + trunks + "]\n"), HasSubstr(expected)) << trunks;
}

TEST(SipAccessConfiguration, local_networks_need_an_address_of_ours)
{
    const auto read = parse("  local_networks: [10.0.0.0/8]\n  local_address: 10.0.0.1\n");
    ASSERT_TRUE(read) << read.error().what;
    EXPECT_EQ(read->sip.local_networks.size(), 1U);
    EXPECT_EQ(read->sip.local_address, "10.0.0.1");
    EXPECT_THAT(problems("  listen: 0.0.0.0:5060\n  public_address: 198.51.100.1\n  local_networks: [10.0.0.0/8]\n"),
        HasSubstr("local_address`: is missing"));
    EXPECT_THAT(problems("  local_networks: [lan]\n"), HasSubstr("\"lan\" is no IP address"));
}

TEST(SipAccessConfiguration, the_guard_and_the_registrar_are_read)
{
    const auto read = parse(R"(  guard:
    wrong_passwords: 3
    within: 30s
    lock_out: 1h
    strangers_per_second: 5
    all_strangers_per_second: 100
    scanners: [Evil]
  registrar:
    min_expires: 30s
    max_expires: 2h
    phones_per_user: 2
    phones: 10
  calls_per_second: 7
  calls_per_source: 9
)");
    ASSERT_TRUE(read) << read.error().what;
    const sip::AccessSettings& access = read->sip.access;
    EXPECT_EQ(access.guard.failures, 3U);
    EXPECT_EQ(access.guard.failure_window, 30s);
    EXPECT_EQ(access.guard.lock_out, 1h);
    EXPECT_EQ(access.guard.strangers, (sip::Rate { 5, 10 }));
    EXPECT_EQ(access.guard.all_strangers, (sip::Rate { 100, 200 }));
    EXPECT_EQ(access.scanners, std::vector<std::string> { "evil" });
    EXPECT_EQ(access.registrar.min_expires, 30s);
    EXPECT_EQ(access.registrar.max_bindings, 10U);
    EXPECT_EQ(access.invites, (sip::Rate { 7, 14 }));
    EXPECT_EQ(access.max_calls_per_source, 9U);
    EXPECT_THAT(
        problems("  registrar: {min_expires: 30m, max_expires: 10m}\n"), HasSubstr("is longer than max_expires"));
    EXPECT_THAT(problems("  guard: {scanners: [\"\"]}\n"), HasSubstr("it would be everybody"));
}

} // namespace
} // namespace parley
