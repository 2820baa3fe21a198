#include "machine/sip/sip_world.h"

namespace parley::sip {
namespace {

// An INVITE with an offer, answered at once; the ACK is left to the test.
std::string answer_a_call(World& world)
{
    PeerRequest invite;
    invite.body = offer_text();
    world.receive(invite);
    world.event(RingLeg { world.leg }).event(AnswerSipLeg { world.leg, local_media() });
    return world.last_to_tag();
}

PeerRequest within(std::string method, const std::string& to_tag, std::uint32_t cseq, std::string branch)
{
    PeerRequest request;
    request.method = std::move(method);
    request.to_tag = to_tag;
    request.cseq = cseq;
    request.branch = std::move(branch);
    return request;
}

PeerRequest invite_with_offer()
{
    PeerRequest invite;
    invite.body = offer_text();
    return invite;
}

TEST(IncomingLeg, is_offered_rung_answered_and_hung_up_by_the_caller)
{
    World world;
    world.receive(invite_with_offer());
    EXPECT_EQ(world.sent(), Words { "100 INVITE" });
    EXPECT_EQ(world.news(), Words { "offered ann>support" });
    EXPECT_EQ(world.offered->incoming.from_name, "Ann");
    EXPECT_EQ(world.offered->media->codec, sdp::Codec::pcmu);

    world.at(100).event(RingLeg { world.leg });
    EXPECT_EQ(world.sent(), Words { "180 INVITE" });
    world.at(200).event(AnswerSipLeg { world.leg, local_media() });
    EXPECT_EQ(world.sent(), Words { "200 INVITE" });
    EXPECT_EQ(world.news(), (Words { "media", "answered" }));
    EXPECT_EQ(world.agreed->remote_rtp, (SocketAddress { "198.51.100.7", 6000 }));
    EXPECT_EQ(world.agreed->send_telephone_event, 101);
    const auto answer = sdp::parse(world.last_response().body);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->media.at(0).port, 40'000);

    const std::string tag = world.last_to_tag();
    world.receive(within("ACK", tag, 1, "z9hG4bK2"));
    world.at(60'000).receive(within("BYE", tag, 2, "z9hG4bK3"));
    EXPECT_EQ(world.sent(), Words { "200 BYE" });
    EXPECT_EQ(world.news(), Words { "ended hangup" });
    EXPECT_EQ(world.endpoint().leg_count(), 0U);
    world.at(200'000);
    EXPECT_EQ(world.endpoint().transaction_count(), 0U);
    EXPECT_FALSE(world.endpoint().deadline());
}

TEST(IncomingLeg, is_hung_up_by_us_after_the_ack)
{
    World world;
    const std::string tag = answer_a_call(world);
    world.receive(within("ACK", tag, 1, "z9hG4bK2"));
    world.sent();
    world.news();
    world.event(HangUpLeg { world.leg });
    EXPECT_EQ(world.sent(), Words { "BYE" });
    EXPECT_EQ(world.last().destination, there);
    EXPECT_EQ(world.last_request().uri, "sip:ann@198.51.100.7:5080");
    EXPECT_EQ(parse_name_addr(*world.last_request().headers.find("From"))->tag(), tag);
    EXPECT_EQ(world.news(), Words { "ended hangup" });
}

TEST(IncomingLeg, answers_a_bye_that_crosses_ours)
{
    World world;
    const std::string tag = answer_a_call(world);
    world.receive(within("ACK", tag, 1, "z9hG4bK2")).event(HangUpLeg { world.leg });
    world.sent();
    world.news();
    world.receive(within("BYE", tag, 2, "z9hG4bK3"));
    EXPECT_EQ(world.sent(), Words { "200 BYE" });
    EXPECT_EQ(world.news(), Words {});
    world.at(100'000);
    EXPECT_EQ(world.endpoint().transaction_count(), 0U);
    world.receive(within("BYE", tag, 3, "z9hG4bK4")); // Long after: nobody knows the dialog any more.
    EXPECT_EQ(world.last_response().status, 481);
}

TEST(IncomingLeg, a_lost_200_is_repeated_until_the_ack)
{
    World world;
    answer_a_call(world);
    world.sent();
    world.at(12'000);
    EXPECT_EQ(world.sent_at(),
        (Words { "500 200 INVITE", "1500 200 INVITE", "3500 200 INVITE", "7500 200 INVITE", "11500 200 INVITE" }));
    world.receive(within("ACK", world.last_to_tag(), 1, "z9hG4bK2"));
    world.at(40'000);
    EXPECT_EQ(world.sent(), Words {});
    EXPECT_EQ(world.endpoint().leg_count(), 1U);
}

TEST(IncomingLeg, without_any_ack_ends_with_bye_after_64_t1)
{
    World world;
    answer_a_call(world);
    world.at(31'999);
    world.sent();
    world.news();
    world.at(32'000);
    EXPECT_EQ(world.sent(), Words { "BYE" });
    EXPECT_EQ(world.news(), Words { "ended error" });
}

TEST(IncomingLeg, hung_up_before_the_ack_sends_bye_after_it)
{
    World world;
    const std::string tag = answer_a_call(world);
    world.sent();
    world.news();
    world.at(10).event(HangUpLeg { world.leg });
    EXPECT_EQ(world.news(), Words { "ended hangup" });
    EXPECT_EQ(world.sent(), Words {});
    world.at(500);
    EXPECT_EQ(world.sent(), Words { "200 INVITE" }); // Still repeated.
    world.receive(within("ACK", tag, 1, "z9hG4bK2"));
    EXPECT_EQ(world.sent(), Words { "BYE" });
    EXPECT_EQ(world.news(), Words {});
}

TEST(IncomingLeg, a_retransmitted_invite_is_answered_by_its_transaction_alone)
{
    World world;
    world.receive(invite_with_offer());
    world.event(RingLeg { world.leg });
    world.sent();
    world.news();
    world.at(500).receive(invite_with_offer());
    EXPECT_EQ(world.sent(), Words { "180 INVITE" });
    EXPECT_EQ(world.news(), Words {});
    world.event(AnswerSipLeg { world.leg, local_media() });
    world.sent();
    world.at(600).receive(invite_with_offer());
    EXPECT_EQ(world.sent(), Words {}); // RFC 6026: absorbed, the 200 has its own timer.
    EXPECT_EQ(world.endpoint().leg_count(), 1U);
}

TEST(IncomingLeg, a_cancelled_one_gets_487)
{
    World world;
    world.receive(invite_with_offer());
    world.event(RingLeg { world.leg });
    world.sent();
    world.news();
    PeerRequest cancel;
    cancel.method = "CANCEL";
    world.receive(cancel);
    EXPECT_EQ(world.sent(), (Words { "200 CANCEL", "487 INVITE" }));
    EXPECT_EQ(world.news(), Words { "ended cancel" });
    world.receive(cancel); // Repeated: answered again, nothing else happens.
    EXPECT_EQ(world.sent(), Words { "200 CANCEL" });
    world.event(AnswerSipLeg { world.leg, local_media() }); // Too late.
    EXPECT_EQ(world.sent(), Words {});

    PeerRequest ack; // Of the 487: same branch as the INVITE.
    ack.method = "ACK";
    ack.to_tag = "whatever";
    world.at(100).receive(ack);
    world.at(5'000);
    EXPECT_EQ(world.sent(), Words {});
}

TEST(IncomingLeg, a_cancel_that_crosses_the_200_has_no_effect)
{
    World world;
    const std::string tag = answer_a_call(world);
    world.sent();
    world.news();
    PeerRequest cancel;
    cancel.method = "CANCEL";
    world.receive(cancel);
    EXPECT_EQ(world.sent(), Words { "200 CANCEL" });
    EXPECT_EQ(world.last_to_tag(), tag); // RFC 3261 9.2
    EXPECT_EQ(world.news(), Words {});
    world.receive(within("ACK", tag, 1, "z9hG4bK2")).receive(within("BYE", tag, 2, "z9hG4bK3"));
    EXPECT_EQ(world.sent(), Words { "200 BYE" });
    EXPECT_EQ(world.news(), Words { "ended hangup" });
}

TEST(IncomingLeg, a_cancel_of_nothing_gets_481)
{
    World world;
    PeerRequest cancel;
    cancel.method = "CANCEL";
    world.receive(cancel);
    EXPECT_EQ(world.sent(), Words { "481 CANCEL" });
}

TEST(IncomingLeg, an_early_bye_ends_the_invite_with_487)
{
    World world;
    world.receive(invite_with_offer());
    world.event(RingLeg { world.leg });
    const std::string tag = world.last_to_tag();
    world.sent();
    world.news();
    world.receive(within("BYE", tag, 2, "z9hG4bK2"));
    EXPECT_EQ(world.sent(), (Words { "200 BYE", "487 INVITE" }));
    EXPECT_EQ(world.news(), Words { "ended cancel" });
}

TEST(IncomingLeg, a_bye_that_overtakes_the_ack_ends_the_leg_and_the_200s)
{
    World world;
    const std::string tag = answer_a_call(world);
    world.sent();
    world.news();
    world.receive(within("BYE", tag, 2, "z9hG4bK3"));
    EXPECT_EQ(world.sent(), Words { "200 BYE" });
    EXPECT_EQ(world.news(), Words { "ended hangup" });
    world.receive(within("BYE", tag, 2, "z9hG4bK3"));
    EXPECT_EQ(world.sent(), Words { "200 BYE" });
    world.at(100'000);
    EXPECT_EQ(world.sent(), Words {});
    EXPECT_EQ(world.endpoint().transaction_count(), 0U);
}

TEST(IncomingLeg, a_rejected_one_repeats_its_failure_until_the_ack)
{
    World world;
    world.receive(invite_with_offer());
    world.sent();
    world.news();
    world.event(RejectLeg { world.leg, LegEndReason::no_answer });
    EXPECT_EQ(world.sent(), Words { "480 INVITE" });
    EXPECT_EQ(world.news(), Words { "ended no_answer" });
    world.at(1'500);
    EXPECT_EQ(world.sent_at(), (Words { "500 480 INVITE", "1500 480 INVITE" }));
    PeerRequest ack;
    ack.method = "ACK";
    world.receive(ack).at(40'000);
    EXPECT_EQ(world.sent(), Words {});
    EXPECT_EQ(world.endpoint().transaction_count(), 0U);
}

TEST(IncomingLeg, is_rejected_with_the_status_of_its_reason_or_the_one_given)
{
    const std::vector<std::pair<RejectLeg, std::uint16_t>> rows {
        { { {}, LegEndReason::busy }, 486 },
        { { {}, LegEndReason::no_answer }, 480 },
        { { {}, LegEndReason::decline }, 603 },
        { { {}, LegEndReason::not_found }, 404 },
        { { {}, LegEndReason::error }, 500 },
        { { {}, LegEndReason::error, 503 }, 503 },
    };
    for (const auto& [reject, status] : rows) {
        World world;
        world.receive(invite_with_offer());
        RejectLeg command = reject;
        command.leg = world.leg;
        world.event(command);
        EXPECT_EQ(world.last_response().status, status);
        EXPECT_EQ(world.last_response().headers.count("Retry-After"), status == 503 ? 1U : 0U);
    }
}

TEST(IncomingLeg, without_an_offer_gets_ours_and_is_answered_with_the_ack)
{
    World world;
    world.receive(PeerRequest {});
    EXPECT_FALSE(world.offered->media);
    world.event(AnswerSipLeg { world.leg, local_media() });
    EXPECT_EQ(world.news(), Words { "offered ann>support" });
    const auto offer = sdp::parse(world.last_response().body);
    ASSERT_TRUE(offer);
    EXPECT_EQ(offer->media.at(0).formats, (Words { "111", "9", "0", "8", "101", "102" }));
    PeerRequest ack = within("ACK", world.last_to_tag(), 1, "z9hG4bK2");
    ack.body = offer_text("8");
    world.receive(ack);
    EXPECT_EQ(world.news(), (Words { "media", "answered" }));
    EXPECT_EQ(world.agreed->codec, sdp::Codec::pcma);
}

TEST(IncomingLeg, whose_ack_brings_no_usable_answer_is_hung_up)
{
    World world;
    world.receive(PeerRequest {});
    world.event(AnswerSipLeg { world.leg, local_media() });
    world.sent();
    world.news();
    world.receive(within("ACK", world.last_to_tag(), 1, "z9hG4bK2"));
    EXPECT_EQ(world.sent(), Words { "BYE" });
    EXPECT_EQ(world.news(), Words { "ended error" });
}

TEST(IncomingLeg, answers_a_reinvite_and_tells_of_hold)
{
    World world;
    const std::string tag = answer_a_call(world);
    world.receive(within("ACK", tag, 1, "z9hG4bK2"));
    world.sent();
    world.news();

    PeerRequest refresh = within("INVITE", tag, 2, "z9hG4bK3");
    refresh.body = offer_text();
    world.receive(refresh);
    EXPECT_EQ(world.sent(), Words { "200 INVITE" });
    EXPECT_EQ(world.news(), Words {}); // Nothing changed.
    EXPECT_EQ(sdp::parse(world.last_response().body)->origin.session_version, 1U);
    world.receive(within("ACK", tag, 2, "z9hG4bK4"));

    PeerRequest hold = within("INVITE", tag, 3, "z9hG4bK5");
    hold.body = offer_text("0 101", "a=sendonly\r\n");
    world.receive(hold);
    EXPECT_EQ(world.sent(), Words { "200 INVITE" });
    EXPECT_EQ(world.news(), (Words { "media", "held" }));
    EXPECT_EQ(world.agreed->direction, sdp::Direction::receive_only);
    const auto answer = sdp::parse(world.last_response().body);
    EXPECT_EQ(answer->origin.session_version, 2U);
    EXPECT_NE(sdp::find_attribute(answer->media.at(0).attributes, "recvonly"), nullptr);
    world.at(500);
    EXPECT_EQ(world.sent(), Words { "200 INVITE" }); // Not acknowledged yet.
    world.receive(within("ACK", tag, 3, "z9hG4bK6"));
    world.at(100'000);
    EXPECT_EQ(world.sent(), Words {});
    EXPECT_EQ(world.endpoint().leg_count(), 1U);
}

TEST(IncomingLeg, keeps_its_session_when_a_reinvite_offers_nothing_usable)
{
    World world;
    const std::string tag = answer_a_call(world);
    world.receive(within("ACK", tag, 1, "z9hG4bK2"));
    world.sent();
    world.news();
    PeerRequest reinvite = within("INVITE", tag, 2, "z9hG4bK3");
    reinvite.body = offer_text("18");
    world.receive(reinvite);
    EXPECT_EQ(world.sent(), Words { "488 INVITE" });
    EXPECT_EQ(world.news(), Words {});
    EXPECT_EQ(world.endpoint().leg_count(), 1U);
}

TEST(IncomingLeg, refuses_a_reinvite_before_its_answer_and_an_old_cseq)
{
    World world;
    world.receive(invite_with_offer());
    world.event(RingLeg { world.leg });
    const std::string tag = world.last_to_tag();
    world.sent();
    PeerRequest second = within("INVITE", tag, 2, "z9hG4bK2");
    second.body = offer_text();
    world.receive(second);
    EXPECT_EQ(world.sent(), Words { "500 INVITE" });
    EXPECT_NE(world.last_response().headers.find("Retry-After"), nullptr);

    world.event(AnswerSipLeg { world.leg, local_media() }).receive(within("ACK", tag, 1, "z9hG4bK3"));
    world.sent();
    world.receive(within("OPTIONS", tag, 5, "z9hG4bK4")).receive(within("BYE", tag, 4, "z9hG4bK5"));
    EXPECT_EQ(world.sent(), (Words { "200 OPTIONS", "500 BYE" }));
    EXPECT_EQ(world.endpoint().leg_count(), 1U);
}

TEST(IncomingLeg, commands_for_a_leg_that_is_over_do_nothing)
{
    World world;
    world.receive(invite_with_offer());
    world.event(HangUpLeg { world.leg });
    EXPECT_EQ(world.sent(), (Words { "100 INVITE", "603 INVITE" }));
    EXPECT_EQ(world.news(), (Words { "offered ann>support", "ended decline" }));
    world.event(RingLeg { world.leg })
        .event(AnswerSipLeg { world.leg, local_media() })
        .event(RejectLeg { world.leg })
        .event(HangUpLeg { world.leg });
    EXPECT_EQ(world.sent(), Words {});
    EXPECT_EQ(world.news(), Words {});
}

} // namespace
} // namespace parley::sip
