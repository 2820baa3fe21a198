#include "sip/registration.h"

#include "sip/digest_server.h"
#include "sip/fields.h"

#include <gtest/gtest.h>

namespace parley::sip {
namespace {

constexpr Instant origin {};
const Hop first { { "203.0.113.1", 5060 } };
const Hop second { { "203.0.113.2", 5060 } };

Trunk trunk()
{
    Trunk made;
    made.name = "carrier";
    made.server = "sip:carrier.example";
    made.username = "acme";
    made.password = "secret";
    made.registers = true;
    made.expires = 600s;
    return made;
}

// The registration with a hand-written server.
class Line {
public:
    explicit Line(const Trunk& settings = trunk())
        : registration(
            settings, {}, [](const Hop&) { return std::string("sip:acme@192.0.2.1:5060"); }, IdSource(3))
    {
        RegistrationCommands out;
        registration.start(out);
        take(out);
    }

    Line& event(const RegistrationEvent& event)
    {
        RegistrationCommands out;
        registration.handle(event, now, out);
        take(out);
        return *this;
    }
    Line& at(Duration when)
    {
        while (registration.deadline() && *registration.deadline() <= origin + when) {
            now = *registration.deadline();
            RegistrationCommands out;
            registration.handle_timeout(now, out);
            take(out);
        }
        now = origin + when;
        return *this;
    }
    Line& located() { return event(ServerLocated { { first, second } }); }
    Line& answered(std::uint16_t status, std::initializer_list<Header> fields = {})
    {
        RegisterAnswered answer { { status, "Phrase" } };
        for (const Header& field : fields)
            answer.response.headers.add(field.name, field.value);
        return event(answer);
    }
    Line& challenged(std::string nonce = "n1")
    {
        return answered(401, { { "WWW-Authenticate", "Digest realm=\"c\", qop=\"auth\", nonce=\"" + nonce + '"' } });
    }

    // What happened since the last call: "0 locate", "0 REGISTER 203.0.113.1", "0 registered".
    std::vector<std::string> told() { return std::exchange(told_, {}); }

    Registration registration;
    Instant now = origin;
    Request last;

private:
    void take(const RegistrationCommands& out)
    {
        for (const RegistrationCommand& command : out) {
            std::string word
                = std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now - origin).count()) + ' ';
            if (const auto* sent = std::get_if<SendRegister>(&command)) {
                last = sent->request;
                word += "REGISTER " + sent->hop.address.ip;
            } else if (std::holds_alternative<LocateServer>(command)) {
                word += "locate";
            } else {
                word += to_string(std::get<RegistrationChanged>(command).status.state);
            }
            told_.push_back(word);
        }
    }

    std::vector<std::string> told_;
};

using Words = std::vector<std::string>;

TEST(Registration, answers_the_challenge_and_holds)
{
    Line line;
    EXPECT_EQ(line.told(), Words { "0 locate" });
    line.located();
    EXPECT_EQ(line.told(), (Words { "0 registering", "0 REGISTER 203.0.113.1" }));
    EXPECT_EQ(line.last.uri, "sip:carrier.example");
    EXPECT_EQ(*line.last.headers.find("To"), "<sip:acme@carrier.example>");
    EXPECT_EQ(*line.last.headers.find("Contact"), "<sip:acme@192.0.2.1:5060>");
    EXPECT_EQ(*line.last.headers.find("Expires"), "600");
    EXPECT_EQ(line.last.headers.find("Authorization"), nullptr);
    const std::string call_id = *line.last.headers.find("Call-ID");
    line.challenged();
    EXPECT_EQ(line.told(), Words { "0 REGISTER 203.0.113.1" });
    EXPECT_EQ(*line.last.headers.find("Call-ID"), call_id);
    EXPECT_EQ(*line.last.headers.find("CSeq"), "2 REGISTER");
    const auto credentials = parse_credentials(*line.last.headers.find("Authorization"));
    ASSERT_TRUE(credentials);
    EXPECT_EQ(credentials->response,
        digest_response(*credentials, digest_ha1(DigestAlgorithm::md5, "acme", "c", "secret"), "REGISTER"));
    line.answered(200, { { "Contact", "<sip:acme@192.0.2.1:5060>;expires=300" } });
    EXPECT_EQ(line.told(), Words { "0 registered" });
    EXPECT_EQ(line.registration.status().expires, origin + 300s);
}

TEST(Registration, is_refreshed_before_it_ends_with_credentials_from_the_start)
{
    Line line;
    line.located().challenged().answered(200, { { "Contact", "<sip:acme@192.0.2.1:5060>;expires=300" } }).told();
    line.at(240s).located();
    EXPECT_EQ(line.told(), (Words { "240 locate", "240 REGISTER 203.0.113.1" }));
    EXPECT_EQ(parse_credentials(*line.last.headers.find("Authorization"))->nonce_count, 2U);
    line.challenged("n2"); // The nonce is old by now; not every server says so.
    EXPECT_EQ(line.told(), Words { "240 REGISTER 203.0.113.1" });
    line.answered(200);
    EXPECT_EQ(line.told(), Words {});
    EXPECT_EQ(line.registration.status().expires, origin + 840s);
}

TEST(Registration, of_a_short_time_is_refreshed_at_half)
{
    Line line;
    line.located().answered(200, { { "Expires", "60" } });
    EXPECT_EQ(line.registration.deadline(), origin + 30s);
}

TEST(Registration, finds_its_own_contact_among_others)
{
    Line line;
    line.located().answered(
        200, { { "Contact", "<sip:acme@10.9.9.9>;expires=50, <sip:acme@192.0.2.1:5060>;expires=400" } });
    EXPECT_EQ(line.registration.status().expires, origin + 400s);
}

TEST(Registration, goes_on_to_the_next_server_and_then_waits_longer_each_time)
{
    Line line;
    line.located().event(RegisterUnanswered { "no response" }).answered(503);
    EXPECT_EQ(line.told(),
        (Words { "0 locate", "0 registering", "0 REGISTER 203.0.113.1", "0 REGISTER 203.0.113.2", "0 failed" }));
    EXPECT_EQ(line.registration.status().detail, "503 Phrase");
    for (const std::string when : { "5", "15", "35", "75", "155", "315", "635", "1235", "1835" }) {
        line.at(std::chrono::seconds(std::stoi(when)));
        EXPECT_EQ(line.told(), Words { when + " locate" });
        line.event(ServerLocated {});
        EXPECT_EQ(line.told(), Words { when + " failed" });
    }
    EXPECT_EQ(line.registration.status().detail, "the server's name does not resolve");
    line.at(2'435s).located().answered(200);
    EXPECT_EQ(line.registration.status().state, RegistrationState::registered);
}

TEST(Registration, a_refused_account_is_not_tried_again_at_once)
{
    Line line;
    line.located().challenged().challenged("n2");
    EXPECT_EQ(line.told(),
        (Words { "0 locate", "0 registering", "0 REGISTER 203.0.113.1", "0 REGISTER 203.0.113.1", "0 failed" }));
    EXPECT_EQ(line.registration.deadline(), origin + 5s);
    Trunk open = trunk();
    open.username.clear();
    Line without(open);
    without.located().challenged();
    EXPECT_EQ(without.registration.status().state, RegistrationState::failed);
}

TEST(Registration, asks_for_more_when_told_that_it_is_too_brief)
{
    Line line;
    line.located().answered(423, { { "Min-Expires", "1800" } });
    EXPECT_EQ(*line.last.headers.find("Expires"), "1800");
    line.answered(423, { { "Min-Expires", "1800" } });
    EXPECT_EQ(line.registration.status().state, RegistrationState::failed);
}

// A refresh that fails leaves what holds in place until its time is over.
TEST(Registration, that_cannot_be_refreshed_ends_with_its_time)
{
    Line line;
    line.located().answered(200, { { "Expires", "300" } }).told();
    line.at(240s).located().answered(403);
    EXPECT_EQ(line.registration.status().state, RegistrationState::registered);
    line.told();
    for (const Duration when : { 245s, 255s, 275s })
        line.at(when).located().answered(403);
    EXPECT_EQ(line.registration.status().state, RegistrationState::registered);
    line.at(300s);
    EXPECT_EQ(line.registration.status().state, RegistrationState::registering);
}

TEST(Registration, is_given_up_when_it_is_stopped)
{
    Line line;
    line.located().challenged().answered(200).told();
    line.event(StopRegistration {});
    EXPECT_EQ(line.told(), (Words { "0 unregistering", "0 REGISTER 203.0.113.1" }));
    EXPECT_EQ(*line.last.headers.find("Expires"), "0");
    line.answered(200);
    EXPECT_EQ(line.told(), Words { "0 stopped" });
    EXPECT_FALSE(line.registration.deadline());
    Line never;
    never.event(StopRegistration {});
    EXPECT_EQ(never.told(), (Words { "0 locate", "0 stopped" }));
    never.located();
    EXPECT_EQ(never.told(), Words {});
}

} // namespace
} // namespace parley::sip
