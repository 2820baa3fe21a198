// room: audio
#include "audio/codec.h"
#include "audio/comfort_noise.h"
#include "audio/dtmf_detector.h"
#include "audio/rate_converter.h"
#include "audio/tones.h"

#include <benchmark/benchmark.h>

#include <array>
#include <vector>

// What 20 ms of a line cost.
namespace {

using namespace parley;

std::vector<std::int16_t> speech(int rate)
{
    return make_babble(-20, static_cast<std::size_t>(4 * rate), rate, 1);
}

void encode(benchmark::State& state, AudioCodec codec, EncoderOptions options)
{
    const int rate = sample_rate_of(codec);
    const auto sound = speech(rate);
    const auto length = static_cast<std::size_t>(rate / 50);
    const auto encoder = make_encoder(codec, options);
    std::array<std::byte, max_payload_bytes> payload;
    std::size_t at = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(encoder->encode(std::span(sound).subspan(at, length), payload));
        at = (at + length) % sound.size();
    }
}

void decode(benchmark::State& state, AudioCodec codec)
{
    const int rate = sample_rate_of(codec);
    const auto sound = speech(rate);
    const auto length = static_cast<std::size_t>(rate / 50);
    const auto encoder = make_encoder(codec);
    std::vector<std::vector<std::byte>> packets;
    for (std::size_t at = 0; at < sound.size(); at += length) {
        packets.emplace_back(max_payload_bytes);
        packets.back().resize(encoder->encode(std::span(sound).subspan(at, length), packets.back()));
    }
    const auto decoder = make_decoder(codec);
    std::vector<std::int16_t> out;
    std::size_t n = 0;
    for (auto _ : state) {
        out.clear();
        benchmark::DoNotOptimize(decoder->decode(packets[n], out));
        n = (n + 1) % packets.size();
    }
}

void detect_keys(benchmark::State& state, int rate)
{
    const auto sound = speech(rate);
    DtmfDetector detector(rate);
    std::vector<char> keys;
    for (auto _ : state)
        detector.push(std::span(sound).first(static_cast<std::size_t>(rate / 50)), keys);
}

void make_noise(benchmark::State& state)
{
    ComfortNoise noise;
    noise.set(std::array { std::byte { 50 }, std::byte { 100 }, std::byte { 140 }, std::byte { 120 } });
    std::vector<std::int16_t> out;
    for (auto _ : state) {
        out.clear();
        noise.make(160, out);
    }
}

void convert(benchmark::State& state, int from, int to)
{
    const auto sound = speech(from);
    const AudioFrame frame { from, { sound.begin(), sound.begin() + from / 50 } };
    RateConverter converter(to);
    for (auto _ : state)
        benchmark::DoNotOptimize(converter.push(frame));
}

constexpr EncoderOptions with_copies { 16'000, 0, true, false, false };

BENCHMARK_CAPTURE(encode, pcmu, AudioCodec::pcmu, {});
BENCHMARK_CAPTURE(encode, g722, AudioCodec::g722, {});
BENCHMARK_CAPTURE(encode, opus, AudioCodec::opus, {});
BENCHMARK_CAPTURE(encode, opus_with_copies, AudioCodec::opus, with_copies);
BENCHMARK_CAPTURE(decode, pcmu, AudioCodec::pcmu);
BENCHMARK_CAPTURE(decode, g722, AudioCodec::g722);
BENCHMARK_CAPTURE(decode, opus, AudioCodec::opus);
BENCHMARK_CAPTURE(detect_keys, narrow, 8'000);
BENCHMARK_CAPTURE(detect_keys, wide, 16'000);
BENCHMARK(make_noise);
BENCHMARK_CAPTURE(convert, voice_8_to_16, 8'000, 16'000);
BENCHMARK_CAPTURE(convert, voice_24_to_16, 24'000, 16'000);
BENCHMARK_CAPTURE(convert, voice_48_to_16, 48'000, 16'000);

} // namespace

BENCHMARK_MAIN();
