#include "server/wiring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Wiring, what_waits_for_the_next_start_is_named_and_stays_as_it_is)
{
    Configuration running;
    Configuration next;
    next.workers = running.workers + 1;
    next.sip.listen.port = 5099;
    next.sip.tls.emplace();
    next.relay.certificate = "cert.pem";
    next.speech.workers = 7;
    next.limits.calls = 5;
    next.log.level = LogLevel::debug;
    EXPECT_THAT(
        waiting_changes(running, next), ElementsAre("workers", "sip.listen", "speech", "sip.tls", "relay.certificate"));

    keep_waiting(running, next);
    EXPECT_THAT(waiting_changes(running, next), IsEmpty());
    EXPECT_EQ(next.workers, running.workers);
    EXPECT_EQ(next.relay.certificate, "");
    EXPECT_FALSE(next.sip.tls);
    EXPECT_EQ(next.limits.calls, 5U); // This one need not wait.
    EXPECT_EQ(next.log.level, LogLevel::debug);
}

TEST(Wiring, other_certificate_files_need_not_wait)
{
    Configuration running;
    running.sip.tls.emplace();
    running.sip.tls->certificate = "old.pem";
    running.relay.certificate = "old.pem";
    Configuration next = running;
    next.sip.tls->certificate = "new.pem";
    next.relay.certificate = "new.pem";
    EXPECT_THAT(waiting_changes(running, next), IsEmpty());
    keep_waiting(running, next);
    EXPECT_EQ(next.sip.tls->certificate, "new.pem");
    EXPECT_EQ(next.relay.certificate, "new.pem");
}

TEST(Wiring, the_name_servers_of_the_configuration_are_asked)
{
    Configuration running;
    EXPECT_THAT(sip_options(running).locator.dns.servers, IsEmpty());
    Configuration next;
    next.sip.name_servers = { { "192.0.2.53", 53 } };
    EXPECT_EQ(sip_options(next).locator.dns.servers, next.sip.name_servers);
    EXPECT_THAT(waiting_changes(running, next), ElementsAre("sip.name_servers"));
}

TEST(Wiring, who_may_call_and_over_which_trunks_need_not_wait_and_local_networks_do)
{
    Configuration running;
    Configuration next;
    next.sip.access.trunks.emplace_back().name = "carrier";
    next.sip.access.guests = sip::Guests::accept;
    next.sip.access.guard.failures = 3;
    next.sip.access.registrar.max_bindings = 7;
    next.sip.access.digest.realm = "elsewhere";
    next.sip.refer = sip::Referrers::refuse;
    next.rtp.srtp = sdp::SrtpPolicy::required;
    next.limits.calls = 5;
    next.sip.local_networks.push_back(*IpNetwork::parse("10.0.0.0/8"));
    EXPECT_THAT(waiting_changes(running, next), ElementsAre("sip.local_networks"));

    keep_waiting(running, next);
    EXPECT_THAT(next.sip.local_networks, IsEmpty());
    const auto changed = sip_settings(next);
    EXPECT_EQ(changed.access.trunks.at(0).name, "carrier");
    EXPECT_EQ(changed.access.guests, sip::Guests::accept);
    EXPECT_EQ(changed.access.guard.failures, 3U);
    EXPECT_EQ(changed.access.registrar.max_bindings, 7U);
    EXPECT_EQ(changed.access.digest.realm, "elsewhere");
    EXPECT_EQ(changed.referrers, sip::Referrers::refuse);
    EXPECT_EQ(changed.srtp, sdp::SrtpPolicy::required);
    EXPECT_EQ(changed.max_legs, 10U);
}

TEST(Wiring, a_number_leads_to_its_project_and_the_owner_of_that)
{
    Configuration configuration;
    configuration.projects.push_back({ ProjectId { "shop" }, "token", CustomerId { "owner" }, {} });
    configuration.routes.push_back({ "+15550100", ProjectId { "shop" }, ContextName { "office" } });
    const RouteTable routes = routes_of(configuration);
    const Route* route = routes.find("+15550100");
    ASSERT_NE(route, nullptr);
    EXPECT_EQ(route->customer, CustomerId { "owner" });
    EXPECT_EQ(route->context, ContextName { "office" });
    EXPECT_EQ(routes.find("+15550101"), nullptr);
}

} // namespace
} // namespace parley
