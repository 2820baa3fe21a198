#include "machine/sip/sip_world.h"

// The operator changes the configuration while calls and registrations are up.
namespace parley::sip {
namespace {

const SocketAddress carrier_address { "203.0.113.1", 5060 };

SipEndpointSettings with_trunk()
{
    SipEndpointSettings settings { here };
    settings.access.emplace();
    settings.access->digest.key = "a key of sixteen bytes and more";
    settings.access->guests = Guests::refuse;
    Trunk trunk;
    trunk.name = "carrier";
    trunk.server = "sip:carrier.example";
    trunk.sources = { *IpNetwork::parse("203.0.113.0/24") };
    trunk.username = "acme";
    trunk.password = "pass";
    trunk.registers = true;
    trunk.prefixes = { "+" };
    settings.access->trunks = { trunk };
    return settings;
}

SettingsChanged unchanged()
{
    return { *with_trunk().access };
}

// To the last request that left.
std::string ok(const World& world, std::string_view more = "")
{
    std::string text = "SIP/2.0 200 OK\r\n";
    for (const Header& field : world.last_request().headers.fields())
        if (field.name == "Via" || field.name == "From" || field.name == "Call-ID" || field.name == "CSeq")
            text += field.name + ": " + field.value + "\r\n";
        else if (field.name == "To")
            text += "To: " + field.value + ";tag=server\r\n";
    return text + std::string(more) + "\r\n";
}

World& register_trunk(World& world)
{
    world.event(StartTrunks {}).event(TrunkLocated { "carrier", { carrier_address } });
    world.receive(ok(world, "Expires: 600\r\n"), carrier_address);
    EXPECT_EQ(world.sent(), Words { "REGISTER" });
    EXPECT_EQ(
        world.news(), (Words { "locate carrier sip:carrier.example", "carrier registering", "carrier registered" }));
    return world;
}

PeerRequest call()
{
    PeerRequest invite;
    invite.body = offer_text();
    return invite;
}

TEST(SettingsChanged, that_change_nothing_leave_a_registration_alone)
{
    World world(with_trunk());
    register_trunk(world).event(unchanged());
    EXPECT_EQ(world.news(), Words {});
    EXPECT_EQ(world.sent(), Words {});
    EXPECT_EQ(world.endpoint().registrations().at(0).state, RegistrationState::registered);
}

TEST(SettingsChanged, what_concerns_calls_alone_keeps_the_registration_and_counts_for_the_next_call)
{
    World world(with_trunk());
    auto changed = unchanged();
    changed.access.trunks[0].prefixes = { "0" };
    changed.access.trunks[0].may_call = { "+1" };
    register_trunk(world).event(changed);
    EXPECT_EQ(world.sent(), Words {});
    EXPECT_EQ(world.endpoint().routes("+1555", world.now()).size(), 0U);
    EXPECT_EQ(world.endpoint().routes("0555", world.now()),
        std::vector { (DialRoute { "sip:0555@carrier.example", { carrier_address }, "carrier" }) });
    world.receive(call(), carrier_address);
    EXPECT_EQ(world.sent(), Words { "404 INVITE" });
}

TEST(SettingsChanged, another_password_registers_anew_once_the_old_registration_is_back)
{
    World world(with_trunk());
    auto changed = unchanged();
    changed.access.trunks[0].password = "other";
    register_trunk(world).event(changed);
    EXPECT_EQ(world.sent(), Words { "REGISTER" });
    EXPECT_EQ(*world.last_request().headers.find("Expires"), "0");
    EXPECT_EQ(world.news(), Words { "carrier unregistering" }); // Nothing that it would take with it.
    world.receive(ok(world), carrier_address);
    EXPECT_EQ(world.news(), (Words { "carrier stopped", "locate carrier sip:carrier.example" }));
    world.event(TrunkLocated { "carrier", { carrier_address }, "sip:carrier.example" });
    EXPECT_EQ(world.sent(), Words { "REGISTER" });
    EXPECT_EQ(*world.last_request().headers.find("Expires"), "3600");
    world.receive(ok(world, "Expires: 600\r\n"), carrier_address);
    ASSERT_EQ(world.endpoint().registrations().size(), 1U);
    EXPECT_EQ(world.endpoint().registrations()[0].state, RegistrationState::registered);
}

TEST(SettingsChanged, a_server_that_does_not_answer_delays_the_new_registration_no_longer_than_a_transaction)
{
    World world(with_trunk());
    auto changed = unchanged();
    changed.access.trunks[0].server = "sip:other.example";
    register_trunk(world).event(changed);
    world.event(TrunkLocated { "carrier", { carrier_address }, "sip:carrier.example" }); // Asked for before.
    EXPECT_EQ(world.news(), Words { "carrier unregistering" });
    world.at(31'999);
    EXPECT_EQ(world.news(), Words {});
    world.at(32'000);
    EXPECT_EQ(world.news(), (Words { "carrier stopped", "locate carrier sip:other.example" }));
}

TEST(SettingsChanged, a_trunk_that_is_gone_unregisters_and_its_call_goes_on)
{
    World world(with_trunk());
    register_trunk(world).receive(call(), carrier_address);
    world.event(AnswerSipLeg { world.leg, local_media() });
    EXPECT_EQ(world.news(), (Words { "offered ann>support", "media", "answered" }));
    EXPECT_EQ(world.sent(), (Words { "100 INVITE", "200 INVITE" }));
    auto changed = unchanged();
    changed.access.trunks.clear();
    world.event(changed);
    EXPECT_EQ(world.sent(), Words { "REGISTER" });
    world.receive(ok(world), carrier_address);
    EXPECT_EQ(world.news(), (Words { "carrier unregistering", "carrier stopped" }));
    EXPECT_TRUE(world.endpoint().registrations().empty());
    EXPECT_EQ(world.endpoint().leg_count(), 1U);
    world.event(HangUpLeg { world.leg });
    EXPECT_EQ(world.news(), Words { "ended hangup" });
    PeerRequest next = call();
    next.call_id = "call-2";
    next.branch = "z9hG4bK2";
    world.receive(next, carrier_address);
    EXPECT_EQ(world.news(), Words {}); // Nobody knows it any more.
}

TEST(SettingsChanged, a_new_trunk_is_looked_up_and_registered)
{
    World world(with_trunk());
    auto changed = unchanged();
    changed.access.trunks.push_back(changed.access.trunks[0]);
    changed.access.trunks[1].name = "second";
    changed.access.trunks[1].registers = false;
    register_trunk(world).event(changed);
    EXPECT_EQ(world.news(), Words { "locate second sip:carrier.example" });
    EXPECT_EQ(world.sent(), Words {});
}

TEST(SettingsChanged, trunks_that_were_stopped_stay_so)
{
    World world(with_trunk());
    auto changed = unchanged();
    changed.access.trunks[0].password = "other";
    register_trunk(world).event(StopTrunks {});
    world.receive(ok(world), carrier_address);
    EXPECT_EQ(world.news(), (Words { "carrier unregistering", "carrier stopped" }));
    world.event(changed);
    EXPECT_EQ(world.news(), Words {});
}

TEST(SettingsChanged, guests_and_the_guard_are_as_they_say_at_once)
{
    World world(with_trunk());
    world.receive(call(), there);
    EXPECT_EQ(world.sent(), Words {}); // Nobody who could authenticate.
    auto changed = unchanged();
    changed.access.guests = Guests::accept;
    changed.access.scanners = { "bad phone" };
    world.event(changed);
    PeerRequest guest = call();
    guest.call_id = "call-2";
    guest.branch = "z9hG4bK2";
    world.receive(guest, there);
    EXPECT_EQ(world.news(), Words { "offered ann>support" });
    PeerRequest scanner = call();
    scanner.call_id = "call-3";
    scanner.branch = "z9hG4bK3";
    scanner.more = "User-Agent: Bad Phone 3\r\n";
    world.receive(scanner, there);
    EXPECT_EQ(world.news(), Words {});
}

} // namespace
} // namespace parley::sip
