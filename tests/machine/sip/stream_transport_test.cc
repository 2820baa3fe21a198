#include "sip/client_transaction.h"
#include "sip/server_transaction.h"
#include "sip_world.h"

// What is different over TCP and TLS: nothing is sent again by the transactions, nothing waits for what might come
// again, and messages go over the connection that is there.
namespace parley::sip {
namespace {

constexpr Timers timers {};
const Hop flow { { "198.51.100.7", 49'152 }, Transport::tcp, 7 };
const Hop tls_flow { { "198.51.100.7", 49'153 }, Transport::tls, 8 };

PeerRequest over(std::string_view transport)
{
    PeerRequest request;
    request.via = "SIP/2.0/" + std::string(transport) + " 198.51.100.7:5080";
    request.contact = "Contact: <sip:ann@198.51.100.7:5080;transport=" + lower(transport) + ">\r\n";
    return request;
}

TEST(StreamTransport, sends_no_request_twice_but_still_gives_up)
{
    InviteClientTransaction invite(timers, origin, Transport::tcp);
    EXPECT_EQ(invite.deadline(), origin + 32s);
    NonInviteClientTransaction other(timers, origin, Transport::tls);
    EXPECT_EQ(other.deadline(), origin + 32s);
    ClientActions out;
    invite.handle_timeout(origin + 32s, out);
    other.handle_timeout(origin + 32s, out);
    EXPECT_EQ(out, (ClientActions { ClientAction::report_timeout, ClientAction::report_timeout }));
}

TEST(StreamTransport, timers_d_and_k_are_zero)
{
    InviteClientTransaction invite(timers, origin, Transport::tcp);
    NonInviteClientTransaction other(timers, origin, Transport::tcp);
    ClientActions out;
    invite.handle(ClientEvent::failure, origin + 1s, out);
    other.handle(ClientEvent::success, origin + 1s, out);
    EXPECT_TRUE(invite.terminated() && other.terminated());
}

TEST(StreamTransport, timers_g_i_and_j_are_zero)
{
    InviteServerTransaction invite(timers, Transport::tcp);
    NonInviteServerTransaction other(timers, Transport::tcp);
    ServerActions out;
    invite.handle(ServerEvent::give_failure, origin, out);
    EXPECT_EQ(invite.deadline(), origin + 32s); // Timer H: the ACK is awaited all the same.
    invite.handle(ServerEvent::ack, origin + 1s, out);
    other.handle(ServerEvent::give_success, origin, out);
    EXPECT_TRUE(invite.terminated() && other.terminated());
}

TEST(StreamTransport, answers_go_over_the_connection_or_else_to_the_port_of_the_via)
{
    World world;
    world.receive(over("TCP"), flow);
    EXPECT_EQ(world.last().destination, (Hop { { "198.51.100.7", 5080 }, Transport::tcp, 7 }));
    world.event(AnswerSipLeg { world.leg, local_media() });
    EXPECT_EQ(world.sent(), (Words { "100 INVITE", "200 INVITE" }));
    EXPECT_EQ(world.last().destination.flow, 7U);
    EXPECT_EQ(*world.last_response().headers.find("Contact"), "<sip:192.0.2.1:5060;transport=tcp>");
}

TEST(StreamTransport, a_success_is_repeated_until_its_ack_whatever_lies_between)
{
    World world;
    world.receive(over("TCP"), flow).event(AnswerSipLeg { world.leg, local_media() });
    world.sent();
    EXPECT_EQ(world.at(600).sent(), Words { "200 INVITE" }); // RFC 3261 13.3.1.4
}

TEST(StreamTransport, a_failure_is_sent_once)
{
    World world;
    world.receive(over("TCP"), flow).event(RejectLeg { world.leg, LegEndReason::busy, {} });
    EXPECT_EQ(world.at(31'000).sent(), (Words { "100 INVITE", "486 INVITE" }));
}

TEST(StreamTransport, requests_within_the_dialog_go_over_the_connection)
{
    World world;
    world.receive(over("TCP"), flow).event(AnswerSipLeg { world.leg, local_media() });
    PeerRequest ack = over("TCP");
    ack.method = "ACK";
    ack.to_tag = world.last_to_tag();
    ack.branch = "z9hG4bK2";
    world.receive(ack, flow).event(HangUpLeg { world.leg });
    EXPECT_EQ(world.last_request().method, "BYE");
    EXPECT_EQ(world.last().destination, (Hop { { "198.51.100.7", 5080 }, Transport::tcp, 7 }));
    EXPECT_TRUE(world.last_request().headers.find("Via")->starts_with("SIP/2.0/TCP 192.0.2.1:5060;"));
}

TEST(StreamTransport, a_caller_behind_a_nat_is_reached_over_its_connection_alone)
{
    World world;
    PeerRequest invite = over("TCP");
    invite.via = "SIP/2.0/TCP 10.0.0.5:5080";
    invite.contact = "Contact: <sip:ann@10.0.0.5:5080;transport=tcp>\r\n";
    world.receive(invite, flow).event(AnswerSipLeg { world.leg, local_media() });
    PeerRequest ack = invite;
    ack.method = "ACK";
    ack.to_tag = world.last_to_tag();
    ack.branch = "z9hG4bK2";
    world.receive(ack, flow).event(HangUpLeg { world.leg });
    EXPECT_EQ(world.last().destination, flow);
}

TEST(StreamTransport, an_outgoing_call_over_tls_says_so)
{
    World world({ .local = here, .local_tls = SocketAddress { "192.0.2.1", 5061 } });
    const Hop server { { "203.0.113.4", 5061 }, Transport::tls, no_flow, "sip.example.com" };
    world.event(DialSipLeg {
        DialLeg { LegId { "leg" }, "1", "sips:bob@sip.example.com", "", 60s }, { server }, local_media() });
    EXPECT_EQ(world.last().destination, server);
    EXPECT_TRUE(world.last_request().headers.find("Via")->starts_with("SIP/2.0/TLS 192.0.2.1:5061;"));
    EXPECT_EQ(*world.last_request().headers.find("Contact"), "<sips:192.0.2.1:5061>");
    EXPECT_EQ(world.at(31'999).sent(), Words { "INVITE" });
    EXPECT_EQ(world.at(32'000).news(), Words { "ended error" });
}

TEST(StreamTransport, a_lost_connection_ends_what_was_not_answered_and_nothing_else)
{
    const Hop server { { "203.0.113.4", 5060 }, Transport::tcp };
    World unanswered;
    unanswered.event(DialSipLeg { DialLeg { LegId { "leg" }, "1", "bob", "", 60s }, { server }, local_media() });
    unanswered.event(FlowLost { Hop { server.address, Transport::tcp, 3 } });
    EXPECT_EQ(unanswered.news(), Words { "ended error" });

    World ringing;
    ringing.receive(over("TCP"), flow).event(RingLeg { ringing.leg });
    ringing.event(FlowLost { flow });
    EXPECT_EQ(ringing.news(), Words { "offered ann>support" });
    ringing.event(AnswerSipLeg { ringing.leg, local_media() });
    EXPECT_EQ(ringing.last().destination.address.port, 5080); // A new connection to its Via.
}

TEST(StreamTransport, a_promise_of_tls_is_kept_or_refused)
{
    World world;
    PeerRequest invite = over("TCP");
    invite.uri = "sips:support@192.0.2.1";
    EXPECT_EQ(world.receive(invite, flow).sent(), Words { "416 INVITE" });
    invite.branch = "z9hG4bK3";
    EXPECT_EQ(world.receive(invite, tls_flow).sent(), Words { "100 INVITE" });
    world.event(RingLeg { world.leg });
    EXPECT_EQ(*world.last_response().headers.find("Contact"), "<sips:192.0.2.1:5060>");
}

} // namespace
} // namespace parley::sip
