// Conversations on a line that sends the agent's voice back.
#include "conversation.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace parley::sim {
namespace {

AiSpec agent()
{
    AiSpec spec;
    spec.prompt.text = "You help callers.";
    spec.languages = { { "English", "en-US", "", "" } };
    spec.greeting.text = "Welcome to the bank, how can I help?";
    spec.turn.attention = 0ms;
    return spec;
}

struct Outcome {
    std::vector<std::string> user_rows;
    bool interrupted = false;
    std::vector<std::string> violations;
};

// The greeting, a question, its answer; then silence.
Outcome talk(std::uint32_t seed, Duration delay, double loss_db, VoiceActivityOptions options = {})
{
    Conversation call(agent(), Weather { 0.01, 20ms, 15ms }, seed, options);
    call.echo_delay = delay;
    call.echo_loss_db = loss_db;
    call.speak(Instant(12s), 1'500ms, "what is my balance today");
    call.run_until(Instant(45s));
    return { call.rows_of(Role::user), call.samples_left_at_stop().has_value(), call.violations() };
}

TEST(EchoLine, no_conversation_interrupts_or_answers_itself)
{
    std::uint32_t seed = 4'000;
    for (const Duration delay : { 60ms, 150ms, 250ms, 380ms })
        for (const double loss : { 10.0, 16.0, 24.0 }) {
            SCOPED_TRACE("seed " + std::to_string(++seed));
            const auto outcome = talk(seed, delay, loss);
            EXPECT_EQ(outcome.user_rows, std::vector<std::string> { "what is my balance today" });
            EXPECT_FALSE(outcome.interrupted);
            EXPECT_EQ(outcome.violations, std::vector<std::string> {});
        }
}

TEST(EchoLine, without_the_floor_it_would)
{
    VoiceActivityOptions options;
    options.echo_floor = false;
    const auto outcome = talk(4'100, 150ms, 10, options);
    EXPECT_TRUE(outcome.interrupted || outcome.user_rows.size() > 1);
}

TEST(EchoLine, a_caller_still_takes_the_floor)
{
    for (std::uint32_t seed = 4'200; seed < 4'206; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        AiSpec spec = agent();
        spec.greeting.text = "Welcome to the bank, this is a long greeting that goes on and on for some time, so that "
                             "one can speak into it, and on, and on, until nobody can wait any longer.";
        Conversation call(spec, Weather { 0.01, 20ms, 15ms }, seed);
        call.echo_delay = 200ms;
        call.echo_loss_db = 12;
        call.speak(Instant(5s), 1'500ms, "stop please");
        call.run_until(Instant(30s));
        EXPECT_TRUE(call.samples_left_at_stop());
        const auto rows = call.rows_of(Role::user);
        EXPECT_EQ(std::ranges::count(rows, "stop please"), 1);
    }
}

} // namespace
} // namespace parley::sim
