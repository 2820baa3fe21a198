#include "audio/codec.h"

#include "audio/gain.h"
#include "audio/tones.h"
#include "base/time.h"
#include "unit/audio/likeness.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace parley {
namespace {

using Samples = std::vector<std::int16_t>;
using Packets = std::vector<std::vector<std::byte>>;

constexpr AudioCodec all_codecs[] = { AudioCodec::pcmu, AudioCodec::pcma, AudioCodec::g722, AudioCodec::opus };

Packets encode(AudioEncoder& encoder, const Samples& sound, std::size_t packet_samples)
{
    Packets packets;
    for (std::size_t at = 0; at + packet_samples <= sound.size(); at += packet_samples) {
        std::vector<std::byte> payload(max_payload_bytes);
        payload.resize(encoder.encode(std::span(sound).subspan(at, packet_samples), payload));
        packets.push_back(std::move(payload));
    }
    return packets;
}

Samples decode(AudioDecoder& decoder, const Packets& packets)
{
    Samples out;
    for (const auto& packet : packets)
        EXPECT_TRUE(decoder.decode(packet, out));
    return out;
}

Samples round_trip(AudioCodec codec, const Samples& sound, Duration ptime = 20ms, EncoderOptions options = {})
{
    const auto encoder = make_encoder(codec, options);
    const auto decoder = make_decoder(codec);
    const auto length = static_cast<std::size_t>(ptime.count() * sample_rate_of(codec) / 1'000'000);
    return decode(*decoder, encode(*encoder, sound, length));
}

// From 100 Hz to `last` in the whole of its time, each octave as long.
Samples sweep(double last, double dbfs, std::size_t samples, int rate)
{
    Samples out(samples);
    const double amplitude = 32'768 * std::pow(10, dbfs / 20) * std::numbers::sqrt2;
    const double octaves = std::log(last / 100);
    double phase = 0;
    for (std::size_t n = 0; n < samples; ++n) {
        phase += 2 * std::numbers::pi * 100 * std::exp(octaves * static_cast<double>(n) / static_cast<double>(samples))
            / rate;
        out[n] = static_cast<std::int16_t>(std::lrint(amplitude * std::sin(phase)));
    }
    return out;
}

// The figures are those of this build less half a decibel; a change that makes a codec worse shows here.
TEST(GoldenSound, each_codec_keeps_what_it_kept)
{
    struct Row {
        AudioCodec codec;
        std::size_t delay; // In samples: what the filters of both ends cost.
        double sweep_db;
        double speech_db;
        double softer_db; // The same speech at -40 dBFS.
    };
    // Opus codes what an ear makes of a sound rather than its wave.
    for (const Row& row :
        { Row { AudioCodec::pcmu, 0, 37.7, 37.0, 34.5 }, Row { AudioCodec::pcma, 0, 38.5, 37.2, 34.5 },
            Row { AudioCodec::g722, 22, 32.5, 31.1, 29.3 }, Row { AudioCodec::opus, 104, 10.5, 12.3, 10.6 } }) {
        const int rate = sample_rate_of(row.codec);
        const auto samples = static_cast<std::size_t>(3 * rate);
        const auto measure = [&](const Samples& sound) {
            const Likeness found = likeness(sound, round_trip(row.codec, sound), 400);
            EXPECT_EQ(found.delay, row.delay);
            return found.snr_db;
        };
        EXPECT_GT(measure(sweep(0.4 * rate, -16, samples, rate)), row.sweep_db);
        EXPECT_GT(measure(make_babble(-20, samples, rate, 1)), row.speech_db);
        EXPECT_GT(measure(make_babble(-40, samples, rate, 1)), row.softer_db);
    }
}

TEST(Codec, packets_of_any_length_hold_as_much_sound_as_was_put_in)
{
    for (const AudioCodec codec : all_codecs) {
        const int rate = sample_rate_of(codec);
        const auto sound = make_babble(-20, static_cast<std::size_t>(rate) * 6 / 5, rate, 2);
        for (const Duration ptime : { 10ms, 20ms, 30ms, 40ms, 60ms }) {
            if (codec != AudioCodec::opus || ptime != 30ms) {
                EXPECT_EQ(round_trip(codec, sound, ptime).size(), sound.size());
            }
        }
    }
}

TEST(Codec, sound_that_is_coded_in_pieces_is_the_same_as_in_one)
{
    for (const AudioCodec codec : { AudioCodec::pcmu, AudioCodec::pcma, AudioCodec::g722 }) {
        const auto sound = make_babble(-20, 9'600, sample_rate_of(codec), 3);
        EXPECT_EQ(round_trip(codec, sound, 10ms), round_trip(codec, sound, 60ms));
    }
}

// Every eighth packet of 20 ms is lost. What is concealed ends 20 ms before what comes.
double snr_with_losses(AudioCodec codec, EncoderOptions options, bool next_is_known)
{
    const int rate = sample_rate_of(codec);
    const auto sound = make_babble(-20, static_cast<std::size_t>(4 * rate), rate, 4);
    const auto length = static_cast<std::size_t>(rate / 50);
    const auto encoder = make_encoder(codec, options);
    const auto decoder = make_decoder(codec);
    const Packets packets = encode(*encoder, sound, length);
    Samples out;
    for (std::size_t n = 0; n < packets.size(); ++n) {
        if (n % 8 != 7 || n + 1 == packets.size())
            EXPECT_TRUE(decoder->decode(packets[n], out));
        else
            decoder->conceal(length, next_is_known ? packets[n + 1] : std::span<const std::byte>(), out);
        EXPECT_EQ(out.size(), (n + 1) * length);
    }
    return likeness(sound, out, 400).snr_db;
}

TEST(Codec, a_lost_packet_is_concealed_and_the_copy_in_the_next_one_is_used)
{
    for (const AudioCodec codec : all_codecs)
        EXPECT_GT(snr_with_losses(codec, {}, false), 4) << static_cast<int>(codec);
    EncoderOptions with_copies;
    with_copies.in_band_fec = true;
    const double guessed = snr_with_losses(AudioCodec::opus, with_copies, false);
    const double copied = snr_with_losses(AudioCodec::opus, with_copies, true);
    EXPECT_GT(copied, guessed + 1.5);
}

TEST(Codec, a_long_loss_fades_to_silence)
{
    for (const AudioCodec codec : all_codecs) {
        const int rate = sample_rate_of(codec);
        const auto tone = make_tone(300, -10, static_cast<std::size_t>(rate), rate);
        const auto encoder = make_encoder(codec);
        const auto decoder = make_decoder(codec);
        decode(*decoder, encode(*encoder, tone, static_cast<std::size_t>(rate / 50)));
        Samples out;
        decoder->conceal(static_cast<std::size_t>(rate / 5) + 3, {}, out); // No whole number of frames.
        ASSERT_EQ(out.size(), static_cast<std::size_t>(rate / 5) + 3);
        EXPECT_GT(level_dbfs(std::span(out).first(static_cast<std::size_t>(rate / 100))), -14);
        EXPECT_LT(level_dbfs(std::span(out).last(static_cast<std::size_t>(rate / 50))), -30);
    }
}

TEST(Codec, junk_is_no_sound_and_breaks_nothing)
{
    const auto opus = make_decoder(AudioCodec::opus);
    Samples out;
    const std::vector<std::byte> cut(1, std::byte { 0xff }); // Says that it holds several frames, but not how many.
    EXPECT_FALSE(opus->decode(cut, out));
    EXPECT_FALSE(opus->decode({}, out));
    EXPECT_TRUE(out.empty());
    opus->conceal(320, cut, out);
    EXPECT_EQ(out.size(), 320U);
    for (const AudioCodec codec : { AudioCodec::pcmu, AudioCodec::g722 })
        EXPECT_FALSE(make_decoder(codec)->decode({}, out));
}

TEST(Opus, silence_is_not_sent_where_the_other_side_wants_it_so)
{
    EncoderOptions options;
    options.dtx = true;
    const auto silence = Samples(32'000);
    const auto sent = [&](const EncoderOptions& with) {
        const auto encoder = make_encoder(AudioCodec::opus, with);
        const Packets packets = encode(*encoder, silence, 320);
        return std::ranges::count_if(packets, [](const auto& packet) { return !packet.empty(); });
    };
    EXPECT_EQ(sent({}), 100);
    EXPECT_LT(sent(options), 25); // The hang-over at its beginning, and one in 400 ms.
    EXPECT_TRUE(make_decoder(AudioCodec::opus)->begins_silence(std::vector<std::byte>(1)));
    EXPECT_FALSE(make_decoder(AudioCodec::opus)->begins_silence(std::vector<std::byte>(3)));
    EXPECT_FALSE(make_decoder(AudioCodec::pcmu)->begins_silence(std::vector<std::byte>(1)));
}

TEST(Opus, heeds_what_the_other_side_can_take)
{
    const auto sound = make_babble(-20, 32'000, 16'000, 5);
    const auto bytes = [&](const EncoderOptions& options) {
        std::size_t sum = 0;
        for (const auto& packet : encode(*make_encoder(AudioCodec::opus, options), sound, 320))
            sum += packet.size();
        return sum;
    };
    EncoderOptions narrow;
    narrow.max_bandwidth_rate = 8'000;
    const auto narrowed = round_trip(AudioCodec::opus, make_tone(6'000, -10, 32'000, 16'000), 20ms, narrow);
    EXPECT_LT(tone_level_dbfs(narrowed.data() + 8'000, 16'000, 6'000, 16'000), -35);
    EncoderOptions slow;
    slow.max_bitrate = 8'000;
    EXPECT_LT(bytes(slow), 2'600U); // 8 kbit/s for 2 s are 2000 bytes.
    EXPECT_GT(bytes({}), 3'400U);
    EncoderOptions steady;
    steady.constant_bitrate = true;
    const auto packets = encode(*make_encoder(AudioCodec::opus, steady), sound, 320);
    EXPECT_TRUE(std::ranges::all_of(packets, [&](const auto& packet) { return packet.size() == packets[0].size(); }));
}

} // namespace
} // namespace parley
