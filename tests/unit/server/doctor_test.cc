#include "server/doctor.h"

#include "net/clock.h"
#include "net/event_loop.h"
#include "net/http_server.h"
#include "net/stun.h"
#include "net/tls.h"
#include "net/udp_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace parley {
namespace {

using testing::Contains;
using testing::HasSubstr;
using Verdict = Finding::Verdict;

MATCHER_P3(Found, verdict, subject, what, "")
{
    return arg.verdict == verdict && arg.subject == subject && arg.what.find(what) != std::string::npos;
}

Configuration sound_configuration()
{
    Configuration made;
    made.sip.listen = { "203.0.114.7", 5060 };
    made.rtp.address = "203.0.114.7";
    made.projects.push_back({ ProjectId { "shop" }, "a-secret-of-good-length", CustomerId { "c" }, {} });
    made.customers.push_back({ CustomerId { "c" }, "Shop", "", { "another-secret-of-length" } });
    return made;
}

TEST(Doctor, the_secrets_of_the_example_are_a_problem_and_short_ones_a_notice)
{
    Configuration configuration = sound_configuration();
    Findings found;
    examine_secrets(configuration, found);
    EXPECT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].verdict, Verdict::fine);

    configuration.sip.access.guests = sip::Guests::accept;
    configuration.projects[0].token = "change-this-token";
    configuration.customers[0].access_keys[0] = "short";
    found.clear();
    examine_secrets(configuration, found);
    EXPECT_THAT(found, Contains(Found(Verdict::problem, "projects: token of shop", "everybody knows it")));
    EXPECT_THAT(found, Contains(Found(Verdict::notice, "sip.guests", "may call")));
    EXPECT_THAT(found, Contains(Found(Verdict::notice, "customers: access key of Shop", "can be guessed")));
    for (const Finding& finding : found)
        EXPECT_EQ(finding.what.find("short"), finding.what.find("shorter")) << "a secret was told";
}

TEST(Doctor, addresses_that_callers_cannot_reach_are_told)
{
    Configuration configuration = sound_configuration();
    Findings found;
    examine_addresses(configuration, found);
    EXPECT_THAT(found, testing::ElementsAre(Found(Verdict::fine, "addresses", "203.0.114.7")));

    configuration.sip.listen.ip = "10.0.0.4";
    configuration.rtp = { "127.0.0.1", 20'000, 20'009 };
    configuration.relay.listen.ip = "0.0.0.0";
    found.clear();
    examine_addresses(configuration, found);
    EXPECT_THAT(found, Contains(Found(Verdict::notice, "sip.public_address", "is not set and 10.0.0.4 is private")));
    EXPECT_THAT(found, Contains(Found(Verdict::problem, "rtp.address", "silent")));
    EXPECT_THAT(found, Contains(Found(Verdict::notice, "relay.certificate", "in the clear")));
    EXPECT_THAT(found, Contains(Found(Verdict::notice, "rtp.ports", "enough for 5 calls")));
}

TEST(Doctor, a_port_in_use_is_a_problem)
{
    EventLoop loop;
    auto taken = UdpSocket::bind(loop, { "127.0.0.1", 0 }, [](auto&&...) {});
    ASSERT_TRUE(taken);
    Configuration configuration;
    configuration.sip.listen = (*taken)->local();
    configuration.relay.listen.port = configuration.rest.listen.port = 0;
    Findings found;
    examine_ports(configuration, found);
    EXPECT_THAT(found, Contains(Found(Verdict::problem, "sip.listen", "does the server run already?")));
    EXPECT_THAT(found, Contains(Found(Verdict::fine, "relay.listen", "is free")));
}

TEST(Doctor, a_certificate_is_judged_by_the_date)
{
    const std::string folder = testing::TempDir() + "doctor-test-" + std::to_string(::getpid());
    std::filesystem::create_directories(folder);
    Configuration configuration;
    configuration.relay.certificate = folder + "/cert.pem";
    configuration.relay.key = folder + "/key.pem";
    ASSERT_TRUE(write_self_signed_certificate({ configuration.relay.certificate, configuration.relay.key }));
    const auto day = std::chrono::hours(24);
    const auto at = [&](Duration later) {
        Findings found;
        examine_certificates(configuration, wall_now() + later, found);
        return found.at(0);
    };
    EXPECT_THAT(at(0ms), Found(Verdict::fine, "relay.certificate", "for localhost, 127.0.0.1"));
    EXPECT_THAT(at(3'645 * day), Found(Verdict::notice, "relay.certificate", "expires in"));
    EXPECT_THAT(at(3'651 * day), Found(Verdict::problem, "relay.certificate", "has expired"));
    EXPECT_THAT(at(-10 * day), Found(Verdict::problem, "relay.certificate", "is not valid yet"));
    std::filesystem::remove_all(folder);
}

TEST(Doctor, folders_that_cannot_be_written_are_a_problem)
{
    Configuration configuration;
    configuration.database = "/nowhere/parley.db";
    configuration.flight.directory = testing::TempDir();
    Findings found;
    examine_machine(configuration, wall_now(), found);
    EXPECT_THAT(found, Contains(Found(Verdict::problem, "database.path", "/nowhere cannot be written")));
    EXPECT_THAT(found, testing::Not(Contains(Found(Verdict::problem, "log.flight_directory", ""))));
    found.clear();
    examine_machine(configuration, WallTime {}, found);
    EXPECT_THAT(found, Contains(Found(Verdict::problem, "clock", "behind")));
}

TEST(Doctor, a_provider_is_asked_with_its_key)
{
    LoopThread thread("provider");
    std::unique_ptr<HttpServer> server;
    thread.call([&] {
        auto listening
            = HttpServer::listen(thread.loop(), { "127.0.0.1", 0 }, [](const HttpRequest& request, HttpResponder to) {
                  const auto key = request.headers.find("Authorization");
                  const bool known = request.path() == "/v1/models" && key && *key == "Bearer right";
                  to.respond({ known ? 200 : 401, {}, "{}" });
              });
        ASSERT_TRUE(listening);
        server = std::move(*listening);
    });
    Configuration configuration;
    configuration.model.provider = ModelConfiguration::Provider::openai;
    configuration.model.base_url = "http://127.0.0.1:" + std::to_string(server->local().port) + "/v1";
    const auto ask = [&](const std::string& key) {
        configuration.model.api_key = key;
        Findings found;
        examine_providers(configuration, found);
        return found.at(0);
    };
    EXPECT_THAT(ask("right"), Found(Verdict::fine, "model.base_url", "takes the key"));
    EXPECT_THAT(ask("wrong"), Found(Verdict::problem, "model.base_url", "the key is not accepted"));
    thread.call([&] { server.reset(); });
    EXPECT_THAT(ask("right"), Found(Verdict::problem, "model.base_url", "http"));
}

TEST(Doctor, the_address_that_a_stun_server_sees_is_compared)
{
    LoopThread thread("stun");
    std::unique_ptr<UdpSocket> server;
    thread.call([&] {
        auto bound = UdpSocket::bind(thread.loop(), { "127.0.0.1", 0 },
            [&](std::span<const std::byte> asked, const SocketAddress& from, Instant) {
                std::vector<std::byte> answer(asked.begin(), asked.end()); // A request, without attributes.
                answer[0] = answer[1] = std::byte { 1 };
                answer[3] = std::byte { 12 };
                // 198.51.100.9, hidden by the magic cookie.
                for (const int byte :
                    { 0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0x00, 0x00, 198 ^ 0x21, 51 ^ 0x12, 100 ^ 0xa4, 9 ^ 0x42 })
                    answer.push_back(static_cast<std::byte>(byte));
                (void)server->send_to(answer, from);
            });
        ASSERT_TRUE(bound);
        server = std::move(*bound);
    });
    Configuration configuration = sound_configuration();
    const std::string asked = host_port(server->local());
    Findings found;
    examine_nat(configuration, asked, found);
    configuration.sip.public_address = "198.51.100.9";
    examine_nat(configuration, asked, found);
    examine_nat(configuration, "nowhere", found);
    EXPECT_THAT(found,
        testing::ElementsAre(Found(Verdict::problem, "sip.public_address", "others see this machine at 198.51.100.9"),
            Found(Verdict::fine, "sip.public_address", "is where others see"),
            Found(Verdict::problem, "--stun", "is no address:port")));
    thread.call([&] { server.reset(); });
}

} // namespace
} // namespace parley
