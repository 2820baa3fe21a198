#include "media/srtp_session.h"
#include "rtp/rtcp.h"
#include "rtp/rtp_packet.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace parley::media {
namespace {

using Bytes = std::vector<std::byte>;

Bytes from_hex(std::string_view text)
{
    Bytes bytes;
    for (std::size_t n = 0; n + 1 < text.size(); n += 2)
        bytes.push_back(static_cast<std::byte>(std::stoi(std::string(text.substr(n, 2)), nullptr, 16)));
    return bytes;
}

Bytes copied(std::span<const std::byte> bytes)
{
    return { bytes.begin(), bytes.end() };
}

sdp::Crypto key_of(sdp::CryptoSuite suite, std::string_view hex)
{
    sdp::Crypto crypto { suite };
    std::ranges::copy(from_hex(hex), crypto.bytes.begin());
    return crypto;
}

Bytes packet(std::uint16_t sequence, std::uint32_t ssrc = 7)
{
    const Bytes payload(160, static_cast<std::byte>(sequence));
    Bytes bytes(rtp_header_size + payload.size());
    EXPECT_NE(write_rtp({ false, 0, sequence, sequence * 160U, ssrc, payload }, bytes), 0U);
    return bytes;
}

Bytes report(std::uint32_t packets)
{
    Bytes bytes;
    write_rtcp(SenderReport { 7, 1, 2, packets, 4, {} }, bytes);
    return bytes;
}

// Two sides that agreed on keys.
struct Pair {
    SrtpSession a;
    SrtpSession b;

    explicit Pair(sdp::CryptoSuite suite)
    {
        for (const auto& each : SrtpSession::make_keys())
            if (each.suite == suite)
                keys.send = each;
        for (const auto& each : SrtpSession::make_keys())
            if (each.suite == suite)
                keys.receive = each;
        EXPECT_TRUE(a.agree(keys));
        EXPECT_TRUE(b.agree(sdp::SrtpKeys { keys.receive, keys.send }));
    }
    sdp::SrtpKeys keys;
};

class Suites : public ::testing::TestWithParam<sdp::CryptoSuite> { };
INSTANTIATE_TEST_SUITE_P(all, Suites, ::testing::ValuesIn(sdp::all_crypto_suites));

TEST(SrtpSession, has_all_suites_and_makes_other_keys_each_time)
{
    EXPECT_EQ(SrtpSession::suites(),
        std::vector<sdp::CryptoSuite>(sdp::all_crypto_suites.begin(), sdp::all_crypto_suites.end()));
    const auto some = SrtpSession::make_keys();
    const auto others = SrtpSession::make_keys();
    for (std::size_t n = 0; n < some.size(); ++n)
        EXPECT_NE(some[n], others[n]);
}

// The master key of RFC 3711 B.3; its packet is the reference of the standard's authors.
TEST(SrtpSession, protects_as_the_reference_of_rfc_3711)
{
    const auto key = key_of(sdp::CryptoSuite::aes_cm_128_hmac_sha1_80,
        "e1f97a0d3e018be0d64fa32c06de4139"
        "0ec675ad498afeebb6960b3aabe6");
    SrtpSession sender;
    ASSERT_TRUE(sender.agree(sdp::SrtpKeys { key, key }));
    const auto plain = from_hex("800f1234decafbadcafebabeabababababababababababababababab");
    const auto expected = from_hex("800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb");
    EXPECT_EQ(copied(sender.protect(plain)), expected);
    SrtpSession receiver;
    ASSERT_TRUE(receiver.agree(sdp::SrtpKeys { key, key }));
    EXPECT_EQ(copied(receiver.open(expected)), plain);
}

TEST(SrtpSession, protects_as_the_reference_of_rfc_7714)
{
    const auto key = key_of(sdp::CryptoSuite::aead_aes_128_gcm,
        "000102030405060708090a0b0c0d0e0f"
        "a0a1a2a3a4a5a6a7a8a9aaab");
    SrtpSession sender;
    ASSERT_TRUE(sender.agree(sdp::SrtpKeys { key, key }));
    const auto plain = from_hex("800f1234decafbadcafebabeabababababababababababababababab");
    const auto expected = from_hex("800f1234decafbadcafebabec5002ede04cfdd2eb91159e0880aa06ed2976826f796b201df3131a1"
                                   "27e8a392");
    EXPECT_EQ(copied(sender.protect(plain)), expected);
    SrtpSession receiver;
    ASSERT_TRUE(receiver.agree(sdp::SrtpKeys { key, key }));
    EXPECT_EQ(copied(receiver.open(expected)), plain);
}

TEST(SrtpSession, without_keys_everything_passes)
{
    SrtpSession session;
    ASSERT_TRUE(session.agree(std::nullopt));
    EXPECT_EQ(copied(session.protect(packet(1))), packet(1));
    EXPECT_EQ(copied(session.open(packet(1))), packet(1));
    EXPECT_FALSE(session.suite());
}

TEST_P(Suites, both_ways_sound_and_reports)
{
    Pair pair(GetParam());
    for (std::uint16_t n = 0; n < 100; ++n) {
        const auto sent = copied(pair.a.protect(packet(n)));
        ASSERT_GT(sent.size(), packet(n).size());
        EXPECT_FALSE(
            std::equal(sent.begin() + rtp_header_size, sent.begin() + 100, packet(n).begin() + rtp_header_size));
        EXPECT_EQ(copied(pair.b.open(sent)), packet(n));
        EXPECT_EQ(copied(pair.a.open(copied(pair.b.protect(packet(n, 8))))), packet(n, 8));
        EXPECT_EQ(copied(pair.b.open_report(copied(pair.a.protect_report(report(n))))), report(n));
    }
    EXPECT_EQ(pair.b.counters().unauthentic, 0U);
}

TEST_P(Suites, a_packet_changed_anywhere_is_refused)
{
    Pair pair(GetParam());
    const auto sent = copied(pair.a.protect(packet(9)));
    for (std::size_t n = 0; n < sent.size(); n += 7) {
        auto changed = sent;
        changed[n] ^= std::byte { 0x04 };
        EXPECT_TRUE(pair.b.open(changed).empty()) << n;
    }
    for (std::size_t size = 0; size < sent.size(); ++size)
        EXPECT_TRUE(pair.b.open(std::span(sent).first(size)).empty()) << size;
    EXPECT_EQ(copied(pair.b.open(sent)), packet(9)); // And none of that disturbs what is real.
}

TEST_P(Suites, a_replay_is_refused_and_counted)
{
    Pair pair(GetParam());
    std::vector<Bytes> recorded;
    for (std::uint16_t n = 0; n < 200; ++n) {
        recorded.push_back(copied(pair.a.protect(packet(n))));
        ASSERT_FALSE(pair.b.open(recorded.back()).empty());
    }
    for (const auto& each : recorded)
        EXPECT_TRUE(pair.b.open(each).empty());
    EXPECT_EQ(pair.b.counters().replayed, 200U);
    const auto said = copied(pair.a.protect_report(report(1)));
    EXPECT_FALSE(pair.b.open_report(said).empty());
    EXPECT_TRUE(pair.b.open_report(said).empty());
    EXPECT_EQ(pair.b.counters().replayed, 201U);
}

TEST_P(Suites, a_wrong_key_and_plain_packets_give_no_sound)
{
    Pair pair(GetParam());
    Pair strangers(GetParam());
    EXPECT_TRUE(pair.b.open(copied(strangers.a.protect(packet(1)))).empty());
    EXPECT_TRUE(pair.b.open(packet(1)).empty());
    EXPECT_TRUE(pair.b.open_report(report(1)).empty());
    EXPECT_TRUE(pair.b.open({}).empty());
    EXPECT_TRUE(pair.b.open(Bytes(5'000)).empty());
    EXPECT_EQ(pair.b.counters().unauthentic, 3U);
    EXPECT_EQ(copied(pair.b.open(copied(pair.a.protect(packet(1))))), packet(1));
}

// The sequence wraps several times, with losses, and packets out of order across the wrap.
TEST_P(Suites, the_roll_over_counter_is_kept)
{
    Pair pair(GetParam());
    std::uint16_t sequence = 65'000;
    for (int n = 0; n < 140'000; n += 16, sequence = static_cast<std::uint16_t>(sequence + 16)) {
        const auto first = copied(pair.a.protect(packet(sequence)));
        const auto second = copied(pair.a.protect(packet(static_cast<std::uint16_t>(sequence + 1))));
        if (n % 160 == 0)
            continue; // Lost.
        ASSERT_FALSE(pair.b.open(second).empty()) << n;
        ASSERT_FALSE(pair.b.open(first).empty()) << n;
    }
    EXPECT_EQ(pair.b.counters().unauthentic + pair.b.counters().replayed, 0U);
}

TEST_P(Suites, a_new_key_opens_what_the_old_one_does_not)
{
    Pair pair(GetParam());
    ASSERT_FALSE(pair.b.open(copied(pair.a.protect(packet(1)))).empty());
    const auto old = copied(pair.a.protect(packet(2)));
    sdp::SrtpKeys keys = pair.keys;
    keys.send.bytes[3] ^= std::byte { 1 };
    ASSERT_TRUE(pair.a.agree(keys));
    ASSERT_TRUE(pair.b.agree(sdp::SrtpKeys { keys.receive, keys.send }));
    EXPECT_TRUE(pair.b.open(old).empty());
    EXPECT_EQ(copied(pair.b.open(copied(pair.a.protect(packet(3))))), packet(3));
}

// An agreement that changes nothing about the key: the replay list and the roll-over counter stay.
TEST_P(Suites, the_same_key_again_goes_on)
{
    Pair pair(GetParam());
    const auto sent = copied(pair.a.protect(packet(65'535)));
    ASSERT_FALSE(pair.b.open(sent).empty());
    ASSERT_FALSE(pair.b.open(copied(pair.a.protect(packet(0)))).empty()); // Rolled over.
    sdp::SrtpKeys other = pair.keys;
    other.send.bytes[3] ^= std::byte { 1 };
    for (const auto& keys : { other, pair.keys }) {
        ASSERT_TRUE(pair.a.agree(keys));
        ASSERT_TRUE(pair.b.agree(sdp::SrtpKeys { keys.receive, keys.send }));
    }
    EXPECT_TRUE(pair.b.open(sent).empty());
    EXPECT_EQ(copied(pair.b.open(copied(pair.a.protect(packet(1))))), packet(1));
}

TEST(SrtpSession, a_peer_that_invents_sources_is_not_followed)
{
    Pair pair(sdp::CryptoSuite::aes_cm_128_hmac_sha1_80);
    for (std::uint32_t ssrc = 0; ssrc < SrtpSession::max_sources; ++ssrc)
        EXPECT_FALSE(pair.b.open(copied(pair.a.protect(packet(1, ssrc)))).empty());
    EXPECT_TRUE(pair.b.open(copied(pair.a.protect(packet(1, 1'000)))).empty());
    EXPECT_FALSE(pair.b.open(copied(pair.a.protect(packet(2, 1)))).empty());
}

TEST(SrtpSession, a_peer_that_changes_its_key_again_and_again_is_heard)
{
    Pair pair(sdp::CryptoSuite::aead_aes_128_gcm);
    sdp::SrtpKeys keys = pair.keys;
    for (std::uint16_t n = 0; n < 200; ++n) {
        keys.send.bytes[n % 16] ^= static_cast<std::byte>(n + 1);
        ASSERT_TRUE(pair.b.agree(sdp::SrtpKeys { keys.receive, keys.send }));
        SrtpSession sender;
        ASSERT_TRUE(sender.agree(keys));
        ASSERT_FALSE(pair.b.open(copied(sender.protect(packet(n)))).empty()) << n;
        ASSERT_FALSE(pair.b.protect(packet(n)).empty());
    }
}

} // namespace
} // namespace parley::media
