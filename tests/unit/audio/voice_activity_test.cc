#include "audio/gain.h"
#include "audio/tones.h"
#include "audio/voice_activity.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

using Samples = std::vector<std::int16_t>;

Samples operator+(Samples a, const Samples& b)
{
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

Samples mixed(Samples a, const Samples& b)
{
    for (std::size_t n = 0; n < a.size(); ++n)
        a[n] = static_cast<std::int16_t>(a[n] + b[n]);
    return a;
}

Samples silence(Duration length)
{
    return Samples(static_cast<std::size_t>(length.count() * 8 / 1'000), 0);
}

Samples babble(Duration length, double dbfs = -20)
{
    return make_babble(dbfs, static_cast<std::size_t>(length.count() * 8 / 1'000), 8'000, 5);
}

Samples noise(Duration length, double dbfs)
{
    return NoiseSource(9).make(dbfs, static_cast<std::size_t>(length.count() * 8 / 1'000));
}

// Edges as (kind, milliseconds since the first sample), in chunks of `chunk` samples.
std::vector<VoiceEdge> listen(const Samples& samples, bool spectral, std::size_t chunk = 160)
{
    VoiceActivityOptions options;
    options.spectral = spectral;
    VoiceActivity activity(options);
    std::vector<VoiceEdge> edges;
    for (std::size_t at = 0; at < samples.size();) {
        const std::size_t count = std::min(chunk, samples.size() - at);
        at += count;
        activity.push(std::span(samples).subspan(at - count, count),
            Instant(Duration(static_cast<std::int64_t>(at) * 125)), edges);
    }
    return edges;
}

// A line that sends nothing while it is silent (DTX): soft speech over our own, which never came back, is heard all the
// same.
TEST(VoiceActivity, a_line_without_packets_has_no_echo)
{
    for (const bool packets : { false, true }) {
        VoiceActivityOptions options;
        options.spectral = false;
        VoiceActivity activity(options);
        std::vector<VoiceEdge> edges;
        Instant now {};
        const auto ours = babble(20ms, -12);
        const auto nothing = silence(20ms);
        const auto beat = [&](const Samples* heard) {
            now += 20ms;
            activity.played(ours, now);
            if (heard != nullptr)
                activity.push(*heard, now, edges);
            activity.handle_timeout(now, edges);
        };
        beat(&nothing);
        for (int i = 0; i < 150; ++i)
            beat(packets ? &nothing : nullptr);
        EXPECT_TRUE(edges.empty());
        const auto theirs = babble(20ms, -24);
        for (int i = 0; i < 10; ++i)
            beat(&theirs);
        ASSERT_EQ(edges.size(), 1U) << (packets ? "with" : "without") << " packets";
        EXPECT_EQ(edges[0].kind, VoiceEdge::Kind::started);
    }
}

class VoiceActivityOpinions : public ::testing::TestWithParam<bool> { };
INSTANTIATE_TEST_SUITE_P(both, VoiceActivityOpinions, ::testing::Bool());

TEST_P(VoiceActivityOpinions, one_stretch_of_speech_has_two_edges)
{
    const auto edges = listen(silence(1s) + babble(2s) + silence(1s), GetParam());
    ASSERT_EQ(edges.size(), 2U);
    EXPECT_EQ(edges[0].kind, VoiceEdge::Kind::started);
    EXPECT_GE(edges[0].at, Instant(1s));
    EXPECT_LE(edges[0].at, Instant(1'100ms));
    EXPECT_EQ(edges[1].kind, VoiceEdge::Kind::stopped);
    EXPECT_GE(edges[1].at, Instant(2'850ms));
    EXPECT_LE(edges[1].at, Instant(3'200ms));
}

TEST_P(VoiceActivityOpinions, speech_in_noise_of_the_line_is_found)
{
    const auto edges = listen(mixed(silence(2s) + babble(2s) + silence(2s), noise(6s, -45)), GetParam());
    ASSERT_EQ(edges.size(), 2U);
    EXPECT_GE(edges[0].at, Instant(2s));
    EXPECT_LE(edges[0].at, Instant(2'200ms));
}

TEST_P(VoiceActivityOpinions, steady_noise_is_no_speech)
{
    EXPECT_TRUE(listen(noise(20s, -30), GetParam()).empty());
    EXPECT_TRUE(listen(noise(20s, -50), GetParam()).empty());
}

TEST_P(VoiceActivityOpinions, silence_is_no_speech)
{
    EXPECT_TRUE(listen(silence(5s), GetParam()).empty());
}

TEST_P(VoiceActivityOpinions, a_click_is_no_speech)
{
    auto samples = silence(2s);
    for (std::size_t n = 8'000; n < 8'160; ++n)
        samples[n] = n % 2 == 0 ? 20'000 : -20'000;
    EXPECT_TRUE(listen(samples, GetParam()).empty());
}

TEST_P(VoiceActivityOpinions, speech_from_the_first_sample_is_found)
{
    const auto edges = listen(babble(2s) + silence(1s), GetParam());
    ASSERT_EQ(edges.size(), 2U);
    EXPECT_LE(edges[0].at, Instant(300ms));
}

TEST_P(VoiceActivityOpinions, the_size_of_the_chunks_does_not_matter)
{
    const auto samples = silence(500ms) + babble(1s) + silence(500ms);
    const auto edges = listen(samples, GetParam());
    EXPECT_EQ(edges.size(), 2U);
    EXPECT_EQ(listen(samples, GetParam(), 80), edges);
    EXPECT_EQ(listen(samples, GetParam(), 480), edges);
    EXPECT_EQ(listen(samples, GetParam(), 77).size(), 2U);
}

TEST_P(VoiceActivityOpinions, a_pause_shorter_than_the_hang_is_no_end)
{
    const auto edges = listen(silence(500ms) + babble(500ms) + silence(60ms) + babble(500ms) + silence(1s), GetParam());
    EXPECT_EQ(edges.size(), 2U);
}

TEST(VoiceActivity, a_sender_that_falls_silent_ends_its_speech)
{
    VoiceActivity activity;
    std::vector<VoiceEdge> edges;
    const auto samples = silence(500ms) + babble(500ms);
    for (std::size_t at = 0; at < samples.size(); at += 160)
        activity.push(
            std::span(samples).subspan(at, 160), Instant(Duration(static_cast<std::int64_t>(at + 160) * 125)), edges);
    ASSERT_EQ(edges.size(), 1U);
    ASSERT_EQ(activity.deadline(), Instant(1'300ms));
    activity.handle_timeout(Instant(1'299ms), edges);
    EXPECT_EQ(edges.size(), 1U);
    activity.handle_timeout(Instant(1'300ms), edges);
    ASSERT_EQ(edges.size(), 2U);
    EXPECT_EQ(edges[1].kind, VoiceEdge::Kind::stopped);
    EXPECT_EQ(activity.deadline(), std::nullopt);
}

// A sender that suppresses silence: what it sent long ago is no part of what it says now.
TEST_P(VoiceActivityOpinions, sound_from_before_a_gap_begins_no_speech_after_it)
{
    VoiceActivityOptions options;
    options.spectral = GetParam();
    VoiceActivity activity(options);
    std::vector<VoiceEdge> edges;
    const auto sound = babble(2s);
    Instant at {};
    for (std::size_t frame = 0; frame < 2; ++frame)
        activity.push(std::span(sound).subspan(frame * 160, 160), at += 20ms, edges);
    const Instant resumed = at += 10s;
    for (std::size_t frame = 2; frame < 50; ++frame)
        activity.push(std::span(sound).subspan(frame * 160, 160), at += 20ms, edges);
    ASSERT_FALSE(edges.empty());
    EXPECT_EQ(edges[0].kind, VoiceEdge::Kind::started);
    EXPECT_GE(edges[0].at, resumed);
    // And one that falls silent while speaking has stopped, whoever asks first.
    activity.push(std::span(sound).first(160), at += 10s, edges);
    ASSERT_EQ(edges.size(), 2U);
    EXPECT_EQ(edges[1].kind, VoiceEdge::Kind::stopped);
    EXPECT_LE(edges[1].at, at - 10s);
}

// swml-ai 84: `energy_level`, `vad_config`
TEST(VoiceActivity, what_is_softer_than_the_gate_is_silence)
{
    for (const int rate : { 8'000, 16'000 }) {
        const auto speech
            = Samples(static_cast<std::size_t>(rate), 0) + make_babble(-35, static_cast<std::size_t>(rate), rate, 5);
        const auto edges_with = [&](double least_dbfs, double gate_db) {
            VoiceActivityOptions options;
            options.sample_rate = rate;
            options.spectral = false;
            VoiceActivity activity(options);
            activity.set_gate(least_dbfs, gate_db);
            std::vector<VoiceEdge> edges;
            activity.push(speech, Instant(2s), edges);
            return edges.size();
        };
        EXPECT_GE(edges_with(-55, 3), 1U);
        EXPECT_EQ(edges_with(-20, 3), 0U);
        EXPECT_EQ(edges_with(-55, 90), 0U);
    }
}

} // namespace
} // namespace parley
