#include "machine/sip/dialog_world.h"

// Requests within a call over a trunk that are challenged (RFC 3261 22): sent again with credentials, once.
namespace parley::sip {
namespace {

const std::string challenge = "Proxy-Authenticate: Digest realm=\"c\", nonce=\"n\", qop=\"auth\"\r\n";

SipEndpointSettings with_trunk()
{
    auto settings = without_session_timer();
    settings.access.emplace();
    settings.access->digest.key = "a key of sixteen bytes and more";
    Trunk trunk;
    trunk.name = "carrier";
    trunk.server = "sip:198.51.100.7:5080";
    trunk.username = "acme";
    trunk.password = "pass";
    trunk.sources = { *IpNetwork::parse(there.ip) };
    settings.access->trunks = { trunk };
    return settings;
}

std::string challenged(const World& world)
{
    return reply(world.last_request(), 407, "theirs", "", challenge);
}

DialSipLeg trunk_call()
{
    return { DialLeg { LegId { "x" }, "agent", "bob", "" }, { there }, local_media(), "carrier" };
}

World& answered(World& world)
{
    world.event(trunk_call());
    world.receive(reply(world.last_request(), 200, "theirs", offer_text()));
    (void)world.sent();
    (void)world.news();
    return world;
}

TEST(Challenged, a_bye_is_sent_again_with_credentials)
{
    World world(with_trunk());
    answered(world).event(HangUpLeg { LegId { "x" } });
    EXPECT_EQ(field(world.last_request().headers, "Proxy-Authorization"), "");
    const std::string cseq = field(world.last_request().headers, "CSeq");
    world.receive(challenged(world));
    EXPECT_EQ(world.sent(), (Words { "BYE", "BYE" }));
    EXPECT_NE(field(world.last_request().headers, "Proxy-Authorization"), "");
    EXPECT_EQ(cseq, "2 BYE");
    EXPECT_EQ(field(world.last_request().headers, "CSeq"), "3 BYE");
    EXPECT_EQ(world.news(), Words { "ended hangup" }); // Told before.
    world.receive(challenged(world));                  // The account is refused.
    EXPECT_EQ(world.sent(), Words {});
    world.at(100'000);
    EXPECT_EQ(world.endpoint().transaction_count(), 0U);
}

TEST(Challenged, a_caller_over_the_trunk_is_hung_up_with_credentials_as_well)
{
    DialogWorld world(Way::incoming, with_trunk());
    world.event(HangUpLeg { world.leg });
    world.receive(challenged(world));
    EXPECT_EQ(world.sent(), (Words { "BYE", "BYE" }));
    EXPECT_NE(field(world.last_request().headers, "Proxy-Authorization"), "");
}

TEST(Challenged, an_offer_is_made_again)
{
    World world(with_trunk());
    answered(world).event(OfferSipLeg { LegId { "x" }, local_media(40'002) });
    world.receive(challenged(world));
    EXPECT_EQ(world.sent(), (Words { "INVITE", "ACK", "INVITE" }));
    EXPECT_NE(field(world.last_request().headers, "Proxy-Authorization"), "");
    EXPECT_FALSE(world.last_request().body.empty());
    world.receive(challenged(world));
    EXPECT_EQ(world.sent(), Words { "ACK" });
    EXPECT_EQ(world.news(), Words { "refused 407" });
}

TEST(Challenged, the_acknowledgement_of_a_ringing_is_too)
{
    World world(with_trunk());
    world.event(trunk_call());
    const Request invite = world.last_request();
    world.receive(reply(invite, 183, "theirs", "", "Require: 100rel\r\nRSeq: 1\r\n"));
    EXPECT_EQ(world.sent(), (Words { "INVITE", "PRACK" }));
    world.receive(challenged(world));
    EXPECT_EQ(world.sent(), Words { "PRACK" });
    EXPECT_EQ(field(world.last_request().headers, "CSeq"), "3 PRACK");
    EXPECT_EQ(field(world.last_request().headers, "RAck"), "1 1 INVITE");
    EXPECT_NE(field(world.last_request().headers, "Proxy-Authorization"), "");
    world.receive(reply(world.last_request(), 200));
    world.receive(reply(invite, 200, "theirs", offer_text()));
    EXPECT_EQ(world.news(), (Words { "media", "answered" }));
    (void)world.sent();
    world.event(HangUpLeg { LegId { "x" } }); // Credentials that are known need no challenge.
    EXPECT_EQ(field(world.last_request().headers, "CSeq"), "4 BYE");
    EXPECT_NE(field(world.last_request().headers, "Proxy-Authorization"), "");
}

TEST(Challenged, news_of_a_transfer_are_sent_again)
{
    DialogWorld world(Way::incoming, with_trunk());
    PeerRequest refer = world.theirs("REFER");
    refer.more = "Refer-To: <sip:carol@example.com>\r\n";
    world.receive(refer);
    EXPECT_EQ(world.sent(), (Words { "202 REFER", "NOTIFY" }));
    world.receive(challenged(world));
    EXPECT_EQ(world.sent(), Words { "NOTIFY" });
    EXPECT_NE(field(world.last_request().headers, "Proxy-Authorization"), "");
    world.event(TellReferral { world.leg, 200 });
    EXPECT_EQ(world.sent(), Words {}); // One at a time.
    world.accept_last();
    EXPECT_EQ(world.sent(), Words { "NOTIFY" });
}

TEST(Challenged, without_an_account_there_is_nothing_to_say)
{
    DialogWorld world(Way::outgoing);
    world.event(HangUpLeg { world.leg });
    world.receive(challenged(world));
    EXPECT_EQ(world.sent(), Words { "BYE" });
}

TEST(DialHeaders, stand_in_each_invite)
{
    World world(with_trunk());
    auto call = trunk_call();
    call.dial.headers = { { "X-Order", "7" }, { "Subject", "books" } };
    world.event(call);
    world.receive(challenged(world));
    EXPECT_EQ(world.sent(), (Words { "INVITE", "ACK", "INVITE" }));
    EXPECT_EQ(field(world.last_request().headers, "X-Order"), "7");
    EXPECT_EQ(field(world.last_request().headers, "Subject"), "books");
}

TEST(EarlySound, is_told_as_such)
{
    World world(without_session_timer());
    world.event(DialSipLeg { DialLeg { LegId { "x" }, "agent", "bob", "" }, { there }, local_media() });
    const Request invite = world.last_request();
    world.receive(reply(invite, 183, "theirs", offer_text()));
    EXPECT_TRUE(world.is_early);
    world.receive(reply(invite, 200, "theirs", offer_text("8")));
    EXPECT_FALSE(world.is_early);
    World direct(without_session_timer());
    direct.event(DialSipLeg { DialLeg { LegId { "x" }, "agent", "bob", "" }, { there }, local_media() });
    direct.receive(reply(direct.last_request(), 200, "theirs", offer_text()));
    EXPECT_FALSE(direct.is_early);
}

} // namespace
} // namespace parley::sip
