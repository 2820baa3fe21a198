#include "machine/sip/dialog_world.h"

namespace parley::sip {
namespace {

// A caller whose INVITE says what it can; the test acknowledges.
class Caller : public World {
public:
    explicit Caller(const std::string& more, bool offers = true)
        : World(without_session_timer())
    {
        PeerRequest invite;
        invite.more = more;
        invite.body = offers ? offer_text() : "";
        receive(invite);
        (void)sent();
        (void)news();
    }
    PeerRequest prack(std::string body = "")
    {
        PeerRequest request;
        request.method = "PRACK";
        request.cseq = ++cseq_;
        request.branch = "z9hG4bK-prack-" + std::to_string(cseq_);
        request.to_tag = last_to_tag();
        request.more = "RAck: " + field(last_response().headers, "RSeq") + " 1 INVITE\r\n";
        request.body = std::move(body);
        return request;
    }

private:
    std::uint32_t cseq_ = 1;
};

TEST(Provisional, ringing_is_reliable_for_a_caller_that_insists_and_repeated_until_its_prack)
{
    Caller caller("Require: 100rel\r\n");
    caller.event(RingLeg { caller.leg });
    EXPECT_EQ(field(caller.last_response().headers, "Require"), "100rel");
    const std::string first = caller.last().text;
    caller.at(3'500);
    EXPECT_EQ(caller.sent_at(), (Words { "0 180 INVITE", "500 180 INVITE", "1500 180 INVITE", "3500 180 INVITE" }));
    EXPECT_EQ(caller.last().text, first);
    caller.event(AnswerSipLeg { caller.leg, local_media() }); // Waits.
    EXPECT_EQ(caller.sent(), Words {});
    caller.receive(caller.prack());
    EXPECT_EQ(caller.sent(), (Words { "200 PRACK", "200 INVITE" }));
    EXPECT_EQ(caller.news(), (Words { "media", "answered" }));
}

TEST(Provisional, without_a_prack_the_call_fails)
{
    Caller caller("Require: 100rel\r\n");
    caller.event(RingLeg { caller.leg });
    caller.at(32'000);
    EXPECT_EQ(World::summary(caller.last().message), "504 INVITE");
    EXPECT_EQ(caller.news(), Words { "ended error" });
}

TEST(Provisional, a_prack_for_something_else_is_refused)
{
    Caller caller("Require: 100rel\r\n");
    caller.event(RingLeg { caller.leg });
    PeerRequest wrong = caller.prack();
    PeerRequest broken = caller.prack();
    wrong.more = "RAck: 1 7 INVITE\r\n";
    broken.more = "RAck: many\r\n";
    const PeerRequest good = caller.prack();
    caller.receive(wrong).receive(broken);
    EXPECT_EQ(caller.sent(), (Words { "180 INVITE", "481 PRACK", "400 PRACK" }));
    caller.receive(good);
    EXPECT_EQ(caller.sent(), Words { "200 PRACK" });
    caller.at(31'000);
    EXPECT_EQ(caller.sent(), Words {});
}

TEST(Provisional, early_sound_is_answered_once_when_the_caller_acknowledges)
{
    Caller caller("Supported: 100rel\r\n");
    caller.event(RingLeg { caller.leg }); // Says nothing that could be lost: not reliable.
    EXPECT_EQ(field(caller.last_response().headers, "RSeq"), "");
    caller.event(PreviewSipLeg { caller.leg, local_media() });
    EXPECT_EQ(caller.sent(), (Words { "180 INVITE", "183 INVITE" }));
    EXPECT_EQ(caller.news(), Words { "media" });
    EXPECT_TRUE(sdp::parse(caller.last_response().body));
    const std::string tag = caller.last_to_tag();
    caller.receive(caller.prack());
    PeerRequest update = caller.prack(hold_text());
    update.method = "UPDATE";
    update.cseq = 7;
    update.to_tag = tag;
    update.more = "";
    caller.receive(update); // RFC 3311: now offers may follow.
    EXPECT_EQ(caller.sent(), (Words { "200 PRACK", "200 UPDATE" }));
    EXPECT_EQ(caller.news(), Words { "media" });
    caller.event(AnswerSipLeg { caller.leg, local_media() });
    EXPECT_EQ(caller.last_response().body, "");
    EXPECT_EQ(caller.news(), (Words { "answered", "held" }));
}

TEST(Provisional, early_sound_for_an_old_caller_is_said_again_with_the_answer)
{
    Caller caller("");
    caller.event(PreviewSipLeg { caller.leg, local_media() });
    const std::string description = caller.last_response().body;
    EXPECT_EQ(field(caller.last_response().headers, "RSeq"), "");
    caller.event(AnswerSipLeg { caller.leg, local_media() });
    EXPECT_EQ(caller.sent(), (Words { "183 INVITE", "200 INVITE" }));
    EXPECT_EQ(caller.last_response().body, description);
    EXPECT_EQ(caller.news(), (Words { "media", "answered" }));
}

TEST(Provisional, an_offer_of_ours_is_answered_by_the_prack)
{
    Caller caller("Supported: 100rel\r\n", false);
    caller.event(PreviewSipLeg { caller.leg, local_media() });
    EXPECT_EQ(caller.sent(), Words { "183 INVITE" });
    caller.receive(caller.prack(offer_text("8")));
    EXPECT_EQ(caller.news(), Words { "media" });
    EXPECT_EQ(caller.agreed->codec, sdp::Codec::pcma);
    caller.event(AnswerSipLeg { caller.leg, local_media() });
    EXPECT_EQ(caller.last_response().body, "");
    EXPECT_EQ(caller.news(), Words { "answered" });

    Caller silent("Supported: 100rel\r\n", false);
    silent.event(PreviewSipLeg { silent.leg, local_media() });
    silent.receive(silent.prack());
    EXPECT_EQ(silent.sent(), (Words { "183 INVITE", "400 PRACK", "488 INVITE" }));
    EXPECT_EQ(silent.news(), Words { "ended error" });

    Caller old("", false); // Cannot hear anything before the answer.
    old.event(PreviewSipLeg { old.leg, local_media() });
    EXPECT_EQ(old.sent(), Words {});
}

TEST(Provisional, an_offer_in_the_prack_is_answered_in_its_200)
{
    Caller caller("Supported: 100rel\r\n");
    caller.event(PreviewSipLeg { caller.leg, local_media() });
    caller.receive(caller.prack(offer_text("8")));
    EXPECT_EQ(World::summary(caller.last().message), "200 PRACK");
    EXPECT_EQ(sdp::parse(caller.last_response().body)->origin.session_version, 2U);
    EXPECT_EQ(caller.agreed->codec, sdp::Codec::pcma);
}

World& dial(World& world)
{
    return world.event(DialSipLeg { DialLeg { LegId { "x" }, "agent", "bob", "" }, { there }, local_media() });
}

std::string reliable(int rseq)
{
    return "Require: 100rel\r\nRSeq: " + std::to_string(rseq) + "\r\n";
}

TEST(EarlyDialog, reliable_responses_are_acknowledged_once_and_in_order)
{
    World world(without_session_timer());
    const Request invite = dial(world).last_request();
    EXPECT_EQ(field(invite.headers, "Supported"), "100rel, norefersub");
    world.receive(reply(invite, 180, "theirs", "", reliable(17)));
    EXPECT_EQ(field(world.last_request().headers, "RAck"), "17 1 INVITE");
    EXPECT_EQ(field(world.last_request().headers, "CSeq"), "2 PRACK");
    world.receive(reply(world.last_request(), 200));
    world.receive(reply(invite, 180, "theirs", "", reliable(17)));           // A copy.
    world.receive(reply(invite, 183, "theirs", offer_text(), reliable(19))); // One is missing.
    EXPECT_EQ(world.sent(), (Words { "INVITE", "PRACK" }));
    world.receive(reply(invite, 183, "theirs", offer_text("8"), reliable(18)));
    EXPECT_EQ(field(world.last_request().headers, "CSeq"), "3 PRACK");
    EXPECT_EQ(world.news(), (Words { "ringing", "media" }));
    world.receive(reply(world.last_request(), 200));
    world.receive(reply(invite, 200, "theirs")); // Its description was said reliably.
    EXPECT_EQ(field(world.last_request().headers, "CSeq"), "1 ACK");
    EXPECT_EQ(world.news(), Words { "answered" });
    EXPECT_EQ(world.agreed->codec, sdp::Codec::pcma);
    world.event(HangUpLeg { LegId { "x" } });
    EXPECT_EQ(field(world.last_request().headers, "CSeq"), "4 BYE");
    world.receive(reply(world.last_request(), 200));
    world.at(100'000);
    EXPECT_EQ(world.endpoint().transaction_count(), 0U);
}

TEST(EarlyDialog, of_several_forks_the_latest_is_heard_and_the_winner_counts)
{
    World world(without_session_timer());
    const Request invite = dial(world).last_request();
    world.receive(reply(invite, 183, "one", offer_text("0")));
    EXPECT_EQ(world.agreed->codec, sdp::Codec::pcmu);
    world.receive(reply(invite, 183, "two", offer_text("8"), reliable(5)));
    EXPECT_EQ(world.agreed->codec, sdp::Codec::pcma);
    EXPECT_EQ(world.news(), (Words { "media", "media" }));
    world.receive(reply(invite, 200, "one", offer_text("0")));
    EXPECT_EQ(world.agreed->codec, sdp::Codec::pcmu);
    EXPECT_EQ(world.news(), (Words { "media", "answered" }));
    world.sent();
    world.receive(reply(invite, 200, "two", offer_text("8"))); // Too late.
    EXPECT_EQ(world.sent(), (Words { "ACK", "BYE" }));
    EXPECT_EQ(parse_name_addr(field(world.last_request().headers, "To"))->tag(), "two");
    EXPECT_EQ(world.news(), Words {});
}

} // namespace
} // namespace parley::sip
