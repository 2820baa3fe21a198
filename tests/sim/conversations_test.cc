// Random conversations: whatever callers, programs, networks and providers do, these things hold.
#include "conversation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace parley::sim {
namespace {

constexpr std::string_view greeting = "Welcome to the bank, how can I help?";
constexpr std::array<std::string_view, 4> fixed_texts { greeting, "One moment, please.",
    "I am sorry, something went wrong. Could you say that again?",
    "I am sorry, I cannot go on right now. Please call again later." };

AiSpec agent_of(std::mt19937& random)
{
    AiSpec spec;
    spec.prompt.text = "You help callers.";
    spec.languages = { { "English", "en-US", "", "" } };
    spec.greeting.wait_for_user = random() % 3 == 0;
    if (random() % 3 == 0)
        spec.greeting.text = std::string(greeting);
    spec.turn.attention = random() % 2 == 0 ? 0ms : 10'000ms;
    spec.turn.noise = random() % 4 == 0 ? 1'000ms : 0ms;
    spec.turn.barge = random() % 6 != 0;
    spec.turn.barge_on_interim = random() % 4 != 0;
    return spec;
}

void add_step(Conversation& call, std::mt19937& random, Instant when)
{
    const auto milliseconds = [&](int from, int to) {
        return std::chrono::milliseconds(std::uniform_int_distribution<int>(from, to)(random));
    };
    switch (random() % 10) {
    case 0:
    case 1:
    case 2:
    case 3: return call.speak(when, milliseconds(500, 4'000), "what is my balance today");
    case 4: return call.speak(when, milliseconds(300, 400), "stop");
    case 5: return call.speak(when, milliseconds(60, 900), ""); // A cough.
    case 6: {
        agent::InjectMessage message;
        message.role = random() % 2 == 0 ? Role::system : Role::user;
        message.text = "The balance is ten.";
        if (random() % 4 == 0)
            message.reset.emplace();
        return call.at(when, [&call, message] { call.give(message); });
    }
    case 7: return call.at(when, [&call] { call.give(agent::Dtmf { '5' }); });
    case 8: {
        call.at(when, [&call] { call.give(agent::HoldSession { {}, "" }); });
        return call.at(when + milliseconds(100, 3'000), [&call] { call.give(agent::UnholdSession { "" }); });
    }
    default:
        return call.at(when, [&call] {
            call.give(SttFailed { { ErrorKind::unavailable, "recogniser came back" }, true });
        });
    }
}

// Each word of `some` is a word of `all`, in order.
bool holds_in_order(std::string_view all, std::string_view some)
{
    for (std::size_t begin = 0; begin < some.size();) {
        const std::size_t end = std::min(some.find(' ', begin), some.size());
        const auto word = some.substr(begin, end - begin);
        const auto at = all.find(word);
        if (at == std::string_view::npos)
            return false;
        all.remove_prefix(at + word.size());
        begin = end + 1;
    }
    return true;
}

void converse(std::uint32_t seed)
{
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const Weather weather { static_cast<double>(random() % 20) / 100, 20ms, std::chrono::milliseconds(random() % 80) };
    Conversation call(agent_of(random), weather, seed);
    call.model_fails_one_in = random() % 3 == 0 ? 4 : 0;
    call.voice_fails_one_in = random() % 4 == 0 ? 6 : 0;
    call.voice_stutters = random() % 2 == 0;
    Instant when(500ms);
    for (std::uint32_t steps = 3 + random() % 12; steps > 0; --steps) {
        add_step(call, random, when);
        when += std::chrono::milliseconds(random() % 7'000);
    }
    const bool stopped = random() % 3 == 0;
    const Instant end = when + std::chrono::milliseconds(random() % 10'000);
    call.at(end, [&call, stopped] {
        if (stopped)
            call.give(agent::StopSession {});
        else
            call.give(agent::CallEnded {});
    });
    call.run_until(end + 60s);

    EXPECT_EQ(call.violations(), std::vector<std::string> {});
    EXPECT_EQ(call.finished(), 1);
    EXPECT_TRUE(call.session().finished());
    EXPECT_FALSE(call.session().deadline());
    EXPECT_TRUE(call.line().playout().idle());
    // Each row of the agent is the beginning of something that was generated, and no more than was voiced.
    std::size_t logged = 0;
    for (const std::string& row : call.rows_of(Role::assistant)) {
        logged += count_words(row);
        EXPECT_FALSE(row.empty());
        // A sentence that the voice could not say is left out; what follows is heard all the same.
        const auto from = [&](std::string_view text) {
            return call.voice_fails_one_in == 0 ? text.starts_with(row) : holds_in_order(text, row);
        };
        EXPECT_TRUE(std::ranges::any_of(fixed_texts, from) || std::ranges::any_of(call.generated(), from)) << row;
    }
    std::size_t samples = 0;
    std::size_t words = 0; // As many of the shortest words as the packets have room for.
    std::vector<std::size_t> lengths;
    for (const auto& word : call.voiced())
        lengths.push_back(word.samples);
    std::ranges::sort(lengths);
    for (const std::size_t length : lengths) {
        samples += length;
        if (samples > call.samples_left())
            break;
        ++words;
    }
    EXPECT_LE(logged, words + 1);
}

TEST(Conversations, hold_what_must_hold)
{
    constexpr std::uint32_t first_seed = 1'120;
    constexpr std::uint32_t count = 120;
    std::printf("seeds %u to %u\n", first_seed, first_seed + count - 1);
    for (std::uint32_t seed = first_seed; seed < first_seed + count && !::testing::Test::HasFailure(); ++seed)
        converse(seed);
}

} // namespace
} // namespace parley::sim
