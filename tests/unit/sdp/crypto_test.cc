#include "sdp/crypto.h"
#include "sdp/offer_answer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace parley::sdp {
namespace {

// A key of 30 bytes, from the examples of RFC 4568.
const std::string their_key = "inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";
const std::string session = "v=0\r\no=- 7 8 IN IP4 198.51.100.7\r\ns=-\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\n";

LocalMedia ours(SrtpPolicy policy)
{
    LocalMedia media { { "192.0.2.1", 40'000 }, 5, 1 };
    media.srtp = policy;
    for (const CryptoSuite suite : all_crypto_suites) {
        Crypto crypto { suite };
        for (std::size_t n = 0; n < key_bytes(suite); ++n)
            crypto.bytes[n] = static_cast<std::byte>(n + 1);
        media.crypto.push_back(crypto);
    }
    return media;
}

LocalMedia without_keys(SrtpPolicy policy)
{
    LocalMedia media = ours(policy);
    media.crypto.clear();
    return media;
}

SessionDescription parsed(const std::string& media)
{
    auto description = parse(session + media);
    EXPECT_TRUE(description) << media << description.error().what;
    return description ? *description : SessionDescription {};
}

const std::string plain = "m=audio 6000 RTP/AVP 0\r\n";
const std::string secure = "m=audio 6002 RTP/SAVP 0\r\na=crypto:7 AES_CM_128_HMAC_SHA1_80 " + their_key + "|2^20\r\n";

TEST(CryptoLine, is_written_and_read_back_the_same)
{
    for (const Crypto& crypto : ours(SrtpPolicy::required).crypto) {
        const CryptoLine line { 12, crypto };
        const auto read = parse_crypto(write_crypto(line));
        ASSERT_TRUE(read) << to_string(crypto.suite);
        EXPECT_EQ(*read, line);
        EXPECT_EQ(read->crypto.key().size(), key_bytes(crypto.suite));
    }
}

TEST(CryptoLine, of_the_standard_is_read)
{
    const auto line = parse_crypto("1 AES_CM_128_HMAC_SHA1_32 " + their_key + "|2^20 WSH=128 -FUTURE=1");
    ASSERT_TRUE(line) << line.error().what;
    EXPECT_EQ(line->tag, 1U);
    EXPECT_EQ(line->crypto.suite, CryptoSuite::aes_cm_128_hmac_sha1_32);
    EXPECT_EQ(line->crypto.bytes[0], static_cast<std::byte>('w'));
    EXPECT_EQ(line->crypto.bytes[29], static_cast<std::byte>('#'));
}

TEST(CryptoLine, that_asks_for_more_than_we_have_is_passed_over)
{
    const std::vector<std::string> rows {
        "1 F8_128_HMAC_SHA1_80 " + their_key,
        "1 AES_CM_128_HMAC_SHA1_80 uri:https://example.com/key",
        "1 AES_CM_128_HMAC_SHA1_80 " + their_key + "|2^20|1:4",
        "1 AES_CM_128_HMAC_SHA1_80 " + their_key + "|1:4",
        "1 AES_CM_128_HMAC_SHA1_80 " + their_key + ";" + their_key,
        "1 AES_CM_128_HMAC_SHA1_80 " + their_key + " UNENCRYPTED_SRTP",
        "1 AES_CM_128_HMAC_SHA1_80 " + their_key + " KDR=1",
    };
    for (const std::string& row : rows) {
        const auto line = parse_crypto(row);
        ASSERT_FALSE(line) << row;
        EXPECT_EQ(line.error().kind, ErrorKind::unsupported) << row;
    }
}

TEST(CryptoLine, that_is_broken_is_rejected_and_its_key_not_repeated)
{
    const std::vector<std::string> rows {
        "",
        "1",
        "x AES_CM_128_HMAC_SHA1_80 " + their_key,
        "-1 AES_CM_128_HMAC_SHA1_80 " + their_key,
        "1234567890 AES_CM_128_HMAC_SHA1_80 " + their_key,
        "1 AES_CM_128_HMAC_SHA1_80",
        "1 AES_CM_128_HMAC_SHA1_80 inline:",
        "1 AES_CM_128_HMAC_SHA1_80 inline:AAAA",
        "1 AES_CM_128_HMAC_SHA1_80 " + their_key + "AAAA",
        "1 AES_CM_128_HMAC_SHA1_80 " + their_key + "!",
        "1 AEAD_AES_256_GCM " + their_key,
        "1 AES_CM_128_HMAC_SHA1_80 " + their_key + "|2^",
        "1 AES_CM_128_HMAC_SHA1_80 " + their_key + "|0",
        "1 AES_CM_128_HMAC_SHA1_80 " + their_key + "|2^99",
    };
    for (const std::string& row : rows) {
        const auto line = parse_crypto(row);
        ASSERT_FALSE(line) << row;
        EXPECT_EQ(line.error().kind, ErrorKind::invalid_request) << row;
        EXPECT_EQ(line.error().what.find("d0Rm"), std::string::npos);
    }
}

TEST(ProtectedAnswer, takes_their_first_key_that_we_can_use_and_gives_ours)
{
    const LocalMedia local = ours(SrtpPolicy::optional);
    const auto answer = make_answer(parsed("m=audio 6000 RTP/SAVP 0\r\na=crypto:1 F8_128_HMAC_SHA1_80 " + their_key
                                        + "\r\na=crypto:2 AES_CM_128_HMAC_SHA1_32 " + their_key
                                        + "\r\na=crypto:3 AES_CM_128_HMAC_SHA1_80 " + their_key + "\r\n"),
        local);
    ASSERT_TRUE(answer) << answer.error().what;
    ASSERT_TRUE(answer->agreed.srtp);
    EXPECT_EQ(answer->agreed.srtp->send, local.crypto[3]);
    EXPECT_EQ(answer->agreed.srtp->receive.suite, CryptoSuite::aes_cm_128_hmac_sha1_32);
    const MediaDescription& media = answer->description.media.at(0);
    EXPECT_EQ(media.protocol, "RTP/SAVP");
    const Attribute* crypto = find_attribute(media.attributes, "crypto");
    ASSERT_NE(crypto, nullptr);
    EXPECT_EQ(*crypto->value, write_crypto({ 2, local.crypto[3] }));
}

struct PolicyRow {
    const char* name;
    std::string offer;
    LocalMedia local;
    int taken; // The line; -1: refused.
    bool is_protected;
};

TEST(ProtectedAnswer, follows_the_policy)
{
    const std::string opportunistic = plain + "a=crypto:1 AES_CM_128_HMAC_SHA1_80 " + their_key + "\r\n";
    const std::string strange = "m=audio 6000 RTP/SAVP 0\r\na=crypto:1 F8_128_HMAC_SHA1_80 " + their_key + "\r\n";
    const std::vector<PolicyRow> rows {
        { "off, plain", plain, without_keys(SrtpPolicy::off), 0, false },
        { "off, protected", secure, ours(SrtpPolicy::off), -1, false },
        { "off, either", opportunistic, ours(SrtpPolicy::off), 0, false },
        { "off, both", secure + plain, ours(SrtpPolicy::off), 1, false },
        { "optional, plain", plain, ours(SrtpPolicy::optional), 0, false },
        { "optional, protected", secure, ours(SrtpPolicy::optional), 0, true },
        { "optional, either", opportunistic, ours(SrtpPolicy::optional), 0, true },
        { "optional, both", plain + secure, ours(SrtpPolicy::optional), 1, true },
        { "optional, no common suite", strange, ours(SrtpPolicy::optional), -1, false },
        { "optional, no common suite, both", strange + plain, ours(SrtpPolicy::optional), 1, false },
        { "optional, open hop, protected", secure, without_keys(SrtpPolicy::optional), -1, false },
        { "optional, open hop, either", opportunistic, without_keys(SrtpPolicy::optional), 0, false },
        { "required, plain", plain, ours(SrtpPolicy::required), -1, false },
        { "required, protected", secure, ours(SrtpPolicy::required), 0, true },
        { "required, either", opportunistic, ours(SrtpPolicy::required), 0, true },
        { "required, open hop", secure, without_keys(SrtpPolicy::required), -1, false },
        { "feedback",
            "m=audio 6000 RTP/SAVPF 0\r\na=crypto:1 AEAD_AES_128_GCM inline:" + std::string(37, 'A') + "=\r\n",
            ours(SrtpPolicy::required), -1, false },
    };
    for (const PolicyRow& row : rows) {
        SCOPED_TRACE(row.name);
        const auto answer = make_answer(parsed(row.offer), row.local);
        ASSERT_EQ(answer.has_value(), row.taken >= 0);
        if (row.taken < 0) {
            continue;
        }
        EXPECT_EQ(answer->agreed.srtp.has_value(), row.is_protected);
        for (std::size_t n = 0; n < answer->description.media.size(); ++n) {
            const MediaDescription& media = answer->description.media[n];
            EXPECT_EQ(media.port != 0, static_cast<int>(n) == row.taken);
            EXPECT_EQ(find_attribute(media.attributes, "crypto") != nullptr,
                row.is_protected && static_cast<int>(n) == row.taken);
        }
    }
}

TEST(ProtectedAnswer, keeps_the_profile_of_the_offer)
{
    for (const std::string profile : { "RTP/SAVPF", "RTP/SAVP" }) {
        const auto answer = make_answer(
            parsed("m=audio 6000 " + profile + " 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 " + their_key + "\r\n"),
            ours(SrtpPolicy::optional));
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->description.media[0].protocol, profile);
    }
    const auto answer = make_answer(parsed("m=audio 6000 RTP/AVPF 0\r\n"), ours(SrtpPolicy::off));
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->description.media[0].protocol, "RTP/AVPF");
    EXPECT_FALSE(make_answer(parsed("m=audio 6000 UDP/TLS/RTP/SAVP 0\r\n"), ours(SrtpPolicy::optional)));
}

TEST(ProtectedOffer, is_plain_with_keys_or_protected)
{
    const auto optional = make_offer(ours(SrtpPolicy::optional));
    EXPECT_EQ(optional.media[0].protocol, "RTP/AVP");
    EXPECT_NE(find_attribute(optional.media[0].attributes, "crypto"), nullptr);
    const auto required = make_offer(ours(SrtpPolicy::required));
    EXPECT_EQ(required.media[0].protocol, "RTP/SAVP");
    std::size_t keys = 0;
    for (const Attribute& attribute : required.media[0].attributes)
        keys += attribute.name == "crypto" ? 1 : 0;
    EXPECT_EQ(keys, all_crypto_suites.size());
    EXPECT_EQ(find_attribute(make_offer(ours(SrtpPolicy::off)).media[0].attributes, "crypto"), nullptr);
    EXPECT_EQ(find_attribute(make_offer(without_keys(SrtpPolicy::optional)).media[0].attributes, "crypto"), nullptr);
}

TEST(ProtectedOffer, both_sides_agree_on_the_same_keys)
{
    for (const SrtpPolicy policy : { SrtpPolicy::optional, SrtpPolicy::required }) {
        const LocalMedia caller = ours(policy);
        LocalMedia callee = ours(policy);
        for (Crypto& crypto : callee.crypto)
            crypto.bytes[0] = std::byte { 0xff };
        const auto offer = make_offer(caller);
        const auto answer = make_answer(offer, callee);
        ASSERT_TRUE(answer);
        const auto accepted = accept_answer(offer, answer->description);
        ASSERT_TRUE(accepted) << accepted.error().what;
        ASSERT_TRUE(accepted->srtp);
        EXPECT_EQ(accepted->srtp->send, answer->agreed.srtp->receive);
        EXPECT_EQ(accepted->srtp->receive, answer->agreed.srtp->send);
        EXPECT_EQ(accepted->srtp->send.suite, CryptoSuite::aead_aes_256_gcm);
    }
}

TEST(ProtectedOffer, an_answer_may_be_plain_only_where_that_was_offered)
{
    const auto optional = make_offer(ours(SrtpPolicy::optional));
    const auto agreed = accept_answer(optional, parsed(plain));
    ASSERT_TRUE(agreed);
    EXPECT_FALSE(agreed->srtp);
    const auto required = make_offer(ours(SrtpPolicy::required));
    EXPECT_FALSE(accept_answer(required, parsed(plain)));
    EXPECT_FALSE(accept_answer(required, parsed("m=audio 6000 RTP/SAVP 0\r\n")));
}

TEST(ProtectedOffer, an_answer_with_a_key_that_was_not_offered_is_refused)
{
    const auto offer = make_offer(ours(SrtpPolicy::required));
    EXPECT_FALSE(accept_answer(offer, parsed(secure))); // Tag 7.
    EXPECT_FALSE(accept_answer(offer,
        parsed("m=audio 6000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 " + their_key + "\r\n"))); // Tag 1: GCM.
    EXPECT_TRUE(accept_answer(
        offer, parsed("m=audio 6000 RTP/SAVP 0\r\na=crypto:3 AES_CM_128_HMAC_SHA1_80 " + their_key + "\r\n")));
    EXPECT_FALSE(accept_answer(
        make_offer(ours(SrtpPolicy::off)), parsed(plain + "a=crypto:1 AES_CM_128_HMAC_SHA1_80 " + their_key + "\r\n")));
}

TEST(Multiplexing, is_accepted_when_it_is_offered)
{
    const auto answer = make_answer(parsed(plain + "a=rtcp-mux\r\n"), ours(SrtpPolicy::off));
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->agreed.rtcp_mux);
    EXPECT_EQ(answer->agreed.remote_rtcp, answer->agreed.remote_rtp);
    EXPECT_NE(find_attribute(answer->description.media[0].attributes, "rtcp-mux"), nullptr);
    const auto without = make_answer(parsed(plain), ours(SrtpPolicy::off));
    ASSERT_TRUE(without);
    EXPECT_FALSE(without->agreed.rtcp_mux);
    EXPECT_EQ(without->agreed.remote_rtcp.port, 6'001);
}

} // namespace
} // namespace parley::sdp
