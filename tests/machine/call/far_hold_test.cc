#include "call/call.h"
#include "call/key_ways.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

// The program and the other side of the line may both hold the AI session.
namespace parley {
namespace {

using Words = std::vector<std::string>;

class Talk {
public:
    Talk()
    {
        AiSpec spec;
        spec.turn.hold = 300s;
        give(LegIncoming { leg_, "a", "b", "" });
        command(StartAi { ControlId { "AI" }, spec });
        give(LegAnswered { leg_ });
    }

    Words give(const CallEvent& event)
    {
        CallOutputs out;
        call_.handle(event, now_, out);
        Words told;
        for (const CallOutput& output : out) {
            const auto* tell = std::get_if<TellAi>(&output);
            if (tell == nullptr)
                continue;
            if (const auto* hold = std::get_if<HoldSession>(&tell->event))
                told.push_back(
                    "hold " + (hold->timeout ? std::to_string(to_milliseconds(*hold->timeout) / 1'000) : "usual"));
            if (const auto* unhold = std::get_if<UnholdSession>(&tell->event))
                told.push_back("unhold " + unhold->prompt);
        }
        return told;
    }
    Words command(CallCommand asked)
    {
        return give(CommandArrived { { ConnectionId {}, ++number_ }, std::move(asked) });
    }
    Words held() { return give(LegHeld { leg_ }); }
    Words resumed() { return give(LegResumed { leg_ }); }
    void pass(Duration time) { now_ += time; }

private:
    LegId leg_ { "leg" };
    Instant now_ {};
    std::uint64_t number_ = 0;
    Call call_ { [this] {
                    CallFacts facts;
                    facts.leg = leg_;
                    return facts;
                }(),
        CallPolicy {}, IdSource(1), Log::none() };
};

TEST(FarHold, holds_the_session_until_the_other_side_listens_again)
{
    Talk talk;
    EXPECT_EQ(talk.held(), Words { "hold 86400" });
    talk.pass(100s);
    EXPECT_EQ(talk.resumed(), Words { "unhold " });
}

TEST(FarHold, leaves_a_hold_of_the_program_in_force)
{
    Talk talk;
    EXPECT_EQ(talk.command(HoldSession { {}, "wait" }), Words { "hold usual" });
    talk.pass(100s);
    EXPECT_EQ(talk.held(), Words { "hold 86400" });
    talk.pass(50s);
    EXPECT_EQ(talk.resumed(), Words { "hold 150" }); // What remains of its 300 s.
}

TEST(FarHold, a_hold_of_the_program_that_ran_out_meanwhile_is_over)
{
    Talk talk;
    talk.command(HoldSession { 10s, "" });
    talk.held();
    talk.pass(11s);
    EXPECT_EQ(talk.resumed(), Words { "unhold " });
}

TEST(FarHold, what_the_program_asks_for_meanwhile_counts_afterwards)
{
    Talk talk;
    talk.held();
    EXPECT_EQ(talk.command(HoldSession { 60s, "" }), Words { "hold 86400" });
    EXPECT_EQ(talk.command(UnholdSession { "back" }), Words {});
    EXPECT_EQ(talk.resumed(), Words { "unhold back" });
}

TEST(KeyWays, a_key_that_comes_both_ways_counts_once)
{
    KeyWays ways;
    Instant now {};
    EXPECT_TRUE(ways.takes(KeyWay::sound, now));
    EXPECT_FALSE(ways.takes(KeyWay::signalling, now + 200ms));
    EXPECT_TRUE(ways.takes(KeyWay::sound, now + 500ms)); // The same key again.
    EXPECT_FALSE(ways.takes(KeyWay::signalling, now + 700ms));
    EXPECT_TRUE(ways.takes(KeyWay::signalling, now + 5s));
    EXPECT_FALSE(ways.takes(KeyWay::sound, now + 5'100ms));
}

} // namespace
} // namespace parley
