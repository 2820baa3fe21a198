#include "audio/sound_file.h"

#include "audio/tones.h"
#include "audio/wav.h"

#include <gtest/gtest.h>
#include <sndfile.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace parley {
namespace {

// A file of a tone, as the library writes it.
std::vector<std::byte> file_of(int format, int rate, int channels = 1, double seconds = 1)
{
    const std::string path = testing::TempDir() + "/sound_file_test";
    SF_INFO info {};
    info.samplerate = rate;
    info.channels = channels;
    info.format = format;
    SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
    EXPECT_NE(file, nullptr) << sf_strerror(nullptr);
    const auto frames = static_cast<std::size_t>(rate * seconds);
    const auto tone = make_tone(440, -12, frames, rate);
    std::vector<std::int16_t> samples;
    for (const std::int16_t sample : tone)
        samples.insert(samples.end(), static_cast<std::size_t>(channels), sample);
    sf_writef_short(file, samples.data(), static_cast<sf_count_t>(frames));
    sf_close(file);
    std::ifstream in(path, std::ios::binary);
    std::vector<char> bytes { std::istreambuf_iterator<char>(in), {} };
    const auto* first = reinterpret_cast<const std::byte*>(bytes.data());
    return { first, first + bytes.size() };
}

double tone_of(const AudioFrame& sound)
{
    const std::size_t skip = sound.samples.size() / 4;
    return tone_level_dbfs(sound.samples.data() + skip, sound.samples.size() / 2, 440, sound.sample_rate);
}

std::string error(std::span<const std::byte> bytes)
{
    auto sound = decode_sound_file(bytes);
    return sound ? "" : std::string(to_string(sound.error().kind)) + " " + sound.error().what;
}

struct Case {
    const char* name;
    int format;
    int rate;
    int channels;
    int expected_rate;
};

class SoundFile : public testing::TestWithParam<Case> { };

TEST_P(SoundFile, is_decoded)
{
    const Case& c = GetParam();
    const auto sound = decode_sound_file(file_of(c.format, c.rate, c.channels));
    ASSERT_TRUE(sound) << sound.error().what;
    EXPECT_EQ(sound->sample_rate, c.expected_rate);
    EXPECT_NEAR(static_cast<double>(sound->duration().count()), 1e6, 8e4); // MP3 pads its ends.
    EXPECT_NEAR(tone_of(*sound), -12, 1);
}

INSTANTIATE_TEST_SUITE_P(Formats, SoundFile,
    testing::Values(Case { "wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8'000, 1, 8'000 },
        Case { "wav_24", SF_FORMAT_WAV | SF_FORMAT_PCM_24, 48'000, 2, 16'000 },
        Case { "wav_ulaw", SF_FORMAT_WAV | SF_FORMAT_ULAW, 8'000, 1, 8'000 },
        Case { "wav_float", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 11'025, 1, 11'025 },
        Case { "mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 44'100, 1, 16'000 },
        Case { "mp3_16k", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, 16'000, 1, 16'000 },
        Case { "vorbis", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 22'050, 1, 16'000 },
        Case { "opus", SF_FORMAT_OGG | SF_FORMAT_OPUS, 48'000, 1, 16'000 },
        Case { "flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 44'100, 2, 16'000 }),
    [](const auto& each) { return each.param.name; });

TEST(SoundFileErrors, other_formats_are_not_tried)
{
    EXPECT_EQ(error({}), "invalid_request not a WAV, MP3, Ogg or FLAC file");
    EXPECT_EQ(
        error(file_of(SF_FORMAT_AIFF | SF_FORMAT_PCM_16, 8'000)), "invalid_request not a WAV, MP3, Ogg or FLAC file");
    const std::string page = "<html>Not Found</html>";
    EXPECT_EQ(error(std::as_bytes(std::span(page))), "invalid_request not a WAV, MP3, Ogg or FLAC file");
}

TEST(SoundFileErrors, broken_files_say_so)
{
    auto bytes = file_of(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8'000);
    bytes.resize(20);
    EXPECT_EQ(error(bytes).substr(0, 34), "invalid_request broken sound file:");
}

TEST(SoundFileErrors, a_header_that_promises_more_is_not_believed)
{
    auto bytes = file_of(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8'000);
    bytes.resize(bytes.size() / 2);
    const auto sound = decode_sound_file(bytes);
    ASSERT_TRUE(sound) << sound.error().what;
    EXPECT_NEAR(static_cast<double>(sound->duration().count()), 5e5, 1e4);
}

TEST(SoundFileErrors, rates_that_are_not_taken)
{
    EXPECT_EQ(error(file_of(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 4'000)),
        "invalid_request a sound file has a sample rate of 8000 to 48000 Hz");
    EXPECT_EQ(error(file_of(SF_FORMAT_WAV | SF_FORMAT_PCM_16, 96'000)),
        "invalid_request a sound file has a sample rate of 8000 to 48000 Hz");
}

TEST(SoundFileErrors, a_file_that_is_too_long)
{
    EXPECT_EQ(error(file_of(SF_FORMAT_WAV | SF_FORMAT_ULAW, 8'000, 1, 1'201)),
        "limit_reached the sound file is longer than 20 minutes");
}

} // namespace
} // namespace parley
