#include "host/sip_locator.h"

#include "net/clock.h"
#include "unit/net/dns_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace parley {
namespace {

using Manner = DnsServer::Manner;
using Words = std::vector<std::string>;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using testing::UnorderedElementsAre;

// Hops as "UDP 192.0.2.1:5060", with the name for the certificate behind it; or the error.
Words words_of(const Result<sip::Hops>& located)
{
    if (!located)
        return { "error: " + located.error().what };
    Words hops;
    for (const sip::Hop& hop : *located)
        hops.push_back(std::string(sip::via_name(hop.transport)) + ' ' + host_port(hop.address)
            + (hop.host.empty() ? "" : ' ' + hop.host));
    return hops;
}

class SipLocatorTest : public testing::Test {
protected:
    SipLocatorTest()
    {
        server.address("a.carrier.test", "192.0.2.1");
        server.address("b.carrier.test", "192.0.2.2");
        server.address("c.carrier.test", "192.0.2.3");
    }

    [[nodiscard]] SipLocator::Options options() const { return { .dns = server.options(), .patience = 15s }; }

    // Each in the order of the URIs; "(no answer)" after 20 s.
    std::vector<Words> locate(const Words& uris, const SipLocator::Options& with)
    {
        EventLoop loop;
        SipLocator locator(loop, with, IdSource(1));
        std::vector<Words> located(uris.size(), Words { "(no answer)" });
        std::size_t waiting = uris.size();
        for (std::size_t i = 0; i < uris.size(); ++i)
            locator.locate(uris[i], [&, i](const Result<sip::Hops>& hops) {
                located[i] = words_of(hops);
                if (--waiting == 0)
                    loop.stop();
            });
        EXPECT_EQ(waiting, uris.size()) << "answered inside the call";
        run(loop);
        return located;
    }
    Words locate(const std::string& uri) { return locate({ uri }, options()).front(); }

    static void run(EventLoop& loop)
    {
        Timer patience(loop);
        patience.set(now() + 20s, [&loop] { loop.stop(); });
        loop.run();
    }

    DnsServer server;
};

TEST_F(SipLocatorTest, goes_from_naptr_over_srv_to_addresses)
{
    server.naptr("carrier.test", { 30, 10, "s", "SIP+D2U", "_sip._udp.carrier.test" });
    server.naptr("carrier.test", { 10, 10, "s", "SIPS+D2T", "_sips._tcp.carrier.test" });
    server.naptr("carrier.test", { 20, 10, "s", "SIP+D2T", "_sip._tcp.carrier.test" });
    server.srv("_sip._udp.carrier.test", { 20, 0, 5060, "b.carrier.test" });
    server.srv("_sip._udp.carrier.test", { 10, 0, 5070, "a.carrier.test" });
    server.srv("_sip._tcp.carrier.test", { 1, 0, 5062, "c.carrier.test" });
    server.srv("_sips._tcp.carrier.test", { 1, 0, 5063, "a.carrier.test" });
    EXPECT_EQ(locate("sip:carrier.test"),
        (Words {
            "TLS 192.0.2.1:5063 carrier.test", "TCP 192.0.2.3:5062", "UDP 192.0.2.1:5070", "UDP 192.0.2.2:5060" }));
    EXPECT_EQ(locate("sips:bob@carrier.test"), Words { "TLS 192.0.2.1:5063 carrier.test" });
}

TEST_F(SipLocatorTest, asks_for_the_address_of_a_server_once_however_many_services_it_has)
{
    server.naptr("carrier.test", { 1, 1, "s", "SIP+D2U", "_sip._udp.carrier.test" });
    server.naptr("carrier.test", { 2, 1, "s", "SIP+D2T", "_sip._tcp.carrier.test" });
    server.srv("_sip._udp.carrier.test", { 1, 0, 5060, "a.carrier.test" });
    server.srv("_sip._tcp.carrier.test", { 1, 0, 5060, "a.carrier.test" });
    EXPECT_EQ(locate("sip:carrier.test"), (Words { "UDP 192.0.2.1:5060", "TCP 192.0.2.1:5060" }));
    EXPECT_THAT(server.asked(),
        UnorderedElementsAre("NAPTR carrier.test", "SRV _sip._udp.carrier.test", "SRV _sip._tcp.carrier.test",
            "A a.carrier.test", "AAAA a.carrier.test"));
}

TEST_F(SipLocatorTest, priority_goes_first_and_weight_decides_among_equals)
{
    server.srv("_sip._udp.carrier.test", { 10, 65535, 5060, "a.carrier.test" });
    server.srv("_sip._udp.carrier.test", { 20, 65535, 5060, "c.carrier.test" });
    server.srv("_sip._udp.carrier.test", { 10, 0, 5060, "b.carrier.test" });
    EXPECT_EQ(locate("sip:carrier.test;transport=udp"),
        (Words { "UDP 192.0.2.1:5060", "UDP 192.0.2.2:5060", "UDP 192.0.2.3:5060" }));
}

TEST_F(SipLocatorTest, without_naptr_the_services_are_asked_by_their_names)
{
    server.srv("_sip._tcp.carrier.test", { 1, 0, 5062, "a.carrier.test" });
    server.address("carrier.test", "192.0.2.9");
    EXPECT_EQ(locate("sip:carrier.test"), Words { "TCP 192.0.2.1:5062" });
}

TEST_F(SipLocatorTest, without_srv_it_is_the_address_of_the_name_at_the_usual_port)
{
    server.address("carrier.test", "192.0.2.9");
    EXPECT_EQ(locate("sip:carrier.test"), Words { "UDP 192.0.2.9:5060" });
    EXPECT_EQ(locate("sips:carrier.test"), Words { "TLS 192.0.2.9:5061 carrier.test" });
    EXPECT_EQ(locate("sip:carrier.test;transport=tls"), Words { "TLS 192.0.2.9:5061 carrier.test" });
}

TEST_F(SipLocatorTest, a_transport_in_the_uri_asks_no_naptr)
{
    server.naptr("carrier.test", { 1, 1, "s", "SIP+D2U", "_sip._udp.carrier.test" });
    server.srv("_sip._udp.carrier.test", { 1, 0, 5060, "a.carrier.test" });
    server.srv("_sip._tcp.carrier.test", { 1, 0, 5062, "b.carrier.test" });
    EXPECT_EQ(locate("sip:carrier.test;transport=tcp"), Words { "TCP 192.0.2.2:5062" });
    EXPECT_THAT(
        server.asked(), UnorderedElementsAre("SRV _sip._tcp.carrier.test", "A b.carrier.test", "AAAA b.carrier.test"));
}

TEST_F(SipLocatorTest, a_port_in_the_uri_asks_for_addresses_alone)
{
    server.srv("_sip._udp.b.carrier.test", { 1, 0, 5060, "a.carrier.test" });
    EXPECT_EQ(locate("sip:b.carrier.test:5080"), Words { "UDP 192.0.2.2:5080" });
    EXPECT_THAT(server.asked(), UnorderedElementsAre("A b.carrier.test", "AAAA b.carrier.test"));
}

TEST_F(SipLocatorTest, asks_nothing_about_a_numeric_host)
{
    EXPECT_EQ(locate("sip:192.0.2.7"), Words { "UDP 192.0.2.7:5060" });
    EXPECT_EQ(locate("sips:[2001:db8::7]:5071"), Words { "TLS [2001:db8::7]:5071 2001:db8::7" });
    EXPECT_THAT(server.asked(), IsEmpty());
}

TEST_F(SipLocatorTest, a_server_without_an_address_is_left_out)
{
    server.srv("_sip._udp.carrier.test", { 1, 0, 5060, "gone.carrier.test" });
    server.srv("_sip._udp.carrier.test", { 2, 0, 5060, "b.carrier.test" });
    EXPECT_EQ(locate("sip:carrier.test;transport=udp"), Words { "UDP 192.0.2.2:5060" });
}

TEST_F(SipLocatorTest, says_why_a_name_leads_nowhere)
{
    const Words nowhere = locate("sip:nowhere.test");
    EXPECT_THAT(nowhere.front(), AllOf(HasSubstr("no server is known for sip:nowhere.test"), HasSubstr("not found")));
    EXPECT_EQ(locate("sip:nowhere.test;transport=sctp"), Words { "error: transport that is not spoken here" });
    EXPECT_THAT(locate("tel:+15550100").front(), StartsWith("error: "));
    EXPECT_THAT(locate("no uri").front(), StartsWith("error: "));
}

TEST_F(SipLocatorTest, a_naptr_that_cannot_be_read_is_as_if_it_were_not_there)
{
    for (const Manner manner : { Manner::fails, Manner::broken }) {
        server.behave(manner, "carrier.test");
        server.srv("_sip._udp.carrier.test", { 1, 0, 5060, "a.carrier.test" });
        EXPECT_EQ(locate("sip:carrier.test"), Words { "UDP 192.0.2.1:5060" });
    }
}

TEST_F(SipLocatorTest, a_silent_name_service_is_an_error_when_patience_ends)
{
    server.behave(Manner::silent);
    SipLocator::Options hasty = options();
    hasty.patience = 50ms;
    EXPECT_EQ(locate({ "sip:carrier.test" }, hasty).front(),
        Words { "error: no server is known for sip:carrier.test: no answer from the name service in time" });
}

TEST_F(SipLocatorTest, a_name_service_that_swallows_naptr_and_srv_leaves_time_for_addresses)
{
    server.behave(Manner::silent, "NAPTR carrier.test");
    server.srv("_sip._udp.carrier.test", { 1, 0, 5070, "a.carrier.test" });
    for (const char* swallowed : { "NAPTR b.carrier.test", "SRV _sip._udp.b.carrier.test",
             "SRV _sip._tcp.b.carrier.test", "SRV _sips._tcp.b.carrier.test" })
        server.behave(Manner::silent, swallowed);
    SipLocator::Options hasty = options();
    hasty.patience = 3s;
    EXPECT_EQ(locate({ "sip:carrier.test", "sip:b.carrier.test" }, hasty),
        (std::vector<Words> { { "UDP 192.0.2.1:5070" }, { "UDP 192.0.2.2:5060" } }));
}

TEST_F(SipLocatorTest, what_was_found_when_patience_ends_is_the_answer)
{
    server.srv("_sip._udp.carrier.test", { 1, 0, 5060, "slow.carrier.test" });
    server.srv("_sip._udp.carrier.test", { 2, 0, 5060, "b.carrier.test" });
    server.behave(Manner::silent, "slow.carrier.test");
    SipLocator::Options hasty = options();
    hasty.patience = 2s;
    EXPECT_EQ(locate({ "sip:carrier.test;transport=udp" }, hasty).front(), Words { "UDP 192.0.2.2:5060" });
}

TEST_F(SipLocatorTest, locates_many_at_once_and_refuses_one_too_many)
{
    SipLocator::Options few = options();
    few.max_searches = 2;
    const auto located
        = locate({ "sip:a.carrier.test:5060", "sip:b.carrier.test:5060", "sip:c.carrier.test:5060" }, few);
    EXPECT_EQ(located,
        (std::vector<Words> {
            { "UDP 192.0.2.1:5060" }, { "UDP 192.0.2.2:5060" }, { "error: too many names are looked up" } }));
}

TEST_F(SipLocatorTest, may_be_asked_again_and_destroyed_by_an_answer)
{
    EventLoop loop;
    auto locator = std::make_unique<SipLocator>(loop, options(), IdSource(1));
    Words answers;
    locator->locate("sip:a.carrier.test:5060", [&](const Result<sip::Hops>&) {
        locator->locate("sip:b.carrier.test:5060", [&](const Result<sip::Hops>& hops) {
            answers = words_of(hops);
            locator.reset();
            loop.stop();
        });
    });
    run(loop);
    EXPECT_EQ(answers, Words { "UDP 192.0.2.2:5060" });
    EXPECT_FALSE(locator);
}

TEST_F(SipLocatorTest, answers_nobody_once_it_is_destroyed)
{
    EventLoop loop;
    int answers = 0;
    for (const char* uri : { "sip:a.carrier.test:5060", "sip:192.0.2.7", "no uri" }) {
        SipLocator gone(loop, options(), IdSource(1));
        gone.locate(uri, [&](const Result<sip::Hops>&) { ++answers; });
    }
    SipLocator last(loop, options(), IdSource(1));
    bool located = false;
    last.locate("sip:b.carrier.test:5060", [&](const Result<sip::Hops>& hops) {
        located = hops.has_value();
        loop.stop();
    });
    run(loop);
    EXPECT_TRUE(located);
    EXPECT_EQ(answers, 0);
}

} // namespace
} // namespace parley
