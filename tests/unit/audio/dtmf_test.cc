#include "audio/dtmf_detector.h"
#include "audio/dtmf_tone.h"
#include "audio/tones.h"
#include "audio/wav.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>

namespace parley {
namespace {

constexpr std::string_view all_keys = "0123456789*#ABCD";

std::vector<std::int16_t> tones_of(std::string_view keys, Duration length, int rate)
{
    std::vector<std::int16_t> out;
    for (const char key : keys) {
        const auto samples = static_cast<std::size_t>(length.count() * rate / 1'000'000);
        std::vector<std::int16_t> tone(samples + static_cast<std::size_t>(rate) * 6 / 100);
        DtmfTone::create(key, samples, rate)->make(tone);
        out.insert(out.end(), tone.begin(), tone.end());
    }
    return out;
}

std::string heard_in(const std::vector<std::int16_t>& sound, int rate, std::size_t cut = 160)
{
    DtmfDetector detector(rate);
    std::vector<char> keys;
    for (std::size_t at = 0; at < sound.size(); at += cut)
        detector.push(std::span(sound).subspan(at, std::min(cut, sound.size() - at)), keys);
    return { keys.begin(), keys.end() };
}

TEST(Dtmf, each_key_is_recognised_once_however_long_it_is_held)
{
    for (const int rate : { 8'000, 16'000 }) {
        for (const Duration length : { 50ms, 100ms, 2'000ms })
            EXPECT_EQ(heard_in(tones_of(all_keys, length, rate), rate), all_keys) << rate << ' ' << length.count();
        EXPECT_EQ(heard_in(tones_of("1155", 60ms, rate), rate), "1155");
        EXPECT_EQ(heard_in(tones_of("1155", 60ms, rate), rate, 77), "1155"); // However it is cut.
    }
}

TEST(Dtmf, keys_are_recognised_in_noise)
{
    for (const double snr : { 20.0, 15.0 }) {
        auto sound = tones_of(all_keys, 100ms, 8'000);
        const auto noise = NoiseSource(3).make(-10 - snr, sound.size());
        for (std::size_t n = 0; n < sound.size(); ++n)
            sound[n] = static_cast<std::int16_t>(std::clamp(sound[n] + noise[n], -32'768, 32'767));
        EXPECT_EQ(heard_in(sound, 8'000), all_keys) << snr;
    }
}

TEST(Dtmf, speech_and_noise_are_no_keys)
{
    for (std::uint32_t seed = 0; seed < 10; ++seed) {
        EXPECT_EQ(heard_in(make_babble(-15, 80'000, 8'000, seed), 8'000), "") << seed;
        EXPECT_EQ(heard_in(NoiseSource(seed).make(-20, 80'000), 8'000), "") << seed;
    }
    EXPECT_EQ(heard_in(make_tone(697, -10, 8'000, 8'000), 8'000), ""); // Half a key.
}

// Recorded speech: what is installed with the recogniser.
TEST(Dtmf, people_who_talk_press_no_keys)
{
    const std::filesystem::path folder = "/usr/share/pocketsphinx/test/data";
    if (!std::filesystem::exists(folder))
        GTEST_SKIP() << "no recorded speech installed";
    std::size_t samples = 0;
    for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
        if (file.path().extension() != ".wav")
            continue;
        const auto sound = read_wav(file.path());
        ASSERT_TRUE(sound) << file.path();
        const auto narrow = to_mono(*sound, 8'000);
        const auto wide = to_mono(*sound, 16'000);
        EXPECT_EQ(heard_in(*narrow, 8'000), "") << file.path();
        EXPECT_EQ(heard_in(*wide, 16'000), "") << file.path();
        samples += narrow->size();
    }
    EXPECT_GT(samples, 8'000U * 30);
}

TEST(Dtmf, what_is_no_key_has_no_tone)
{
    EXPECT_FALSE(DtmfTone::create('x', 100, 8'000));
    EXPECT_TRUE(DtmfTone::create('d', 100, 8'000));
}

} // namespace
} // namespace parley
