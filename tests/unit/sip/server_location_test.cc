#include "sip/server_location.h"

#include <gtest/gtest.h>

#include <map>

namespace parley::sip {
namespace {

using Kind = DnsQuestion::Kind;
using Words = std::vector<std::string>;

// A zone, and what was asked of it.
struct Zone {
    std::map<std::string, NaptrRecords> naptr;
    std::map<std::string, SrvRecords> srv;
    std::map<std::string, Addresses> addresses;
    Words asked;

    DnsRecords find(const DnsQuestion& question)
    {
        switch (question.kind) {
        case Kind::naptr: asked.push_back("NAPTR " + question.name); return naptr[question.name];
        case Kind::srv: asked.push_back("SRV " + question.name); return srv[question.name];
        case Kind::addresses: break;
        }
        asked.push_back("A " + question.name);
        return addresses[question.name];
    }

    Words locate(const std::string& uri, std::uint64_t seed = 1)
    {
        asked.clear();
        auto location = ServerLocation::of(*parse_uri(uri), IdSource(seed));
        if (!location)
            return { location.error().what };
        while (!location->done())
            for (const DnsQuestion& question : location->take_questions())
                location->answer(question, find(question));
        Words hops;
        for (const Hop& hop : location->hops())
            hops.push_back(std::string(via_name(hop.transport)) + ' ' + host_port(hop.address)
                + (hop.host.empty() ? "" : ' ' + hop.host));
        return hops;
    }
};

TEST(ServerLocation, asks_nothing_about_an_address)
{
    Zone zone;
    EXPECT_EQ(zone.locate("sip:bob@192.0.2.7"), Words { "UDP 192.0.2.7:5060" });
    EXPECT_EQ(zone.locate("sip:bob@[2001:db8::1]:5070;transport=tcp"), Words { "TCP [2001:db8::1]:5070" });
    EXPECT_EQ(zone.locate("sips:bob@192.0.2.7"), Words { "TLS 192.0.2.7:5061 192.0.2.7" });
    EXPECT_EQ(zone.asked, Words {});
}

TEST(ServerLocation, a_port_or_a_transport_saves_questions)
{
    Zone zone;
    zone.addresses["example.com"] = { "192.0.2.7", "2001:db8::7" };
    EXPECT_EQ(zone.locate("sip:example.com:5070"), (Words { "UDP 192.0.2.7:5070", "UDP [2001:db8::7]:5070" }));
    EXPECT_EQ(zone.asked, Words { "A example.com" });
    EXPECT_EQ(zone.locate("sip:example.com;transport=tcp"), (Words { "TCP 192.0.2.7:5060", "TCP [2001:db8::7]:5060" }));
    EXPECT_EQ(zone.asked, (Words { "SRV _sip._tcp.example.com", "A example.com" }));
}

TEST(ServerLocation, naptr_says_which_transports_in_which_order)
{
    Zone zone;
    zone.naptr["example.com"] = { { 20, 10, "s", "SIP+D2U", "_sip._udp.example.com" },
        { 10, 20, "S", "SIP+D2T", "_sip._tcp.example.com." }, { 10, 10, "s", "SIPS+D2T", "_sips._tcp.example.com" },
        { 1, 1, "s", "SIP+D2S", "_sip._sctp.example.com" }, { 1, 1, "u", "E2U+sip", "" } };
    zone.srv["_sip._udp.example.com"] = { { 1, 0, 5060, "a.example.com" } };
    zone.srv["_sip._tcp.example.com"] = { { 1, 0, 5062, "a.example.com" } };
    zone.srv["_sips._tcp.example.com"] = { { 1, 0, 5061, "b.example.net." } };
    zone.addresses["a.example.com"] = { "192.0.2.1" };
    zone.addresses["b.example.net"] = { "192.0.2.2" };
    EXPECT_EQ(zone.locate("sip:example.com"),
        (Words { "TLS 192.0.2.2:5061 example.com", "TCP 192.0.2.1:5062", "UDP 192.0.2.1:5060" }));
    EXPECT_EQ(zone.asked,
        (Words { "NAPTR example.com", "SRV _sips._tcp.example.com", "SRV _sip._tcp.example.com",
            "SRV _sip._udp.example.com", "A b.example.net", "A a.example.com" }));
    EXPECT_EQ(zone.locate("sips:example.com"), Words { "TLS 192.0.2.2:5061 example.com" }); // Never less than TLS.
}

TEST(ServerLocation, without_naptr_the_names_of_the_services_are_tried)
{
    Zone zone;
    zone.srv["_sip._tcp.example.com"] = { { 1, 0, 5062, "a.example.com" } };
    zone.addresses["a.example.com"] = { "192.0.2.1" };
    zone.addresses["example.com"] = { "192.0.2.9" };
    EXPECT_EQ(zone.locate("sip:example.com"), Words { "TCP 192.0.2.1:5062" });
    EXPECT_EQ(zone.locate("sips:example.com"), Words { "TLS 192.0.2.9:5061 example.com" });
}

TEST(ServerLocation, without_any_records_the_host_itself_is_it)
{
    Zone zone;
    zone.addresses["example.com"] = { "192.0.2.9" };
    EXPECT_EQ(zone.locate("sip:example.com"), Words { "UDP 192.0.2.9:5060" });
    EXPECT_EQ(zone.locate("sip:nowhere.example.com"), Words {});
}

TEST(ServerLocation, priority_goes_first_and_weight_is_drawn)
{
    Zone zone;
    zone.srv["_sip._udp.example.com"] = { { 20, 0, 5060, "spare.example.com" }, { 10, 10, 5060, "small.example.com" },
        { 10, 90, 5060, "large.example.com" }, { 10, 0, 5060, "." } };
    zone.addresses = { { "spare.example.com", { "192.0.2.1" } }, { "small.example.com", { "192.0.2.2" } },
        { "large.example.com", { "192.0.2.3" } } };
    int large_first = 0;
    for (std::uint64_t seed = 1; seed <= 1'000; ++seed) {
        const Words hops = zone.locate("sip:example.com;transport=udp", seed);
        ASSERT_EQ(hops.size(), 3U);
        EXPECT_EQ(hops.back(), "UDP 192.0.2.1:5060");
        large_first += hops.front() == "UDP 192.0.2.3:5060" ? 1 : 0;
    }
    EXPECT_GT(large_first, 850);
    EXPECT_LT(large_first, 950);
}

TEST(ServerLocation, bounds_what_a_name_makes_of_us)
{
    Zone zone;
    for (int i = 0; i < 1'000; ++i) {
        const std::string name = std::to_string(i) + ".example.com";
        zone.srv["_sip._udp.example.com"].push_back({ 1, 1, 5060, name });
        for (int j = 0; j < 100; ++j)
            zone.addresses[name].push_back("192.0." + std::to_string(i % 250) + '.' + std::to_string(j));
    }
    EXPECT_EQ(zone.locate("sip:example.com;transport=udp").size(), max_hops);
    EXPECT_EQ(zone.asked.size(), 1 + max_srv_records);
}

TEST(ServerLocation, an_answer_that_nobody_asked_for_changes_nothing)
{
    auto location = ServerLocation::of(*parse_uri("sip:example.com:5060"), IdSource(1));
    location->answer({ Kind::addresses, "evil.example.com" }, Addresses { "203.0.113.6" });
    EXPECT_FALSE(location->done());
    location->answer({ Kind::addresses, "example.com" }, Addresses { "192.0.2.1", "no address" });
    location->answer({ Kind::addresses, "example.com" }, Addresses { "203.0.113.6" });
    EXPECT_TRUE(location->done());
    EXPECT_EQ(location->hops(), Hops { Hop(SocketAddress { "192.0.2.1", 5060 }) });
}

TEST(ServerLocation, a_server_of_two_services_is_asked_for_once)
{
    auto location = ServerLocation::of(*parse_uri("sip:example.com"), IdSource(1));
    const auto answer = [&](Kind kind, const std::string& name, DnsRecords records) {
        location->answer({ kind, name }, std::move(records));
        return location->take_questions();
    };
    EXPECT_EQ(location->take_questions().size(), 1U);
    EXPECT_EQ(answer(Kind::naptr, "example.com", NaptrRecords {}).size(), 3U);
    EXPECT_EQ(answer(Kind::srv, "_sip._udp.example.com", SrvRecords { { 1, 0, 5060, "a.example.com" } }),
        (std::vector<DnsQuestion> { { Kind::addresses, "a.example.com" } }));
    EXPECT_TRUE(answer(Kind::addresses, "a.example.com", Addresses { "192.0.2.1" }).empty());
    EXPECT_TRUE(answer(Kind::srv, "_sip._tcp.example.com", SrvRecords { { 1, 0, 5062, "a.example.com" } }).empty());
    EXPECT_TRUE(answer(Kind::srv, "_sips._tcp.example.com", SrvRecords {}).empty());
    EXPECT_TRUE(location->done());
    EXPECT_EQ(location->hops(),
        (Hops { Hop(SocketAddress { "192.0.2.1", 5060 }), Hop({ "192.0.2.1", 5062 }, Transport::tcp) }));
}

TEST(ServerLocation, names_what_it_cannot_locate)
{
    Zone zone;
    EXPECT_EQ(zone.locate("tel:+15550100"), Words { "no SIP URI" });
    EXPECT_EQ(zone.locate("sip:example.com;transport=sctp"), Words { "transport that is not spoken here" });
    EXPECT_EQ(zone.locate("sips:example.com;transport=udp"), Words { "transport that is not spoken here" });
}

TEST(FailedHops, go_to_the_end_for_a_while)
{
    const Hop a { { "192.0.2.1", 5060 } };
    const Hop b { { "192.0.2.2", 5060 } };
    const Hop c { { "192.0.2.3", 5060 } };
    const auto order = [&](const FailedHops& failures, Instant now) {
        Hops hops { a, b, c };
        failures.put_last(hops, now);
        return hops;
    };
    FailedHops failures;
    failures.failed(a, Instant {});
    EXPECT_EQ(order(failures, Instant {} + 1s), (Hops { b, c, a }));
    EXPECT_EQ(order(failures, Instant {} + FailedHops::pause), (Hops { a, b, c }));
    failures.failed(b, Instant {});
    failures.worked(a);
    EXPECT_EQ(order(failures, Instant {} + 1s), (Hops { a, c, b }));
}

} // namespace
} // namespace parley::sip
