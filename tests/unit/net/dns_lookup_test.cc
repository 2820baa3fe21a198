#include "net/dns_lookup.h"

#include "net/clock.h"
#include "unit/net/dns_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace parley {
namespace {

using Manner = DnsServer::Manner;
using Type = DnsLookup::Type;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

using Found = Result<DnsLookup::Records>;

// Asks, and waits for the answer; nothing after 20 s.
std::optional<Found> ask(Type type, const std::string& name, const DnsOptions& options)
{
    EventLoop loop;
    std::optional<Found> answer;
    const DnsLookup lookup(
        loop, type, name,
        [&](Found found) {
            answer = std::move(found);
            loop.stop();
        },
        options);
    EXPECT_FALSE(answer) << "inside the constructor";
    Timer patience(loop);
    patience.set(now() + 20s, [&] { loop.stop(); });
    loop.run();
    return answer;
}

template <typename T> std::vector<T> records(Type type, const std::string& name, const DnsOptions& options)
{
    const auto answer = ask(type, name, options);
    if (!answer || !*answer) {
        ADD_FAILURE() << name << ": " << (answer ? answer->error().what : "no answer");
        return {};
    }
    EXPECT_TRUE(std::holds_alternative<std::vector<T>>(**answer));
    const auto* found = std::get_if<std::vector<T>>(&**answer);
    return found != nullptr ? *found : std::vector<T> {};
}

std::vector<std::string> addresses(const std::string& name, const DnsOptions& options)
{
    std::vector<std::string> found;
    for (const IpAddress& one : records<IpAddress>(Type::addresses, name, options))
        found.push_back(to_string(one));
    return found;
}

// Why there is nothing.
std::string problem(Type type, const std::string& name, const DnsOptions& options)
{
    const auto answer = ask(type, name, options);
    if (!answer)
        return "(no answer)";
    if (*answer)
        return "(records)";
    EXPECT_EQ(answer->error().kind, ErrorKind::unavailable);
    return answer->error().what;
}

} // namespace

TEST(DnsLookup, finds_naptr_records)
{
    DnsServer server;
    const DnsNaptr udp { 20, 10, "s", "SIP+D2U", "_sip._udp.carrier.test" };
    const DnsNaptr tls { 10, 50, "S", "SIPS+D2T", "_sips._tcp.carrier.test" };
    const DnsNaptr number { 65535, 1, "u", "E2U+sip", "" };
    for (const DnsNaptr& one : { udp, tls, number })
        server.naptr("carrier.test", one);
    EXPECT_THAT(
        records<DnsNaptr>(Type::naptr, "carrier.test", server.options()), UnorderedElementsAre(udp, tls, number));
    EXPECT_EQ(server.asked(), std::vector<std::string> { "NAPTR carrier.test" });
}

TEST(DnsLookup, finds_srv_records_with_priority_weight_and_port)
{
    DnsServer server;
    const DnsSrv first { 10, 60, 5060, "a.carrier.test" };
    const DnsSrv second { 10, 40, 5062, "b.carrier.test" };
    const DnsSrv spare { 65535, 0, 65535, "spare.carrier.test" };
    for (const DnsSrv& one : { first, second, spare })
        server.srv("_sip._udp.carrier.test", one);
    EXPECT_THAT(records<DnsSrv>(Type::srv, "_sip._udp.carrier.test", server.options()),
        UnorderedElementsAre(first, second, spare));
}

TEST(DnsLookup, finds_addresses_of_both_families_each_once)
{
    DnsServer server;
    server.address("a.carrier.test", "192.0.2.1");
    server.address("a.carrier.test", "192.0.2.2");
    server.address("a.carrier.test", "2001:db8::1");
    EXPECT_THAT(
        addresses("a.carrier.test", server.options()), UnorderedElementsAre("192.0.2.1", "192.0.2.2", "2001:db8::1"));
    EXPECT_THAT(server.asked(), UnorderedElementsAre("A a.carrier.test", "AAAA a.carrier.test"));
}

TEST(DnsLookup, one_family_of_addresses_is_enough)
{
    DnsServer server;
    server.address("four.test", "192.0.2.1");
    server.address("six.test", "2001:db8::6");
    EXPECT_THAT(addresses("four.test", server.options()), UnorderedElementsAre("192.0.2.1"));
    EXPECT_THAT(addresses("six.test", server.options()), UnorderedElementsAre("2001:db8::6"));
}

TEST(DnsLookup, follows_an_alias)
{
    DnsServer server;
    server.alias("sip.carrier.test", "edge.carrier.test");
    server.alias("edge.carrier.test", "a.host.test");
    server.address("a.host.test", "192.0.2.7");
    server.alias("_sip._udp.carrier.test", "_sip._udp.host.test");
    server.srv("_sip._udp.host.test", { 1, 2, 5060, "a.host.test" });
    EXPECT_THAT(addresses("sip.carrier.test", server.options()), UnorderedElementsAre("192.0.2.7"));
    EXPECT_THAT(records<DnsSrv>(Type::srv, "_sip._udp.carrier.test", server.options()),
        UnorderedElementsAre(DnsSrv { 1, 2, 5060, "a.host.test" }));
}

TEST(DnsLookup, a_name_without_such_records_is_an_error_that_names_it)
{
    DnsServer server;
    server.srv("half.test", { 1, 1, 5060, "a.test" });
    for (const Type type : { Type::naptr, Type::srv, Type::addresses })
        EXPECT_THAT(problem(type, "nowhere.test", server.options()), HasSubstr("nowhere.test: Domain name not found"));
    for (const Type type : { Type::naptr, Type::addresses }) // There is the name, with records of another type.
        EXPECT_THAT(
            problem(type, "half.test", server.options()), HasSubstr("half.test: DNS server returned answer with no"));
}

TEST(DnsLookup, a_server_that_fails_is_an_error)
{
    DnsServer server;
    server.behave(Manner::fails);
    for (const Type type : { Type::naptr, Type::srv, Type::addresses })
        EXPECT_THAT(
            problem(type, "carrier.test", server.options()), HasSubstr("carrier.test: Could not contact DNS servers"));
}

TEST(DnsLookup, a_silent_server_is_asked_again_and_then_an_error)
{
    for (const Type type : { Type::naptr, Type::srv, Type::addresses }) {
        DnsServer server;
        server.behave(Manner::silent);
        EXPECT_THAT(problem(type, "carrier.test", server.impatient()), HasSubstr("Timeout"));
        const std::size_t expected = type == Type::addresses ? 4 : 2; // Two tries a question.
        EXPECT_EQ(server.asked(expected).size(), expected);
    }
}

TEST(DnsLookup, the_next_server_is_asked_when_one_is_silent)
{
    DnsServer silent;
    DnsServer server;
    silent.behave(Manner::silent);
    server.address("a.carrier.test", "192.0.2.1");
    DnsOptions options = server.options();
    options.one_try = 50ms;
    options.servers.insert(options.servers.begin(), silent.options().servers.front());
    EXPECT_THAT(addresses("a.carrier.test", options), UnorderedElementsAre("192.0.2.1"));
    EXPECT_THAT(silent.asked(2), testing::Contains("A a.carrier.test"));
}

TEST(DnsLookup, bytes_that_are_no_message_are_no_answer)
{
    DnsServer server;
    server.behave(Manner::garbage);
    for (const Type type : { Type::naptr, Type::srv, Type::addresses })
        EXPECT_THAT(problem(type, "carrier.test", server.impatient()), HasSubstr("carrier.test: "));
}

TEST(DnsLookup, a_broken_record_is_an_error)
{
    DnsServer server;
    server.behave(Manner::broken);
    for (const Type type : { Type::naptr, Type::srv, Type::addresses })
        EXPECT_THAT(problem(type, "carrier.test", server.options()), HasSubstr("isformatted"));
}

TEST(DnsLookup, a_response_to_another_question_is_not_believed)
{
    DnsServer server;
    server.behave(Manner::lies_first);
    server.address("a.carrier.test", "192.0.2.1");
    EXPECT_THAT(addresses("a.carrier.test", server.options()), UnorderedElementsAre("192.0.2.1"));
}

TEST(DnsLookup, what_is_too_long_for_a_datagram_comes_over_tcp)
{
    DnsServer server;
    server.behave(Manner::truncated);
    std::vector<DnsSrv> expected;
    for (std::uint16_t i = 0; i < 40; ++i)
        expected.push_back({ 1, i, 5060, "host-" + std::to_string(i) + ".carrier.test" });
    for (const DnsSrv& one : expected)
        server.srv("_sip._tcp.carrier.test", one);
    EXPECT_THAT(records<DnsSrv>(Type::srv, "_sip._tcp.carrier.test", server.options()),
        testing::UnorderedElementsAreArray(expected));
    EXPECT_EQ(server.asked(),
        (std::vector<std::string> { "SRV _sip._tcp.carrier.test", "SRV _sip._tcp.carrier.test (TCP)" }));
}

TEST(DnsLookup, an_impossible_name_is_an_error_and_asks_nothing)
{
    DnsServer server;
    for (const std::string& name : { std::string(64, 'x') + ".test", std::string("a..test") })
        for (const Type type : { Type::naptr, Type::srv, Type::addresses })
            EXPECT_THAT(problem(type, name, server.options()), HasSubstr(name + ": "));
    EXPECT_EQ(server.asked(), std::vector<std::string> {});
}

TEST(DnsLookup, a_cancelled_one_answers_nothing)
{
    DnsServer server;
    server.address("a.carrier.test", "192.0.2.1");
    EventLoop loop;
    int cancelled = 0;
    const auto count = [&](const Found&) { ++cancelled; };
    for (const Type type : { Type::naptr, Type::srv, Type::addresses }) {
        const DnsLookup asked(loop, type, "a.carrier.test", count, server.options());
        const DnsLookup ended(loop, type, std::string(64, 'x'), count, server.options()); // The answer is on its way.
    }
    bool answered = false;
    const DnsLookup last(
        loop, Type::addresses, "a.carrier.test",
        [&](const Found& found) {
            answered = found.has_value();
            loop.stop();
        },
        server.options());
    Timer patience(loop);
    patience.set(now() + 20s, [&] { loop.stop(); });
    loop.run();
    EXPECT_TRUE(answered);
    EXPECT_EQ(cancelled, 0);
}

TEST(DnsLookup, may_be_destroyed_by_its_answer)
{
    DnsServer server;
    server.address("a.carrier.test", "192.0.2.1");
    EventLoop loop;
    int answers = 0;
    std::unique_ptr<DnsLookup> lookup;
    lookup = std::make_unique<DnsLookup>(
        loop, Type::addresses, "a.carrier.test",
        [&](const Found&) {
            ++answers;
            lookup.reset();
            loop.stop();
        },
        server.options());
    Timer patience(loop);
    patience.set(now() + 20s, [&] { loop.stop(); });
    loop.run();
    EXPECT_EQ(answers, 1);
    EXPECT_FALSE(lookup);
}

} // namespace parley
