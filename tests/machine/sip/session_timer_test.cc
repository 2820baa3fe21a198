#include "machine/sip/dialog_world.h"

namespace parley::sip {
namespace {

SipEndpointSettings lasting(Duration interval)
{
    SipEndpointSettings settings { here };
    settings.session_interval = interval;
    return settings;
}

Response answer_to(const std::string& more, SipEndpointSettings settings = lasting(1'800s))
{
    World world(std::move(settings));
    PeerRequest invite;
    invite.body = offer_text();
    invite.more = more;
    world.receive(invite);
    if (world.offered)
        world.event(AnswerSipLeg { world.leg, local_media() });
    return world.last_response();
}

TEST(SessionTimer, of_a_caller_is_agreed_on)
{
    const Response known = answer_to("Supported: timer\r\nSession-Expires: 600\r\n");
    EXPECT_EQ(field(known.headers, "Session-Expires"), "600;refresher=uac");
    EXPECT_EQ(field(known.headers, "Require"), "timer");
    const Response chosen = answer_to("Supported: timer\r\nSession-Expires: 6000;refresher=uas\r\n");
    EXPECT_EQ(field(chosen.headers, "Session-Expires"), "1800;refresher=uas");
    EXPECT_EQ(field(chosen.headers, "Require"), "");
    const Response least = answer_to("Supported: timer\r\nSession-Expires: 6000\r\nMin-SE: 3000\r\n");
    EXPECT_EQ(field(least.headers, "Session-Expires"), "3000;refresher=uac");
    const Response unknown = answer_to("");
    EXPECT_EQ(field(unknown.headers, "Session-Expires"), "1800;refresher=uas");
    EXPECT_EQ(answer_to("Require: timer\r\n").status, 200);
}

TEST(SessionTimer, that_is_too_short_is_refused)
{
    const Response response = answer_to("Supported: timer\r\nSession-Expires: 89\r\n");
    EXPECT_EQ(response.status, 422);
    EXPECT_EQ(field(response.headers, "Min-SE"), "90");
    EXPECT_EQ(answer_to("Session-Expires: 89\r\n").status, 200); // A proxy's word.
    EXPECT_EQ(answer_to("Session-Expires: soon\r\n").status, 400);
}

TEST(SessionTimer, that_is_off_leaves_no_trace)
{
    const Response response = answer_to("Supported: timer\r\nSession-Expires: 60\r\n", without_session_timer());
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(field(response.headers, "Session-Expires"), "");
    EXPECT_EQ(field(response.headers, "Supported").find("timer"), std::string::npos);
    const Response required = answer_to("Require: timer\r\n", without_session_timer());
    EXPECT_EQ(required.status, 420);
    EXPECT_EQ(field(required.headers, "Unsupported"), "timer");
}

TEST(SessionTimer, is_refreshed_by_us_with_update_or_with_an_unchanged_offer)
{
    for (const std::string allow : { "Allow: INVITE, UPDATE\r\n", "Allow: INVITE\r\n" }) {
        DialogWorld world(
            Way::incoming, lasting(600s), "Supported: timer\r\nSession-Expires: 600;refresher=uas\r\n" + allow);
        const bool update = allow.find("UPDATE") != std::string::npos;
        const std::string method = update ? "UPDATE" : "INVITE";
        world.at(299'999);
        EXPECT_EQ(world.sent(), Words {});
        world.at(300'000);
        EXPECT_EQ(world.sent(), Words { method });
        EXPECT_EQ(field(world.last_request().headers, "Session-Expires"), "600;refresher=uac");
        if (!update) {
            EXPECT_EQ(sdp::parse(world.last_request().body)->origin.session_version, 1U);
        }
        world.accept_last(update ? "" : offer_text(), "Session-Expires: 600;refresher=uac\r\nRequire: timer\r\n");
        EXPECT_EQ(world.news(), Words {});
        world.sent();
        world.at(599'999);
        EXPECT_EQ(world.sent(), Words {});
        world.at(600'000);
        EXPECT_EQ(world.sent(), Words { method });
        world.receive(reply(world.last_request(), 500)); // Not refreshed: it ends where it would have ended.
        world.sent();
        world.at(300'000 + 600'000 - 32'000);
        EXPECT_EQ(world.sent(), Words { "BYE" });
        EXPECT_EQ(world.news(), Words { "ended error" });
        EXPECT_EQ(field(world.last_request().headers, "Reason"), "SIP;cause=408;text=\"session expired\"");
    }
}

TEST(SessionTimer, that_the_other_side_does_not_refresh_ends_the_leg)
{
    DialogWorld world(Way::incoming, lasting(1'800s), "Supported: timer\r\nSession-Expires: 90;refresher=uac\r\n");
    world.at(50'000).receive(world.theirs("UPDATE"));
    EXPECT_EQ(World::summary(world.last().message), "200 UPDATE");
    EXPECT_EQ(field(world.last_response().headers, "Session-Expires"), "1800;refresher=uas"); // Asked for nothing.
    PeerRequest update = world.theirs("UPDATE");
    update.more = "Supported: timer\r\nSession-Expires: 90;refresher=uac\r\n";
    world.receive(update);
    world.at(50'000 + 59'999);
    EXPECT_EQ(world.news(), Words {});
    world.at(50'000 + 60'000); // A third before its end.
    EXPECT_EQ(world.news(), Words { "ended error" });
}

TEST(SessionTimer, of_a_dialled_leg_is_what_the_answer_says)
{
    DialogWorld theirs(Way::outgoing, lasting(600s), "Session-Expires: 300;refresher=uas\r\n");
    theirs.at(199'999 + 68'000);
    EXPECT_EQ(theirs.sent(), Words {});
    theirs.at(268'000);
    EXPECT_EQ(theirs.sent(), Words { "BYE" });

    DialogWorld ours(Way::outgoing, lasting(600s), "Session-Expires: 300;refresher=uac\r\nAllow: UPDATE\r\n");
    ours.at(150'000);
    EXPECT_EQ(ours.sent(), Words { "UPDATE" });
    ours.receive(reply(ours.last_request(), 405));
    EXPECT_EQ(ours.sent(), Words { "INVITE" }); // RFC 4028 9
    ours.receive(reply(ours.last_request(), 491));
    EXPECT_EQ(ours.sent(), Words { "ACK" });
    const std::int64_t due = to_milliseconds(*ours.endpoint().deadline() - origin);
    ours.at(due);
    EXPECT_EQ(ours.sent(), Words { "INVITE" });

    DialogWorld none(Way::outgoing, lasting(600s));
    none.at(10'000'000);
    EXPECT_EQ(none.sent(), Words {});
}

TEST(SessionTimer, of_a_dialled_leg_is_longer_if_the_other_side_asks_for_it)
{
    World world(lasting(90s));
    world.event(DialSipLeg { DialLeg { LegId { "x" }, "agent", "bob", "" }, { there }, local_media() });
    const Request first = world.last_request();
    EXPECT_EQ(field(first.headers, "Session-Expires"), "90");
    world.receive(reply(first, 422, "theirs", "", "Min-SE: 300\r\n"));
    EXPECT_EQ(world.sent(), (Words { "INVITE", "ACK", "INVITE" }));
    const Request second = world.last_request();
    EXPECT_EQ(field(second.headers, "Session-Expires"), "300");
    EXPECT_EQ(field(second.headers, "Min-SE"), "300");
    EXPECT_EQ(field(second.headers, "CSeq"), "2 INVITE");
    EXPECT_EQ(field(second.headers, "Call-ID"), field(first.headers, "Call-ID"));
    EXPECT_EQ(field(second.headers, "To").find("tag"), std::string::npos);
    world.receive(reply(second, 422, "theirs", "", "Min-SE: 300\r\n")); // Makes no sense.
    EXPECT_EQ(world.news(), Words { "ended error" });
}

} // namespace
} // namespace parley::sip
