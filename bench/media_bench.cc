// room: media
#include "audio/tones.h"
#include "audio/voice_activity.h"
#include "media/srtp_session.h"
#include "rtp/rtp_packet.h"

#include <benchmark/benchmark.h>

#include <string>

// What protection and the echo floor cost a call: per packet of 20 ms.
namespace {

using namespace parley;
using namespace parley::media;

sdp::Crypto key_of(sdp::CryptoSuite suite)
{
    for (const auto& each : SrtpSession::make_keys())
        if (each.suite == suite)
            return each;
    return {};
}

std::span<const std::byte> write_packet(std::uint16_t sequence, std::span<std::byte> room)
{
    static const std::vector<std::byte> payload(160, std::byte { 0x55 });
    return room.first(write_rtp({ false, 0, sequence, sequence * 160U, 7, payload }, room));
}

void protect(benchmark::State& state)
{
    const auto suite = sdp::all_crypto_suites.at(static_cast<std::size_t>(state.range(0)));
    const sdp::SrtpKeys keys { key_of(suite), key_of(suite) };
    SrtpSession session;
    (void)session.agree(keys).has_value();
    std::array<std::byte, 200> room {};
    std::uint16_t sequence = 0;
    for (auto _ : state)
        benchmark::DoNotOptimize(session.protect(write_packet(sequence++, room)).data());
    state.SetLabel(std::string(to_string(suite)));
}
BENCHMARK(protect)->DenseRange(0, 3);

void protect_and_open(benchmark::State& state)
{
    const auto suite = sdp::all_crypto_suites.at(static_cast<std::size_t>(state.range(0)));
    const sdp::SrtpKeys keys { key_of(suite), key_of(suite) };
    SrtpSession from;
    SrtpSession to;
    (void)from.agree(keys).has_value();
    (void)to.agree(sdp::SrtpKeys { keys.receive, keys.send }).has_value();
    std::array<std::byte, 200> room {};
    std::uint16_t sequence = 0;
    for (auto _ : state)
        benchmark::DoNotOptimize(to.open(from.protect(write_packet(sequence++, room))).data());
    state.SetLabel(std::string(to_string(suite)));
}
BENCHMARK(protect_and_open)->DenseRange(0, 3);

void voice_activity(benchmark::State& state)
{
    VoiceActivityOptions options;
    options.echo_floor = state.range(0) != 0;
    VoiceActivity activity(options);
    const auto agent = make_babble(-20, 80'000, 8'000, 3);
    const auto line = make_babble(-35, 80'000, 8'000, 4);
    std::vector<VoiceEdge> edges;
    Instant at {};
    std::size_t n = 0;
    for (auto _ : state) {
        at += 20ms;
        activity.played(std::span(agent).subspan(n, 160), at + 20ms);
        activity.push(std::span(line).subspan(n, 160), at, edges);
        edges.clear();
        n = (n + 160) % (80'000 - 160);
    }
    state.SetLabel(options.echo_floor ? "with the echo floor" : "without");
}
BENCHMARK(voice_activity)->DenseRange(0, 1);

} // namespace

BENCHMARK_MAIN();
