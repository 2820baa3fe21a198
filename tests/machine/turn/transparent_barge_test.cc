// Over a reply that has only begun, the user's turn goes on.
#include "turn_script.h"

namespace parley::turn::test {
namespace {

TurnPolicy quiet()
{
    TurnPolicy policy;
    policy.attention = 0ms;
    return policy;
}

// One turn of the user, committed at 1900, and the agent's reply, audible from 2300.
TurnScript agent_speaks(const TurnPolicy& policy = quiet())
{
    TurnScript script(policy);
    script.at(0).speech_starts().at(1'200).speech_stops().words("book a table", 0);
    script.at(1'900).expect({ "1900 commit 1 book a table" });
    script.at(2'300).playout_starts().expect_floor(Floor::agent);
    return script;
}

// swml-ai 86: the two pieces are one turn.
TEST(TransparentBarge, words_soon_after_the_first_sound_belong_to_the_turn_that_was_answered)
{
    agent_speaks()
        .at(3'000)
        .speech_starts()
        .at(3'600)
        .speech_stops()
        .words("for tomorrow", 3'000)
        .at(4'300)
        .expect({ "3000 duck", "3200 pause", "3600 stop", "3600 cancel", "3600 merge", "4300 commit 1 for tomorrow" });
}

TEST(TransparentBarge, the_commit_says_of_how_many_pieces_the_turn_is)
{
    TurnEngine engine(quiet());
    Commands out;
    const auto at = [](std::int64_t ms) { return Instant { std::chrono::milliseconds(ms) }; };
    engine.handle(SpeechStarted {}, at(0), out);
    engine.handle(WordsHeard { "book", true, 0, at(0) }, at(500), out);
    engine.handle(SpeechStopped {}, at(500), out);
    engine.handle_timeout(at(1'200), out);
    EXPECT_EQ(std::get<CommitTurn>(out.back()).pieces, 1);
    engine.handle(SpeechStarted {}, at(1'300), out); // Before the first sound.
    engine.handle(WordsHeard { "a table", true, 0, at(1'300) }, at(1'900), out);
    engine.handle(SpeechStopped {}, at(1'900), out);
    engine.handle_timeout(at(2'600), out);
    EXPECT_EQ(std::get<CommitTurn>(out.back()), (CommitTurn { { 1 }, "book a table", 2, 0 }));
    engine.handle(PlayoutStarted {}, at(3'000), out);
    engine.handle(SpeechStarted {}, at(3'500), out); // After it.
    engine.handle(WordsHeard { "for two", true, 0, at(3'500) }, at(4'000), out);
    engine.handle(SpeechStopped {}, at(4'000), out);
    engine.handle_timeout(at(5'000), out);
    EXPECT_EQ(std::get<CommitTurn>(out.back()), (CommitTurn { { 1 }, "for two", 3, 1 }));
}

TEST(TransparentBarge, a_cough_before_the_first_sound_is_no_piece)
{
    TurnEngine engine(quiet());
    Commands out;
    const auto at = [](std::int64_t ms) { return Instant { std::chrono::milliseconds(ms) }; };
    engine.handle(SpeechStarted {}, at(0), out);
    engine.handle(WordsHeard { "book", true, 0, at(0) }, at(500), out);
    engine.handle(SpeechStopped {}, at(500), out);
    engine.handle(SpeechStarted {}, at(1'300), out);
    engine.handle(SpeechStopped {}, at(1'400), out);
    engine.handle_timeout(at(2'100), out);
    EXPECT_EQ(std::get<CommitTurn>(out.back()), (CommitTurn { { 1 }, "book", 1, 0 }));
}

// `transparent_barge_max_time`: a voice that begins at its end is inside, later is a barge-in.
TEST(TransparentBarge, after_its_time_a_barge_in_is_a_barge_in)
{
    for (const auto& [from, what] : { std::pair { 5'300, "5400 merge" }, std::pair { 5'301, "5400 barge" } }) {
        agent_speaks()
            .at(from)
            .speech_starts()
            .at(5'400)
            .words("no wait", from)
            .expect({ std::to_string(from) + " duck", "5400 stop", "5400 cancel", what });
    }
    auto policy = quiet();
    policy.transparent_barge_within = 500ms;
    agent_speaks(policy)
        .at(3'000)
        .speech_starts()
        .at(3'100)
        .words("no wait", 3'000)
        .expect({ "3000 duck", "3100 stop", "3100 cancel", "3100 barge" });
}

TEST(TransparentBarge, off_each_one_is_a_barge_in)
{
    auto policy = quiet();
    policy.transparent_barge = false;
    agent_speaks(policy)
        .at(2'400)
        .speech_starts()
        .at(2'500)
        .words("no wait", 2'400)
        .expect({ "2400 duck", "2500 stop", "2500 cancel", "2500 barge" });
}

TEST(TransparentBarge, a_greeting_answers_nothing_so_there_is_no_turn_to_go_on)
{
    TurnScript(quiet())
        .at(0)
        .event(ReplyOpened {})
        .at(200)
        .playout_starts()
        .at(500)
        .speech_starts()
        .at(600)
        .words("hello", 500)
        .expect({ "500 duck", "600 stop", "600 cancel", "600 barge" });
}

TEST(TransparentBarge, its_time_runs_from_the_replys_first_sound_also_after_a_tool)
{
    agent_speaks()
        .at(3'000)
        .playout_finishes(true)
        .at(5'500)
        .playout_starts()
        .at(5'600)
        .speech_starts()
        .at(5'700)
        .words("no wait", 5'600)
        .expect({ "5600 duck", "5700 stop", "5700 cancel", "5700 barge" });
}

} // namespace
} // namespace parley::turn::test
