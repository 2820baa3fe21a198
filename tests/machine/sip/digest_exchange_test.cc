#include "sip/digest_client.h"
#include "sip/digest_server.h"

#include <gtest/gtest.h>

// Our server and our client talk to each other, and somebody in between replays, spoofs and waits.
namespace parley::sip {
namespace {

constexpr Instant origin {};
const std::string home = "198.51.100.7";

DigestServer make_server(DigestServerSettings settings = {})
{
    settings.key = "a key of sixteen bytes and more";
    return { settings, { { "ann", make_secret("ann", settings.realm, "secret") } } };
}

Request invite(std::string uri = "sip:+15550100@192.0.2.1")
{
    return { "INVITE", std::move(uri) };
}

// What the client makes of the server's challenge.
Request authorized(DigestServer& server, std::string_view source, Instant now,
    DigestAccount account = { "ann", "secret" }, Request request = invite(), bool md5_only = false)
{
    Response challenge { 401, "Unauthorized" };
    for (const std::string& value : server.challenges(source, false, now))
        if (!md5_only || value.find("SHA-256") == std::string::npos)
            challenge.headers.add("WWW-Authenticate", value);
    DigestClient client(std::move(account));
    EXPECT_TRUE(client.take_challenges(challenge, 0));
    IdSource ids(1);
    client.authorize(request, ids);
    return request;
}

using Kind = DigestVerdict::Kind;

TEST(DigestExchange, the_stronger_algorithm_is_offered_first_and_chosen)
{
    DigestServer server = make_server();
    const auto values = server.challenges(home, false, origin);
    ASSERT_EQ(values.size(), 2U);
    EXPECT_EQ(parse_challenge(values[0])->algorithm, DigestAlgorithm::sha256);
    EXPECT_EQ(parse_challenge(values[1])->algorithm, DigestAlgorithm::md5);
    for (const std::string& value : values)
        EXPECT_EQ(value.find("auth-int"), std::string::npos);
    const Request request = authorized(server, home, origin);
    EXPECT_EQ(parse_credentials(*request.headers.find("Authorization"))->algorithm, DigestAlgorithm::sha256);
    const DigestVerdict verdict = server.check(request, home, origin);
    EXPECT_EQ(verdict.kind, Kind::accepted);
    EXPECT_EQ(verdict.user, "ann");
}

TEST(DigestExchange, md5_is_enough_for_old_phones)
{
    DigestServer server = make_server();
    const Request request = authorized(server, home, origin, { "ann", "secret" }, invite(), true);
    EXPECT_EQ(server.check(request, home, origin).kind, Kind::accepted);
}

TEST(DigestExchange, an_algorithm_that_some_user_has_no_hash_for_is_not_offered)
{
    DigestServerSettings settings;
    settings.key = "a key of sixteen bytes and more";
    DigestServer server(settings, { { "ann", make_secret("ann", "parley", "secret") }, { "bob", { "0123", "" } } });
    EXPECT_EQ(server.challenges(home, false, origin).size(), 1U);
}

TEST(DigestExchange, an_unknown_user_is_refused_like_a_wrong_password)
{
    DigestServer server = make_server();
    const Request wrong = authorized(server, home, origin, { "ann", "guess" });
    const Request unknown = authorized(server, home, origin, { "nobody", "a key of sixteen bytes and more" });
    EXPECT_EQ(server.check(wrong, home, origin).kind, Kind::wrong);
    EXPECT_EQ(server.check(unknown, home, origin).kind, Kind::wrong);
}

TEST(DigestExchange, a_nonce_has_its_time)
{
    DigestServer server = make_server();
    const Request in_time = authorized(server, home, origin);
    EXPECT_EQ(server.check(in_time, home, origin + 5min).kind, Kind::accepted);
    const Request late = authorized(server, home, origin);
    EXPECT_EQ(server.check(late, home, origin + 5min + 1us).kind, Kind::stale);
}

TEST(DigestExchange, a_replayed_request_is_not_accepted_again)
{
    DigestServer server = make_server();
    const Request request = authorized(server, home, origin);
    EXPECT_EQ(server.check(request, home, origin).kind, Kind::accepted);
    EXPECT_EQ(server.check(request, home, origin + 1s).kind, Kind::stale);
}

// Each count once, also when requests overtake each other; what is far behind counts as seen.
TEST(DigestExchange, counts_of_a_nonce_are_taken_once_each)
{
    DigestServer server = make_server();
    Response challenge { 401, "Unauthorized" };
    for (const std::string& value : server.challenges(home, false, origin))
        challenge.headers.add("WWW-Authenticate", value);
    DigestClient client({ "ann", "secret" });
    ASSERT_TRUE(client.take_challenges(challenge, 0));
    IdSource ids(1);
    std::vector<Request> requests;
    for (int i = 0; i < 100; ++i) {
        requests.push_back(invite());
        client.authorize(requests.back(), ids);
    }
    const auto check = [&](std::size_t count) { return server.check(requests[count - 1], home, origin).kind; };
    EXPECT_EQ(check(2), Kind::accepted);
    EXPECT_EQ(check(1), Kind::accepted);
    EXPECT_EQ(check(1), Kind::stale);
    EXPECT_EQ(check(90), Kind::accepted);
    EXPECT_EQ(check(27), Kind::accepted);
    EXPECT_EQ(check(26), Kind::stale); // 64 behind the highest.
    EXPECT_EQ(check(2), Kind::stale);
    EXPECT_EQ(check(91), Kind::accepted);
    EXPECT_EQ(server.nonces_in_use(), 1U);
}

TEST(DigestExchange, without_qop_a_nonce_serves_once)
{
    DigestServer server = make_server();
    const auto challenge = parse_challenge(server.challenges(home, false, origin).back());
    ASSERT_TRUE(challenge);
    DigestCredentials credentials;
    credentials.username = "ann";
    credentials.realm = challenge->realm;
    credentials.nonce = challenge->nonce;
    credentials.uri = invite().uri;
    credentials.response
        = digest_response(credentials, digest_ha1(DigestAlgorithm::md5, "ann", "parley", "secret"), "INVITE");
    Request request = invite();
    request.headers.add("Authorization", write(credentials));
    EXPECT_EQ(server.check(request, home, origin).kind, Kind::accepted);
    EXPECT_EQ(server.check(request, home, origin).kind, Kind::stale);
}

// A wrong password proves something about its address only if that address was given the nonce.
TEST(DigestExchange, a_nonce_is_good_at_the_address_that_got_it)
{
    DigestServer server = make_server();
    const Request wrong = authorized(server, "203.0.113.9", origin, { "ann", "guess" });
    EXPECT_EQ(server.check(wrong, home, origin).kind, Kind::absent);
    EXPECT_EQ(server.check(wrong, "203.0.113.9", origin).kind, Kind::wrong);
    const Request moved = authorized(server, "203.0.113.9", origin);
    EXPECT_EQ(server.check(moved, home, origin).kind, Kind::stale); // The phone is in another network now.
}

TEST(DigestExchange, credentials_of_one_call_do_not_open_another)
{
    DigestServer server = make_server();
    Request request = authorized(server, home, origin);
    request.uri = "sip:+15550199@192.0.2.1";
    EXPECT_EQ(server.check(request, home, origin).kind, Kind::wrong);
    request = authorized(server, home, origin);
    request.method = "REGISTER";
    EXPECT_EQ(server.check(request, home, origin).kind, Kind::wrong);
    request = authorized(server, home, origin);
    request.uri = "sip:+15550100@parley.example:5070"; // A proxy may say where we are.
    EXPECT_EQ(server.check(request, home, origin).kind, Kind::accepted);
}

TEST(DigestExchange, credentials_for_others_are_passed_over)
{
    DigestServer server = make_server();
    Request request = invite();
    EXPECT_EQ(server.check(request, home, origin).kind, Kind::absent);
    request.headers.add("Authorization", "Basic YTpi");
    request.headers.add("Authorization",
        "Digest username=\"ann\", realm=\"elsewhere\", nonce=\"n\", uri=\"sip:x\", response=\"" + std::string(32, '0')
            + '"');
    EXPECT_EQ(server.check(request, home, origin).kind, Kind::absent);
    const Request ours = authorized(server, home, origin);
    request.headers.add("Authorization", *ours.headers.find("Authorization"));
    EXPECT_EQ(server.check(request, home, origin).kind, Kind::accepted);
}

// What is forgotten for want of room must not become new again.
TEST(DigestExchange, nonces_that_were_forgotten_are_stale)
{
    DigestServerSettings settings;
    settings.max_nonces = 2;
    DigestServer server = make_server(settings);
    const Request first = authorized(server, home, origin);
    const Request second = authorized(server, home, origin + 1s);
    const Request third = authorized(server, home, origin + 2s);
    for (const Request* request : { &first, &second, &third })
        EXPECT_EQ(server.check(*request, home, origin + 3s).kind, Kind::accepted);
    EXPECT_EQ(server.nonces_in_use(), 2U);
    EXPECT_EQ(server.check(first, home, origin + 4s).kind, Kind::stale);
    EXPECT_EQ(server.check(authorized(server, home, origin + 5s), home, origin + 5s).kind, Kind::accepted);
    EXPECT_EQ(server.check(invite(), home, origin + 10min).kind, Kind::absent);
    EXPECT_EQ(server.nonces_in_use(), 0U);
}

Response challenge(std::string_view value, std::uint16_t status = 401)
{
    Response response { status, "" };
    response.headers.add(status == 401 ? "WWW-Authenticate" : "Proxy-Authenticate", value);
    return response;
}

TEST(DigestClient, a_password_that_was_refused_is_not_tried_again)
{
    DigestClient client({ "ann", "secret" });
    EXPECT_TRUE(client.take_challenges(challenge("Digest realm=\"r\", nonce=\"1\""), 0));
    EXPECT_FALSE(client.take_challenges(challenge("Digest realm=\"r\", nonce=\"2\""), 1));
    EXPECT_TRUE(client.take_challenges(challenge("Digest realm=\"r\", nonce=\"3\", stale=true"), 1));
    EXPECT_TRUE(client.take_challenges(challenge("Digest realm=\"r\", nonce=\"4\""), 0)); // Another request.
    EXPECT_FALSE(client.take_challenges(challenge("Digest realm=\"r\", nonce=\"5\", stale=true"), max_challenges));
    EXPECT_FALSE(client.take_challenges(challenge("Basic realm=\"r\""), 0));
}

TEST(DigestClient, proxy_and_server_are_answered_side_by_side)
{
    DigestClient client({ "ann", "secret" });
    ASSERT_TRUE(client.take_challenges(challenge("Digest realm=\"p\", nonce=\"1\"", 407), 0));
    ASSERT_TRUE(client.take_challenges(challenge("Digest realm=\"s\", nonce=\"2\", qop=\"auth\""), 1));
    Request request = invite();
    IdSource ids(1);
    client.authorize(request, ids);
    client.authorize(request, ids);
    EXPECT_EQ(request.headers.count("Proxy-Authorization"), 1U);
    EXPECT_EQ(request.headers.count("Authorization"), 1U);
    EXPECT_EQ(parse_credentials(*request.headers.find("Authorization"))->nonce_count, 2U);
}

} // namespace
} // namespace parley::sip
