#include "machine/sip/sip_world.h"

// Keys of protected sound stand in messages: which hop may see them, and what a policy refuses.
namespace parley::sip {
namespace {

const Hop tls_flow { { "198.51.100.7", 49'153 }, Transport::tls, 8 };
const Hop open_hop = there;

SipEndpointSettings with(sdp::SrtpPolicy policy, KeysOver over = KeysOver::tls)
{
    SipEndpointSettings settings { here };
    settings.local_tls = SocketAddress { "192.0.2.1", 5061 };
    settings.srtp = policy;
    settings.keys_over = over;
    return settings;
}

sdp::LocalMedia media_with_keys(sdp::SrtpPolicy policy)
{
    auto media = local_media();
    media.srtp = policy;
    for (const auto suite : sdp::all_crypto_suites)
        media.crypto.push_back({ suite });
    return media;
}

std::string plain()
{
    return offer_text("0");
}
std::string with_key(std::string_view profile)
{
    std::string text = offer_text("0", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + std::string(40, 'A') + "\r\n");
    return text.replace(text.find("RTP/AVP"), 7, profile);
}

std::string invited(World& world, sdp::SrtpPolicy policy, const std::string& body, const Hop& hop)
{
    PeerRequest invite;
    invite.via = hop.transport == Transport::tls ? "SIP/2.0/TLS 198.51.100.7:5080" : invite.via;
    invite.body = body;
    world.receive(invite, hop);
    world.sent();
    if (world.news().empty())
        return World::summary(world.last().message);
    world.event(AnswerSipLeg { world.leg, media_with_keys(policy) });
    return World::summary(world.last().message);
}

struct Row {
    sdp::SrtpPolicy policy;
    KeysOver over;
    Hop hop;
    std::string body;
    std::string answer;
    bool has_key;
};

TEST(Keys, go_over_tls_alone_and_required_refuses_what_is_plain)
{
    using enum sdp::SrtpPolicy;
    const std::vector<Row> rows {
        { off, KeysOver::tls, tls_flow, plain(), "200 INVITE", false },
        { off, KeysOver::tls, tls_flow, with_key("RTP/SAVP"), "488 INVITE", false },
        { optional, KeysOver::tls, tls_flow, plain(), "200 INVITE", false },
        { optional, KeysOver::tls, tls_flow, with_key("RTP/SAVP"), "200 INVITE", true },
        { optional, KeysOver::tls, tls_flow, with_key("RTP/AVP"), "200 INVITE", true },
        { optional, KeysOver::tls, tls_flow, "", "200 INVITE", true },
        { optional, KeysOver::tls, open_hop, with_key("RTP/AVP"), "200 INVITE", false },
        { optional, KeysOver::tls, open_hop, with_key("RTP/SAVP"), "488 INVITE", false },
        { optional, KeysOver::tls, open_hop, "", "200 INVITE", false },
        { optional, KeysOver::any, open_hop, with_key("RTP/SAVP"), "200 INVITE", true },
        { required, KeysOver::tls, tls_flow, plain(), "488 INVITE", false },
        { required, KeysOver::tls, tls_flow, with_key("RTP/SAVP"), "200 INVITE", true },
        { required, KeysOver::tls, open_hop, with_key("RTP/SAVP"), "488 INVITE", false },
        { required, KeysOver::tls, open_hop, "", "488 INVITE", false },
        { required, KeysOver::any, open_hop, with_key("RTP/SAVP"), "200 INVITE", true },
    };
    for (std::size_t n = 0; n < rows.size(); ++n) {
        SCOPED_TRACE(n);
        World world(with(rows[n].policy, rows[n].over));
        EXPECT_EQ(invited(world, rows[n].policy, rows[n].body, rows[n].hop), rows[n].answer);
        EXPECT_EQ(world.last().text.find("a=crypto") != std::string::npos, rows[n].has_key);
    }
}

TEST(Keys, of_a_call_are_told_to_its_sound_alone)
{
    World world(with(sdp::SrtpPolicy::required));
    EXPECT_EQ(invited(world, sdp::SrtpPolicy::required, with_key("RTP/SAVP"), tls_flow), "200 INVITE");
    ASSERT_TRUE(world.offered && world.offered->media);
    EXPECT_FALSE(world.offered->media->srtp); // There is no key of ours yet.
    ASSERT_TRUE(world.agreed && world.agreed->srtp);
    EXPECT_EQ(world.agreed->srtp->receive.suite, sdp::CryptoSuite::aes_cm_128_hmac_sha1_80);
}

TEST(Keys, are_not_offered_over_a_hop_that_others_read)
{
    const auto dial = [](Hops servers, sdp::SrtpPolicy policy, KeysOver over = KeysOver::tls) {
        World world(with(policy, over));
        world.event(DialSipLeg {
            DialLeg { LegId { "leg-1" }, "agent", "bob", "", 60s }, std::move(servers), media_with_keys(policy) });
        const bool sent = !world.sent().empty();
        return !sent                                                  ? std::string("nothing")
            : world.last().text.find("a=crypto") != std::string::npos ? "keys"
                                                                      : "plain";
    };
    const Hop tls { there, Transport::tls };
    const Hop tcp { there, Transport::tcp };
    using enum sdp::SrtpPolicy;
    EXPECT_EQ(dial({ tls }, optional), "keys");
    EXPECT_EQ(dial({ tls }, required), "keys");
    EXPECT_EQ(dial({ tls }, off), "plain");
    EXPECT_EQ(dial({ tcp }, optional), "plain");
    EXPECT_EQ(dial({ tcp }, required), "nothing");
    EXPECT_EQ(dial({ tls, tcp }, optional), "plain"); // The second one may come to see it.
    EXPECT_EQ(dial({ tls, tcp }, required), "nothing");
    EXPECT_EQ(dial({ there }, required, KeysOver::any), "keys");
}

// The other side changes its key in the middle of the call; ours stays.
TEST(Keys, may_change_within_a_call)
{
    World world(with(sdp::SrtpPolicy::required));
    ASSERT_EQ(invited(world, sdp::SrtpPolicy::required, with_key("RTP/SAVP"), tls_flow), "200 INVITE");
    const auto before = world.agreed->srtp;
    PeerRequest ack;
    ack.method = "ACK";
    ack.to_tag = world.last_to_tag();
    ack.branch = "z9hG4bK2";
    ack.via = "SIP/2.0/TLS 198.51.100.7:5080";
    world.receive(ack, tls_flow);
    PeerRequest again = ack;
    again.method = "INVITE";
    again.cseq = 2;
    again.branch = "z9hG4bK3";
    again.body = with_key("RTP/SAVP");
    again.body.replace(again.body.find("inline:AAAA"), 11, "inline:BBBB");
    world.receive(again, tls_flow);
    EXPECT_EQ(World::summary(world.last().message), "200 INVITE");
    EXPECT_NE(world.agreed->srtp->receive, before->receive);
    EXPECT_EQ(world.agreed->srtp->send, before->send);
    // A plain offer is refused, and changes nothing.
    again.cseq = 3;
    again.branch = "z9hG4bK5";
    ack.cseq = 2;
    ack.branch = "z9hG4bK4";
    world.receive(ack, tls_flow);
    again.body = plain();
    world.receive(again, tls_flow);
    EXPECT_EQ(World::summary(world.last().message), "488 INVITE");
}

} // namespace
} // namespace parley::sip
