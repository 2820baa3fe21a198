#include "machine/sip/dialog_world.h"

namespace parley::sip {
namespace {

sdp::LocalMedia holding()
{
    sdp::LocalMedia media = local_media();
    media.direction = sdp::Direction::send_only;
    return media;
}

// RFC 2543's way.
std::string old_hold()
{
    std::string text = offer_text("0");
    const std::string address = "c=IN IP4 198.51.100.7";
    return text.replace(text.find(address), address.size(), "c=IN IP4 0.0.0.0");
}

TEST(Renegotiation, hold_and_resume_come_by_reinvite_and_by_update)
{
    for (const Way way : { Way::incoming, Way::outgoing }) {
        for (const std::string method : { "INVITE", "UPDATE" }) {
            for (const std::string& hold : { hold_text(), offer_text("0", "a=inactive\r\n"), old_hold() }) {
                DialogWorld world(way);
                world.receive(world.theirs(method, hold));
                EXPECT_EQ(world.sent(), Words { "200 " + method });
                EXPECT_EQ(world.news(), (Words { "media", "held" }));
                EXPECT_FALSE(sdp::may_send(world.agreed->direction));
                if (method == "INVITE")
                    world.receive(world.ack());
                world.receive(world.theirs(method, offer_text()));
                EXPECT_EQ(world.sent(), Words { "200 " + method });
                EXPECT_EQ(world.news(), (Words { "media", "resumed" }));
                EXPECT_EQ(world.agreed->direction, sdp::Direction::send_receive);
            }
        }
    }
}

TEST(Renegotiation, an_update_without_an_offer_moves_the_target_alone)
{
    DialogWorld world;
    PeerRequest update = world.theirs("UPDATE");
    update.contact = "Contact: <sip:ann@198.51.100.8:5090>\r\n";
    world.receive(update);
    EXPECT_EQ(world.sent(), Words { "200 UPDATE" });
    EXPECT_EQ(world.last_response().body, "");
    EXPECT_EQ(world.news(), Words {});
    world.event(HangUpLeg { world.leg });
    EXPECT_EQ(world.last().destination.address, (SocketAddress { "198.51.100.8", 5090 }));
}

TEST(Renegotiation, an_update_that_offers_nothing_usable_changes_nothing)
{
    DialogWorld world;
    world.receive(world.theirs("UPDATE", offer_text("18")));
    EXPECT_EQ(world.sent(), Words { "488 UPDATE" });
    PeerRequest other = world.theirs("UPDATE", "x");
    other.type = "text/plain";
    world.receive(other);
    EXPECT_EQ(world.sent(), Words { "415 UPDATE" });
    EXPECT_EQ(world.news(), Words {});
    world.receive(world.theirs("UPDATE", offer_text()));
    EXPECT_EQ(sdp::parse(world.last_response().body)->origin.session_version, 1U); // RFC 3264 8
    EXPECT_EQ(world.news(), Words {});
}

TEST(Renegotiation, before_the_answer_waits)
{
    World world;
    PeerRequest invite;
    invite.body = offer_text();
    world.receive(invite).event(RingLeg { world.leg });
    PeerRequest update = invite;
    update.method = "UPDATE";
    update.to_tag = world.last_to_tag();
    update.cseq = 2;
    update.branch = "z9hG4bK2";
    world.receive(update);
    EXPECT_EQ(World::summary(world.last().message), "500 UPDATE");
    EXPECT_NE(field(world.last_response().headers, "Retry-After"), "");
    PeerRequest second = update;
    second.method = "INVITE";
    second.cseq = 3;
    second.branch = "z9hG4bK3";
    world.receive(second);
    EXPECT_EQ(World::summary(world.last().message), "500 INVITE");
    EXPECT_NE(field(world.last_response().headers, "Retry-After"), "");
}

TEST(Renegotiation, an_offer_of_ours_is_made_by_reinvite_and_taken)
{
    for (const Way way : { Way::incoming, Way::outgoing }) {
        DialogWorld world(way);
        world.event(OfferSipLeg { world.leg, holding() });
        EXPECT_EQ(world.sent(), Words { "INVITE" });
        const Request invite = world.last_request();
        const auto offer = sdp::parse(invite.body);
        EXPECT_NE(sdp::find_attribute(offer->media.at(0).attributes, "sendonly"), nullptr);
        EXPECT_EQ(offer->origin.session_version, 2U);
        EXPECT_EQ(field(invite.headers, "CSeq"), way == Way::incoming ? "1 INVITE" : "2 INVITE");

        const std::string answer = reply(invite, 200, "theirs", offer_text("0", "a=recvonly\r\n"));
        world.receive(answer);
        EXPECT_EQ(world.sent(), Words { "ACK" });
        EXPECT_EQ(world.news(), Words { "media" }); // A hold of our own is no news.
        EXPECT_EQ(world.agreed->direction, sdp::Direction::send_only);
        const std::string ack = world.last().text;
        world.receive(answer);
        EXPECT_EQ(world.last().text, ack);

        world.event(OfferSipLeg { world.leg, local_media() });
        EXPECT_EQ(sdp::parse(world.last_request().body)->origin.session_version, 3U);
        world.accept_last(offer_text());
        EXPECT_EQ(world.news(), Words { "media" });
        EXPECT_EQ(world.agreed->direction, sdp::Direction::send_receive);
        world.event(HangUpLeg { world.leg });
        world.accept_last();
        world.at(100'000);
        EXPECT_EQ(world.endpoint().transaction_count(), 0U);
        EXPECT_FALSE(world.endpoint().deadline());
    }
}

TEST(Renegotiation, an_offer_that_is_refused_leaves_the_session)
{
    DialogWorld world;
    world.event(OfferSipLeg { world.leg, holding() });
    world.receive(reply(world.last_request(), 488));
    EXPECT_EQ(world.sent(), (Words { "INVITE", "ACK" }));
    EXPECT_EQ(world.news(), Words { "refused 488" });
    world.at(100'000);
    EXPECT_EQ(world.sent(), Words {});
    EXPECT_EQ(world.endpoint().leg_count(), 1U);
}

TEST(Renegotiation, the_latest_of_several_offers_is_made_when_the_first_is_answered)
{
    DialogWorld world;
    world.event(OfferSipLeg { world.leg, holding() });
    world.event(OfferSipLeg { world.leg, local_media(41'000) });
    world.event(OfferSipLeg { world.leg, local_media(42'000) });
    EXPECT_EQ(world.sent(), Words { "INVITE" });
    world.accept_last(offer_text("0", "a=recvonly\r\n"));
    EXPECT_EQ(world.sent(), (Words { "ACK", "INVITE" }));
    EXPECT_EQ(sdp::parse(world.last_request().body)->media.at(0).port, 42'000);
    world.accept_last(offer_text());
    EXPECT_EQ(world.sent(), Words { "ACK" });
}

TEST(Renegotiation, glare_is_refused_and_our_offer_repeated_after_a_random_pause)
{
    for (const Way way : { Way::incoming, Way::outgoing }) {
        DialogWorld world(way);
        world.event(OfferSipLeg { world.leg, holding() });
        const Request invite = world.last_request();
        world.receive(world.theirs("INVITE", hold_text()));
        world.receive(world.theirs("UPDATE", hold_text()));
        EXPECT_EQ(world.sent(), (Words { "INVITE", "491 INVITE", "491 UPDATE" }));
        world.receive(reply(invite, 491));
        EXPECT_EQ(world.sent(), Words { "ACK" });
        const std::int64_t due = to_milliseconds(*world.endpoint().deadline() - origin);
        // RFC 3261 14.1: the owner of the Call-ID waits 2.1 to 4 s, the other one at most 2 s.
        EXPECT_GE(due, way == Way::outgoing ? 2'100 : 0);
        EXPECT_LE(due, way == Way::outgoing ? 4'000 : 2'000);
        EXPECT_EQ(due % 10, 0);
        world.receive(world.theirs("UPDATE", hold_text())); // Meanwhile theirs is taken.
        EXPECT_EQ(world.sent(), Words { "200 UPDATE" });
        EXPECT_EQ(world.news(), (Words { "media", "held" }));
        world.at(due);
        EXPECT_EQ(world.sent_at(), Words { std::to_string(due) + " INVITE" });
    }
}

TEST(Renegotiation, an_update_without_an_offer_passes_while_ours_is_open)
{
    DialogWorld world;
    world.event(OfferSipLeg { world.leg, holding() });
    world.receive(world.theirs("UPDATE"));
    EXPECT_EQ(world.sent(), (Words { "INVITE", "200 UPDATE" }));
}

TEST(Renegotiation, a_pause_that_is_asked_for_is_kept)
{
    DialogWorld world;
    world.event(OfferSipLeg { world.leg, holding() });
    world.receive(reply(world.last_request(), 500, "theirs", "", "Retry-After: 7\r\n"));
    EXPECT_EQ(world.sent(), (Words { "INVITE", "ACK" }));
    world.at(6'999);
    EXPECT_EQ(world.sent(), Words {});
    world.at(7'000);
    EXPECT_EQ(world.sent(), Words { "INVITE" });
    EXPECT_EQ(world.news(), Words {});
}

TEST(Renegotiation, a_dialog_that_the_other_side_forgot_ends)
{
    DialogWorld world;
    world.event(OfferSipLeg { world.leg, holding() });
    world.receive(reply(world.last_request(), 481));
    EXPECT_EQ(world.sent(), (Words { "INVITE", "ACK", "BYE" }));
    EXPECT_EQ(field(world.last_request().headers, "Reason"), "SIP;cause=481;text=\"481 to a request of ours\"");
    EXPECT_EQ(world.news(), Words { "ended error" });
}

TEST(Renegotiation, an_offer_without_any_response_ends_the_leg)
{
    DialogWorld world;
    world.event(OfferSipLeg { world.leg, holding() });
    world.at(32'000);
    EXPECT_EQ(world.news(), Words { "ended error" });
    EXPECT_EQ(world.sent().back(), "BYE");
    world.at(100'000);
    EXPECT_EQ(world.endpoint().transaction_count(), 0U);
}

TEST(Renegotiation, an_answer_that_cannot_be_used_ends_the_leg)
{
    DialogWorld world;
    world.event(OfferSipLeg { world.leg, holding() });
    world.accept_last(offer_text("18"));
    EXPECT_EQ(world.sent(), (Words { "INVITE", "ACK", "BYE" }));
    EXPECT_EQ(world.news(), Words { "ended error" });
}

TEST(Renegotiation, a_leg_hung_up_meanwhile_still_acknowledges)
{
    DialogWorld world;
    world.event(OfferSipLeg { world.leg, holding() });
    const Request invite = world.last_request();
    world.event(HangUpLeg { world.leg });
    EXPECT_EQ(world.sent(), (Words { "INVITE", "BYE" }));
    world.accept_last();
    world.receive(reply(invite, 200, "theirs", offer_text()));
    EXPECT_EQ(world.sent(), Words { "ACK" });
    EXPECT_EQ(world.news(), Words { "ended hangup" });
    world.at(100'000);
    EXPECT_EQ(world.endpoint().transaction_count(), 0U);
}

TEST(Renegotiation, a_reinvite_without_an_offer_gets_ours_and_is_answered_by_the_ack)
{
    DialogWorld world;
    world.receive(world.theirs("INVITE"));
    EXPECT_EQ(world.sent(), Words { "200 INVITE" });
    EXPECT_TRUE(sdp::parse(world.last_response().body));
    world.receive(world.theirs("UPDATE", hold_text())); // Our offer is open.
    EXPECT_EQ(world.sent(), Words { "491 UPDATE" });
    PeerRequest ack = world.ack(hold_text());
    ack.cseq = 2;
    world.receive(ack);
    EXPECT_EQ(world.news(), (Words { "media", "held" }));
}

TEST(Renegotiation, an_offer_of_ours_keeps_the_lines_that_were_refused)
{
    World world;
    PeerRequest invite;
    invite.body = "v=0\r\no=- 1 1 IN IP4 198.51.100.7\r\ns=-\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\n"
                  "m=video 6002 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\nm=audio 6000 RTP/AVP 0\r\n";
    world.receive(invite).event(AnswerSipLeg { world.leg, local_media() });
    PeerRequest ack = invite;
    ack.method = "ACK";
    ack.body = "";
    ack.branch = "z9hG4bK2";
    ack.to_tag = world.last_to_tag();
    world.receive(ack);
    world.news();
    world.event(OfferSipLeg { world.leg, holding() });
    const auto offer = sdp::parse(world.last_request().body);
    ASSERT_EQ(offer->media.size(), 2U);
    EXPECT_EQ(offer->media[0].type, "video");
    EXPECT_EQ(offer->media[0].port, 0);
    EXPECT_EQ(offer->media[1].port, 40'000);
    world.receive(reply(world.last_request(), 200, "theirs",
        "v=0\r\no=- 1 2 IN IP4 198.51.100.7\r\ns=-\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\n"
        "m=audio 6000 RTP/AVP 0\r\na=recvonly\r\n"));
    EXPECT_EQ(world.news(), Words { "media" });
    EXPECT_EQ(world.agreed->direction, sdp::Direction::send_only);
}

TEST(Info, brings_keys)
{
    DialogWorld world;
    PeerRequest info = world.theirs("INFO", "Signal=5\r\nDuration=160\r\n");
    info.type = "application/dtmf-relay";
    world.receive(info).receive(info); // A retransmission is the same key.
    EXPECT_EQ(world.sent(), (Words { "200 INFO", "200 INFO" }));
    EXPECT_EQ(world.news(), Words { "digit 5" });
    info = world.theirs("INFO", "#");
    info.type = "application/dtmf";
    world.receive(info);
    EXPECT_EQ(world.news(), Words { "digit #" });
}

TEST(Info, of_another_kind_is_refused_with_what_is_known)
{
    DialogWorld world;
    PeerRequest info = world.theirs("INFO", "<x/>");
    info.type = "application/media_control+xml";
    world.receive(info);
    EXPECT_EQ(World::summary(world.last().message), "415 INFO");
    EXPECT_EQ(field(world.last_response().headers, "Accept"), "application/dtmf-relay, application/dtmf");
    info = world.theirs("INFO");
    info.more = "Info-Package: conference\r\n";
    world.receive(info);
    EXPECT_EQ(World::summary(world.last().message), "469 INFO");
    EXPECT_NE(world.last_response().headers.find("Recv-Info"), nullptr);
    info = world.theirs("INFO", "Signal=x");
    info.type = "application/dtmf-relay";
    world.receive(info);
    EXPECT_EQ(World::summary(world.last().message), "400 INFO");
    world.receive(world.theirs("INFO")); // A keep-alive.
    EXPECT_EQ(World::summary(world.last().message), "200 INFO");
    EXPECT_EQ(world.news(), Words {});
    PeerRequest stranger = world.theirs("INFO");
    stranger.to_tag = "nobody";
    world.receive(stranger);
    EXPECT_EQ(World::summary(world.last().message), "481 INFO");
}

TEST(Reason, is_told_in_both_directions)
{
    DialogWorld world;
    PeerRequest bye = world.theirs("BYE");
    bye.more = "Reason: Q.850;cause=16;text=\"Normal call clearing\"\r\n";
    world.receive(bye);
    EXPECT_EQ(world.ended->detail, "hung up by the other side (Q.850 16 Normal call clearing)");

    World ringing;
    ringing.event(DialSipLeg { DialLeg { LegId { "x" }, "agent", "bob", "" }, { there }, local_media() });
    ringing.receive(reply(ringing.last_request(), 180));
    ringing.event(HangUpLeg { LegId { "x" }, true });
    EXPECT_EQ(ringing.last_request().method, "CANCEL");
    EXPECT_EQ(field(ringing.last_request().headers, "Reason"), "SIP;cause=200;text=\"Call completed elsewhere\"");
}

} // namespace
} // namespace parley::sip
