#include "machine/sip/sip_world.h"

namespace parley::sip {
namespace {

const LegId ours { "leg-1" };

DialSipLeg dial(Duration answer_within = 60s)
{
    return { DialLeg { ours, "agent", "bob", "Parley Agent", answer_within }, { there }, local_media() };
}

// What the other side would answer to the request that left as number `index` from the end.
std::string reply(const Request& request, std::uint16_t status, const std::string& tag, const std::string& body = "",
    const std::string& contact = "<sip:bob@198.51.100.7:5080>")
{
    Response response { status, "Whatever" };
    for (const Header& header : request.headers.fields()) {
        if (header.name == "Via" || header.name == "From" || header.name == "Call-ID" || header.name == "CSeq")
            response.headers.add(header.name, header.value);
        if (header.name == "To")
            response.headers.add("To", header.value + (tag.empty() ? "" : ";tag=" + tag));
    }
    if (!contact.empty())
        response.headers.add("Contact", contact);
    if (!body.empty())
        response.headers.add("Content-Type", "application/sdp");
    response.body = body;
    return write(response);
}

Request dial_out(World& world, Duration answer_within = 60s)
{
    world.event(dial(answer_within));
    return world.last_request();
}

TEST(OutgoingLeg, rings_is_answered_and_hangs_up)
{
    World world;
    const Request invite = dial_out(world);
    EXPECT_EQ(world.sent(), Words { "INVITE" });
    EXPECT_EQ(invite.uri, "sip:bob@198.51.100.7:5080");
    EXPECT_EQ(*invite.headers.find("Max-Forwards"), "70");
    EXPECT_EQ(parse_name_addr(*invite.headers.find("From"))->display, "Parley Agent");
    EXPECT_TRUE(sdp::parse(invite.body));

    world.at(100).receive(reply(invite, 100, "")).receive(reply(invite, 180, "theirs"));
    world.receive(reply(invite, 180, "theirs"));
    EXPECT_EQ(world.news(), Words { "ringing" });
    world.at(2'000).receive(reply(invite, 200, "theirs", offer_text("8 101")));
    EXPECT_EQ(world.sent(), Words { "ACK" });
    EXPECT_EQ(*world.last_request().headers.find("CSeq"), "1 ACK");
    EXPECT_EQ(parse_name_addr(*world.last_request().headers.find("To"))->tag(), "theirs");
    EXPECT_EQ(world.news(), (Words { "media", "answered" }));
    EXPECT_EQ(world.agreed->codec, sdp::Codec::pcma);

    world.at(30'000).event(HangUpLeg { ours });
    EXPECT_EQ(world.sent(), Words { "BYE" });
    EXPECT_EQ(*world.last_request().headers.find("CSeq"), "2 BYE");
    EXPECT_EQ(world.news(), Words { "ended hangup" });
    world.receive(reply(world.last_request(), 200, ""));
    world.at(100'000);
    EXPECT_EQ(world.sent(), Words {});
    EXPECT_EQ(world.endpoint().transaction_count(), 0U);
}

TEST(OutgoingLeg, is_hung_up_by_the_other_side)
{
    World world;
    const Request invite = dial_out(world);
    world.receive(reply(invite, 200, "theirs", offer_text()));
    world.sent();
    world.news();
    PeerRequest bye;
    bye.method = "BYE";
    bye.from_tag = "theirs";
    bye.to_tag = parse_name_addr(*invite.headers.find("From"))->tag();
    bye.call_id = *invite.headers.find("Call-ID");
    world.receive(bye);
    EXPECT_EQ(world.sent(), Words { "200 BYE" });
    EXPECT_EQ(world.news(), Words { "ended hangup" });
    world.receive(reply(invite, 200, "theirs", offer_text())); // Its 200 had lost our ACK.
    EXPECT_EQ(world.sent(), Words { "ACK" });
}

TEST(OutgoingLeg, acknowledges_each_repeated_200_with_the_same_ack)
{
    World world;
    const Request invite = dial_out(world);
    const std::string answer = reply(invite, 200, "theirs", offer_text());
    world.receive(answer);
    const std::string ack = world.last().text;
    world.news();
    world.at(500).receive(answer);
    EXPECT_EQ(world.last().text, ack);
    EXPECT_EQ(world.news(), Words {});
}

TEST(OutgoingLeg, hangs_up_every_fork_but_the_first)
{
    World world;
    const Request invite = dial_out(world);
    world.receive(reply(invite, 200, "one", offer_text()));
    world.sent();
    world.news();
    const std::string second = reply(invite, 200, "two", offer_text(), "<sip:two@203.0.113.9:5070>");
    world.receive(second);
    EXPECT_EQ(world.sent(), (Words { "ACK", "BYE" }));
    EXPECT_EQ(world.last().destination, (SocketAddress { "203.0.113.9", 5070 }));
    EXPECT_EQ(parse_name_addr(*world.last_request().headers.find("To"))->tag(), "two");
    EXPECT_EQ(world.news(), Words {});
    world.receive(second);
    EXPECT_EQ(world.sent(), Words { "ACK" });

    world.event(HangUpLeg { ours }); // The first one is untouched.
    EXPECT_EQ(parse_name_addr(*world.last_request().headers.find("To"))->tag(), "one");
}

TEST(OutgoingLeg, ends_with_the_reason_of_the_failure)
{
    const std::vector<std::pair<std::uint16_t, std::string>> rows { { 486, "busy" }, { 600, "busy" },
        { 480, "no_answer" }, { 408, "no_answer" }, { 603, "decline" }, { 404, "not_found" }, { 484, "not_found" },
        { 500, "error" }, { 302, "error" }, { 488, "error" } };
    for (const auto& [status, reason] : rows) {
        World world;
        const Request invite = dial_out(world);
        world.sent();
        const std::string failure = reply(invite, status, "theirs");
        world.receive(failure);
        EXPECT_EQ(world.sent(), Words { "ACK" });
        EXPECT_EQ(*world.last_request().headers.find("Via"), *invite.headers.find("Via")); // 17.1.1.3
        EXPECT_EQ(world.news(), Words { "ended " + reason });
        world.receive(failure);
        EXPECT_EQ(world.sent(), Words { "ACK" });
        EXPECT_EQ(world.news(), Words {});
        world.at(40'000);
        EXPECT_EQ(world.endpoint().transaction_count(), 0U);
    }
}

TEST(OutgoingLeg, ends_when_nobody_responds)
{
    World world;
    dial_out(world);
    world.at(40'000);
    EXPECT_EQ(world.sent_at(),
        (Words {
            "0 INVITE", "500 INVITE", "1500 INVITE", "3500 INVITE", "7500 INVITE", "15500 INVITE", "31500 INVITE" }));
    EXPECT_EQ(world.news(), Words { "ended error" });
    EXPECT_EQ(world.endpoint().transaction_count(), 0U);
}

TEST(OutgoingLeg, ends_when_its_datagrams_are_refused)
{
    World world;
    dial_out(world);
    world.event(MessageNotSent { there });
    EXPECT_EQ(world.news(), Words { "ended error" });
    EXPECT_EQ(world.endpoint().transaction_count(), 0U);
}

TEST(OutgoingLeg, is_cancelled_once_a_provisional_response_came)
{
    World world;
    const Request invite = dial_out(world);
    world.sent();
    world.event(HangUpLeg { ours });
    EXPECT_EQ(world.news(), Words { "ended cancel" });
    EXPECT_EQ(world.sent(), Words {}); // RFC 3261 9.1: not yet.
    world.receive(reply(invite, 180, "theirs"));
    EXPECT_EQ(world.sent(), Words { "CANCEL" });
    EXPECT_EQ(*world.last_request().headers.find("Via"), *invite.headers.find("Via"));
    EXPECT_EQ(*world.last_request().headers.find("CSeq"), "1 CANCEL");
    world.receive(reply(world.last_request(), 200, "theirs")).receive(reply(invite, 487, "theirs"));
    EXPECT_EQ(world.sent(), Words { "ACK" });
    world.at(40'000);
    EXPECT_EQ(world.sent(), Words {});
    EXPECT_EQ(world.news(), Words {});
    EXPECT_EQ(world.endpoint().transaction_count(), 0U);
}

TEST(OutgoingLeg, whose_cancel_crosses_the_200_is_acknowledged_and_hung_up)
{
    World world;
    const Request invite = dial_out(world);
    world.receive(reply(invite, 180, "theirs")).event(HangUpLeg { ours });
    EXPECT_EQ(world.sent(), (Words { "INVITE", "CANCEL" }));
    EXPECT_EQ(world.news(), (Words { "ringing", "ended cancel" }));
    world.receive(reply(invite, 200, "theirs", offer_text()));
    EXPECT_EQ(world.sent(), (Words { "ACK", "BYE" }));
    EXPECT_EQ(world.news(), Words {});
}

TEST(OutgoingLeg, whose_cancelled_invite_gets_no_final_response_is_forgotten)
{
    World world;
    const Request invite = dial_out(world);
    world.receive(reply(invite, 180, "theirs")).event(HangUpLeg { ours });
    world.receive(reply(world.last_request(), 200, "theirs"));
    world.at(31'999);
    EXPECT_EQ(world.endpoint().transaction_count(), 1U);
    world.at(32'000);
    EXPECT_EQ(world.endpoint().transaction_count(), 0U);
    EXPECT_FALSE(world.endpoint().deadline());
}

TEST(OutgoingLeg, that_nobody_answers_in_time_is_cancelled)
{
    World world;
    const Request invite = dial_out(world, 20s);
    world.receive(reply(invite, 180, "theirs"));
    world.at(19'999);
    world.sent();
    world.news();
    world.at(20'000);
    EXPECT_EQ(world.sent(), Words { "CANCEL" });
    EXPECT_EQ(world.news(), Words { "ended no_answer" });
}

TEST(OutgoingLeg, answered_without_a_usable_description_is_hung_up)
{
    for (const std::string& body : { std::string(), offer_text("18"), std::string("v=1\r\n") }) {
        World world;
        const Request invite = dial_out(world);
        world.sent();
        world.receive(reply(invite, 200, "theirs", body));
        EXPECT_EQ(world.sent(), (Words { "ACK", "BYE" }));
        EXPECT_EQ(world.news(), Words { "ended error" });
    }
}

TEST(OutgoingLeg, follows_the_record_route_backwards)
{
    World world;
    const Request invite = dial_out(world);
    std::string answer = reply(invite, 200, "theirs", offer_text());
    answer.insert(answer.find("Contact:"), "Record-Route: <sip:203.0.113.2;lr>, <sip:203.0.113.1:5070;lr>\r\n");
    world.receive(answer);
    EXPECT_EQ(world.last().destination, (SocketAddress { "203.0.113.1", 5070 }));
    EXPECT_EQ(world.last_request().uri, "sip:bob@198.51.100.7:5080");
    const auto routes = world.last_request().headers.list("Route");
    EXPECT_EQ(*routes, (Words { "<sip:203.0.113.1:5070;lr>", "<sip:203.0.113.2;lr>" }));
}

TEST(OutgoingLeg, refuses_an_address_that_it_cannot_dial)
{
    World world;
    DialSipLeg command = dial();
    command.dial.to = "sip:a b@c";
    world.event(command);
    EXPECT_EQ(world.sent(), Words {});
    EXPECT_EQ(world.news(), Words { "ended error" });
}

TEST(OutgoingLeg, a_response_for_somebody_else_is_dropped)
{
    World world;
    Request invite = dial_out(world);
    world.news();
    std::string other = reply(invite, 486, "theirs");
    other.replace(other.find("192.0.2.1:5060"), 14, "192.0.2.9:5060");
    world.receive(other);
    EXPECT_EQ(world.news(), Words {});
    EXPECT_EQ(world.endpoint().counters().messages_dropped, 1U);
}

} // namespace
} // namespace parley::sip
