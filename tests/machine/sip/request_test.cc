#include "machine/sip/sip_world.h"

// What is answered, refused or dropped before any leg hears of it.
namespace parley::sip {
namespace {

PeerRequest options()
{
    PeerRequest request;
    request.method = "OPTIONS";
    return request;
}

TEST(Requests, what_is_not_sip_is_counted_and_dropped)
{
    World world;
    world.receive("\r\n\r\n").receive(std::string(1, '\0')).receive("");
    EXPECT_EQ(world.endpoint().counters().keepalives, 3U);
    world.receive(std::string("\x80\x00\x00\x01\x00\x00\x00\x02", 8))
        .receive("hello")
        .receive("GET / HTTP/1.1\r\n\r\n");
    std::string no_via = options().text();
    no_via.replace(no_via.find("Via:"), 4, "Xia:");
    world.receive(no_via);
    EXPECT_EQ(world.endpoint().counters().messages_dropped, 4U);
    EXPECT_EQ(world.sent(), Words {});
    EXPECT_FALSE(world.endpoint().deadline());
}

TEST(Requests, options_tell_what_we_can)
{
    World world;
    world.receive(options());
    EXPECT_EQ(world.sent(), Words { "200 OPTIONS" });
    EXPECT_EQ(
        *world.last_response().headers.find("Allow"), "INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, INFO, PRACK, REFER");
    EXPECT_EQ(*world.last_response().headers.find("Accept"), "application/sdp");
    EXPECT_EQ(*world.last_response().headers.find("Server"), "Parley");
    const std::string first = world.last().text;
    world.receive(options());
    EXPECT_EQ(world.last().text, first); // Without state, yet with the same tag.
    EXPECT_EQ(world.endpoint().transaction_count(), 0U);
}

TEST(Requests, are_refused_with_the_status_of_their_fault)
{
    struct Row {
        int line;
        std::function<void(PeerRequest&)> spoil;
        std::string answer;
        std::string field = "";
    };
    const std::vector<Row> rows {
        { __LINE__, [](auto& r) { r.method = "REGISTER"; }, "405 REGISTER", "Allow" },
        { __LINE__, [](auto& r) { r.method = "invite"; }, "405 invite", "Allow" }, // Methods are case-sensitive.
        { __LINE__, [](auto& r) { r.method = "BYE"; }, "481 BYE" },
        { __LINE__, [](auto& r) { r.to_tag = "nobody"; }, "481 INVITE" },
        { __LINE__, [](auto& r) { r.more = "Require: 100rel, tdialog\r\n"; }, "420 INVITE", "Unsupported" },
        { __LINE__, [](auto& r) { r.uri = "sips:a@b"; }, "416 INVITE" },
        { __LINE__, [](auto& r) { r.uri = "nobodyKnowsThisScheme:a"; }, "416 INVITE" },
        { __LINE__, [](auto& r) { r.uri = "sip:a b@c"; }, "400 INVITE" },
        { __LINE__, [](auto& r) { r.uri = "<sip:a@b>"; }, "400 INVITE" },
        { __LINE__, [](auto& r) { r.more = "Max-Forwards: 70\r\n"; }, "400 INVITE" }, // Twice.
        { __LINE__, [](auto& r) { r.more = "From: <sip:x@y>\r\n"; }, "" },            // Twice: no way to answer.
        { __LINE__, [](auto& r) { r.contact = ""; }, "400 INVITE" },
        { __LINE__, [](auto& r) { r.contact = "Contact: <sip:a@b>, <sip:c@d>\r\n"; }, "400 INVITE" },
        { __LINE__, [](auto& r) { r.contact = "Contact: *\r\n"; }, "400 INVITE" },
        { __LINE__, [](auto& r) { r.contact = "Contact: sip:a@b?Route=%3Csip:c%3E\r\n"; }, "400 INVITE" },
        { __LINE__, [](auto& r) { r.more = "Record-Route: sip:no-brackets\r\n"; }, "400 INVITE" },
        { __LINE__, [](auto& r) { r.body = "v=0\r\nnonsense\r\n"; }, "400 INVITE" },
        { __LINE__, [](auto& r) { r.body = offer_text("18"); }, "488 INVITE" },
        { __LINE__, [](auto& r) { r.more = "Content-Length: 5\r\n"; }, "400 INVITE" },
        { __LINE__, [](auto& r) { r.cseq = 2'147'483'648; }, "400 INVITE" },
    };
    for (const Row& row : rows) {
        World world;
        PeerRequest request;
        row.spoil(request);
        world.receive(request);
        EXPECT_EQ(world.sent(), row.answer.empty() ? Words {} : Words { row.answer }) << "row in line " << row.line;
        EXPECT_EQ(world.news(), Words {}) << "row in line " << row.line;
        EXPECT_EQ(world.endpoint().transaction_count(), 0U) << "row in line " << row.line;
        if (!row.field.empty()) {
            EXPECT_NE(world.last_response().headers.find(row.field), nullptr) << "row in line " << row.line;
        }
    }
}

TEST(Requests, are_refused_for_text_that_is_wrong)
{
    struct Row {
        std::string from;
        std::string to;
        std::string answer;
    };
    const std::vector<Row> rows {
        { "SIP/2.0\r\nVia", "SIP/7.0\r\nVia", "505 INVITE" },
        { "SIP/2.0\r\nVia", "SIP/2.0  \r\nVia", "400 INVITE" },
        { "INVITE sip", "INVITE  sip", "400 INVITE" },
        { "1 INVITE", "1 OPTIONS", "400 OPTIONS" },
        { "Max-Forwards: 70", "Max-Forwards: 0", "483 INVITE" },
        { "Max-Forwards: 70", "Max-Forwards: 300", "400 INVITE" },
        { "Max-Forwards: 70", "Max-Forwards: -1", "400 INVITE" },
        { "application/sdp", "multipart/mixed", "415 INVITE" },
        { "application/sdp", "application/sdp\r\nContent-Encoding: gzip", "415 INVITE" },
        { "\"Ann\" <", "\"Ann <", "400 INVITE" },
        { "\"Ann\" <", "Ann, B <", "400 INVITE" },
        { "Call-ID: call-1", "Call-ID: ", "400 INVITE" },
        { "Content-Length: ", "Content-Length: -", "400 INVITE" },
        { "Content-Length: ", "Content-Length: 9", "400 INVITE" },
    };
    for (const Row& row : rows) {
        World world;
        PeerRequest request;
        request.body = offer_text();
        std::string text = request.text();
        const auto at = text.find(row.from);
        ASSERT_NE(at, std::string::npos) << row.from;
        world.receive(text.replace(at, row.from.size(), row.to));
        EXPECT_EQ(world.sent(), Words { row.answer }) << row.to;
        EXPECT_EQ(world.news(), Words {}) << row.to;
    }
}

TEST(Requests, a_merged_invite_gets_482)
{
    World world;
    PeerRequest invite;
    invite.body = offer_text();
    world.receive(invite);
    invite.branch = "z9hG4bKother"; // The same request over another path.
    world.receive(invite);
    EXPECT_EQ(world.sent(), (Words { "100 INVITE", "482 INVITE" }));
    EXPECT_EQ(world.endpoint().leg_count(), 1U);
}

TEST(Requests, beyond_the_limits_are_sent_away_for_a_while)
{
    for (const Limits& limits : { Limits { .max_transactions = 2 }, Limits { .max_legs = 2 } }) {
        World world({ .local = here, .limits = limits });
        for (int i = 1; i <= 3; ++i) {
            PeerRequest invite;
            invite.branch += std::to_string(i);
            invite.call_id += std::to_string(i);
            invite.body = offer_text();
            world.receive(invite);
        }
        EXPECT_EQ(world.sent(), (Words { "100 INVITE", "100 INVITE", "503 INVITE" }));
        EXPECT_EQ(*world.last_response().headers.find("Retry-After"), "10");
        EXPECT_EQ(world.endpoint().leg_count(), 2U);
    }
}

TEST(Requests, an_ack_is_never_answered)
{
    World world;
    PeerRequest ack;
    ack.method = "ACK";
    world.receive(ack);
    ack.to_tag = "nobody";
    world.receive(ack);
    ack.uri = "sip:a b@c";
    world.receive(ack);
    EXPECT_EQ(world.sent(), Words {});
}

TEST(Requests, from_behind_a_nat_are_answered_and_hung_up_where_they_come_from)
{
    World world;
    const SocketAddress mapped { "203.0.113.50", 61'000 };
    PeerRequest invite;
    invite.body = offer_text();
    invite.via = "SIP/2.0/UDP 10.0.0.7:5080;rport";
    invite.contact = "Contact: <sip:ann@10.0.0.7:5080>\r\n";
    world.receive(invite, mapped);
    EXPECT_EQ(world.last().destination, mapped);
    world.event(AnswerSipLeg { world.leg, local_media() });
    PeerRequest ack = invite;
    ack.method = "ACK";
    ack.branch = "z9hG4bK2";
    ack.to_tag = world.last_to_tag();
    ack.body.clear();
    world.receive(ack, mapped).event(HangUpLeg { world.leg });
    EXPECT_EQ(world.last_request().method, "BYE");
    EXPECT_EQ(world.last_request().uri, "sip:ann@10.0.0.7:5080");
    EXPECT_EQ(world.last().destination, mapped);
}

TEST(Requests, of_rfc_2543_without_a_branch_are_told_apart_by_their_fields)
{
    World world;
    PeerRequest invite;
    invite.branch = "1";
    invite.body = offer_text();
    world.receive(invite).receive(invite);
    EXPECT_EQ(world.sent(), (Words { "100 INVITE", "100 INVITE" })); // The second is a retransmission.
    invite.call_id = "another";
    world.receive(invite);
    EXPECT_EQ(world.endpoint().leg_count(), 2U);
}

TEST(Requests, from_anybody_are_routed_by_the_request_uri)
{
    World world;
    PeerRequest invite;
    invite.uri = "sip:s%61les@192.0.2.1:5060;user=phone";
    world.receive(invite);
    EXPECT_EQ(world.offered->incoming.to, "sales");
    EXPECT_EQ(world.offered->source, there);
    EXPECT_EQ(world.offered->sip_call_id, "call-1");
    World other;
    invite.uri = "sip:192.0.2.1";
    other.receive(invite);
    EXPECT_EQ(other.offered->incoming.to, "support"); // No user there: the one of To.
}

} // namespace
} // namespace parley::sip
