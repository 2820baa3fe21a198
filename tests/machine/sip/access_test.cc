#include "machine/sip/sip_world.h"

#include "sip/digest_client.h"

// Who may call and register, as the endpoint answers on the wire.
namespace parley::sip {
namespace {

const SocketAddress elsewhere { "203.0.113.66", 5060 };

SipEndpointSettings guarded(Guests guests = Guests::refuse)
{
    SipEndpointSettings settings { here };
    settings.access.emplace();
    settings.access->digest.key = "a key of sixteen bytes and more";
    settings.access->users["ann"] = make_secret("ann", "parley", "secret");
    settings.access->users["bob"] = make_secret("bob", "parley", "other");
    settings.access->guests = guests;
    return settings;
}

SettingsChanged with_users(DigestUsers users)
{
    SettingsChanged changed { *guarded().access };
    changed.access.users = std::move(users);
    return changed;
}

Trunk carrier()
{
    Trunk trunk;
    trunk.name = "carrier";
    trunk.server = "sip:carrier.example";
    trunk.sources = { *IpNetwork::parse("203.0.113.0/24") };
    return trunk;
}

// Takes the challenge in the last response and returns the request's text with credentials.
class Phone {
public:
    explicit Phone(std::string user = "ann", std::string password = "secret")
        : client_({ std::move(user), std::move(password) })
    {
    }

    std::string answer(World& world, PeerRequest request, std::size_t answered = 0)
    {
        EXPECT_TRUE(client_.take_challenges(world.last_response(), answered));
        return authorized(std::move(request));
    }
    std::string authorized(PeerRequest request)
    {
        ++request.cseq;
        request.branch += "+";
        auto message = parse_message(request.text());
        auto& parsed = std::get<Request>(*message);
        client_.authorize(parsed, ids_);
        request.more += "Authorization: " + *parsed.headers.find("Authorization") + "\r\n";
        return request.text();
    }

private:
    DigestClient client_;
    IdSource ids_ { 5 };
};

PeerRequest call(std::string call_id = "call-1")
{
    PeerRequest invite;
    invite.call_id = call_id;
    invite.branch = "z9hG4bK" + call_id;
    invite.body = offer_text();
    return invite;
}

PeerRequest registration(std::string user = "ann", std::string call_id = "reg-1")
{
    PeerRequest request;
    request.method = "REGISTER";
    request.uri = "sip:192.0.2.1";
    request.call_id = call_id;
    request.branch = "z9hG4bK" + call_id;
    request.to = "<sip:" + user + "@192.0.2.1>";
    request.contact = "Contact: <sip:" + user + "@10.0.0.5:5070>;expires=600\r\n";
    return request;
}

void register_ann(World& world, const SocketAddress& source = there)
{
    Phone phone;
    world.receive(registration(), source);
    world.receive(phone.answer(world, registration()), source);
    EXPECT_EQ(world.sent(), (Words { "401 REGISTER", "200 REGISTER" }));
}

TEST(Access, a_caller_without_a_password_is_challenged_and_leaves_nothing_behind)
{
    World world(guarded());
    world.receive(call());
    EXPECT_EQ(world.sent(), Words { "401 INVITE" });
    EXPECT_EQ(world.last_response().headers.count("WWW-Authenticate"), 2U);
    EXPECT_EQ(world.news(), Words {});
    EXPECT_EQ(world.endpoint().transaction_count(), 0U);
}

TEST(Access, accounts_change_while_phones_are_registered)
{
    World world(guarded());
    register_ann(world);
    const auto routes = [&] { return world.endpoint().routes("ann", world.now()).size(); };
    EXPECT_EQ(routes(), 1U);

    world.event(with_users({ { "ann", make_secret("ann", "parley", "changed") } }));
    EXPECT_EQ(routes(), 1U); // Her phone is registered until it has to ask again.
    Phone old_password;
    world.receive(registration("ann", "reg-2"));
    world.receive(old_password.answer(world, registration("ann", "reg-2")));
    Phone new_password("ann", "changed");
    world.receive(registration("ann", "reg-3"));
    world.receive(new_password.answer(world, registration("ann", "reg-3")));
    EXPECT_EQ(world.sent(), (Words { "401 REGISTER", "403 REGISTER", "401 REGISTER", "200 REGISTER" }));

    world.event(with_users({ { "bob", make_secret("bob", "parley", "other") } }));
    EXPECT_EQ(routes(), 0U); // She is no user any more.
}

TEST(Access, the_right_password_lets_a_call_in)
{
    World world(guarded());
    Phone phone;
    world.receive(call());
    world.receive(phone.answer(world, call()));
    EXPECT_EQ(world.sent(), (Words { "401 INVITE", "100 INVITE" }));
    ASSERT_TRUE(world.offered);
    EXPECT_EQ(world.offered->user, "ann");
    EXPECT_EQ(world.offered->incoming.to, "support");
}

TEST(Access, an_unknown_user_is_answered_like_a_wrong_password)
{
    const auto last = [](std::string user, std::string password) {
        World world(guarded());
        Phone phone(std::move(user), std::move(password));
        world.receive(call());
        world.receive(phone.answer(world, call()));
        EXPECT_EQ(world.sent(), (Words { "401 INVITE", "403 INVITE" }));
        return world.last().text;
    };
    EXPECT_EQ(last("ann", "guess"), last("nobody", "guess"));
}

TEST(Access, wrong_passwords_lock_their_address_out_for_ten_minutes)
{
    World world(guarded());
    for (int i = 0; i < 10; ++i) {
        Phone phone("ann", "guess");
        world.receive(call("guess-" + std::to_string(i)), elsewhere);
        world.receive(phone.answer(world, call("guess-" + std::to_string(i))), elsewhere);
        EXPECT_EQ(world.sent(), (Words { "401 INVITE", "403 INVITE" }));
    }
    world.receive(call("again"), elsewhere);
    EXPECT_EQ(world.sent(), Words {});
    EXPECT_EQ(world.endpoint().door()->counters().lock_outs, 1U);
    world.receive(call("from-another-address"));
    EXPECT_EQ(world.sent(), Words { "401 INVITE" });
    world.at(600'000).receive(call("later"), elsewhere);
    EXPECT_EQ(world.sent(), Words { "401 INVITE" });
}

// Without a nonce that was given to it, no address can be made to look guilty.
TEST(Access, a_spoofed_address_is_not_locked_out)
{
    World world(guarded());
    Phone phone("ann", "guess");
    world.receive(call(), elsewhere);
    const std::string wrong = phone.answer(world, call());
    for (int i = 0; i < 100; ++i)
        world.receive(wrong);
    EXPECT_EQ(world.endpoint().door()->counters().wrong_passwords, 0U);
    world.sent();
    world.at(60'000);
    register_ann(world);
}

TEST(Access, a_phone_registers_and_is_found)
{
    World world(guarded());
    register_ann(world);
    EXPECT_EQ(world.last_response().headers.count("Contact"), 1U);
    const auto routes = world.endpoint().routes("ann", world.now());
    ASSERT_EQ(routes.size(), 1U);
    EXPECT_EQ(routes[0], (DialRoute { "sip:ann@10.0.0.5:5070", { Hop { there } }, "", true }));
    EXPECT_EQ(world.endpoint().routes("sip:ann@192.0.2.1", world.now()).size(), 1U);
    EXPECT_TRUE(world.endpoint().routes("bob", world.now()).empty());
    EXPECT_TRUE(world.endpoint().routes("nobody", world.now()).empty());
    EXPECT_EQ(world.endpoint().routes("sip:ann@example.com", world.now()),
        std::vector { DialRoute { "sip:ann@example.com" } });
}

TEST(Access, a_repeated_registration_gets_the_same_answer)
{
    World world(guarded());
    Phone phone;
    world.receive(registration());
    const std::string text = phone.answer(world, registration());
    world.receive(text);
    const std::string first = world.last().text;
    world.receive(text);
    EXPECT_EQ(world.last().text, first);
    EXPECT_EQ(world.sent(), (Words { "401 REGISTER", "200 REGISTER", "200 REGISTER" }));
}

TEST(Access, nobody_registers_for_another)
{
    World world(guarded());
    Phone phone;
    world.receive(registration("bob"));
    world.receive(phone.answer(world, registration("bob")));
    EXPECT_EQ(world.sent(), (Words { "401 REGISTER", "403 REGISTER" }));
    EXPECT_TRUE(world.endpoint().routes("bob", world.now()).empty());
}

TEST(Access, a_tag_does_not_open_the_registrar)
{
    World world(guarded(Guests::accept));
    auto request = registration("");
    request.to = "<sip:192.0.2.1>";
    request.to_tag = "a-dialog";
    world.receive(request);
    EXPECT_EQ(world.sent(), Words { "401 REGISTER" });
}

TEST(Access, guests_may_call_where_they_are_wanted_and_never_register)
{
    World world(guarded(Guests::accept));
    world.receive(call());
    EXPECT_EQ(world.sent(), Words { "100 INVITE" });
    EXPECT_EQ(world.offered->user, "");
    world.receive(registration());
    EXPECT_EQ(world.sent(), Words { "401 REGISTER" });
    World local(guarded(Guests::loopback));
    local.receive(call(), SocketAddress { "127.0.0.1", 5080 });
    local.receive(call("call-2"));
    EXPECT_EQ(local.sent(), (Words { "100 INVITE", "401 INVITE" }));
}

TEST(Access, without_users_a_stranger_gets_no_answer)
{
    auto settings = guarded();
    settings.access->users.clear();
    World world(settings);
    world.receive(call());
    EXPECT_EQ(world.sent(), Words {});
    EXPECT_EQ(world.endpoint().door()->counters().strangers_dropped, 1U);
    world.receive(registration());
    EXPECT_EQ(world.sent(), Words { "405 REGISTER" });
}

TEST(Access, a_trunk_is_known_by_its_address)
{
    auto settings = guarded();
    settings.access->trunks = { carrier() };
    World world(settings);
    world.receive(call(), elsewhere);
    EXPECT_EQ(world.sent(), Words { "100 INVITE" });
    EXPECT_EQ(world.offered->trunk, "carrier");
}

TEST(Access, a_trunk_may_have_to_show_a_password_as_well)
{
    auto settings = guarded();
    settings.access->trunks = { carrier() };
    settings.access->trunks[0].inbound_user = "bob";
    World world(settings);
    Phone ann;
    world.receive(call(), elsewhere);
    world.receive(ann.answer(world, call()), elsewhere);
    EXPECT_EQ(world.sent(), (Words { "401 INVITE", "403 INVITE" }));
    Phone bob("bob", "other");
    world.receive(call("call-2"), elsewhere);
    world.receive(bob.answer(world, call("call-2")), elsewhere);
    EXPECT_EQ(world.sent(), (Words { "401 INVITE", "100 INVITE" }));
    EXPECT_EQ(world.offered->trunk, "carrier");
}

TEST(Access, a_trunk_calls_the_numbers_that_it_may)
{
    auto settings = guarded();
    settings.access->trunks = { carrier() };
    settings.access->trunks[0].may_call = { "+1555" };
    settings.access->trunks[0].username = "account";
    World world(settings);
    world.receive(call(), elsewhere);
    EXPECT_EQ(world.sent(), Words { "404 INVITE" });
    auto invite = call("call-2");
    invite.uri = "sip:+15550100@192.0.2.1";
    world.receive(invite, elsewhere);
    EXPECT_EQ(world.sent(), Words { "100 INVITE" });
    // A provider that we registered with sends to our contact; whom the call is for stands in To.
    invite = call("call-3");
    invite.uri = "sip:account@192.0.2.1";
    invite.to = "<sip:+15550199@carrier.example>";
    world.receive(invite, elsewhere);
    EXPECT_EQ(world.offered->incoming.to, "+15550199");
}

TEST(Access, calls_of_a_trunk_have_a_number)
{
    auto settings = guarded();
    settings.access->trunks = { carrier() };
    settings.access->trunks[0].max_calls = 1;
    World world(settings);
    world.receive(call(), elsewhere);
    world.receive(call("call-2"), elsewhere);
    EXPECT_EQ(world.sent(), (Words { "100 INVITE", "503 INVITE" }));
    EXPECT_EQ(*world.last_response().headers.find("Retry-After"), "10");
    world.event(RejectLeg { world.leg });
    world.receive(call("call-3"), elsewhere);
    EXPECT_EQ(world.sent(), (Words { "603 INVITE", "100 INVITE" }));
}

TEST(Access, calls_of_an_address_have_a_rate_and_a_number)
{
    auto settings = guarded(Guests::accept);
    settings.access->invites = { 1, 2 };
    settings.access->max_calls_per_source = 1;
    World world(settings);
    world.receive(call("call-1"));
    world.receive(call("call-2"));
    world.receive(call("call-3"));
    EXPECT_EQ(world.sent(), (Words { "100 INVITE", "503 INVITE", "503 INVITE" }));
    EXPECT_EQ(world.endpoint().door()->counters().calls_limited, 1U);
    world.receive(call("call-4"), elsewhere);
    EXPECT_EQ(world.sent(), Words { "100 INVITE" });
}

TEST(Access, scanners_hear_nothing)
{
    World world(guarded(Guests::accept));
    for (const char* agent : { "friendly-scanner", "sipcli/v1.8", "SIPVicious 0.3" }) {
        auto options = call();
        options.method = "OPTIONS";
        options.more = "User-Agent: " + std::string(agent) + "\r\n";
        world.receive(options);
        options.method = "INVITE";
        world.receive(options);
    }
    EXPECT_EQ(world.sent(), Words {});
    EXPECT_EQ(world.endpoint().door()->counters().scanners_dropped, 6U);
}

// The flood comes from an address that also has a phone and a trunk: theirs are heard all the same.
TEST(Access, a_flood_silences_neither_a_trunk_nor_a_registered_phone)
{
    auto settings = guarded();
    settings.access->trunks = { carrier() };
    World world(settings);
    register_ann(world);
    const SocketAddress spoofed { there.ip, 9'999 };
    for (int i = 0; i < 1'000; ++i) {
        const auto junk = call("junk-" + std::to_string(i));
        world.receive(junk, spoofed);
    }
    EXPECT_EQ(world.sent().size(), 59U); // One of its sixty was the registration's challenge.
    world.receive(
        "BROKEN sip:x SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: x y\r\nTo: x\r\nCall-ID: x\r\nCSeq: 1 BROKEN\r\n\r\n",
        spoofed);
    EXPECT_EQ(world.sent(), Words {});
    world.receive(call("phone"));
    EXPECT_EQ(world.sent(), Words { "401 INVITE" });
    world.receive(call("trunk"), elsewhere);
    EXPECT_EQ(world.sent(), Words { "100 INVITE" });
}

TEST(Access, requests_for_dialogs_that_are_not_there_are_answered_at_a_rate)
{
    World world(guarded());
    PeerRequest bye;
    bye.method = "BYE";
    bye.to_tag = "gone";
    for (int i = 0; i < 100; ++i) {
        bye.branch = "z9hG4bK" + std::to_string(i);
        world.receive(bye);
    }
    EXPECT_EQ(world.sent().size(), 60U);
}

TEST(Access, a_closed_connection_forgets_its_phone)
{
    World world(guarded());
    const Hop connection { there, Transport::tcp, 4 };
    Phone phone;
    const auto receive = [&](const std::string& text) { world.event(MessageReceived { text, connection }); };
    receive(registration().text());
    receive(phone.answer(world, registration()));
    EXPECT_EQ(world.endpoint().routes("ann", world.now()).at(0).servers.at(0).flow, 4U);
    world.event(FlowLost { connection });
    EXPECT_TRUE(world.endpoint().routes("ann", world.now()).empty());
}

// ---- Trunks that we register with
// ------------------------------------------------------------------------------------

const Hop carrier_server { { "203.0.113.1", 5060 } };

SipEndpointSettings registered()
{
    auto settings = guarded();
    settings.access->trunks = { carrier() };
    settings.access->trunks[0].username = "acme";
    settings.access->trunks[0].password = "pass";
    settings.access->trunks[0].registers = true;
    settings.access->trunks[0].prefixes = { "+" };
    return settings;
}

// A response to the last request that left.
std::string response(const World& world, std::string_view status, std::string_view more = "")
{
    std::string text = "SIP/2.0 " + std::string(status) + "\r\n";
    for (const Header& field : world.last_request().headers.fields())
        if (field.name == "Via" || field.name == "From" || field.name == "Call-ID" || field.name == "CSeq")
            text += field.name + ": " + field.value + "\r\n";
        else if (field.name == "To")
            text += "To: " + field.value + ";tag=server\r\n";
    return text + std::string(more) + "\r\n";
}

TEST(TrunkLine, is_registered_with_its_account_and_refreshed)
{
    World world(registered());
    world.event(StartTrunks {});
    EXPECT_EQ(world.news(), Words { "locate carrier sip:carrier.example" });
    world.event(TrunkLocated { "carrier", { carrier_server } });
    EXPECT_EQ(world.sent(), Words { "REGISTER" });
    EXPECT_EQ(world.last().destination, carrier_server);
    EXPECT_EQ(*world.last_request().headers.find("Contact"), "<sip:acme@192.0.2.1:5060>");
    world.receive(response(world, "401 Unauthorized", "WWW-Authenticate: Digest realm=\"c\", nonce=\"n\"\r\n"),
        carrier_server.address);
    EXPECT_EQ(world.sent(), Words { "REGISTER" });
    EXPECT_EQ(world.last_request().headers.count("Authorization"), 1U);
    world.receive(response(world, "200 OK", "Expires: 600\r\n"), carrier_server.address);
    EXPECT_EQ(world.news(), (Words { "carrier registering", "carrier registered" }));
    EXPECT_EQ(world.endpoint().registrations().at(0).expires, origin + 600s);
    world.at(300'000);
    EXPECT_EQ(world.news(), Words { "locate carrier sip:carrier.example" }); // Its name may have moved.
    world.event(TrunkLocated { "carrier", { carrier_server } });
    EXPECT_EQ(world.sent(), Words {});
    world.at(540'000).event(TrunkLocated { "carrier", { carrier_server } });
    EXPECT_EQ(world.sent(), Words { "REGISTER" });
    world.receive(response(world, "200 OK", "Expires: 600\r\n"), carrier_server.address);
    world.event(StopTrunks {});
    EXPECT_EQ(*world.last_request().headers.find("Expires"), "0");
    world.receive(response(world, "200 OK"), carrier_server.address);
    EXPECT_EQ(world.endpoint().registrations().at(0).state, RegistrationState::stopped);
}

TEST(TrunkLine, that_does_not_answer_fails_over_and_waits)
{
    World world(registered());
    world.event(StartTrunks {});
    world.event(TrunkLocated { "carrier", { carrier_server, Hop { { "203.0.113.2", 5060 } } } });
    world.at(32'000);
    EXPECT_EQ(world.last().destination.address.ip, "203.0.113.2");
    world.event(MessageNotSent { Hop { { "203.0.113.2", 5060 } } });
    EXPECT_EQ(world.news(), (Words { "locate carrier sip:carrier.example", "carrier registering", "carrier failed" }));
    world.at(37'000);
    EXPECT_EQ(world.news(), Words { "locate carrier sip:carrier.example" });
}

TEST(TrunkLine, takes_the_numbers_of_its_prefixes)
{
    World world(registered());
    world.event(StartTrunks {});
    world.event(TrunkLocated { "carrier", { carrier_server } });
    EXPECT_EQ(world.endpoint().routes("+15550100", world.now()),
        std::vector { (DialRoute { "sip:+15550100@carrier.example", { carrier_server }, "carrier" }) });
    EXPECT_EQ(world.endpoint().routes("tel:+15550100", world.now()).size(), 1U);
    EXPECT_TRUE(world.endpoint().routes("112", world.now()).empty());
}

// ---- Calls over a trunk
// ----------------------------------------------------------------------------------------------

DialSipLeg trunk_call(std::string from = "+15550123")
{
    return { { { "leg" }, std::move(from), "sip:+4930123@carrier.example", "Ann" }, { carrier_server }, local_media(),
        "carrier" };
}

const std::string_view proxy_challenge = "Proxy-Authenticate: Digest realm=\"c\", nonce=\"n\", qop=\"auth\"\r\n";

TEST(TrunkCall, answers_the_challenge_once)
{
    World world(registered());
    world.event(trunk_call());
    EXPECT_EQ(*world.last_request().headers.find("From"),
        "\"Ann\" <sip:+15550123@carrier.example>;tag="
            + parse_name_addr(*world.last_request().headers.find("From"))->tag());
    const std::string call_id = *world.last_request().headers.find("Call-ID");
    world.receive(response(world, "407 Proxy Authentication Required", proxy_challenge), carrier_server.address);
    EXPECT_EQ(world.sent(), (Words { "INVITE", "ACK", "INVITE" }));
    const Request again = world.last_request();
    EXPECT_EQ(*again.headers.find("Call-ID"), call_id);
    EXPECT_EQ(*again.headers.find("CSeq"), "2 INVITE");
    EXPECT_FALSE(again.body.empty());
    const auto credentials = parse_credentials(*again.headers.find("Proxy-Authorization"));
    ASSERT_TRUE(credentials);
    EXPECT_EQ(credentials->response,
        digest_response(*credentials, digest_ha1(DigestAlgorithm::md5, "acme", "c", "pass"), "INVITE"));
    EXPECT_EQ(world.news(), Words {});
    world.receive(response(world, "407 Proxy Authentication Required", proxy_challenge), carrier_server.address);
    EXPECT_EQ(world.sent(), Words { "ACK" });
    EXPECT_EQ(world.news(), Words { "ended error" });
}

TEST(TrunkCall, is_hung_up_with_credentials)
{
    World world(registered());
    world.event(trunk_call());
    world.receive(response(world, "407 Proxy Authentication Required", proxy_challenge), carrier_server.address);
    const std::string body = offer_text();
    world.receive(response(world, "200 OK",
                      "Contact: <sip:carrier@203.0.113.1>\r\nContent-Type: application/sdp\r\nContent-Length: "
                          + std::to_string(body.size()) + "\r\n")
            + body,
        carrier_server.address);
    EXPECT_EQ(world.news(), (Words { "media", "answered" }));
    EXPECT_EQ(*world.last_request().headers.find("CSeq"), "2 ACK");
    world.event(HangUpLeg { { "leg" } });
    EXPECT_EQ(world.last_request().method, "BYE");
    EXPECT_EQ(parse_credentials(*world.last_request().headers.find("Proxy-Authorization"))->nonce_count, 2U);
}

TEST(TrunkCall, shows_who_calls_as_the_trunk_wants_it)
{
    auto settings = registered();
    settings.access->trunks[0].caller_id = "+15550100";
    settings.access->trunks[0].caller_id_field = CallerIdField::asserted_identity;
    World world(settings);
    world.event(trunk_call(""));
    const Request& invite = world.last_request();
    EXPECT_EQ(parse_name_addr(*invite.headers.find("From"))->uri.text, "sip:acme@carrier.example");
    EXPECT_EQ(*invite.headers.find("P-Asserted-Identity"), "\"Ann\" <sip:+15550100@carrier.example>");
}

TEST(TrunkCall, counts_among_the_calls_of_the_trunk)
{
    auto settings = registered();
    settings.access->trunks[0].max_calls = 1;
    World world(settings);
    world.event(trunk_call());
    world.receive(call(), elsewhere);
    EXPECT_EQ(world.sent(), (Words { "INVITE", "503 INVITE" }));
    auto second = trunk_call();
    second.dial.leg.value = "second";
    world.event(second);
    EXPECT_EQ(world.news(), Words { "ended error" });
}

} // namespace
} // namespace parley::sip
