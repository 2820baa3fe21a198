// Every .talk file of this folder: exact times, then the whole log.
#include "simulation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace parley::talk {
namespace {

// "1.9" and "1.900" are the same time.
std::string timed(const Expectation& expectation)
{
    return std::to_string(expectation.at.count()) + " " + expectation.what;
}

std::vector<std::string> timed(const std::vector<std::string>& trace)
{
    std::vector<std::string> lines;
    for (const auto& line : trace) {
        const auto space = line.find(' ');
        const double seconds = std::stod(line.substr(0, space));
        lines.push_back(std::to_string(static_cast<std::int64_t>(seconds * 1e6 + 0.5)) + line.substr(space));
    }
    return lines;
}

std::string joined(const std::vector<std::string>& lines)
{
    std::string text;
    for (const auto& line : lines)
        text += "  " + line + "\n";
    return text;
}

class Scenario : public testing::TestWithParam<std::string> { };

TEST_P(Scenario, happens_as_written)
{
    const auto talk = load_talk(GetParam());
    ASSERT_TRUE(talk) << talk.error().what;
    ASSERT_FALSE(talk->log.empty()) << "a conversation without a log proves nothing";
    Simulation simulation(*talk);
    simulation.run();

    const auto lines = timed(simulation.trace());
    auto from = lines.begin();
    for (const auto& expectation : talk->expectations) {
        const auto found = std::find(from, lines.end(), timed(expectation));
        if (found == lines.end()) {
            ADD_FAILURE() << talk->name << ".talk line " << expectation.line
                          << ": not at that time and place: " << expectation.what << "\nwhat happened:\n"
                          << joined(simulation.trace());
            break;
        }
        from = found + 1;
    }
    EXPECT_EQ(simulation.log(), talk->log) << "what happened:\n" << joined(simulation.trace());
    EXPECT_THAT(simulation.violations(), testing::IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(All, Scenario, testing::ValuesIn(all_talks()),
    [](const auto& talk) { return std::filesystem::path(talk.param).stem().string(); });

TEST(TalkFile, names_the_line_of_a_mistake)
{
    const auto talk = parse_talk("bad", "prompt \"x\"\n1.0 caller \"hello\"\n");
    ASSERT_FALSE(talk);
    EXPECT_EQ(talk.error().what, "bad line 2: how long does the caller speak?");
}

TEST(TalkFile, a_wrong_time_or_log_does_not_pass)
{
    const auto talk = parse_talk("x", "wait for user\n0.0 caller \"hello\" for 1s\n9.0 stop\nlog:\nuser \"hello\"\n");
    ASSERT_TRUE(talk);
    Simulation simulation(*talk);
    simulation.run();
    EXPECT_NE(simulation.log(), talk->log); // The answer is missing in the file.
    EXPECT_EQ(simulation.log().size(), 2U);
}

} // namespace
} // namespace parley::talk
