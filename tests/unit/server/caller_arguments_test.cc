#include "audio/wav.h"
#include "server/call_recording.h"
#include "server/caller.h"
#include "server/caller_sounds.h"
#include "server/caller_target.h"

#include <gtest/gtest.h>

#include <cstdio>

namespace parley {
namespace {

TEST(CallerArguments, a_whole_line_is_read)
{
    const auto options = parse_caller_arguments({ "sip:agent@127.0.0.1:5070", "--from", "ann", "--say", "one", "--say",
        "two", "--record", "out.wav", "--events" });
    ASSERT_TRUE(options);
    EXPECT_EQ(options->uri, "sip:agent@127.0.0.1:5070");
    EXPECT_EQ(options->from, "ann");
    EXPECT_EQ(options->say, (std::vector<std::string> { "one", "two" }));
    EXPECT_EQ(options->record, "out.wav");
    EXPECT_TRUE(options->events);
}

TEST(CallerArguments, what_is_wrong_is_named)
{
    const std::vector<std::pair<std::vector<std::string>, const char*>> table {
        { {}, "address" },
        { { "sip:a@127.0.0.1", "--from" }, "--from" },
        { { "sip:a@127.0.0.1", "--loud" }, "--loud" },
        { { "sip:a@127.0.0.1", "sip:b@127.0.0.1" }, "sip:b@127.0.0.1" },
        { { "sip:a@127.0.0.1", "--say", "x", "--script", "y" }, "--script" },
        { { "tel:123" }, "tel:123" },
        { { "sip:127.0.0.1" }, "user" },
        { { "sip:a@example.com" }, "example.com" },
        { { "sip:a@127.0.0.1:99999" }, "99999" },
    };
    for (const auto& [words, what] : table) {
        const auto options = parse_caller_arguments(words);
        ASSERT_FALSE(options) << what;
        EXPECT_NE(options.error().what.find(what), std::string::npos) << options.error().what;
    }
}

TEST(CallerTarget, addresses)
{
    EXPECT_EQ(caller::parse_target("sip:a@127.0.0.1")->server, (SocketAddress { "127.0.0.1", 5'060 }));
    EXPECT_EQ(
        caller::parse_target("sip:a@localhost:5070;transport=udp")->server, (SocketAddress { "127.0.0.1", 5'070 }));
}

TEST(CallRecording, both_directions_are_where_they_were_heard)
{
    caller::CallRecording recording(Instant(10s));
    const AudioFrame frame { 16'000, std::vector<std::int16_t>(320, 7) };
    recording.sent(frame.samples, Instant(10'100ms));
    recording.received(frame, Instant(10'020ms));
    recording.received(frame, Instant(10'055ms)); // Late, but within the jitter: it follows.
    recording.received(frame, Instant(10'520ms)); // After a pause.
    const std::string path = ::testing::TempDir() + "parley_recording_test.wav";
    ASSERT_TRUE(recording.write(path));
    const auto sound = read_wav(path);
    std::remove(path.c_str());
    ASSERT_TRUE(sound);
    ASSERT_EQ(sound->samples.size(), 2U * 8'320);
    const auto left = [&](std::size_t at) { return sound->samples[2 * at]; };
    const auto right = [&](std::size_t at) { return sound->samples[2 * at + 1]; };
    EXPECT_EQ(left(1'599), 0);
    EXPECT_EQ(left(1'600), 7);
    EXPECT_EQ(left(1'920), 0);
    EXPECT_EQ(right(0), 7);
    EXPECT_EQ(right(639), 7);
    EXPECT_EQ(right(640), 0);
    EXPECT_EQ(right(7'999), 0);
    EXPECT_EQ(right(8'000), 7);
}

TEST(CallerSounds, silence_around_speech_is_cut_off)
{
    std::vector<std::int16_t> samples(16'000, 0);
    for (std::size_t n = 3'200; n < 6'400; ++n)
        samples[n] = n % 2 == 0 ? 8'000 : -8'000;
    EXPECT_EQ(caller::trimmed(samples).size(), 3'200U + 2 * 160);
    EXPECT_EQ(caller::trimmed(std::vector<std::int16_t>(100, 0)).size(), 100U);
}

} // namespace
} // namespace parley
