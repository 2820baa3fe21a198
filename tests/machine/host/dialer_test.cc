// Dials carried out on a loop of their own, with calls that the test plays.
#include "host/dialer.h"

#include "net/clock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley {
namespace {

using testing::ElementsAre;

class DialerTest : public ::testing::Test {
protected:
    DialerTest()
    {
        on([this] {
            dialer = std::make_unique<Dialer>(thread.loop(), NodeId { "n" },
                Dialer::Hooks { [this](const ProjectId&) { return limit; },
                    [this](const std::string& to) { return routes[to]; },
                    [this](const CallFacts& call, const std::string& owner, const OutgoingCall& how) -> Result<void> {
                        if (is_full)
                            return Error { ErrorKind::limit_reached, "too many calls" };
                        EXPECT_EQ(owner, "session");
                        calls.push_back(call);
                        done.push_back("begin " + how.route.uri);
                        return {};
                    },
                    [this](const CallId& call, CallEndReason reason) {
                        done.push_back(
                            "drop " + std::to_string(number_of(call)) + " " + std::string(to_string(reason)));
                    },
                    [this](const relay::RelayEvent& event) { told(event); } },
                Log::none());
        });
    }
    ~DialerTest() override
    {
        on([this] { dialer.reset(); });
    }

    void on(Task task) { thread.call(std::move(task)); }

    std::size_t number_of(const CallId& call) const
    {
        return static_cast<std::size_t>(std::ranges::find(calls, call, &CallFacts::id) - calls.begin());
    }
    void told(const relay::RelayEvent& event)
    {
        if (const auto* accept = std::get_if<Accept>(&event))
            done.push_back("accept " + accept->message);
        else if (const auto* reject = std::get_if<Reject>(&event))
            done.push_back("reject " + std::string(to_string(reject->error.kind)) + " " + reject->error.what);
        else if (const auto* dial = std::get_if<relay::DialEnded>(&event))
            done.push_back(dial->winner ? "won " + std::to_string(number_of(dial->winner->id))
                                        : "lost " + std::string(to_string(dial->reason)));
    }

    static DialTarget phone(std::string number, Duration timeout = 30s)
    {
        DialTarget target;
        target.device = { DeviceType::phone, "+1", number, "" };
        target.to = std::move(number);
        target.timeout = timeout;
        return target;
    }
    void dial(std::vector<std::vector<DialTarget>> groups, std::string tag = "T", const char* project = "p")
    {
        on([&] {
            dialer->dial({ { "+" }, {}, 2 },
                { { ConnectionId { "c" }, 1 }, "session", ProjectId { project },
                    { std::move(tag), std::move(groups), {} } });
        });
    }
    void state(std::size_t call, CallState state, std::optional<CallEndReason> reason = {})
    {
        on([&] { dialer->noticed(calls.at(call), CallStateChanged { state, reason }); });
    }
    std::vector<std::string> take() { return std::exchange(done, {}); }
    std::size_t take_size()
    {
        std::size_t size = 0;
        on([&] { size = done.size(); });
        return size;
    }
    std::size_t dials()
    {
        std::size_t count = 0;
        on([&] { count = dialer->dials(); });
        return count;
    }

    LoopThread thread { "test" };
    std::map<std::string, std::vector<sip::DialRoute>> routes { { "+1", { { "sip:+1@trunk" } } },
        { "+2", { { "sip:+2@trunk" } } }, { "+3", { { "sip:a@1" }, { "sip:a@2" } } } };
    std::vector<CallFacts> calls;
    std::vector<std::string> done;
    bool is_full = false;
    std::optional<Error> limit;
    std::unique_ptr<Dialer> dialer;
};

TEST_F(DialerTest, a_dial_whose_program_is_gone_is_given_up_unless_somebody_hears_of_it)
{
    dial({ { phone("+1") }, { phone("+2") } });
    EXPECT_THAT(take(), ElementsAre("accept Dialing", "begin sip:+1@trunk"));
    on([&] { dialer->owner_gone("another session", [](const CallId&) { return false; }); });
    on([&] { dialer->owner_gone("session", [&](const CallId& call) { return call == calls[0].id; }); });
    EXPECT_THAT(take(), testing::IsEmpty());
    on([&] { dialer->owner_gone("session", [](const CallId&) { return false; }); });
    EXPECT_THAT(take(), ElementsAre("drop 0 cancel"));
    state(0, CallState::ended, CallEndReason::cancel);
    EXPECT_THAT(take(), ElementsAre("lost cancel")); // The second telephone is not called.
    EXPECT_EQ(dials(), 0U);
}

TEST_F(DialerTest, a_dial_is_accepted_begun_and_won)
{
    dial({ { phone("+1") } });
    EXPECT_THAT(take(), ElementsAre("accept Dialing", "begin sip:+1@trunk"));
    EXPECT_EQ(calls[0].tag, "T");
    EXPECT_EQ(calls[0].direction, CallDirection::outbound);
    state(0, CallState::created);
    state(0, CallState::answered);
    EXPECT_THAT(take(), ElementsAre("won 0"));
    EXPECT_EQ(dials(), 0U);
    state(0, CallState::ended, CallEndReason::hangup);
    EXPECT_THAT(take(), ElementsAre());
}

TEST_F(DialerTest, losers_are_dropped_and_the_dial_is_over_when_they_ended)
{
    dial({ { phone("+1"), phone("+2") } });
    take();
    state(1, CallState::answered);
    EXPECT_THAT(take(), ElementsAre("won 1", "drop 0 cancel"));
    EXPECT_EQ(dials(), 1U);
    state(0, CallState::ended, CallEndReason::cancel);
    EXPECT_EQ(dials(), 0U);
}

TEST_F(DialerTest, the_telephones_of_a_user_ring_together)
{
    dial({ { phone("+3") } });
    EXPECT_THAT(take(), ElementsAre("accept Dialing", "begin sip:a@1", "begin sip:a@2"));
}

TEST_F(DialerTest, where_no_way_leads_is_not_found_and_the_next_group_is_tried)
{
    dial({ { phone("+9") }, { phone("+2") } });
    EXPECT_THAT(take(), ElementsAre("accept Dialing", "begin sip:+2@trunk"));
    state(0, CallState::ended, CallEndReason::busy);
    EXPECT_THAT(take(), ElementsAre("lost busy"));
    dial({ { phone("+9") } });
    EXPECT_THAT(take(), ElementsAre("accept Dialing", "lost not_found"));
}

TEST_F(DialerTest, a_full_server_is_an_error)
{
    is_full = true;
    dial({ { phone("+1") } });
    EXPECT_THAT(take(), ElementsAre("accept Dialing", "lost error"));
}

TEST_F(DialerTest, a_project_that_reached_a_limit_is_told_and_nothing_begins)
{
    limit = Error { ErrorKind::limit_reached, "limits.calls: the project has 1 calls, the most it may" };
    dial({ { phone("+1") } });
    EXPECT_THAT(take(), ElementsAre("reject limit_reached limits.calls: the project has 1 calls, the most it may"));
    EXPECT_EQ(dials(), 0U);
}

TEST_F(DialerTest, a_telephone_that_nobody_answers_is_dropped)
{
    dial({ { phone("+1", 30ms) } });
    take();
    const Instant last = now() + 10s;
    while (now() < last && take_size() == 0)
        on([] {});
    EXPECT_THAT(take(), ElementsAre("drop 0 noAnswer"));
    state(0, CallState::ended, CallEndReason::no_answer);
    EXPECT_THAT(take(), ElementsAre("lost noAnswer"));
}

TEST_F(DialerTest, what_may_not_be_dialled_is_refused)
{
    dial({ { phone("100") } });
    EXPECT_THAT(
        take(), ElementsAre("reject invalid_request devices[0][0]: the configuration does not allow to dial this"));
}

TEST_F(DialerTest, a_project_has_a_limit_of_its_own_and_one_dial_of_a_name)
{
    dial({ { phone("+1") } }, "A");
    dial({ { phone("+1") } }, "A");
    dial({ { phone("+1") } }, "B");
    dial({ { phone("+1") } }, "C");
    dial({ { phone("+1") } }, "A", "q");
    EXPECT_THAT(take(),
        ElementsAre("accept Dialing", "begin sip:+1@trunk", "reject conflict tag: a dial of this name is under way",
            "accept Dialing", "begin sip:+1@trunk", "reject limit_reached too many dials of this project are under way",
            "accept Dialing", "begin sip:+1@trunk"));
}

TEST_F(DialerTest, a_server_that_stops_cancels_them)
{
    dial({ { phone("+1") }, { phone("+2") } });
    take();
    on([this] { dialer->cancel_all(); });
    EXPECT_THAT(take(), ElementsAre("drop 0 error"));
    state(0, CallState::ended, CallEndReason::error);
    EXPECT_THAT(take(), ElementsAre("lost error"));
    EXPECT_EQ(dials(), 0U);
}

} // namespace
} // namespace parley
