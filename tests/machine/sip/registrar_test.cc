#include "sip/registrar.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace parley::sip {
namespace {

constexpr Instant origin {};
const Hop home { { "198.51.100.7", 5080 } };

struct Asked {
    std::vector<std::string> contacts = { "<sip:ann@10.0.0.5:5070>" };
    std::string expires = "600";
    std::string call_id = "r1";
    std::uint32_t cseq = 1;
    Hop source = home;
};

class Registrations {
public:
    explicit Registrations(RegistrarSettings settings = {})
        : registrar(settings)
    {
    }

    Registrar::Answer ask(const Asked& asked, Instant now = origin, std::string_view user = "ann")
    {
        Request request { "REGISTER", "sip:parley" };
        for (const std::string& contact : asked.contacts)
            request.headers.add("Contact", contact);
        if (!asked.expires.empty())
            request.headers.add("Expires", asked.expires);
        Envelope envelope;
        envelope.call_id = asked.call_id;
        envelope.cseq = { asked.cseq, "REGISTER" };
        return registrar.handle(user, request, envelope, asked.source, now);
    }

    // The contacts of an answer.
    static std::vector<std::string> contacts(const Registrar::Answer& answer)
    {
        std::vector<std::string> values;
        for (const Header& field : answer.fields)
            values.push_back(field.value);
        return values;
    }

    Registrar registrar;
};

using Values = std::vector<std::string>;

TEST(Registrar, a_phone_is_found_over_the_way_it_came)
{
    Registrations world;
    const auto answer = world.ask({});
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(world.contacts(answer), Values { "<sip:ann@10.0.0.5:5070>;expires=600" });
    const auto found = world.registrar.lookup("ann", origin);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].contact, "sip:ann@10.0.0.5:5070");
    EXPECT_EQ(found[0].hop, home);
    EXPECT_TRUE(world.registrar.is_way_of_a_phone(home));
    EXPECT_FALSE(world.registrar.is_way_of_a_phone(Hop { { "198.51.100.7", 5081 } }));
    EXPECT_TRUE(world.registrar.lookup("bob", origin).empty());
}

TEST(Registrar, a_binding_ends_with_its_time)
{
    Registrations world;
    world.ask({});
    EXPECT_EQ(world.registrar.deadline(), origin + 600s);
    world.registrar.handle_timeout(origin + 600s - 1us);
    EXPECT_EQ(world.registrar.bindings(), 1U);
    world.registrar.handle_timeout(origin + 600s);
    EXPECT_EQ(world.registrar.bindings(), 0U);
    EXPECT_EQ(world.registrar.users(), 0U);
    EXPECT_FALSE(world.registrar.is_way_of_a_phone(home));
    EXPECT_FALSE(world.registrar.deadline());
}

TEST(Registrar, a_refresh_prolongs_and_moves)
{
    Registrations world;
    world.ask({});
    const Hop elsewhere { { "203.0.113.9", 1024 } };
    Asked refresh { .cseq = 2, .source = elsewhere };
    EXPECT_EQ(world.ask(refresh, origin + 300s).status, 200);
    const auto found = world.registrar.lookup("ann", origin + 700s);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].hop, elsewhere);
    EXPECT_FALSE(world.registrar.is_way_of_a_phone(home));
}

TEST(Registrar, what_comes_late_changes_nothing)
{
    Registrations world;
    world.ask({ .cseq = 5 });
    EXPECT_EQ(world.ask({ .expires = "0", .cseq = 5 }).status, 500);
    EXPECT_EQ(world.ask({ .contacts = { "*" }, .expires = "0", .cseq = 4 }).status, 500);
    EXPECT_EQ(world.registrar.bindings(), 1U);
    EXPECT_EQ(world.ask({ .call_id = "after a restart" }).status, 200);
}

TEST(Registrar, one_contact_or_all_are_removed)
{
    Registrations world;
    world.ask({ .contacts = { "<sip:ann@10.0.0.5>", "<sip:ann@10.0.0.6>", "<sip:ann@10.0.0.7>" } });
    EXPECT_EQ(world.registrar.bindings(), 3U);
    world.ask({ .contacts = { "<sip:ann@10.0.0.6>;expires=0" }, .cseq = 2 });
    EXPECT_EQ(world.registrar.bindings(), 2U);
    EXPECT_EQ(world.ask({ .contacts = { "*" }, .expires = "", .cseq = 3 }).status, 400);
    EXPECT_EQ(world.ask({ .contacts = { "*", "<sip:a@b>" }, .expires = "0", .cseq = 3 }).status, 400);
    const auto answer = world.ask({ .contacts = { "*" }, .expires = "0", .cseq = 3 });
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(world.contacts(answer).empty());
    EXPECT_EQ(world.registrar.bindings(), 0U);
}

TEST(Registrar, a_question_without_contacts_lists_what_holds)
{
    Registrations world;
    world.ask(
        { .contacts = { "<sip:ann@10.0.0.5>;q=0.5", "<sip:ann@10.0.0.6>;expires=120", "<sip:ann@10.0.0.7>;q=0.25" } });
    EXPECT_EQ(world.contacts(world.ask({ .contacts = {}, .cseq = 2 }, origin + 20s)),
        (Values { "<sip:ann@10.0.0.6>;expires=100", "<sip:ann@10.0.0.5>;expires=580;q=0.500",
            "<sip:ann@10.0.0.7>;expires=580;q=0.250" }));
}

TEST(Registrar, too_short_is_refused_and_too_long_is_cut)
{
    Registrations world;
    const auto brief = world.ask({ .expires = "59" });
    EXPECT_EQ(brief.status, 423);
    ASSERT_EQ(brief.fields.size(), 1U);
    EXPECT_EQ(brief.fields[0], (Header { "Min-Expires", "60" }));
    EXPECT_EQ(world.contacts(world.ask({ .expires = "86400" })), Values { "<sip:ann@10.0.0.5:5070>;expires=3600" });
    EXPECT_EQ(
        world.contacts(world.ask({ .expires = "", .cseq = 2 })), Values { "<sip:ann@10.0.0.5:5070>;expires=3600" });
    EXPECT_EQ(
        world.contacts(world.ask({ .expires = "soon", .cseq = 3 })), Values { "<sip:ann@10.0.0.5:5070>;expires=3600" });
}

TEST(Registrar, broken_contacts_are_refused_whole)
{
    Registrations world;
    EXPECT_EQ(world.ask({ .contacts = { "<sip:ann@10.0.0.5>", "<tel:+1555>" } }).status, 400);
    EXPECT_EQ(world.ask({ .contacts = { "<sip:ann@" } }).status, 400);
    EXPECT_EQ(world.registrar.bindings(), 0U);
}

// RFC 4475 3.1.2.13 (regbadct), 3.3.12 to 3.3.14 (cparam01, cparam02, regescrt).
TEST(Registrar, what_belongs_to_the_contact_and_what_to_its_uri_is_told_apart)
{
    Registrations world;
    const auto contact_of = [&](std::string contact) {
        static std::uint32_t cseq = 0;
        world.ask({ .contacts = { std::move(contact) }, .call_id = "r" + std::to_string(++cseq) });
        const auto found = world.registrar.lookup("ann", origin);
        return found.empty() ? std::string() : found.back().contact;
    };
    EXPECT_EQ(contact_of("sip:+1972@gw1.example.net;unknownparam"), "sip:+1972@gw1.example.net");
    EXPECT_EQ(contact_of("<sip:+1972@gw2.example.net;unknownparam>"), "sip:+1972@gw2.example.net;unknownparam");
    EXPECT_EQ(contact_of("<sip:user@example.com?Route=%3Csip:sip.example.com%3E>"),
        "sip:user@example.com?Route=%3Csip:sip.example.com%3E");
    EXPECT_EQ(world.ask({ .contacts = { "sip:user@example.com?Route=%3Csip:sip.example.com%3E" } }).status, 400);
}

TEST(Registrar, contacts_are_compared_as_addresses)
{
    Registrations world;
    world.ask({ .contacts = { "<sip:ann@Phone.example;ob>" } });
    world.ask({ .contacts = { "<sip:ann@phone.EXAMPLE>" }, .cseq = 2 });
    EXPECT_EQ(world.registrar.bindings(), 1U);
    world.ask({ .contacts = { "<sip:ann@phone.example;transport=tcp>" }, .cseq = 3 });
    EXPECT_EQ(world.registrar.bindings(), 2U);
}

// A phone that takes a new port each time it starts is never shut out by what it left behind.
TEST(Registrar, the_binding_that_would_end_first_makes_room)
{
    RegistrarSettings settings;
    settings.max_bindings_per_user = 2;
    Registrations world(settings);
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(world
                      .ask({ .contacts = { "<sip:ann@10.0.0.5:" + std::to_string(6'000 + i) + '>' },
                               .call_id = "r" + std::to_string(i) },
                          origin + i * 1s)
                      .status,
            200);
    const auto found = world.registrar.lookup("ann", origin + 3s);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].contact, "sip:ann@10.0.0.5:6001");
    EXPECT_EQ(found[1].contact, "sip:ann@10.0.0.5:6002");
}

TEST(Registrar, a_full_table_takes_refreshes_alone)
{
    RegistrarSettings settings;
    settings.max_bindings = 1;
    Registrations world(settings);
    EXPECT_EQ(world.ask({}).status, 200);
    EXPECT_EQ(world.ask({}, origin, "bob").status, 503);
    EXPECT_EQ(world.ask({ .cseq = 2 }).status, 200);
    EXPECT_EQ(world.ask({ .expires = "0", .cseq = 3 }).status, 200);
    EXPECT_EQ(world.ask({}, origin, "bob").status, 200);
}

TEST(Registrar, a_closed_connection_takes_its_phones_along)
{
    Registrations world;
    world.ask({ .source = Hop { { "198.51.100.7", 40'000 }, Transport::tcp, 7 } });
    world.ask({ .contacts = { "<sip:ann@10.0.0.6>" }, .cseq = 2 });
    world.registrar.flow_closed(no_flow);
    EXPECT_EQ(world.registrar.bindings(), 2U);
    world.registrar.flow_closed(7);
    EXPECT_EQ(world.registrar.lookup("ann", origin).size(), 1U);
    world.registrar.handle_timeout(origin + 1h);
    EXPECT_EQ(world.registrar.bindings(), 0U);
}

} // namespace
} // namespace parley::sip
