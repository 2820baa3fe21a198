#include "audio/tones.h"
#include "audio/wav.h"

#include <gtest/gtest.h>

#include <cstdio>

namespace parley {
namespace {

TEST(Wav, what_is_written_is_read)
{
    const std::string path = ::testing::TempDir() + "parley_wav_test.wav";
    const WavSound sound { 8'000, 2, { 1, -1, 2, -2, 32'767, -32'768 } };
    ASSERT_TRUE(write_wav(path, sound));
    const auto read = read_wav(path);
    std::remove(path.c_str());
    ASSERT_TRUE(read);
    EXPECT_EQ(read->sample_rate, 8'000);
    EXPECT_EQ(read->channels, 2);
    EXPECT_EQ(read->samples, sound.samples);
}

TEST(Wav, mono_is_the_first_channel_at_the_wanted_rate)
{
    const auto mono = to_mono({ 16'000, 2, std::vector<std::int16_t>(3'200, 5) }, 8'000);
    ASSERT_TRUE(mono);
    EXPECT_EQ(mono->size(), 800U);
}

TEST(Wav, a_file_that_is_not_there_is_an_error_that_names_it)
{
    const auto read = read_wav("/nowhere/at all.wav");
    ASSERT_FALSE(read);
    EXPECT_NE(read.error().what.find("/nowhere/at all.wav"), std::string::npos);
}

} // namespace
} // namespace parley
