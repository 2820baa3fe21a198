#include "audio/comfort_noise.h"

#include "audio/gain.h"
#include "audio/tones.h"
#include "audio/voice_activity.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

std::vector<std::int16_t> noise_of(const std::vector<int>& payload, std::size_t samples = 16'000)
{
    std::vector<std::byte> bytes;
    for (const int value : payload)
        bytes.push_back(static_cast<std::byte>(value));
    ComfortNoise noise;
    noise.set(bytes);
    std::vector<std::int16_t> out;
    noise.make(samples, out);
    return out;
}

TEST(ComfortNoise, is_as_loud_as_it_says)
{
    for (const int level : { 57, 60, 65 })
        EXPECT_NEAR(level_dbfs(noise_of({ level })), -level, 0.5);
    EXPECT_NEAR(level_dbfs(noise_of({ 60, 160, 100, 140 })), -60, 0.7); // Its colour does not change that.
    EXPECT_NEAR(level_dbfs(noise_of({ 128 + 60 })), -60, 0.5);          // The first bit means nothing.
    EXPECT_LT(level_dbfs(noise_of({ 127 })), -90);
    EXPECT_NEAR(level_dbfs(noise_of({ 0 })), -ComfortNoise::loudest_dbov, 0.5);
}

TEST(ComfortNoise, has_the_colour_that_it_says)
{
    const auto slope = [](const std::vector<std::int16_t>& noise) {
        double low = 0;
        double high = 0;
        for (int n = 0; n < 20; ++n) {
            low += tone_level_dbfs(noise.data(), noise.size(), 300 + 20 * n, 8'000);
            high += tone_level_dbfs(noise.data(), noise.size(), 3'300 + 20 * n, 8'000);
        }
        return (low - high) / 20;
    };
    EXPECT_NEAR(slope(noise_of({ 57 })), 0, 3);
    EXPECT_GT(slope(noise_of({ 57, 47 })), 8);   // A pole at low frequencies: k below zero.
    EXPECT_LT(slope(noise_of({ 57, 207 })), -8); // And at high ones.
}

TEST(ComfortNoise, stays_bounded_whatever_it_is_told)
{
    std::vector<int> worst(40, 255);
    worst[0] = 0;
    noise_of(worst, 160'000);
    std::vector<int> other(40, 0);
    noise_of(other, 160'000);
    EXPECT_EQ(noise_of({}), std::vector<std::int16_t>(16'000, 0)); // Nothing said: silence.
}

TEST(ComfortNoise, is_no_speech)
{
    for (const int level : { 30, 45, 60, 80 }) {
        VoiceActivity activity;
        std::vector<VoiceEdge> edges;
        Instant now {};
        activity.push(std::vector<std::int16_t>(160), now, edges); // The hardest case: out of perfect silence.
        const auto noise = noise_of({ level, 80, 150 }, 80'000);
        for (std::size_t at = 0; at < noise.size(); at += 160)
            activity.push(std::span(noise).subspan(at, 160), now += 20ms, edges);
        EXPECT_TRUE(edges.empty()) << level;
    }
}

} // namespace
} // namespace parley
