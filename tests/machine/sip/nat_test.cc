#include "sip/nat.h"

#include "machine/sip/sip_world.h"

namespace parley::sip {
namespace {

std::string private_offer()
{
    std::string offer = offer_text();
    for (auto at = offer.find("198.51.100.7"); at != std::string::npos; at = offer.find("198.51.100.7"))
        offer.replace(at, 12, "192.168.1.5");
    return offer;
}

TEST(Nat, an_address_is_hidden_if_it_is_private_and_not_the_one_that_is_seen)
{
    EXPECT_TRUE(is_hidden("192.168.1.5", "198.51.100.7"));
    EXPECT_TRUE(is_hidden("fd00::5", "2001:db8::7"));
    EXPECT_FALSE(is_hidden("192.168.1.5", "192.168.1.5"));
    EXPECT_FALSE(is_hidden("192.168.1.5", "192.168.1.9")); // A proxy and what is behind it.
    EXPECT_FALSE(is_hidden("203.0.113.9", "198.51.100.7"));
    EXPECT_FALSE(is_hidden("phone.example", "198.51.100.7"));
    EXPECT_EQ(reachable({ "192.168.1.5", 6'000 }, "198.51.100.7"), (SocketAddress { "198.51.100.7", 6'000 }));
    EXPECT_EQ(reachable({ "0.0.0.0", 6'000 }, "198.51.100.7"), (SocketAddress { "0.0.0.0", 6'000 }));
}

TEST(Nat, sound_goes_to_where_a_hidden_caller_signals_from)
{
    World world;
    PeerRequest invite;
    invite.body = private_offer();
    invite.contact = "Contact: <sip:ann@192.168.1.5:5070>\r\n";
    world.receive(invite).event(AnswerSipLeg { world.leg, local_media() });
    ASSERT_TRUE(world.agreed);
    EXPECT_EQ(world.agreed->remote_rtp, (SocketAddress { there.ip, 6'000 }));
    // Our requests take the way back as well, although its Via knows the outer address.
    PeerRequest ack;
    ack.method = "ACK";
    ack.branch = "z9hG4bK2";
    ack.to_tag = world.last_to_tag();
    world.receive(ack).event(HangUpLeg { world.leg });
    EXPECT_EQ(world.last_request().method, "BYE");
    EXPECT_EQ(world.last().destination, Hop(there));
    EXPECT_EQ(world.last_request().uri, "sip:ann@192.168.1.5:5070");
}

TEST(Nat, peers_inside_are_told_the_inner_address)
{
    SipEndpointSettings settings { here };
    settings.local_networks = { *IpNetwork::parse("10.0.0.0/8") };
    settings.inner_ip = "10.0.0.1";
    World world(settings);
    const SocketAddress inside { "10.1.2.3", 5060 };
    PeerRequest invite;
    invite.body = offer_text();
    world.receive(invite, inside).event(AnswerSipLeg { world.leg, local_media() });
    EXPECT_EQ(*world.last_response().headers.find("Contact"), "<sip:10.0.0.1:5060>");
    EXPECT_NE(world.last().text.find("c=IN IP4 10.0.0.1\r\n"), std::string::npos) << world.last().text;
    invite.call_id = "outside";
    invite.branch = "z9hG4bKoutside";
    world.receive(invite).event(AnswerSipLeg { world.leg, local_media() });
    EXPECT_EQ(*world.last_response().headers.find("Contact"), "<sip:192.0.2.1:5060>");
    EXPECT_NE(world.last().text.find("c=IN IP4 192.0.2.1\r\n"), std::string::npos);
    world.event(DialSipLeg { { { "leg" }, "us", "sip:ann@10.1.2.3", "" }, { inside }, local_media() });
    EXPECT_EQ(parse_via(*world.last_request().headers.find("Via"))->host, "10.0.0.1");
    world.receive("SIP/2.0 180 Ringing\r\nVia: " + *world.last_request().headers.find("Via") + "\r\nFrom: "
            + *world.last_request().headers.find("From") + "\r\nTo: <sip:ann@10.1.2.3>;tag=1\r\nCall-ID: "
            + *world.last_request().headers.find("Call-ID") + "\r\nCSeq: 1 INVITE\r\n\r\n",
        inside);
    EXPECT_EQ(world.news().back(), "ringing"); // The answer to an inner Via is ours.
}

TEST(Nat, a_hidden_phone_that_was_called_is_reached_the_way_it_answered)
{
    World world;
    world.event(DialSipLeg { { { "leg" }, "us", "sip:ann@192.168.1.5:5070", "" }, { there }, local_media() });
    std::string answer = "SIP/2.0 200 OK\r\n";
    for (const Header& field : world.last_request().headers.fields())
        if (field.name == "Via" || field.name == "From" || field.name == "Call-ID" || field.name == "CSeq")
            answer += field.name + ": " + field.value + "\r\n";
    const std::string body = private_offer();
    answer += "To: <sip:ann@192.168.1.5:5070>;tag=phone\r\nContact: <sip:ann@192.168.1.5:5070>\r\nContent-Type: "
              "application/sdp\r\nContent-Length: "
        + std::to_string(body.size()) + "\r\n\r\n" + body;
    world.receive(answer);
    EXPECT_EQ(world.last_request().method, "ACK");
    EXPECT_EQ(world.last().destination, Hop(there));
    EXPECT_EQ(world.agreed->remote_rtp, (SocketAddress { there.ip, 6'000 }));
}

} // namespace
} // namespace parley::sip
