// The caller interrupts at 200 random moments: the log holds what was heard, to the word.
#include "simulation.h"

#include "turn/words.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace parley::talk {
namespace {

constexpr const char* answer
    = "Well, as far as I can see your balance is ten euros and 50 cents. The last booking was "
      "a transfer of 2.5 euros to Dr. Who on Monday. Your SQL course costs five hundred euros, "
      "e.g. by card. Is there anything else that I can do for you today?";

Talk interrupted_at(Duration at, bool word_times)
{
    Talk talk;
    talk.name = "cut";
    talk.spec.prompt.text = "You help callers.";
    talk.spec.languages = { { "English", "en-US", "slt", "" } };
    talk.spec.greeting.wait_for_user = true;
    talk.spec.turn.attention = 0ms;
    talk.spec.turn.transparent_barge = false; // Else the model does not see what was heard of a reply that had begun.
    talk.spec.pronounce = { { "SQL", "sequel", true }, { "50 cents", "fifty cents", true } };
    talk.word_times = word_times;
    talk.model = { ModelAnswer { 300ms, 30ms, answer, {}, false } };
    talk.steps = { Step { 0s, CallerSpeaks { "what is my balance", 1'200ms, {} } },
        Step { at, CallerSpeaks { "stop please", 500ms, {} } },
        Step { 40s, agent::Event(agent::CallEnded { EndedBy::caller }) } };
    return talk;
}

// The whole words of the answer that had been played when the playout was stopped.
std::size_t words_played(const Simulation& simulation, const Simulation::Cut& cut)
{
    std::size_t words = 0;
    for (const auto& line : simulation.trace()) {
        const auto at = line.find(" speak \"");
        if (at == std::string::npos || words == std::string::npos)
            continue;
        const std::string text = line.substr(at + 8, line.size() - at - 9);
        const auto spoken = turn::split_words(text);
        if (spoken.size() == cut.words.size()
            && std::equal(spoken.begin(), spoken.end(), cut.words.begin(),
                [](std::string_view a, const TimedWord& b) { return a == b.word; })) {
            return words
                + static_cast<std::size_t>(std::count_if(
                    cut.words.begin(), cut.words.end(), [&](const TimedWord& word) { return word.end <= cut.heard; }));
        }
        words += spoken.size();
    }
    return std::string::npos;
}

void cut_200_times(bool word_times, std::size_t tolerance)
{
    const std::uint32_t seed = 20'261'120;
    std::mt19937 random(seed);
    std::uniform_int_distribution<int> when(2'800, 12'000);
    int proper = 0;
    for (int i = 0; i < 200; ++i) {
        const Duration at = std::chrono::milliseconds(when(random));
        Simulation simulation(interrupted_at(at, word_times));
        simulation.run();
        ASSERT_TRUE(simulation.violations().empty()) << simulation.violations().front();
        ASSERT_EQ(simulation.cuts().size(), 1U) << "cut " << i << " at " << to_milliseconds(at);
        std::string heard;
        for (const auto& row : simulation.rows()) {
            if (row.role == Role::assistant) {
                heard = row.content;
                break;
            }
        }
        const std::string_view whole = answer;
        const std::size_t played = words_played(simulation, simulation.cuts().front());
        ASSERT_NE(played, std::string::npos);
        if (heard == "Indeed.") { // The answer to "stop please": nothing of the first one was heard.
            EXPECT_LE(played, 1U + tolerance);
            continue;
        }
        ASSERT_TRUE(whole.starts_with(heard)) << "at " << to_milliseconds(at) << ": " << heard;
        ASSERT_LT(heard.size(), whole.size());
        const std::size_t logged = turn::count_words(heard);
        EXPECT_LE(logged, played + tolerance) << "at " << to_milliseconds(at) << ": " << heard;
        EXPECT_GE(logged + tolerance, played) << "at " << to_milliseconds(at) << ": " << heard;
        ++proper;

        // The model saw the same.
        const auto& messages = simulation.asked().back().request.messages;
        EXPECT_TRUE(std::any_of(messages.begin(), messages.end(),
            [&](const LmMessage& m) { return m.role == LmMessage::Role::assistant && m.content == heard; }));
    }
    EXPECT_GT(proper, 190);
}

TEST(Cuts, with_word_times_the_log_is_right_to_the_word)
{
    cut_200_times(true, 0);
}

// Without them it is an estimate; the voice of this test speaks at a speed that has to be learnt.
TEST(Cuts, without_word_times_the_log_is_close)
{
    cut_200_times(false, 12);
}

} // namespace
} // namespace parley::talk
