#include "sip/digest.h"

#include <gtest/gtest.h>

namespace parley::sip {
namespace {

// RFC 7616 3.9.1.
DigestCredentials example(DigestAlgorithm algorithm)
{
    DigestCredentials credentials;
    credentials.username = "Mufasa";
    credentials.realm = "http-auth@example.org";
    credentials.nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
    credentials.uri = "/dir/index.html";
    credentials.algorithm = algorithm;
    credentials.qop_auth = true;
    credentials.cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
    credentials.nonce_count = 1;
    credentials.nonce_count_digits = "00000001";
    return credentials;
}

std::string response_of(const DigestCredentials& credentials, std::string_view password)
{
    const std::string ha1 = digest_ha1(credentials.algorithm, credentials.username, credentials.realm, password);
    return digest_response(credentials, ha1, "GET");
}

TEST(Digest, hashes_as_the_examples_of_rfc_7616)
{
    EXPECT_EQ(response_of(example(DigestAlgorithm::md5), "Circle of Life"), "8ca523f5e9506fed4657c9700eebdbec");
    EXPECT_EQ(response_of(example(DigestAlgorithm::sha256), "Circle of Life"),
        "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1");
}

TEST(Digest, hashes_without_qop_as_of_rfc_2069)
{
    DigestCredentials credentials;
    credentials.username = "Mufasa";
    credentials.realm = "testrealm@host.com";
    credentials.nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093";
    credentials.uri = "/dir/index.html";
    EXPECT_EQ(response_of(credentials, "Circle Of Life"), "670fd8c2df070c60b045671b8b24ff02");
}

TEST(Digest, credentials_are_written_and_read_back)
{
    DigestCredentials credentials = example(DigestAlgorithm::sha256);
    credentials.username = "a \"quoted\\name\"";
    credentials.opaque = "";
    credentials.response = std::string(64, 'a');
    const auto read = parse_credentials(write(credentials));
    ASSERT_TRUE(read) << read.error().what;
    EXPECT_EQ(*read, credentials);
}

TEST(Digest, challenges_are_written_and_read_back)
{
    const DigestChallenge challenge { "here, there", "n", "o", DigestAlgorithm::sha256, true, true };
    const auto read = parse_challenge(write(challenge));
    ASSERT_TRUE(read) << read.error().what;
    EXPECT_EQ(*read, challenge);
}

TEST(Digest, challenges_of_many_servers_are_understood)
{
    const auto plain = parse_challenge("digest Realm=\"r\",NONCE = \"n\"");
    ASSERT_TRUE(plain);
    EXPECT_EQ(*plain, (DigestChallenge { "r", "n", {}, DigestAlgorithm::md5, false, false }));
    const auto both
        = parse_challenge("Digest realm=\"r\", nonce=\"n\", qop=\"auth-int,auth\", algorithm=md5, stale=TRUE");
    ASSERT_TRUE(both);
    EXPECT_EQ(*both, (DigestChallenge { "r", "n", {}, DigestAlgorithm::md5, true, true }));
    const auto unquoted = parse_challenge("Digest realm=r, nonce=abc=, qop=auth");
    ASSERT_TRUE(unquoted);
    EXPECT_EQ(unquoted->nonce, "abc=");
}

TEST(Digest, challenges_that_we_cannot_meet_are_told_from_broken_ones)
{
    for (const char* text : { "Basic realm=\"r\"", "Digest realm=\"r\", nonce=\"n\", algorithm=SHA-512-256",
             "Digest realm=\"r\", nonce=\"n\", algorithm=MD5-sess",
             "Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\"" }) {
        const auto read = parse_challenge(text);
        ASSERT_FALSE(read) << text;
        EXPECT_EQ(read.error().kind, ErrorKind::unsupported) << text;
    }
    for (const char* text : { "Digest", "Digest realm=\"r\"", "Digest realm=\"r\", nonce=\"\"", "Digest realm=\"r",
             "Digest realm=\"r\", nonce=\"n\", nonce=\"m\"", "Digest realm=\"r\" nonce=\"n\"",
             "Digest realm, nonce=\"n\"" }) {
        const auto read = parse_challenge(text);
        ASSERT_FALSE(read) << text;
        EXPECT_EQ(read.error().kind, ErrorKind::invalid_request) << text;
    }
}

TEST(Digest, broken_credentials_name_what_is_wrong)
{
    const std::string good
        = "Digest username=\"u\", realm=\"r\", nonce=\"n\", uri=\"sip:a\", response=\"" + std::string(32, '0') + '"';
    ASSERT_TRUE(parse_credentials(good));
    const std::pair<std::string, std::string> cases[] = { { "Digest realm=\"r\"", "username" },
        { good + ", qop=auth, nc=00000001", "cnonce" }, { good + ", qop=auth, cnonce=\"c\", nc=1", "nc" },
        { good + ", qop=auth-int, cnonce=\"c\", nc=00000001", "qop" }, { good + ", algorithm=SHA-256", "response" },
        { good + ", algorithm=AKAv1-MD5", "algorithm" } };
    for (const auto& [text, named] : cases) {
        const auto read = parse_credentials(text);
        ASSERT_FALSE(read) << text;
        EXPECT_NE(read.error().what.find(named), std::string::npos) << read.error().what;
    }
    std::string many = good;
    for (int i = 0; i < 40; ++i)
        many += ", x" + std::to_string(i) + "=1";
    EXPECT_FALSE(parse_credentials(many));
}

} // namespace
} // namespace parley::sip
