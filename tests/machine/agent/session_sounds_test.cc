// Sounds that are no speech.
#include "machine/agent/session_script.h"

namespace parley::agent {
namespace {

// swml-ai 94: `background_file`, `background_file_loops`, `background_file_volume`
TEST(SessionSounds, the_background_sounds_for_the_whole_session)
{
    auto spec = quiet_spec();
    spec.sound.background = "http://127.0.0.1/office.wav";
    spec.sound.background_loops = 3;
    spec.sound.background_volume = -20;
    SessionScript script(spec);
    const auto* play = script.last<PlaySound>();
    ASSERT_NE(play, nullptr);
    EXPECT_EQ(play->place, SoundPlace::background);
    EXPECT_EQ(play->source, "http://127.0.0.1/office.wav");
    EXPECT_EQ(play->loops, 3);
    EXPECT_EQ(play->volume, -20);
    EXPECT_EQ(script.last<StopSound>(), nullptr);
    script.at(5'000).event(StopSession {});
    ASSERT_NE(script.last<StopSound>(), nullptr);
    EXPECT_EQ(script.last<StopSound>()->place, SoundPlace::background);
}

TEST(SessionSounds, what_has_ended_is_not_stopped)
{
    auto spec = quiet_spec();
    spec.sound.background = "office.wav";
    SessionScript script(spec);
    script.event(SoundEnded { SoundPlace::background, "" }).event(StopSession {});
    EXPECT_EQ(script.last<StopSound>(), nullptr);
}

TEST(SessionSounds, there_is_none_unless_asked_for)
{
    SessionScript script;
    script.at(1'000).event(StopSession {});
    EXPECT_EQ(script.last<PlaySound>(), nullptr);
    EXPECT_EQ(script.last<StopSound>(), nullptr);
}

} // namespace
} // namespace parley::agent
