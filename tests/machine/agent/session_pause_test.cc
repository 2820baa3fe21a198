// Who is not spoken to.
#include "machine/agent/session_script.h"

#include <gmock/gmock.h>

namespace parley::agent {
namespace {

AiSpec paused()
{
    AiSpec spec = quiet_spec();
    spec.greeting.wait_for_user = false;
    spec.greeting.text = "Hello.";
    spec.turn.attention = 10s;
    spec.pause.start_paused = true;
    return spec;
}

std::size_t asked(const SessionScript& script)
{
    return script.all<AskModel>().size();
}

// `start_paused`, `ai_name`
TEST(Pause, only_the_name_wakes_the_agent)
{
    SessionScript script(paused());
    script.turn("what time is it").at(60'000);
    EXPECT_EQ(script.last<Speak>(), nullptr);
    EXPECT_EQ(asked(script), 0U); // Neither answered nor asked for attention.
    script.turn("ok Computer, what time is it");
    ASSERT_EQ(asked(script), 1U);
    EXPECT_EQ(script.last<AskModel>()->request.messages.back().content, "ok Computer, what time is it");
    script.says("Noon.").played().turn("and now");
    EXPECT_EQ(asked(script), 2U); // It is awake.
}

// `wake_prefix`
TEST(Pause, with_a_prefix_the_name_alone_does_not)
{
    auto spec = paused();
    spec.pause.prefix = "hey";
    spec.pause.name = "Robo Clerk";
    SessionScript script(spec);
    script.turn("the robo clerk is asleep");
    EXPECT_EQ(asked(script), 0U);
    script.at(5'000).turn("Hey robo clerk!");
    EXPECT_EQ(asked(script), 1U);
}

TEST(Pause, the_turn_that_woke_it_ends_with_its_voice)
{
    SessionScript script(paused());
    script.event(SpeechStarted {}).at(1'000);
    Transcript interim;
    interim.text = "computer";
    script.event(interim).at(1'500);
    EXPECT_EQ(script.session().floor(), turn::Floor::user);
    Transcript final = interim;
    final.text = "computer what time is it";
    final.final = true;
    script.event(final).event(SpeechStopped {}).at(2'200);
    EXPECT_EQ(asked(script), 1U);
}

TEST(Pause, nobody_is_inactive_in_it)
{
    auto spec = paused();
    spec.silence.inactivity = 30s;
    SessionScript script(spec);
    script.at(100'000);
    EXPECT_EQ(script.last<Finished>(), nullptr);
}

// `speak_when_spoken_to`
TEST(Pause, who_answers_to_its_name_alone_wants_to_hear_it_in_each_turn)
{
    auto spec = quiet_spec();
    spec.turn.attention = 10s;
    spec.pause.only_when_named = true;
    SessionScript script(spec);
    script.turn("nice weather");
    EXPECT_EQ(asked(script), 0U);
    script.at(5'000).turn("is it computer");
    EXPECT_EQ(asked(script), 1U);
    script.says("Very nice.").event(PlayoutStarted { { 1 } }).at(7'000);
    script.event(SpeechStarted {});
    Transcript aside;
    aside.text = "told you";
    aside.final = true;
    aside.speech_start = Instant { 7s };
    script.at(7'500).event(aside).event(SpeechStopped {});
    EXPECT_EQ(script.last<turn::DuckPlayout>(), nullptr);
    script.at(8'000).event(PlayoutFinished { { 1 } }).at(60'000);
    EXPECT_EQ(asked(script), 1U);
}

} // namespace
} // namespace parley::agent
