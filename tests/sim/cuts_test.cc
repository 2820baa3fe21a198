// The caller interrupts at 200 random moments. What the log says was heard is compared with the packets that had left.
#include "conversation.h"

#include <gtest/gtest.h>

namespace parley::sim {
namespace {

AiSpec listening_agent()
{
    AiSpec spec;
    spec.prompt.text = "You help callers.";
    spec.languages = { { "English", "en-US", "", "" } };
    spec.greeting.wait_for_user = true;
    spec.turn.attention = 0ms;
    return spec;
}

// Words whose last sample was among so many.
std::size_t words_within(const std::vector<Conversation::Word>& words, std::size_t samples)
{
    std::size_t count = 0;
    for (const auto& word : words) {
        if (word.samples > samples)
            break;
        samples -= word.samples;
        ++count;
    }
    return count;
}

struct Outcome {
    int cut = 0;     // A row with a part of the reply.
    int unheard = 0; // Interrupted before the first word was out.
    int played = 0;  // The whole reply was out before the interruption counted.
    int exact = 0;   // The row has exactly the words that were out.
};

void interrupt(std::uint32_t seed, Outcome& outcome)
{
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Weather weather { 0.05, 25ms, 30ms };
    Conversation call(listening_agent(), weather, seed);
    call.voice_stutters = seed % 4 == 0;
    call.speak(Instant(1s), 1'200ms, "what is my balance");
    while (!call.first_sound() && call.now() < Instant(30s))
        call.run_until(call.now() + 20ms);
    ASSERT_TRUE(call.first_sound());
    const std::string reply = call.generated().back();
    const Instant onset = call.now() + std::chrono::milliseconds(call.random(8'000));
    call.speak(onset, std::chrono::milliseconds(300 + call.random(1'200)), "stop please");
    // The second reply must not be taken for the first one.
    while (!call.samples_left_at_stop() && call.rows_of(Role::assistant).empty() && call.now() < Instant(60s))
        call.run_until(call.now() + 20ms);
    const auto words = call.voiced(); // Of the first reply: the second one has not been asked for.
    const auto left = call.samples_left_at_stop();
    call.run_until(call.now() + 100ms);
    ASSERT_EQ(call.violations(), std::vector<std::string> {});
    const auto rows = call.rows_of(Role::assistant);
    if (!left) { // Nothing was stopped: all of it was heard.
        ASSERT_EQ(rows.size(), 1U);
        EXPECT_EQ(rows.front(), reply);
        ++outcome.played;
        return;
    }
    const std::size_t out = words_within(words, *left);
    if (rows.empty()) {
        EXPECT_LE(out, 1U);
        ++outcome.unheard;
        return;
    }
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_TRUE(reply.starts_with(rows.front())) << rows.front() << "\nof " << reply;
    EXPECT_LT(rows.front().size(), reply.size());
    const std::size_t logged = count_words(rows.front());
    EXPECT_LE(logged, out + 1) << rows.front();
    EXPECT_GE(logged + 1, out) << rows.front();
    ++outcome.cut;
    outcome.exact += logged == out ? 1 : 0;
}

TEST(Cuts, the_log_holds_the_words_of_the_packets_that_left)
{
    constexpr std::uint32_t first_seed = 20'261'120;
    std::printf("seeds from %u\n", first_seed);
    Outcome outcome;
    std::uint32_t seed = first_seed;
    while (outcome.cut < 200 && seed < first_seed + 400 && !::testing::Test::HasFailure())
        interrupt(seed++, outcome);
    std::printf("cut %d (%d of them to the very word), unheard %d, played out %d\n", outcome.cut, outcome.exact,
        outcome.unheard, outcome.played);
    EXPECT_EQ(outcome.cut, 200);
    EXPECT_LT(outcome.unheard, 20);
    EXPECT_GT(outcome.exact, 180);
}

} // namespace
} // namespace parley::sim
