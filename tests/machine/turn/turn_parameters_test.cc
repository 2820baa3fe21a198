// One test a parameter of turn-taking: what changes with it.
#include "turn_script.h"

namespace parley::turn::test {
namespace {

TurnPolicy quiet()
{
    TurnPolicy policy;
    policy.attention = 0ms;
    policy.transparent_barge = false;
    return policy;
}

TurnScript agent_speaks(const TurnPolicy& policy, const ReplyOpened& reply = {})
{
    TurnScript script(policy);
    script.at(0).event(reply).at(300).playout_starts().expect_floor(Floor::agent);
    return script;
}

// swml-ai 84: `end_of_speech_timeout`
TEST(TurnParameters, the_pause_that_ends_a_turn)
{
    for (const auto pause : { 250, 700, 3'000 }) {
        auto policy = quiet();
        policy.end_of_speech = Duration(std::chrono::milliseconds(pause));
        const auto due = std::to_string(1'000 + pause);
        TurnScript(policy).at(0).speech_starts().words("hello").at(1'000).speech_stops().at(9'000).expect(
            { due + " commit 1 hello", std::to_string(5'000 + pause) + " filler" });
    }
}

// swml-ai 84: `turn_detection_timeout`, here on interim words; 0: at once.
TEST(TurnParameters, the_pause_after_a_whole_sentence)
{
    for (const auto pause : { 0, 250, 600 }) {
        auto policy = quiet();
        policy.turn_detection_pause = Duration(std::chrono::milliseconds(pause));
        TurnScript(policy)
            .at(0)
            .speech_starts()
            .interim("Good morning.")
            .at(1'000)
            .speech_stops()
            .at(2'000)
            .expect({ std::to_string(1'000 + pause) + " commit 1 Good morning." });
    }
}

// swml-ai 84: `speech_event_timeout`: the voice goes on, for instance a television's, but no words come any more.
TEST(TurnParameters, words_that_stop_coming_end_the_turn)
{
    for (const auto wait : { 1'400, 2'500 }) {
        auto policy = quiet();
        policy.speech_event = Duration(std::chrono::milliseconds(wait));
        TurnScript(policy)
            .at(0)
            .speech_starts()
            .at(500)
            .interim("what is")
            .at(1'000)
            .interim("what is my balance")
            .at(5'000)
            .expect({ std::to_string(1'000 + wait) + " commit 1 what is my balance" });
    }
    auto off = quiet();
    off.speech_event = 0ms;
    TurnScript(off).at(0).speech_starts().interim("what is").at(50'000).expect({});
}

TEST(TurnParameters, a_recogniser_without_interim_words_tells_nothing_by_its_silence)
{
    TurnScript(quiet()).at(0).speech_starts().at(500).words("what is", 0).at(20'000).expect({});
}

// swml-ai 84: `first_word_timeout`: a voice without words is noise; the floor is free, and silence counts.
TEST(TurnParameters, a_voice_without_words_is_noise)
{
    for (const auto wait : { 1'000, 3'000 }) {
        TurnPolicy policy;
        policy.attention = 10s;
        policy.first_word = Duration(std::chrono::milliseconds(wait));
        TurnScript script(policy);
        script.at(0).speech_starts().interim("Hello.").at(500).speech_stops().words("Hello.", 0);
        script.at(750).playout_starts().playout_finishes().expect({ "750 commit 1 Hello." });
        script.at(2'000).speech_starts().at(2'000 + wait - 1).expect_floor(Floor::user);
        script.at(2'000 + wait).expect_floor(Floor::open);
        script.at(12'000 + wait).expect({ std::to_string(12'000 + wait) + " attention" });
    }
}

TEST(TurnParameters, noise_in_the_reply_that_is_made_only_delays_it)
{
    TurnScript(quiet())
        .at(0)
        .speech_starts()
        .interim("hello")
        .words("hello", 0)
        .at(500)
        .speech_stops()
        .at(1'300)
        .speech_starts()
        .at(4'000)
        .expect({ "1200 commit 1 hello", "1300 cancel", "2700 commit 1 hello" });
}

TEST(TurnParameters, late_words_of_noise_are_a_turn_all_the_same)
{
    TurnScript(quiet())
        .at(0)
        .speech_starts()
        .interim("uh")
        .words("uh", 0)
        .at(100)
        .speech_stops()
        .at(800)
        .expect({ "800 commit 1 uh" })
        .event(ReplyEnded {})
        .at(2'000)
        .speech_starts()
        .at(3'500)
        .expect_floor(Floor::open)
        .interim("my balance", 2'000)
        .expect_floor(Floor::user)
        .words("my balance please", 2'000)
        .speech_stops()
        .at(4'200)
        .expect({ "4200 commit 3 my balance please" });
}

// `enable_turn_detection` off: neither sentences nor numbers change the pause.
TEST(TurnParameters, a_dictated_number_waits_longer)
{
    const auto commit = [](const TurnPolicy& policy, const std::string& words) {
        TurnScript script(policy);
        script.at(0).speech_starts().words(words).at(1'000).speech_stops().at(4'000);
        return script.take().front();
    };
    EXPECT_EQ(commit(quiet(), "it is five five five"), "3000 commit 1 it is five five five");
    EXPECT_EQ(commit(quiet(), "it is 555"), "3000 commit 1 it is 555");
    EXPECT_EQ(commit(quiet(), "b as in berta"), "1700 commit 1 b as in berta");
    EXPECT_EQ(commit(quiet(), "at 10"), "1700 commit 1 at 10");
    auto fixed = quiet();
    fixed.turn_detection = false;
    EXPECT_EQ(commit(fixed, "it is five five five"), "1700 commit 1 it is five five five");
}

TEST(TurnParameters, a_number_dictated_with_pauses_of_1500_ms_is_one_turn)
{
    TurnScript script(quiet());
    std::int64_t at = 0;
    for (const char* group : { "four one one one", "one one one one", "one one one one", "one one one two" }) {
        script.at(at).speech_starts().words(group, at).at(at + 1'200).speech_stops();
        at += 2'700;
    }
    script.at(20'000);
    EXPECT_EQ(script.take().front(), "11300 commit 1 four one one one one one one one one one one one one one one two");
}

// swml-ai 85: `barge_match_string`, a pattern; and `barge_min_words` counts as well.
TEST(TurnParameters, only_words_that_match_the_pattern_interrupt)
{
    auto policy = quiet();
    policy.barge_match = "^(stop|wait)\\b";
    const auto floor_after = [](const TurnPolicy& p, const std::string& words) {
        auto script = agent_speaks(p);
        script.at(1'000).speech_starts().at(1'100).words(words, 1'000);
        return script.engine().floor();
    };
    EXPECT_EQ(floor_after(policy, "Stop it"), Floor::user);
    EXPECT_EQ(floor_after(policy, "do not stop"), Floor::contested);
    EXPECT_EQ(floor_after(policy, "stopping"), Floor::contested);
    policy.barge_min_words = 3;
    EXPECT_EQ(floor_after(policy, "stop it"), Floor::contested);
    EXPECT_EQ(floor_after(policy, "stop it now"), Floor::user);
    policy.barge_match = "(";
    EXPECT_EQ(floor_after(policy, "go on please now"), Floor::user); // No pattern: any words.
}

// swml-ai 85: `enable_barge`
TEST(TurnParameters, partial_and_complete_words_interrupt_where_they_may)
{
    const auto taken_at = [](bool partial, bool complete) {
        auto policy = quiet();
        policy.barge_on_interim = partial;
        policy.barge_on_final = complete;
        auto script = agent_speaks(policy);
        script.at(1'000).speech_starts().at(1'100).interim("no", 1'000).at(1'150).words("no", 1'000).at(1'190);
        const auto seen = script.take();
        return seen.back();
    };
    EXPECT_EQ(taken_at(true, true), "1100 barge");
    EXPECT_EQ(taken_at(false, true), "1150 barge");
    EXPECT_EQ(taken_at(false, false), "1000 duck");
}

// swml-ai 85: `static_greeting_no_barge`
TEST(TurnParameters, over_a_reply_that_may_not_be_interrupted_words_wait)
{
    agent_speaks(quiet(), ReplyOpened { false })
        .at(1'000)
        .speech_starts()
        .at(1'500)
        .speech_stops()
        .words("hello", 1'000)
        .expect({})
        .at(5'000)
        .playout_finishes()
        .expect({ "5000 commit 1 hello" })
        .at(5'500)
        .playout_starts()
        .at(9'000)
        .speech_starts()
        .expect({ "9000 duck" }); // Only that one.
}

TEST(TurnParameters, words_before_a_greeting_that_may_not_be_interrupted_is_audible_wait_as_well)
{
    TurnScript(quiet())
        .at(0)
        .event(ReplyOpened { false })
        .at(100)
        .speech_starts()
        .at(300)
        .words("hello", 100)
        .playout_starts()
        .at(400)
        .speech_stops()
        .at(2'000)
        .expect({})
        .playout_finishes()
        .expect({ "2000 commit 1 hello" });
}

// swml-ai 92: `interrupt_on_noise`, its threshold.
TEST(TurnParameters, noise_of_the_threshold_interrupts)
{
    for (const auto threshold : { 500, 2'000 }) {
        auto policy = quiet();
        policy.noise = Duration(std::chrono::milliseconds(threshold));
        const auto due = std::to_string(1'000 + threshold);
        agent_speaks(policy).at(1'000).speech_starts().at(3'500).expect(
            { "1000 duck", "1200 pause", due + " stop", due + " cancel", due + " barge" });
    }
}

TEST(TurnParameters, a_policy_that_changes_holds_from_then_on)
{
    TurnEngine engine(quiet());
    auto policy = quiet();
    policy.end_of_speech = 2s;
    engine.set_policy(policy);
    Commands out;
    engine.handle(SpeechStarted {}, Instant { 0ms }, out);
    engine.handle(WordsHeard { "hello", true, 0, Instant { 0ms } }, Instant { 500ms }, out);
    engine.handle(SpeechStopped {}, Instant { 1s }, out);
    EXPECT_EQ(engine.deadline(), Instant { 3s });
}

// ---- Keys and the last reply ---------------------------------------------------------------------------------------

TEST(TurnKeys, nobody_is_asked_for_attention_between_keys)
{
    TurnPolicy policy;
    policy.attention = 5s;
    TurnScript(policy)
        .at(0)
        .event(SilenceBegan {})
        .at(4'000)
        .event(KeyPressed {})
        .at(30'000)
        .expect({})
        .event(MessageInjected { true, true })
        .expect({ "30000 commit 1" });
}

TEST(TurnKeys, where_words_may_not_interrupt_keys_may_not_either)
{
    auto policy = quiet();
    policy.barge = false;
    agent_speaks(policy)
        .at(1'000)
        .event(KeyPressed {})
        .event(MessageInjected { true, true })
        .expect({})
        .at(2'000)
        .playout_finishes()
        .expect({ "2000 commit 1" });
}

TEST(LastReply, nobody_interrupts_it)
{
    agent_speaks(quiet())
        .at(1'000)
        .event(LastReplyWanted {})
        .expect({ "1000 stop", "1000 cancel", "1000 commit 2" })
        .at(1'100)
        .speech_starts()
        .words("wait", 1'100)
        .at(1'500)
        .playout_starts()
        .at(2'000)
        .speech_stops()
        .words("stop", 1'600)
        .at(3'000)
        .expect({});
}

TEST(LastReply, a_user_who_speaks_may_finish)
{
    TurnScript(quiet())
        .at(0)
        .speech_starts()
        .event(LastReplyWanted {})
        .at(1'000)
        .words("one more thing", 0)
        .speech_stops()
        .at(1'700)
        .expect({ "1700 commit 1 one more thing" });
}

// swml-ai 88: the first silence counts where the session says so.
TEST(Silence, counts_from_the_beginning_only_when_told)
{
    TurnPolicy policy;
    policy.attention = 10s;
    TurnScript(policy).at(60'000).expect({});
    TurnScript(policy).at(1'000).event(SilenceBegan {}).at(11'000).expect({ "11000 attention" });
}

} // namespace
} // namespace parley::turn::test
