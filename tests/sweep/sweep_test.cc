// Whatever fails, the session is never wedged, the user is never forgotten, the log is well formed, and it ends once.
#include "simulation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace parley::talk {
namespace {

using Kind = Fault::Kind;

class Sweep : public testing::TestWithParam<std::string> {
protected:
    void run_with_every_failure(Kind kind)
    {
        const auto talk = load_talk(GetParam());
        ASSERT_TRUE(talk) << talk.error().what;
        Simulation plain(*talk);
        plain.run();
        for (int which = 1; which <= plain.count(kind); ++which) {
            Simulation simulation(*talk, Fault { kind, which });
            simulation.run();
            std::string trace;
            for (const auto& line : simulation.trace())
                trace += "  " + line + "\n";
            EXPECT_THAT(simulation.violations(), testing::IsEmpty())
                << talk->name << ": " << name_of(kind) << " " << which << "\n"
                << trace;
        }
    }
};

TEST_P(Sweep, model_fails)
{
    run_with_every_failure(Kind::model_fails);
}
TEST_P(Sweep, model_hangs)
{
    run_with_every_failure(Kind::model_hangs);
}
TEST_P(Sweep, voice_fails)
{
    run_with_every_failure(Kind::voice_fails);
}
TEST_P(Sweep, voice_hangs)
{
    run_with_every_failure(Kind::voice_hangs);
}
TEST_P(Sweep, tool_fails)
{
    run_with_every_failure(Kind::tool_fails);
}
TEST_P(Sweep, tool_hangs)
{
    run_with_every_failure(Kind::tool_hangs);
}
TEST_P(Sweep, words_are_lost)
{
    run_with_every_failure(Kind::words_lost);
}
TEST_P(Sweep, recogniser_fails)
{
    run_with_every_failure(Kind::stt_fails);
}
TEST_P(Sweep, recogniser_recovers)
{
    run_with_every_failure(Kind::stt_recovers);
}

INSTANTIATE_TEST_SUITE_P(All, Sweep, testing::ValuesIn(all_talks()),
    [](const auto& talk) { return std::filesystem::path(talk.param).stem().string(); });

// The caller hangs up, or the session is stopped, at every moment of every conversation.
TEST_P(Sweep, ends_at_every_moment)
{
    const auto talk = load_talk(GetParam());
    ASSERT_TRUE(talk) << talk.error().what;
    for (const bool hang_up : { true, false }) {
        for (Duration at = 0ms; at < 12s; at += 130ms) {
            Talk cut = *talk;
            std::erase_if(cut.steps, [&](const Step& step) { return step.at >= at; });
            if (hang_up)
                cut.steps.push_back({ at, agent::Event(agent::CallEnded { EndedBy::caller }) });
            else
                cut.steps.push_back({ at, agent::Event(agent::StopSession {}) });
            Simulation simulation(cut);
            simulation.run();
            EXPECT_THAT(simulation.violations(), testing::IsEmpty())
                << talk->name << " ended at " << to_milliseconds(at) << " ms";
        }
    }
}

} // namespace
} // namespace parley::talk
