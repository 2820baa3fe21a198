#include "machine/sip/dialog_world.h"

namespace parley::sip {
namespace {

World& dial(World& world)
{
    return world.event(DialSipLeg { DialLeg { LegId { "x" }, "agent", "bob", "" }, { there }, local_media() });
}

std::string moved(const Request& invite, const std::string& contacts)
{
    std::string text = reply(invite, 302);
    const auto contact = text.find("Contact:");
    return text.replace(contact, text.find("\r\n", contact) - contact, "Contact: " + contacts);
}

TEST(Redirect, is_followed_to_the_best_target_and_then_to_the_next)
{
    World world;
    dial(world);
    const Request first = world.last_request();
    world.receive(moved(first, "<sip:b@192.0.2.20:5062>;q=0.1, <sip:a@example.com>;q=0.7, <mailto:x@y>"));
    EXPECT_EQ(world.sent(), (Words { "INVITE", "ACK" }));
    EXPECT_EQ(world.news(), Words { "locate sip:a@example.com" }); // A name is looked up first (RFC 3263).
    const Hop named { { "192.0.2.30", 5070 } };
    world.event(TargetLocated { LegId { "x" }, { named } });
    EXPECT_EQ(world.sent(), Words { "INVITE" });
    const Request second = world.last_request();
    EXPECT_EQ(second.uri, "sip:a@example.com");
    EXPECT_EQ(world.last().destination, named);
    EXPECT_EQ(field(second.headers, "CSeq"), "2 INVITE");
    EXPECT_EQ(field(second.headers, "To"), field(first.headers, "To"));
    world.receive(reply(second, 486));
    const Request third = world.last_request();
    EXPECT_EQ(third.uri, "sip:b@192.0.2.20:5062");
    EXPECT_EQ(world.last().destination.address, (SocketAddress { "192.0.2.20", 5062 }));
    world.sent();
    world.receive(reply(third, 200, "theirs", offer_text()), SocketAddress { "192.0.2.20", 5062 });
    EXPECT_EQ(field(world.last_request().headers, "CSeq"), "3 ACK");
    EXPECT_EQ(world.news(), (Words { "media", "answered" }));
    world.event(HangUpLeg { LegId { "x" } });
    EXPECT_EQ(field(world.last_request().headers, "CSeq"), "4 BYE");
    world.receive(reply(world.last_request(), 200));
    world.at(100'000);
    EXPECT_EQ(world.endpoint().transaction_count(), 0U);
}

TEST(Redirect, to_a_name_that_leads_nowhere_goes_on_with_the_next)
{
    World world;
    dial(world);
    world.receive(moved(world.last_request(), "<sip:a@gone.example>, <sip:b@192.0.2.20>;q=0.5"));
    world.event(TargetLocated { LegId { "x" }, {} });
    EXPECT_EQ(world.last_request().uri, "sip:b@192.0.2.20");
    world.receive(moved(world.last_request(), "<sip:c@gone.example>"));
    world.event(TargetLocated { LegId { "x" }, {} });
    EXPECT_EQ(world.news(), (Words { "locate sip:a@gone.example", "locate sip:c@gone.example", "ended not_found" }));
    world.at(100'000);
    EXPECT_EQ(world.endpoint().transaction_count(), 0U);
    EXPECT_EQ(world.endpoint().leg_count(), 0U);
}

TEST(Redirect, to_a_name_with_several_servers_goes_from_one_to_the_next)
{
    World world;
    dial(world);
    world.receive(moved(world.last_request(), "<sip:a@example.com>"));
    const Hop first { { "192.0.2.30", 5060 } };
    const Hop second { { "192.0.2.31", 5060 } };
    world.event(TargetLocated { LegId { "x" }, { first, second } });
    EXPECT_EQ(world.last().destination, first);
    world.at(4'000);
    EXPECT_EQ(world.last().destination, second);
}

TEST(Redirect, is_given_up_while_its_name_is_looked_up)
{
    World world;
    dial(world);
    world.receive(moved(world.last_request(), "<sip:a@example.com>"));
    world.sent();
    world.event(HangUpLeg { LegId { "x" } });
    EXPECT_EQ(world.news(), (Words { "locate sip:a@example.com", "ended cancel" }));
    world.event(TargetLocated { LegId { "x" }, { Hop { { "192.0.2.30", 5060 } } } });
    EXPECT_EQ(world.sent(), Words {}); // Nothing was on its way: nothing to cancel.
    world.at(100'000);
    EXPECT_EQ(world.endpoint().transaction_count(), 0U);
}

TEST(Redirect, is_given_up_after_five)
{
    World world;
    dial(world);
    for (int i = 0; i < 6; ++i)
        world.receive(moved(world.last_request(), "<sip:n" + std::to_string(i) + "@192.0.2.20>"));
    EXPECT_EQ(world.news(), Words { "ended error" });
    int invites = 0;
    for (const std::string& line : world.sent())
        invites += line == "INVITE" ? 1 : 0;
    EXPECT_EQ(invites, 6);
}

TEST(Redirect, a_global_failure_ends_the_search)
{
    World world;
    dial(world);
    world.receive(moved(world.last_request(), "<sip:a@192.0.2.20>, <sip:b@192.0.2.21>"));
    world.receive(reply(world.last_request(), 603));
    EXPECT_EQ(world.news(), Words { "ended decline" });
}

TEST(Redirect, nowhere_is_an_error)
{
    World world;
    dial(world);
    world.receive(moved(world.last_request(), "<mailto:bob@example.com>"));
    EXPECT_EQ(world.news(), Words { "ended error" });
}

TEST(OutgoingLeg, a_busy_side_may_say_for_how_long)
{
    World world;
    dial(world);
    world.receive(reply(world.last_request(), 486, "theirs", "", "Retry-After: 120 (in a meeting)\r\n"));
    EXPECT_EQ(world.ended->retry_after, 120s);
    EXPECT_EQ(world.ended->reason, LegEndReason::busy);
}

} // namespace
} // namespace parley::sip
