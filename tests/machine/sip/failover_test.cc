#include "sip_world.h"

// From one server to the next (RFC 3263 4.3), and from UDP to TCP for what is too long (RFC 3261 18.1.1).
namespace parley::sip {
namespace {

const Hop first { { "203.0.113.1", 5060 } };
const Hop second { { "203.0.113.2", 5060 }, Transport::tcp };
const Hop third { { "203.0.113.3", 5060 } };

DialSipLeg dial(Hops servers, const std::string& to = "sip:bob@example.com")
{
    return { DialLeg { LegId { "leg" }, "agent", to, "", 60s }, std::move(servers), local_media() };
}

std::string response(const World& world, std::uint16_t status)
{
    const Request& request = world.last_request();
    Response answer { status, "Whatever" };
    for (const Header& header : request.headers.fields())
        if (header.name == "Via" || header.name == "From" || header.name == "Call-ID" || header.name == "CSeq")
            answer.headers.add(header.name, header.value);
    answer.headers.add("To", "<sip:bob@example.com>;tag=theirs");
    return write(answer);
}

std::string branch_of(const World& world)
{
    return parse_via(*world.last_request().headers.find("Via"))->branch();
}

TEST(Failover, a_server_that_cannot_be_reached_is_followed_by_the_next_with_a_branch_of_its_own)
{
    World world;
    world.event(dial({ first, second }));
    EXPECT_EQ(world.last().destination, first);
    const std::string branch = branch_of(world);
    const std::string call_id = *world.last_request().headers.find("Call-ID");
    world.event(MessageNotSent { first });
    EXPECT_EQ(world.last().destination, second);
    EXPECT_NE(branch_of(world), branch);
    EXPECT_EQ(*world.last_request().headers.find("Call-ID"), call_id);
    EXPECT_EQ(*world.last_request().headers.find("CSeq"), "1 INVITE");
    EXPECT_EQ(*world.last_request().headers.find("Contact"), "<sip:192.0.2.1:5060;transport=tcp>");
    EXPECT_TRUE(world.last_request().headers.find("Via")->starts_with("SIP/2.0/TCP "));
    EXPECT_NE(world.last_request().body, "");
    EXPECT_EQ(world.news(), Words {});
    world.event(MessageNotSent { second });
    EXPECT_EQ(world.news(), Words { "ended error" });
}

TEST(Failover, a_server_that_is_out_of_service_is_followed_by_the_next_and_one_that_refuses_is_not)
{
    World world;
    world.event(dial({ first, third }));
    world.sent();
    world.receive(response(world, 503), first);
    EXPECT_EQ(world.sent(), (Words { "ACK", "INVITE" }));
    EXPECT_EQ(world.last().destination, third);
    world.receive(response(world, 486), third);
    EXPECT_EQ(world.news(), Words { "ended busy" });
}

TEST(Failover, a_server_that_says_nothing_is_given_up_soon_and_the_last_one_late)
{
    World world;
    world.event(dial({ first, third }));
    world.at(3'999);
    EXPECT_EQ(world.last().destination, first);
    world.at(4'000);
    EXPECT_EQ(world.last().destination, third);
    EXPECT_EQ(world.at(35'999).news(), Words {});
    EXPECT_EQ(world.at(36'000).news(), Words { "ended error" });
    world.at(200'000);
    EXPECT_EQ(world.endpoint().transaction_count(), 0U);
}

TEST(Failover, a_server_that_answered_has_all_the_time)
{
    World world;
    world.event(dial({ first, third })).receive(response(world, 100), first).at(30'000);
    EXPECT_EQ(world.last().destination, first);
}

TEST(Failover, a_call_that_is_given_up_goes_nowhere_else)
{
    World world;
    world.event(dial({ first, third })).event(HangUpLeg { LegId { "leg" } }).at(10'000);
    EXPECT_EQ(world.last().destination, first);
    world.event(MessageNotSent { first });
    EXPECT_EQ(world.last().destination, first);
    world.at(200'000);
    EXPECT_EQ(world.endpoint().transaction_count(), 0U);
}

TEST(Failover, the_next_call_does_not_wait_for_a_dead_server_again)
{
    World world;
    world.event(dial({ first, third })).event(MessageNotSent { first }).event(HangUpLeg { LegId { "leg" } });
    world.at(60'000).event(dial({ first, third }));
    EXPECT_EQ(world.last().destination, third);
    world.event(HangUpLeg { LegId { "leg" } });
    world.at(200'000).event(dial({ first, third }));
    EXPECT_EQ(world.last().destination, first);
}

TEST(LongRequest, goes_over_tcp_and_over_udp_if_that_fails)
{
    World world({ .local = here, .limits = { .max_datagram = 200 } });
    world.event(dial({ first }));
    EXPECT_EQ(world.last().destination, (Hop { first.address, Transport::tcp }));
    EXPECT_TRUE(world.last_request().headers.find("Via")->starts_with("SIP/2.0/TCP "));
    EXPECT_EQ(world.at(10'000).sent(), Words { "INVITE" });
    const std::string branch = branch_of(world);
    world.event(MessageNotSent { Hop { first.address, Transport::tcp } });
    EXPECT_EQ(world.last().destination, first);
    EXPECT_TRUE(world.last_request().headers.find("Via")->starts_with("SIP/2.0/UDP "));
    EXPECT_EQ(branch_of(world), branch);
    EXPECT_EQ(world.at(10'500).sent(), (Words { "INVITE", "INVITE" })); // Timer A again.
    world.event(MessageNotSent { first });
    EXPECT_EQ(world.news(), Words { "ended error" });
}

TEST(LongRequest, stays_on_tcp_once_it_is_answered_there)
{
    World world({ .local = here, .limits = { .max_datagram = 200 } });
    world.event(dial({ first })).receive(response(world, 100), Hop { first.address, Transport::tcp, 4 });
    world.event(FlowLost { Hop { first.address, Transport::tcp, 4 } });
    EXPECT_EQ(world.sent(), Words { "INVITE" });
    EXPECT_EQ(world.news(), Words {});
}

} // namespace
} // namespace parley::sip
