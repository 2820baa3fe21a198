#include "machine/sip/sip_world.h"

#include <random>

// Peers that flood, lie or never finish: what they make us keep is bounded, and others are still served.
namespace parley::sip {
namespace {

PeerRequest invite(int number)
{
    PeerRequest request;
    request.branch = "z9hG4bKi" + std::to_string(number);
    request.call_id = "call-" + std::to_string(number);
    request.body = offer_text();
    return request;
}

PeerRequest later(const PeerRequest& first, std::string method, std::uint32_t cseq, const std::string& to_tag)
{
    PeerRequest request = first;
    request.method = std::move(method);
    request.body.clear();
    request.to_tag = to_tag;
    request.cseq = cseq;
    if (request.method != "CANCEL")
        request.branch += request.method + std::to_string(cseq);
    return request;
}

// A whole call of somebody well behaved.
void expect_served(World& world)
{
    world.sent();
    world.news();
    const PeerRequest call = invite(1'000'000'007);
    world.receive(call);
    ASSERT_EQ(world.sent(), Words { "100 INVITE" });
    world.event(AnswerSipLeg { world.leg, local_media() });
    const std::string tag = world.last_to_tag();
    world.receive(later(call, "ACK", 1, tag)).receive(later(call, "BYE", 2, tag));
    EXPECT_EQ(world.sent(), (Words { "200 INVITE", "200 BYE" }));
    EXPECT_EQ(world.news(), (Words { "offered ann>support", "media", "answered", "ended hangup" }));
}

void expect_nothing_left(World& world)
{
    world.at(to_milliseconds(world.now() - origin) + 200'000);
    EXPECT_EQ(world.endpoint().transaction_count(), 0U);
    EXPECT_EQ(world.endpoint().leg_count(), 0U);
    EXPECT_FALSE(world.endpoint().deadline());
}

SipEndpointSettings small(Limits limits)
{
    SipEndpointSettings settings { here };
    settings.limits = limits;
    return settings;
}

TEST(HostilePeer, that_never_acknowledges_fills_its_limit_and_is_let_go)
{
    World world(small({ .max_transactions = 100, .max_legs = 50 }));
    for (int n = 0; n < 1'000; ++n) {
        world.receive(invite(n));
        if (n < 50)
            world.event(AnswerSipLeg { world.leg, local_media() });
        ASSERT_LE(world.endpoint().transaction_count(), 100U);
        ASSERT_LE(world.endpoint().leg_count(), 50U);
    }
    EXPECT_EQ(world.endpoint().leg_count(), 50U);
    EXPECT_EQ(world.last_response().status, 503);
    world.at(100'000); // 64 * T1 for the ACKs, and again for the BYEs.
    EXPECT_EQ(world.endpoint().leg_count(), 0U);
    expect_served(world);
    expect_nothing_left(world);
}

TEST(HostilePeer, that_cancels_at_once_is_held_to_the_limit)
{
    World world(small({ .max_transactions = 100 }));
    for (int n = 0; n < 1'000; ++n) {
        world.receive(invite(n)).receive(later(invite(n), "CANCEL", 1, ""));
        ASSERT_LE(world.endpoint().transaction_count(), 100U);
        ASSERT_EQ(world.endpoint().leg_count(), 0U);
    }
    world.at(40'000);
    expect_served(world);
    expect_nothing_left(world);
}

TEST(HostilePeer, that_cancels_what_never_was_leaves_nothing)
{
    World world;
    for (int n = 0; n < 1'000; ++n)
        world.receive(later(invite(n), "CANCEL", 1, ""));
    EXPECT_EQ(world.endpoint().transaction_count(), 0U);
    EXPECT_FALSE(world.endpoint().deadline());
    expect_served(world);
}

TEST(HostilePeer, that_repeats_its_bye_under_new_names_is_held_to_the_limit)
{
    World world(small({ .max_transactions = 100 }));
    world.receive(invite(1)).event(AnswerSipLeg { world.leg, local_media() });
    const std::string tag = world.last_to_tag();
    world.receive(later(invite(1), "ACK", 1, tag)).event(HangUpLeg { world.leg }); // Our BYE is never answered.
    world.sent();
    for (std::uint32_t n = 2; n < 1'000; ++n) {
        world.receive(later(invite(1), "BYE", n, tag));
        ASSERT_LE(world.endpoint().transaction_count(), 100U);
        ASSERT_EQ(world.sent(), Words { "200 BYE" });
    }
    expect_nothing_left(world);
}

TEST(HostilePeer, with_fields_of_8_kib_is_held_to_a_sum_of_bytes)
{
    World world(small({ .max_transaction_bytes = 256 * 1024 }));
    PeerRequest fat = invite(0);
    for (int n = 0; n < 6; ++n) // All of them are repeated in each response.
        fat.more += "Via: SIP/2.0/UDP 203.0.113.1;branch=z9hG4bK" + std::string(8'000, 'x') + "\r\n";
    for (int n = 0; n < 100; ++n) {
        fat.branch = "z9hG4bKfat" + std::to_string(n);
        fat.call_id = "fat-" + std::to_string(n);
        world.receive(fat).receive(later(fat, "CANCEL", 1, ""));
    }
    EXPECT_LE(world.endpoint().transaction_count(), 6U);
    EXPECT_GE(world.endpoint().transaction_count(), 3U);
    world.receive(invite(1));
    EXPECT_EQ(world.last_response().status, 503);
    world.at(40'000);
    expect_served(world);
    expect_nothing_left(world);
}

TEST(HostilePeer, that_sends_garbage_leaves_nothing)
{
    constexpr unsigned seed = 20'261'120;
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    World world;
    const std::string good = invite(1).text();
    for (int n = 0; n < 3'000; ++n) {
        std::string bytes = n % 2 == 0 ? std::string(random() % 400, ' ') : good;
        if (n % 2 == 0)
            for (char& c : bytes)
                c = static_cast<char>(random());
        else // Cut within its fields: never a whole INVITE.
            bytes.resize(random() % good.find("\r\n\r\n"));
        Commands out;
        world.endpoint().handle(MessageReceived { bytes, there }, world.now(), out);
        EXPECT_TRUE(out.empty()) << bytes;
    }
    EXPECT_EQ(world.endpoint().transaction_count(), 0U);
    expect_served(world);
    expect_nothing_left(world);
}

TEST(HostilePeer, whose_address_takes_no_datagrams_has_no_leg)
{
    World world;
    world.receive(invite(1));
    world.sent();
    world.news();
    world.event(MessageNotSent { there });
    EXPECT_EQ(world.news(), Words { "ended error" });
    world.event(AnswerSipLeg { world.leg, local_media() }); // Too late.
    EXPECT_EQ(world.sent(), Words {});
    EXPECT_EQ(world.endpoint().leg_count(), 0U);
    expect_nothing_left(world);
}

TEST(HostilePeer, that_writes_a_tag_into_a_display_name_still_gets_one)
{
    World world;
    std::string text = invite(1).text();
    text.replace(text.find("To: "), 4, "To: \"x;tag=1\" ");
    world.receive(text).event(AnswerSipLeg { world.leg, local_media() });
    EXPECT_NE(world.last_to_tag(), "");
}

TEST(HostilePeer, that_offers_again_instead_of_answering_is_told_to_wait)
{
    World world;
    PeerRequest first = invite(1);
    first.body.clear();
    world.receive(first).event(AnswerSipLeg { world.leg, local_media() });
    const std::string tag = world.last_to_tag();
    world.sent();
    PeerRequest again = later(first, "INVITE", 2, tag);
    again.body = offer_text();
    world.receive(again);
    EXPECT_EQ(world.sent(), Words { "491 INVITE" });
    PeerRequest ack = later(first, "ACK", 1, tag);
    ack.body = offer_text("0");
    world.news();
    world.receive(ack);
    EXPECT_EQ(world.news(), (Words { "media", "answered" }));
}

// The dialog of the first answer was forgotten under the name of the second.
TEST(HostilePeer, that_answers_twice_after_we_hung_up_may_still_send_requests)
{
    World world;
    world.event(DialSipLeg { DialLeg { LegId { "leg-1" }, "agent", "bob", "", 60s }, { there }, local_media() });
    const Request call = world.last_request();
    const auto answer = [&](const std::string& tag) {
        Response response { 200, "OK" };
        for (const Header& header : call.headers.fields())
            if (header.name == "Via" || header.name == "From" || header.name == "Call-ID" || header.name == "CSeq")
                response.headers.add(header.name, header.value);
        response.headers.add("To", *call.headers.find("To") + ";tag=" + tag);
        response.headers.add("Contact", "<sip:bob@198.51.100.7:5080>");
        response.headers.add("Content-Type", "application/sdp");
        response.body = offer_text();
        return write(response);
    };
    world.receive(answer("one")).event(HangUpLeg { LegId { "leg-1" } }).receive(answer("two"));
    world.at(100'000); // Both BYEs were given up.
    EXPECT_EQ(world.endpoint().transaction_count(), 0U);
    world.sent();
    PeerRequest bye;
    bye.method = "BYE";
    bye.from_tag = "one";
    bye.to_tag = parse_name_addr(*call.headers.find("From"))->tag();
    bye.call_id = *call.headers.find("Call-ID");
    world.receive(bye);
    EXPECT_EQ(world.sent(), Words { "481 BYE" });
}

} // namespace
} // namespace parley::sip
