#include "turn_script.h"

// On a line that sends the agent's voice back, the recogniser writes down what the agent says. Those are not words of
// the caller: nobody was heard to speak.
namespace parley::turn::test {
namespace {

TurnScript agent_speaks(bool barge = true)
{
    TurnPolicy policy;
    policy.attention = 0ms;
    policy.barge = barge;
    TurnScript script(policy);
    script.at(0).speech_starts().at(1'200).speech_stops().words("what is my balance", 0);
    script.at(1'900).expect({ "1900 commit 1 what is my balance" });
    script.at(2'300).playout_starts();
    return script;
}

TEST(Echo, words_without_a_voice_do_not_take_the_floor)
{
    agent_speaks()
        .at(3'000)
        .interim("your balance", 2'600)
        .at(4'000)
        .words("your balance is ten", 2'600)
        .expect({})
        .expect_floor(Floor::agent);
}

TEST(Echo, words_of_it_that_come_when_the_agent_is_silent_are_no_turn)
{
    agent_speaks()
        .at(5'000)
        .playout_finishes()
        .at(5'400)
        .words("your balance is ten", 2'600)
        .expect_floor(Floor::open)
        .at(9'000)
        .expect({});
}

TEST(Echo, is_not_answered_after_an_agent_that_may_not_be_interrupted)
{
    agent_speaks(false).at(4'000).words("your balance is ten", 2'600).at(5'000).playout_finishes().at(9'000).expect({});
}

TEST(Echo, words_with_a_voice_take_the_floor)
{
    agent_speaks()
        .at(3'000)
        .speech_starts()
        .at(3'300)
        .speech_stops()
        .at(3'400)
        .interim("wait", 3'000)
        .expect({ "3000 duck", "3200 pause", "3400 stop", "3400 cancel", "3400 merge" });
}

TEST(Echo, words_after_the_agent_are_the_callers_however_soft)
{
    agent_speaks()
        .at(5'000)
        .playout_finishes()
        .at(6'000)
        .words("thank you", 5'200)
        .at(6'700)
        .expect({ "6700 commit 2 thank you" });
}

} // namespace
} // namespace parley::turn::test
