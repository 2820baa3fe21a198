#include "turn_script.h"

namespace parley::turn::test {
namespace {

TurnPolicy quiet()
{
    TurnPolicy policy;
    policy.attention = 0ms;
    policy.transparent_barge = false; // transparent_barge_test.cc has it on.
    return policy;
}

// One turn of the user, committed at 1900, and the agent's reply, audible from 2300.
TurnScript agent_speaks(const TurnPolicy& policy = quiet())
{
    TurnScript script(policy);
    script.at(0).speech_starts().at(1'200).speech_stops().words("what is my balance", 0);
    script.at(1'900).expect({ "1900 commit 1 what is my balance" });
    script.at(2'300).playout_starts().expect_floor(Floor::agent);
    return script;
}

TEST(TurnEngine, a_pause_shorter_than_the_policy_keeps_the_turn)
{
    TurnScript(quiet())
        .at(0)
        .speech_starts()
        .at(1'000)
        .speech_stops()
        .words("my number is")
        .at(1'699)
        .speech_starts()
        .expect({})
        .expect_floor(Floor::user)
        .at(3'000)
        .speech_stops()
        .words("the old one")
        .at(3'700)
        .expect({ "3700 commit 1 my number is the old one" });
}

// swml-ai 84
TEST(TurnEngine, waits_count_from_when_speech_really_began_and_ended)
{
    TurnScript(quiet())
        .at(200)
        .event(SpeechStarted { Instant { 50ms } })
        .words("hello", 50)
        .at(1'300)
        .event(SpeechStopped { Instant { 1'000ms } })
        .at(1'700)
        .expect({ "1700 commit 1 hello" });
    agent_speaks()
        .at(3'000)
        .event(SpeechStarted { Instant { 2'900ms } })
        .at(3'500)
        .expect({ "3000 duck", "3100 pause" });
}

TEST(TurnEngine, a_detector_slower_than_the_pause_commits_at_once)
{
    TurnScript(quiet())
        .at(0)
        .speech_starts()
        .words("hello")
        .at(2'000)
        .event(SpeechStopped { Instant { 1'000ms } })
        .at(2'000)
        .expect({ "2000 commit 1 hello" });
}

TEST(TurnEngine, words_that_arrive_after_the_pause_commit_at_once)
{
    TurnScript(quiet())
        .at(0)
        .speech_starts()
        .at(500)
        .speech_stops()
        .at(1'500)
        .expect({})
        .words("hello", 0)
        .expect({ "1500 commit 1 hello" });
}

TEST(TurnEngine, a_cough_opens_the_floor_again)
{
    TurnScript(quiet())
        .at(0)
        .speech_starts()
        .at(300)
        .speech_stops()
        .at(1'999)
        .expect_floor(Floor::endpointing)
        .at(2'000)
        .expect_floor(Floor::open)
        .expect({});
}

// swml-ai 84
TEST(TurnEngine, no_wait_for_words_when_first_word_is_off)
{
    auto policy = quiet();
    policy.first_word = 0ms;
    TurnScript(policy).at(0).speech_starts().at(300).speech_stops().at(1'000).expect_floor(Floor::open);
}

// swml-ai 84
TEST(TurnEngine, a_finished_sentence_ends_the_turn_sooner)
{
    TurnScript(quiet())
        .at(0)
        .speech_starts()
        .interim("What is it?")
        .at(1'000)
        .speech_stops()
        .at(1'250)
        .expect({ "1250 commit 1 What is it?" });
}

// swml-ai 84
TEST(TurnEngine, turn_detection_can_be_off)
{
    auto policy = quiet();
    policy.turn_detection = false;
    TurnScript(policy)
        .at(0)
        .speech_starts()
        .words("What is it?", 0)
        .at(1'000)
        .speech_stops()
        .at(1'700)
        .expect({ "1700 commit 1 What is it?" });
}

TEST(TurnEngine, doubtful_words_wait_twice_the_pause)
{
    auto policy = quiet();
    policy.confidence = 0.6;
    TurnScript(policy)
        .at(0)
        .speech_starts()
        .words("mumble", 0, 0.3)
        .at(1'000)
        .speech_stops()
        .at(2'399)
        .expect({})
        .at(2'400)
        .expect({ "2400 commit 1 mumble" });
}

// swml-ai 84
TEST(TurnEngine, a_long_turn_is_committed_at_its_limit)
{
    TurnScript(quiet())
        .at(0)
        .speech_starts()
        .at(59'000)
        .words("and so on")
        .at(60'000)
        .expect({ "60000 commit 1 and so on" });
}

TEST(TurnEngine, endless_noise_does_not_hold_the_floor)
{
    TurnScript(quiet()).at(0).speech_starts().at(60'000).expect({}).expect_floor(Floor::open);
}

// swml-ai 86
TEST(TurnEngine, speech_before_the_first_sound_continues_the_turn)
{
    TurnScript(quiet())
        .at(0)
        .speech_starts()
        .at(1'000)
        .speech_stops()
        .words("of the")
        .at(1'700)
        .expect({ "1700 commit 1 of the" })
        .at(2'000)
        .speech_starts()
        .expect({ "2000 cancel" })
        .expect_floor(Floor::user)
        .at(3'000)
        .speech_stops()
        .words("blue house", 2'000)
        .at(3'700)
        .expect({ "3700 commit 1 of the blue house" });
}

TEST(TurnEngine, a_cough_while_thinking_only_delays_the_reply)
{
    TurnScript(quiet())
        .at(0)
        .speech_starts()
        .at(1'000)
        .speech_stops()
        .words("hello")
        .at(1'700)
        .expect({ "1700 commit 1 hello" })
        .at(1'900)
        .speech_starts()
        .at(2'000)
        .speech_stops()
        .at(2'700)
        .expect({ "1900 cancel", "2700 commit 1 hello" });
}

// Does not wait for the final text of interim words.
TurnPolicy impatient()
{
    auto policy = quiet();
    policy.first_word = 0ms;
    return policy;
}

TEST(TurnEngine, interim_words_are_not_answered_before_their_final_text)
{
    TurnScript(quiet())
        .at(0)
        .speech_starts()
        .interim("what")
        .at(1'000)
        .speech_stops()
        .at(1'700)
        .expect({})
        .at(1'900)
        .interim("what is my")
        .expect({})
        .at(2'000)
        .words("what is my balance", 0)
        .expect({ "2000 commit 1 what is my balance" });
}

TEST(TurnEngine, interim_words_whose_final_text_never_comes_are_answered)
{
    TurnScript(quiet())
        .at(0)
        .speech_starts()
        .interim("what is my balance")
        .at(1'000)
        .speech_stops()
        .at(2'700)
        .expect({ "2700 commit 1 what is my balance" });
}

TEST(TurnEngine, the_final_text_of_committed_interim_words_changes_nothing)
{
    TurnScript(impatient())
        .at(0)
        .speech_starts()
        .interim("what is my balance")
        .at(1'000)
        .speech_stops()
        .at(1'700)
        .expect({ "1700 commit 1 what is my balance" })
        .at(1'800)
        .words("What is my balance", 0)
        .expect({});
}

TEST(TurnEngine, late_words_restart_the_reply)
{
    TurnScript(impatient())
        .at(0)
        .speech_starts()
        .interim("what is my")
        .at(1'000)
        .speech_stops()
        .at(1'700)
        .expect({ "1700 commit 1 what is my" })
        .at(1'800)
        .words("what is my balance", 0)
        .expect({ "1800 cancel", "1800 commit 1 what is my balance" });
}

// swml-ai 86
TEST(TurnEngine, late_words_after_a_tool_ran_bring_only_what_is_new)
{
    TurnScript(impatient())
        .at(0)
        .speech_starts()
        .interim("what is my balance")
        .at(1'000)
        .speech_stops()
        .at(1'700)
        .expect({ "1700 commit 1 what is my balance" })
        .event(TurnSettled {})
        .at(1'800)
        .words("What is my balance", 0)
        .expect({})
        .at(1'900)
        .words("in euros", 0)
        .expect({ "1900 cancel", "1900 commit 1 in euros" });
}

TEST(TurnEngine, a_cough_after_a_tool_ran_asks_again_without_new_text)
{
    TurnScript(quiet())
        .at(0)
        .speech_starts()
        .at(1'000)
        .speech_stops()
        .words("hello")
        .at(1'700)
        .expect({ "1700 commit 1 hello" })
        .event(TurnSettled {})
        .at(2'000)
        .speech_starts()
        .at(2'100)
        .speech_stops()
        .at(2'800)
        .expect({ "2000 cancel", "2800 commit 1" });
}

TEST(TurnEngine, silence_after_a_turn_is_filled_once)
{
    TurnScript(quiet())
        .at(0)
        .speech_starts()
        .at(1'000)
        .speech_stops()
        .words("hello")
        .at(5'700)
        .expect({ "1700 commit 1 hello", "5700 filler" })
        .at(30'000)
        .expect({});
}

TEST(TurnEngine, the_agents_silence_during_a_tool_is_filled)
{
    agent_speaks().at(3'000).playout_finishes(true).expect_floor(Floor::thinking).at(7'000).expect({ "7000 filler" });
}

TEST(TurnEngine, a_cough_ducks_then_pauses_then_the_agent_goes_on)
{
    agent_speaks()
        .at(3'000)
        .speech_starts()
        .expect({ "3000 duck" })
        .at(3'300)
        .speech_stops()
        .at(4'299)
        .expect({ "3200 pause" })
        .expect_floor(Floor::contested)
        .at(4'300)
        .expect({ "4300 resume", "4300 unduck" })
        .expect_floor(Floor::agent);
}

TEST(TurnEngine, a_click_ducks_and_does_not_pause)
{
    agent_speaks().at(3'000).speech_starts().at(3'199).speech_stops().at(4'199).expect({ "3000 duck", "4199 unduck" });
}

// swml-ai 11
TEST(TurnEngine, stop_of_300_ms_stops_the_agent)
{
    agent_speaks()
        .at(3'000)
        .speech_starts()
        .at(3'300)
        .speech_stops()
        .at(3'700)
        .words("stop", 2'900)
        .expect({ "3000 duck", "3200 pause", "3700 stop", "3700 cancel", "3700 barge" })
        .expect_floor(Floor::endpointing)
        .at(4'000)
        .expect({ "4000 commit 2 stop" });
}

TEST(TurnEngine, words_while_the_user_still_speaks_give_him_the_floor)
{
    agent_speaks()
        .at(3'000)
        .speech_starts()
        .at(3'600)
        .interim("no wait", 3'000)
        .expect({ "3000 duck", "3200 pause", "3600 stop", "3600 cancel", "3600 barge" })
        .expect_floor(Floor::user)
        .at(4'500)
        .words("no wait a moment", 3'000)
        .speech_stops()
        .at(5'200)
        .expect({ "5200 commit 2 no wait a moment" });
}

TEST(TurnEngine, speech_that_began_just_before_the_sound_still_counts)
{
    agent_speaks()
        .at(2'350)
        .speech_starts()
        .at(2'800)
        .words("stop", 2'200)
        .expect({ "2350 duck", "2550 pause", "2800 stop", "2800 cancel", "2800 barge" });
}

// swml-ai 85
TEST(TurnEngine, doubtful_words_do_not_interrupt)
{
    auto policy = quiet();
    policy.barge_confidence = 0.5;
    agent_speaks(policy)
        .at(3'000)
        .speech_starts()
        .at(3'100)
        .words("hm", 3'000, 0.4)
        .expect({ "3000 duck" })
        .expect_floor(Floor::contested);
    agent_speaks(policy)
        .at(3'000)
        .speech_starts()
        .at(3'100)
        .words("hm", 3'000, 0.5)
        .expect({ "3000 duck", "3100 stop", "3100 cancel", "3100 barge" });
    agent_speaks(policy)
        .at(3'000)
        .speech_starts()
        .at(3'100)
        .words("hm", 3'000, 0)
        .expect({ "3000 duck", "3100 stop", "3100 cancel", "3100 barge" });
    // Our own recogniser: interim words have no confidence, final ones have.
    agent_speaks(policy)
        .at(3'000)
        .speech_starts()
        .at(3'100)
        .interim("hm", 3'000, 0)
        .expect({ "3000 duck" })
        .at(3'150)
        .words("hm", 3'000, 0.8)
        .expect({ "3150 stop", "3150 cancel", "3150 barge" });
}

// swml-ai 85
TEST(TurnEngine, too_few_words_do_not_interrupt)
{
    auto policy = quiet();
    policy.barge_min_words = 3;
    agent_speaks(policy)
        .at(3'000)
        .speech_starts()
        .at(3'100)
        .words("uh huh", 3'000)
        .expect({ "3000 duck" })
        .at(3'150)
        .words("stop", 3'100)
        .expect({ "3150 stop", "3150 cancel", "3150 barge" });
}

// swml-ai 85
TEST(TurnEngine, only_the_matching_string_interrupts)
{
    auto policy = quiet();
    policy.barge_match = "stop";
    agent_speaks(policy)
        .at(3'000)
        .speech_starts()
        .at(3'050)
        .words("go on please", 3'000)
        .expect({ "3000 duck" })
        .at(3'150)
        .words("now STOP it", 3'100)
        .expect({ "3150 stop", "3150 cancel", "3150 barge" });
}

TEST(TurnEngine, interim_words_interrupt_only_if_they_may)
{
    auto policy = quiet();
    policy.barge_on_interim = false;
    agent_speaks(policy)
        .at(3'000)
        .speech_starts()
        .at(3'050)
        .interim("stop", 3'000)
        .expect({ "3000 duck" })
        .at(3'150)
        .words("stop", 3'000)
        .expect({ "3150 stop", "3150 cancel", "3150 barge" });
}

// swml-ai 85
TEST(TurnEngine, without_barge_words_wait_until_the_agent_has_finished)
{
    auto policy = quiet();
    policy.barge = false;
    agent_speaks(policy)
        .at(3'000)
        .speech_starts()
        .at(3'600)
        .speech_stops()
        .words("stop", 3'000)
        .expect({})
        .at(5'000)
        .playout_finishes()
        .expect({ "5000 commit 1 stop" });
}

// swml-ai 92
TEST(TurnEngine, noise_interrupts_only_when_asked_for)
{
    agent_speaks().at(3'000).speech_starts().at(4'500).expect({ "3000 duck", "3200 pause" });
    auto policy = quiet();
    policy.noise = 1s;
    agent_speaks(policy).at(3'000).speech_starts().at(4'500).expect(
        { "3000 duck", "3200 pause", "4000 stop", "4000 cancel", "4000 barge" });
    agent_speaks(policy).at(3'000).speech_starts().at(3'900).speech_stops().at(4'500).expect(
        { "3000 duck", "3200 pause" });
}

TEST(TurnEngine, endless_noise_over_the_agent_does_not_silence_it)
{
    agent_speaks().at(3'000).speech_starts().at(11'000).expect(
        { "3000 duck", "3200 pause", "11000 resume", "11000 unduck" });
}

TEST(TurnEngine, the_agent_does_not_resume_into_new_speech)
{
    agent_speaks()
        .at(3'000)
        .speech_starts()
        .at(3'300)
        .speech_stops()
        .at(4'000)
        .speech_starts()
        .at(4'400)
        .expect({ "3000 duck", "3200 pause" })
        .expect_floor(Floor::contested)
        .speech_stops()
        .at(5'400)
        .expect({ "5400 resume", "5400 unduck" });
}

TEST(TurnEngine, playout_that_ends_under_a_cough_opens_the_floor)
{
    agent_speaks()
        .at(3'000)
        .speech_starts()
        .at(3'100)
        .speech_stops()
        .playout_finishes()
        .expect_floor(Floor::contested)
        .at(4'100)
        .expect({ "3000 duck", "4100 unduck" })
        .expect_floor(Floor::open);
}

TEST(TurnEngine, words_under_the_last_sound_are_a_turn)
{
    agent_speaks()
        .at(3'000)
        .speech_starts()
        .at(3'100)
        .playout_finishes()
        .at(3'150)
        .words("thanks", 3'000)
        .expect({ "3000 duck", "3150 stop", "3150 cancel", "3150 barge" })
        .at(3'160)
        .speech_stops()
        .at(3'860)
        .expect({ "3860 commit 2 thanks" });
}

// swml-ai 87
TEST(TurnEngine, attention_comes_when_nobody_speaks_and_again)
{
    TurnPolicy policy;
    policy.attention = 5s;
    agent_speaks(policy)
        .at(3'000)
        .playout_finishes()
        .at(8'000)
        .expect({ "8000 attention" })
        .expect_floor(Floor::thinking)
        .at(8'500)
        .playout_starts()
        .at(9'000)
        .playout_finishes()
        .at(14'000)
        .expect({ "14000 attention" });
}

TEST(TurnEngine, no_attention_before_anybody_spoke)
{
    TurnScript().at(60'000).expect({});
}

TEST(TurnEngine, a_cough_during_the_greeting_that_is_not_audible_yet_delays_it)
{
    TurnScript(quiet())
        .at(0)
        .event(ReplyOpened {})
        .at(100)
        .speech_starts()
        .at(200)
        .speech_stops()
        .at(1'900)
        .expect({ "100 cancel", "1900 commit 1" });
}

TEST(TurnEngine, an_injected_message_under_a_cough_is_answered)
{
    TurnScript(quiet())
        .at(0)
        .speech_starts()
        .event(MessageInjected { true })
        .at(100)
        .speech_stops()
        .at(1'800)
        .expect({ "1800 commit 1" });
}

TEST(TurnEngine, an_injected_message_under_a_false_barge_in_is_answered_after_the_reply)
{
    agent_speaks()
        .at(3'000)
        .speech_starts()
        .event(MessageInjected { true })
        .at(3'100)
        .speech_stops()
        .at(4'100)
        .expect({ "3000 duck", "4100 unduck" })
        .at(6'000)
        .playout_finishes()
        .expect({ "6000 commit 1" });
}

TEST(TurnEngine, a_hold_ends_by_itself)
{
    TurnScript(quiet())
        .at(0)
        .event(HoldStarted { 30s })
        .at(29'999)
        .expect_floor(Floor::held)
        .at(30'000)
        .expect({ "30000 end hold" })
        .expect_floor(Floor::open);
}

TEST(TurnEngine, what_was_asked_before_the_hold_is_answered_after_it)
{
    TurnScript(quiet())
        .at(0)
        .speech_starts()
        .at(1'000)
        .speech_stops()
        .words("hello")
        .at(1'700)
        .expect({ "1700 commit 1 hello" })
        .event(HoldStarted { 30s })
        .at(5'000)
        .event(HoldEnded {})
        .expect({ "1700 cancel", "5000 commit 1 hello" });
}

TEST(TurnEngine, what_is_due_before_an_event_happens_before_it)
{
    // The pause ends at 1700; speech that starts in the same instant finds the turn committed.
    TurnEngine engine(quiet());
    Commands out;
    engine.handle(SpeechStarted {}, Instant { 0ms }, out);
    engine.handle(WordsHeard { "hello", true, 0, Instant { 0ms } }, Instant { 500ms }, out);
    engine.handle(SpeechStopped {}, Instant { 1'000ms }, out);
    EXPECT_TRUE(out.empty());
    engine.handle(SpeechStarted {}, Instant { 1'700ms }, out);
    ASSERT_EQ(out.size(), 2U);
    EXPECT_EQ(to_text(out[0]), "commit 1 hello");
    EXPECT_EQ(to_text(out[1]), "cancel");
}

TEST(TurnEngine, a_turn_has_a_limit)
{
    TurnScript script(quiet());
    script.at(0).speech_starts();
    for (int i = 0; i < 40; ++i)
        script.words(std::string(1'000, 'a'), 0);
    EXPECT_LE(script.engine().unsettled().size(), 17U * 1024);
    EXPECT_GE(script.engine().unsettled().size(), 15U * 1000);
}

} // namespace
} // namespace parley::turn::test
