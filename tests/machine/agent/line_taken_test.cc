// Something else is heard on the line: the agent waits, and what it waits for does not run out.
#include "machine/agent/session_script.h"

#include <gmock/gmock.h>

namespace parley::agent {
namespace {

AiSpec greeting_spec()
{
    AiSpec spec = quiet_spec();
    spec.greeting.wait_for_user = false;
    spec.greeting.text = "Hello there.";
    return spec;
}

TEST(LineTaken, a_sentence_that_waits_for_the_line_is_not_given_up)
{
    SessionScript script(greeting_spec());
    script.event(LineTaken {}).at(600'000).event(LineFreed {});
    script.event(PlayoutStarted { { 1 } }).event(PlayoutFinished { { 1 } });
    const auto rows = script.all<AppendMessage>();
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[1].content, "Hello there.");
}

TEST(LineTaken, a_voice_that_is_silent_on_a_free_line_is_given_up) // What the one above would be without the line.
{
    SessionScript script(greeting_spec());
    script.at(600'000);
    EXPECT_EQ(script.all<AppendMessage>().size(), 1U);
}

TEST(LineTaken, the_time_of_it_does_not_count_as_heard)
{
    SessionScript script(greeting_spec());
    script.event(PlayoutStarted { { 1 } }).at(300).event(LineTaken {}).at(60'300).event(LineFreed {}).at(60'400);
    script.event(StopSession {}).at(61'000); // No mark tells how much was heard: 400 ms are.
    const auto rows = script.all<AppendMessage>();
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[1].content, "Hello");
}

TEST(LineTaken, nobody_is_asked_for_attention_until_it_is_free_again)
{
    AiSpec spec = quiet_spec();
    spec.turn.attention = 10s;
    SessionScript script(spec);
    script.event(LineTaken {}).at(600'000);
    EXPECT_EQ(script.last<AskModel>(), nullptr);
    script.event(LineFreed {}).at(609'999);
    EXPECT_EQ(script.last<AskModel>(), nullptr);
    script.at(610'000);
    EXPECT_NE(script.last<AskModel>(), nullptr);
}

TEST(LineTaken, no_filler_is_spoken_until_it_is_free_again)
{
    SessionScript script;
    script.turn("hello").event(LineTaken {}).at(15'000);
    EXPECT_EQ(script.last<Speak>(), nullptr);
    script.event(LineFreed {}).at(18'999);
    EXPECT_EQ(script.last<Speak>(), nullptr);
    script.at(19'000);
    EXPECT_NE(script.last<Speak>(), nullptr);
}

} // namespace
} // namespace parley::agent
