#include "machine/sip/sip_world.h"

// REFER: who may send us elsewhere, and how the other side learns what became of it (RFC 3515).
namespace parley::sip {
namespace {

SipEndpointSettings with(Referrers referrers)
{
    SipEndpointSettings settings { here };
    settings.referrers = referrers;
    return settings;
}

// A call that is up, and its other side.
struct Line : World {
    explicit Line(SipEndpointSettings settings = with(Referrers::accept), const Hop& from = there)
        : World(std::move(settings))
        , source(from)
    {
        PeerRequest invite;
        invite.body = offer_text();
        receive(invite, source);
        event(RingLeg { leg }).event(AnswerSipLeg { leg, local_media() });
        tag = last_to_tag();
        receive(within("ACK", 1), source);
        forget();
    }

    PeerRequest within(std::string method, std::uint32_t number)
    {
        PeerRequest request;
        request.method = std::move(method);
        request.to_tag = tag;
        request.cseq = number;
        request.branch = "z9hG4bK" + std::to_string(++branches) + "x";
        return request;
    }

    Words refer(std::string fields = "Refer-To: <sip:bob@example.com>\r\n")
    {
        PeerRequest request = within("REFER", ++cseq);
        request.more = std::move(fields);
        receive(request, source);
        return sent();
    }

    // The last request that left is answered.
    Words answered(int status = 200)
    {
        Response response { static_cast<std::uint16_t>(status), "Said" };
        const Request request = last_request();
        for (const Header& header : request.headers.fields())
            if (header.name == "Via" || header.name == "From" || header.name == "To" || header.name == "Call-ID"
                || header.name == "CSeq")
                response.headers.add(header.name, header.value);
        receive(write(response), source);
        return sent();
    }

    Words told(std::uint16_t status)
    {
        event(TellReferral { leg, status });
        return sent();
    }

    std::string field(const char* name) const
    {
        const std::string* value = last_request().headers.find(name);
        return value != nullptr ? *value : "none";
    }

    void forget()
    {
        sent();
        news();
    }

    Hop source;
    std::string tag;
    std::uint32_t cseq = 1;
    int branches = 1;
};

TEST(Refer, is_accepted_told_and_reported_to_its_end)
{
    Line line;
    EXPECT_EQ(line.refer("Refer-To: \"Bob\" <sip:bob@example.com>\r\nReferred-By: <sip:ann@example.com>\r\n"),
        (Words { "202 REFER", "NOTIFY" }));
    EXPECT_EQ(line.news(), Words { "referred sip:bob@example.com by <sip:ann@example.com>" });
    EXPECT_EQ(line.field("Event"), "refer");
    EXPECT_EQ(line.field("Subscription-State"), "active;expires=180");
    EXPECT_EQ(line.field("Content-Type"), "message/sipfrag;version=2.0");
    EXPECT_EQ(line.field("Contact"), "<sip:192.0.2.1:5060>");
    EXPECT_EQ(line.last_request().body, "SIP/2.0 100 Trying\r\n");
    EXPECT_EQ(line.answered(), Words {});

    line.at(2'000);
    EXPECT_EQ(line.told(180), Words { "NOTIFY" });
    EXPECT_EQ(line.field("Subscription-State"), "active;expires=178");
    EXPECT_EQ(line.last_request().body, "SIP/2.0 180 Ringing\r\n");
    EXPECT_EQ(line.answered(), Words {});

    EXPECT_EQ(line.told(200), Words { "NOTIFY" });
    EXPECT_EQ(line.field("Subscription-State"), "terminated;reason=noresource");
    EXPECT_EQ(line.last_request().body, "SIP/2.0 200 OK\r\n");
    EXPECT_EQ(line.answered(), Words {});
    EXPECT_EQ(line.told(200), Words {});
    EXPECT_EQ(line.endpoint().leg_count(), 1U);
    line.at(400'000);
    EXPECT_EQ(line.sent(), Words {}); // No timer of it is left.
}

TEST(Refer, brings_the_call_to_replace_and_the_method_that_is_the_only_one)
{
    Line line;
    line.refer("Refer-To: <sip:bob@h;method=INVITE?Replaces=1%40a%3Bto-tag%3D2%3Bfrom-tag%3D3>\r\n");
    EXPECT_EQ(line.news(), Words { "referred sip:bob@h replaces 1@a;to-tag=2;from-tag=3" });
}

TEST(Refer, may_be_by_number)
{
    Line line;
    line.refer("Refer-To: tel:+15550100\r\n");
    EXPECT_EQ(line.news(), Words { "referred tel:+15550100" });
}

TEST(Refer, is_refused_when_it_makes_no_sense)
{
    struct Row {
        std::string fields;
        std::string answer;
    };
    const std::vector<Row> rows {
        { "", "400 REFER" },
        { "Refer-To: <sip:a@h>\r\nRefer-To: <sip:b@h>\r\n", "400 REFER" },
        { "Refer-To: <sip:>\r\n", "400 REFER" },
        { "Refer-To: <sip:a@h>\r\nReferred-By: <sip:b@h>\r\nReferred-By: <sip:c@h>\r\n", "400 REFER" },
        { "Refer-To: <sip:a@h;method=BYE>\r\n", "400 REFER" },
        { "Refer-To: <sip:a@h?Replaces=nonsense>\r\n", "400 REFER" },
        { "Refer-To: <mailto:a@h>\r\n", "416 REFER" },
    };
    for (const Row& row : rows) {
        Line line;
        EXPECT_EQ(line.refer(row.fields), Words { row.answer }) << row.fields;
        EXPECT_EQ(line.news(), Words {}) << row.fields;
        EXPECT_EQ(line.refer(), (Words { "202 REFER", "NOTIFY" })) << row.fields; // A good one may follow.
    }
}

TEST(Refer, comes_one_at_a_time_and_the_next_one_has_a_name)
{
    Line line;
    line.refer();
    EXPECT_EQ(line.refer(), Words { "491 REFER" });
    line.receive(line.within("OPTIONS", ++line.cseq)); // The first NOTIFY is still the last request.
    line.sent();
    line.told(486);
    line.event(HangUpLeg { LegId { "nobody" } });
    line.at(40'000); // No NOTIFY was answered: the subscription is gone.
    line.forget();
    EXPECT_EQ(line.refer(), (Words { "202 REFER", "NOTIFY" }));
    EXPECT_EQ(line.field("Event"), "refer;id=" + std::to_string(line.cseq));
}

TEST(Refer, tells_one_thing_at_a_time_and_then_the_latest)
{
    Line line;
    line.refer();
    EXPECT_EQ(line.told(180), Words {});
    EXPECT_EQ(line.told(486), Words {});
    EXPECT_EQ(line.answered(), Words { "NOTIFY" });
    EXPECT_EQ(line.last_request().body, "SIP/2.0 486 Busy Here\r\n");
    EXPECT_EQ(line.answered(), Words {});
    EXPECT_EQ(line.refer(), (Words { "202 REFER", "NOTIFY" }));
}

TEST(Refer, is_reported_before_the_bye)
{
    Line line;
    line.refer();
    line.told(200);
    line.event(HangUpLeg { line.leg });
    EXPECT_EQ(line.sent(), Words {});
    EXPECT_EQ(line.news().back(), "ended hangup");
    EXPECT_EQ(line.answered(), Words { "NOTIFY" });
    EXPECT_EQ(line.last_request().body, "SIP/2.0 200 OK\r\n");
    EXPECT_EQ(line.answered(), Words { "BYE" });
    EXPECT_EQ(line.answered(), Words {});
    line.at(100'000);
    EXPECT_EQ(line.endpoint().transaction_count(), 0U);
    EXPECT_FALSE(line.endpoint().deadline());
}

TEST(Refer, of_a_silent_side_does_not_keep_the_bye_for_ever)
{
    Line line;
    line.refer();
    line.told(200);
    line.event(HangUpLeg { line.leg });
    line.at(32'000);
    const Words all = line.sent();
    EXPECT_EQ(all.back(), "BYE");
    line.at(200'000);
    EXPECT_EQ(line.endpoint().transaction_count(), 0U);
    EXPECT_FALSE(line.endpoint().deadline());
}

TEST(Refer, reports_nothing_to_who_wants_none)
{
    Line line;
    EXPECT_EQ(
        line.refer("Refer-To: <sip:bob@h>\r\nRefer-Sub: false\r\nRequire: norefersub\r\n"), Words { "202 REFER" });
    EXPECT_EQ(*line.last_response().headers.find("Refer-Sub"), "false");
    EXPECT_EQ(line.news(), Words { "referred sip:bob@h" });
    EXPECT_EQ(line.refer(), Words { "491 REFER" });
    EXPECT_EQ(line.told(180), Words {});
    EXPECT_EQ(line.told(200), Words {});
    EXPECT_EQ(line.refer(), (Words { "202 REFER", "NOTIFY" }));
}

TEST(Refer, reports_no_more_to_who_has_forgotten_it)
{
    Line line;
    line.refer();
    EXPECT_EQ(line.answered(481), Words {});
    EXPECT_EQ(line.endpoint().leg_count(), 1U);
    EXPECT_EQ(line.told(200), Words {});
}

TEST(Refer, ends_when_nobody_says_what_became_of_it)
{
    Line line;
    line.refer();
    line.answered();
    line.at(179'000);
    EXPECT_EQ(line.sent(), Words {});
    line.at(180'000);
    EXPECT_EQ(line.sent(), Words { "NOTIFY" });
    EXPECT_EQ(line.field("Subscription-State"), "terminated;reason=timeout");
    line.answered();
    EXPECT_EQ(line.told(200), Words {});
    EXPECT_EQ(line.refer(), (Words { "202 REFER", "NOTIFY" }));
}

TEST(Refer, ends_with_the_call)
{
    Line line;
    line.refer();
    line.answered();
    line.receive(line.within("BYE", ++line.cseq));
    EXPECT_EQ(line.sent(), Words { "200 BYE" });
    EXPECT_EQ(line.told(200), Words {});
    line.at(200'000);
    EXPECT_FALSE(line.endpoint().deadline());
}

SipEndpointSettings guarded(Guests guests)
{
    SipEndpointSettings settings = with(Referrers::trusted);
    settings.access.emplace();
    settings.access->digest.key = "a key of sixteen bytes and more";
    settings.access->guests = guests;
    Trunk trunk;
    trunk.name = "carrier";
    trunk.server = "sip:carrier.example";
    trunk.sources = { *IpNetwork::parse("198.51.100.0/24") };
    settings.access->trunks = { trunk };
    return settings;
}

TEST(Refer, is_for_those_whom_we_know)
{
    Line trunk(guarded(Guests::refuse));
    EXPECT_EQ(trunk.refer(), (Words { "202 REFER", "NOTIFY" }));

    Line guest(guarded(Guests::accept), SocketAddress { "203.0.113.66", 5060 });
    EXPECT_EQ(guest.refer(), Words { "403 REFER" });
    EXPECT_EQ(guest.news(), Words {});
}

TEST(Refer, is_not_there_when_it_is_switched_off)
{
    Line line(with(Referrers::refuse));
    EXPECT_EQ(line.refer(), Words { "405 REFER" });
    EXPECT_EQ(line.last_response().headers.find("Allow")->find("REFER"), std::string::npos);
    EXPECT_EQ(line.refer("Refer-To: <sip:a@h>\r\nRequire: norefersub\r\n"), Words { "405 REFER" });
}

TEST(Refer, begins_no_calls_of_its_own)
{
    for (const auto& [referrers, answer] :
        { std::pair { Referrers::accept, "403 REFER" }, { Referrers::refuse, "405 REFER" } }) {
        World world(with(referrers));
        PeerRequest request;
        request.method = "REFER";
        request.more = "Refer-To: <sip:bob@example.com>\r\n";
        world.receive(request);
        EXPECT_EQ(world.sent(), Words { answer });
        EXPECT_EQ(world.endpoint().transaction_count(), 0U);
    }
}

TEST(Refer, before_the_answer_is_too_early)
{
    World world(with(Referrers::accept));
    PeerRequest invite;
    invite.body = offer_text();
    world.receive(invite).event(RingLeg { world.leg });
    PeerRequest request;
    request.method = "REFER";
    request.branch = "z9hG4bK2";
    request.cseq = 2;
    request.to_tag = world.last_to_tag();
    request.more = "Refer-To: <sip:bob@example.com>\r\n";
    world.sent();
    world.receive(request);
    EXPECT_EQ(world.sent(), Words { "491 REFER" });
}

TEST(Refer, is_said_to_who_is_called)
{
    World world;
    DialLeg dial;
    dial.leg = LegId { "target" };
    dial.from = "support";
    dial.to = "sip:bob@198.51.100.7:5080";
    dial.replaces = "1@a;to-tag=2;from-tag=3";
    dial.referred_by = "<sip:ann@example.com>";
    world.event(DialSipLeg { dial, { there }, local_media() });
    EXPECT_EQ(*world.last_request().headers.find("Replaces"), "1@a;to-tag=2;from-tag=3");
    EXPECT_EQ(*world.last_request().headers.find("Referred-By"), "<sip:ann@example.com>");
}

} // namespace
} // namespace parley::sip
