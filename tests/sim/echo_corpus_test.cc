// Speech of real people and of voices on a line that sends it back, over delays and losses: the agent never hears
// itself, and the caller is heard.
#include "audio/g711.h"
#include "audio/gain.h"
#include "audio/tones.h"
#include "audio/voice_activity.h"
#include "audio/wav.h"
#include "providers/flite_voices.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

namespace parley {
namespace {

using Samples = std::vector<std::int16_t>;
constexpr std::size_t frame = 160;
constexpr std::size_t per_ms = 8;

// The same telephone level for all: the mean over what is not a pause.
Samples at_level(Samples samples, double dbfs)
{
    double power = 0;
    std::size_t count = 0;
    for (std::size_t n = 0; n + frame <= samples.size(); n += frame) {
        const double level = level_dbfs(std::span(samples).subspan(n, frame));
        if (level > -45) {
            power += std::pow(10, level / 10);
            ++count;
        }
    }
    const double gain = std::pow(10, (dbfs - 10 * std::log10(power / static_cast<double>(count))) / 20);
    for (auto& sample : samples)
        sample = static_cast<std::int16_t>(std::clamp(std::lround(sample * gain), -32'767L, 32'767L));
    return samples;
}

Samples recording(const std::string& name)
{
    const auto sound = read_wav("/usr/share/pocketsphinx/test/data/" + name);
    EXPECT_TRUE(sound) << name;
    return sound ? to_mono(*sound, 8'000).value() : Samples {};
}

Samples voice(const std::string& text, const std::string& name)
{
    return synthesize(text, name, 8'000).value().samples;
}

const std::vector<Samples>& speakers()
{
    static const std::vector<Samples> all { recording("librivox/sense_and_sensibility_01_austen_64kb-0870.wav"),
        recording("librivox/sense_and_sensibility_01_austen_64kb-0930.wav"), recording("cards/001.wav"),
        recording("cards/005.wav"),
        voice(
            "Welcome to the bank, how can I help you today? Your balance is twenty four dollars and ten cents.", "slt"),
        voice("Thank you for calling. Please tell me the number of your account, one digit after the other.", "rms") };
    return all;
}

constexpr double talking = -20;

// A second of silence, twice eight seconds of speech at the most, and a pause after each.
Samples agent_of(std::size_t speaker)
{
    Samples samples(8'000, 0);
    for (std::size_t n = 0; n < 2; ++n) {
        auto speech = at_level(speakers()[(speaker + n) % speakers().size()], talking);
        speech.resize(std::min<std::size_t>(speech.size(), 64'000));
        samples.insert(samples.end(), speech.begin(), speech.end());
        samples.insert(samples.end(), 6'000, 0);
    }
    return samples;
}

struct Line {
    std::size_t delay_ms = 0;
    double loss_db = 200; // None comes back.
};

// What comes back: later, softer, dulled by the line, with a second reflection, in its noise.
Samples returned(const Samples& sent, Line line, std::uint32_t seed)
{
    Samples heard = NoiseSource(seed).make(-62, sent.size());
    const double gain = std::pow(10, -line.loss_db / 20);
    const std::size_t delay = line.delay_ms * per_ms + seed * 13 % 80;
    for (std::size_t n = delay + 40; n < heard.size(); ++n)
        heard[n] = static_cast<std::int16_t>(
            heard[n] + gain * (0.7 * sent[n - delay] + 0.3 * sent[n - delay - 1] + 0.2 * sent[n - delay - 40]));
    return heard;
}

void add(Samples& line, const Samples& speech, std::size_t at)
{
    for (std::size_t n = 0; n < speech.size() && at + n < line.size(); ++n)
        line[at + n] = static_cast<std::int16_t>(std::clamp(line[at + n] + speech[n], -32'767, 32'767));
}

// The first `length` samples of a speaker's speech, from its first sound on.
Samples words_of(std::size_t speaker, double dbfs, std::size_t length)
{
    auto speech = at_level(speakers()[speaker % speakers().size()], dbfs);
    std::size_t begin = 0;
    while (level_dbfs(std::span(speech).subspan(begin, frame)) < dbfs - 15)
        begin += frame;
    speech.erase(speech.begin(), speech.begin() + static_cast<std::ptrdiff_t>(begin));
    speech.resize(std::min(speech.size(), length));
    return speech;
}

// When speech was told to begin, in samples of the line. Packets arrive 0 to 15 ms late.
std::vector<std::size_t> onsets(const Samples& sent, const Samples& heard, bool floor = true)
{
    VoiceActivityOptions options;
    options.echo_floor = floor;
    VoiceActivity activity(options);
    std::vector<VoiceEdge> edges;
    std::vector<std::size_t> found;
    for (std::size_t n = 0; n + frame <= heard.size(); n += frame) {
        const Instant end(Duration(static_cast<std::int64_t>(n + frame) * 125));
        activity.played(std::span(sent).subspan(n, frame), end + 20ms);
        std::array<std::byte, frame> packet {};
        Samples arrived(frame);
        g711_encode(G711Law::ulaw, std::span(heard).subspan(n, frame), packet);
        g711_decode(G711Law::ulaw, packet, arrived);
        edges.clear();
        activity.push(arrived, end + std::chrono::milliseconds(n / frame * 7 % 16), edges);
        for (const auto& edge : edges)
            if (edge.kind == VoiceEdge::Kind::started)
                found.push_back(n + frame);
    }
    return found;
}

template <typename Try> void over_the_grid(Try attempt)
{
    for (std::size_t speaker = 0; speaker < speakers().size(); ++speaker)
        for (const std::size_t delay : { 50, 100, 150, 220, 310, 400 })
            for (const double loss : { 10.0, 15.0, 20.0, 25.0, 30.0 })
                attempt(speaker, Line { delay, loss });
}

TEST(EchoCorpus, the_agent_never_hears_itself)
{
    std::size_t with_floor = 0;
    std::size_t without = 0;
    over_the_grid([&](std::size_t speaker, Line line) {
        const auto sent = agent_of(speaker);
        const auto heard = returned(sent, line, static_cast<std::uint32_t>(speaker));
        with_floor += onsets(sent, heard).size();
        without += onsets(sent, heard, false).empty() ? 0 : 1;
    });
    EXPECT_EQ(with_floor, 0U);
    EXPECT_GT(without, 160U); // Of 180: the corpus is loud enough to fail without it nearly every time.
}

struct Found {
    std::size_t tries = 0;
    std::vector<std::int64_t> after_ms;

    void look(const Samples& sent, const Samples& heard, std::size_t from, std::size_t until)
    {
        ++tries;
        for (const std::size_t at : onsets(sent, heard)) {
            if (at >= from && at < until)
                return after_ms.push_back(static_cast<std::int64_t>((at - from) / per_ms));
        }
    }
    [[nodiscard]] std::int64_t at(std::size_t percent)
    {
        std::ranges::sort(after_ms);
        return after_ms.at((after_ms.size() - 1) * percent / 100);
    }
    void print(const char* what)
    {
        std::printf("%s: %zu of %zu, onset after %lld ms (median), %lld ms (95 %%)\n", what, after_ms.size(), tries,
            static_cast<long long>(at(50)), static_cast<long long>(at(95)));
    }
};

TEST(EchoCorpus, a_caller_who_speaks_over_the_agent_is_heard)
{
    for (const double level : { talking, talking - 6 }) {
        Found found;
        over_the_grid([&](std::size_t speaker, Line line) {
            const auto sent = agent_of(speaker);
            auto heard = returned(sent, line, static_cast<std::uint32_t>(speaker));
            const auto words = words_of(speaker + 3, level, 12'000);
            const std::size_t from = 48'000 + speaker * 1'777 % 4'000;
            add(heard, words, from);
            found.look(sent, heard, from, from + words.size());
        });
        found.print(level == talking ? "over the agent, as loud" : "over the agent, 6 dB softer");
        EXPECT_GE(found.after_ms.size() * 100, found.tries * 95);
        EXPECT_LE(found.at(50), 150);
        EXPECT_LE(found.at(95), 500);
    }
}

TEST(EchoCorpus, a_soft_caller_on_a_clean_line_is_heard_while_the_agent_speaks)
{
    Found found;
    for (std::size_t speaker = 0; speaker < speakers().size(); ++speaker)
        for (std::size_t caller = 0; caller < speakers().size(); ++caller) {
            const auto sent = agent_of(speaker);
            auto heard = returned(sent, {}, static_cast<std::uint32_t>(caller));
            const auto words = words_of(caller, talking - 18, 12'000);
            add(heard, words, 40'000);
            found.look(sent, heard, 40'000, 40'000 + words.size());
        }
    found.print("soft, clean line");
    EXPECT_GE(found.after_ms.size() * 100, found.tries * 95);
    EXPECT_LE(found.at(95), 500);
}

TEST(EchoCorpus, a_caller_who_answers_at_once_is_heard_as_soon_as_without_an_echo)
{
    Found found;
    over_the_grid([&](std::size_t speaker, Line line) {
        auto sent = agent_of(speaker);
        sent.resize(sent.size() - 6'000 + 16'000, 0);
        auto heard = returned(sent, line, static_cast<std::uint32_t>(speaker));
        const auto words = words_of(speaker + 2, talking, 12'000);
        const std::size_t from = sent.size() - 15'000;
        add(heard, words, from);
        found.look(sent, heard, from, from + words.size());
    });
    found.print("after the agent");
    EXPECT_EQ(found.after_ms.size(), found.tries);
    EXPECT_LE(found.at(95), 300);
}

} // namespace
} // namespace parley
