// A caller on a bad network: what is decoded of it still begins and ends where the caller did.
#include "conversation.h"
#include "rtp/rtp_packet.h"

#include "audio/g711.h"
#include "audio/tones.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace parley::sim {
namespace {

struct Heard {
    std::vector<Instant> starts;
    std::vector<Instant> stops;
    std::size_t samples = 0;
    media::MediaStats stats;
};

constexpr int rounds = 30;
constexpr Duration period = 2'500ms;
constexpr Duration speech = 1s; // Of each period, from its beginning.

Heard listen(const Weather& weather, std::uint32_t seed)
{
    const SocketAddress caller { "192.0.2.1", 4'000 };
    media::MediaSession line({ 7, 0, 0, "line", { Instant {}, WallTime { 0 } }, {} }, Log::none());
    sdp::AgreedMedia media;
    media.remote_rtp = caller;
    line.agree(media);
    Network network(weather, seed);
    const auto babble = make_babble(-20, 8'000 * 20, 8'000, 5);

    std::multimap<Instant, std::vector<std::byte>> wire;
    std::uint16_t sequence = 65'000;
    for (Instant sent(20ms); sent < Instant(rounds * period); sent += frame_duration, ++sequence) {
        std::vector<std::int16_t> samples(media::beat_samples, 0);
        if ((sent - frame_duration).time_since_epoch() % period < speech)
            std::copy_n(babble.begin() + (sequence % 900) * 160, media::beat_samples, samples.begin());
        std::vector<std::byte> payload(samples.size());
        g711_encode(G711Law::ulaw, samples, payload);
        std::vector<std::byte> datagram(rtp_header_size + payload.size());
        EXPECT_NE(write_rtp({ false, 0, sequence, sequence * 160U, 99, payload }, datagram), 0U);
        if (const auto arrives = network.carry(sent))
            wire.emplace(*arrives, std::move(datagram));
    }
    Heard heard;
    media::MediaEvents events;
    for (Instant beat(3ms); beat < Instant(rounds * period + 1s); beat += frame_duration) {
        for (; !wire.empty() && wire.begin()->first <= beat; wire.erase(wire.begin()))
            line.receive(wire.begin()->second, caller, wire.begin()->first, events);
        (void)line.beat(beat, events);
        for (const auto& event : events) {
            if (const auto* start = std::get_if<media::SpeechStarted>(&event))
                heard.starts.push_back(start->at);
            else if (const auto* stop = std::get_if<media::SpeechStopped>(&event))
                heard.stops.push_back(stop->at);
            else if (const auto* frame = std::get_if<media::FrameReceived>(&event))
                heard.samples += frame->frame.samples.size();
        }
        events.clear();
    }
    heard.stats = line.stats();
    return heard;
}

class BadLine : public ::testing::TestWithParam<Weather> { };

INSTANTIATE_TEST_SUITE_P(weathers, BadLine,
    ::testing::Values(Weather {}, Weather { 0, 20ms, 15ms }, Weather { 0, 20ms, 50ms }, Weather { 0.05, 20ms, 0ms },
        Weather { 0.05, 40ms, 50ms }, Weather { 0.15, 20ms, 20ms }, Weather { 0.1, 20ms, 90ms }));

TEST_P(BadLine, keeps_the_edges_of_speech)
{
    constexpr std::uint32_t seed = 4'711;
    const Weather weather = GetParam();
    std::printf("seed %u, loss %.2f, jitter %lld ms\n", seed, weather.loss,
        static_cast<long long>(to_milliseconds(weather.jitter)));
    const Heard heard = listen(weather, seed);

    // What was lost is concealed: there is as much sound as was sent.
    const std::size_t sent = static_cast<std::size_t>(rounds * period / 125us) - media::beat_samples;
    EXPECT_LE(heard.samples, sent);
    EXPECT_GE(heard.samples + 1'600, sent);
    EXPECT_EQ(heard.stats.malformed + heard.stats.strangers, 0U);
    if (weather.loss == 0 && weather.jitter <= 50ms) { // A gap waits long enough for who comes late.
        EXPECT_EQ(heard.stats.frames_concealed, 0U);
    }

    // Every stretch of speech is found, where it is, and nothing else.
    const Duration slack = weather.jitter + 60ms; // And a gap waits 60 ms.
    ASSERT_EQ(heard.starts.size(), heard.stops.size());
    std::vector<int> found(rounds, 0);
    for (std::size_t n = 0; n < heard.starts.size(); ++n) {
        const auto start = (heard.starts[n] - weather.delay).time_since_epoch();
        const auto stop = (heard.stops[n] - weather.delay).time_since_epoch();
        const auto round = static_cast<std::size_t>((start + 40ms) / period);
        ASSERT_LT(round, found.size());
        ++found[round];
        const Duration from = static_cast<std::int64_t>(round) * period;
        EXPECT_GE(start, from - 40ms);
        EXPECT_LE(stop, from + speech + slack + 60ms); // The tail of concealment fades.
        EXPECT_LT(start, stop);
    }
    EXPECT_EQ(std::ranges::count(found, 0), 0);
    if (weather.loss <= 0.05) {
        for (std::size_t n = 0; n < heard.starts.size(); ++n)
            EXPECT_EQ(found[n % rounds], 1);
    }
}

} // namespace
} // namespace parley::sim
