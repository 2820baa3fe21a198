// Ports on loopback: protected sound, ports that drain, what is told at the end.
#include "media/media_port.h"
#include "net/clock.h"
#include "net/udp_socket.h"
#include "rtp/rtp_packet.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <dirent.h>
#include <functional>

namespace parley::media {
namespace {

class SafePorts : public ::testing::Test {
protected:
    // Runs the loop, once a test: each step is asked again until it is done; fails after ten seconds.
    void run(const std::vector<std::function<bool()>>& steps)
    {
        const Instant limit = now() + 10s;
        std::size_t done = 0;
        Beat poll(loop, 1ms, [&](Instant) {
            while (done < steps.size() && steps[done]())
                ++done;
            if (done == steps.size() || now() > limit)
                loop.stop();
        });
        loop.run();
        EXPECT_EQ(done, steps.size());
    }

    std::unique_ptr<MediaPort> open(MediaEvents& events, MediaPortSettings settings = {})
    {
        auto port = MediaPort::open(
            pacer, settings, Log::none(), [&](MediaEvent event) { events.push_back(std::move(event)); });
        EXPECT_TRUE(port);
        return port ? std::move(*port) : nullptr;
    }

    static sdp::AgreedMedia towards(const MediaPort& port)
    {
        sdp::AgreedMedia media;
        media.remote_rtp = port.local_media().rtp;
        media.remote_rtcp = { media.remote_rtp.ip, static_cast<std::uint16_t>(media.remote_rtp.port + 1) };
        return media;
    }

    // What offer and answer make of two ports.
    static void agree(MediaPort& left, MediaPort& right, std::size_t suite = 0)
    {
        auto seen_left = towards(right);
        auto seen_right = towards(left);
        const auto ours = left.local_media().crypto.at(suite);
        const auto theirs = right.local_media().crypto.at(suite);
        seen_left.srtp = sdp::SrtpKeys { ours, theirs };
        seen_right.srtp = sdp::SrtpKeys { theirs, ours };
        left.agree(seen_left);
        right.agree(seen_right);
    }

    static MediaPortSettings protecting()
    {
        MediaPortSettings settings;
        settings.srtp = sdp::SrtpPolicy::required;
        return settings;
    }

    static std::size_t loud_frames(const MediaEvents& events)
    {
        return static_cast<std::size_t>(std::ranges::count_if(events, [](const MediaEvent& event) {
            const auto* frame = std::get_if<FrameReceived>(&event);
            return frame != nullptr && std::abs(int { frame->frame.samples.front() }) > 500;
        }));
    }

    EventLoop loop;
    Pacer pacer { loop };
    MediaEvents left_events;
    MediaEvents right_events;
};

TEST_F(SafePorts, plain_ports_have_no_keys_and_others_a_key_of_each_suite)
{
    EXPECT_TRUE(open(left_events)->local_media().crypto.empty());
    const auto media = open(left_events, protecting())->local_media();
    EXPECT_EQ(media.crypto.size(), sdp::all_crypto_suites.size());
    EXPECT_EQ(media.srtp, sdp::SrtpPolicy::required);
}

class SafePortsWith : public SafePorts, public ::testing::WithParamInterface<std::size_t> { };
INSTANTIATE_TEST_SUITE_P(suites, SafePortsWith, ::testing::Range<std::size_t>(0, sdp::all_crypto_suites.size()));

TEST_P(SafePortsWith, protected_sound_reports_and_goodbye_arrive)
{
    const std::size_t suite = GetParam();
    auto left = open(left_events, protecting());
    auto right = open(right_events, protecting());
    agree(*left, *right, suite);
    left->play(UtteranceId { 1 }, { 8'000, std::vector<std::int16_t>(1'600, 1'000) });
    left->end_of(UtteranceId { 1 });
    run({ [&] {
        if (left && loud_frames(right_events) >= 8)
            left.reset();
        return std::ranges::any_of(
            right_events, [](const auto& e) { return std::holds_alternative<GoodbyeReceived>(e); });
    } });
    const auto report = right->report();
    EXPECT_EQ(report.suite, sdp::all_crypto_suites[suite]);
    EXPECT_EQ(report.srtp.unauthentic + report.srtp.replayed, 0U);
}

// On the wire there is nothing to hear, and what others send changes nothing: neither a plain packet, nor a packet
// under another key, nor one that was recorded.
TEST_F(SafePorts, third_parties_neither_hear_nor_are_heard)
{
    auto left = open(left_events, protecting());
    std::vector<std::vector<std::byte>> recorded;
    std::size_t protected_packets = 0;
    auto tap = UdpSocket::bind(loop, { "127.0.0.1", 0 }, [&](auto bytes, const auto&, Instant) {
        recorded.emplace_back(bytes.begin(), bytes.end());
        protected_packets += bytes.size() == 12 + 160 + 16 ? 1U : 0U; // The tag of GCM.
    });
    ASSERT_TRUE(tap);
    const auto keys = SrtpSession::make_keys();
    sdp::AgreedMedia media;
    media.remote_rtp = (*tap)->local();
    media.srtp = sdp::SrtpKeys { left->local_media().crypto[0], keys[0] };
    left->agree(media);

    SrtpSession speaker; // The real other side.
    ASSERT_TRUE(speaker.agree(sdp::SrtpKeys { keys[0], left->local_media().crypto[0] }));
    SrtpSession stranger;
    ASSERT_TRUE(stranger.agree(sdp::SrtpKeys { SrtpSession::make_keys()[0], left->local_media().crypto[0] }));
    const auto packet = [](std::uint16_t n, std::byte value) {
        const std::vector<std::byte> payload(160, value);
        std::vector<std::byte> bytes(rtp_header_size + payload.size());
        EXPECT_NE(write_rtp({ false, 0, n, n * 160U, 9, payload }, bytes), 0U);
        return bytes;
    };
    const auto ours = left->local_media().rtp;
    constexpr std::byte loud { 0x00 };
    constexpr std::byte quiet { 0xff };
    // The stranger is first, and sits where the other side was said to be.
    for (std::uint16_t n = 0; n < 20; ++n) {
        ASSERT_TRUE((*tap)->send_to(packet(n, loud), ours));
        ASSERT_TRUE((*tap)->send_to(stranger.protect(packet(n, loud)), ours));
    }
    run({ [&] { return left->report().srtp.unauthentic == 40; },
        [&] {
            EXPECT_TRUE(left_events.empty()); // Not even a lock.
            const auto first = speaker.protect(packet(1, quiet));
            const std::vector<std::byte> copy(first.begin(), first.end());
            for (int n = 0; n < 5; ++n)
                EXPECT_TRUE((*tap)->send_to(copy, ours));
            return true;
        },
        [&] { return left->report().srtp.replayed == 4 && recorded.size() > 3; } });
    const auto report = left->report();
    EXPECT_EQ(report.stats.packets_received, 1U);
    EXPECT_EQ(loud_frames(left_events), 0U);
    EXPECT_EQ(protected_packets, recorded.size());
}

TEST_F(SafePorts, a_new_key_in_the_middle_of_a_call_is_taken)
{
    auto left = open(left_events, protecting());
    auto right = open(right_events, protecting());
    agree(*left, *right, 2);
    left->play(UtteranceId { 1 }, { 8'000, std::vector<std::int16_t>(80'000, 1'000) });
    std::size_t heard = 0;
    run({ [&] { return loud_frames(right_events) >= 5; },
        [&] {
            agree(*left, *right, 0);
            heard = loud_frames(right_events);
            return true;
        },
        [&] { return loud_frames(right_events) >= heard + 5; } });
}

TEST_F(SafePorts, reports_go_through_the_port_of_the_sound_if_that_was_agreed)
{
    auto left = open(left_events);
    auto right = open(right_events);
    auto seen_left = towards(*right);
    auto seen_right = towards(*left);
    for (auto* media : { &seen_left, &seen_right }) {
        media->rtcp_mux = true;
        media->remote_rtcp = media->remote_rtp;
    }
    left->agree(seen_left);
    right->agree(seen_right);
    run({ [&] {
        if (left && right->stats().packets_received > 0)
            left.reset();
        return std::ranges::any_of(
            right_events, [](const auto& e) { return std::holds_alternative<GoodbyeReceived>(e); });
    } });
    EXPECT_EQ(right->stats().malformed, 0U);
}

TEST_F(SafePorts, tell_once_how_the_sound_was)
{
    std::vector<MediaReport> reports;
    MediaPortSettings settings;
    settings.report = [&](const MediaReport& report) { reports.push_back(report); };
    auto left = open(left_events, settings);
    auto right = open(right_events);
    left->agree(towards(*right));
    right->agree(towards(*left));
    run({ [&] { return left->stats().packets_received >= 10; } });
    left->close();
    left.reset();
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_GE(reports[0].stats.packets_received, 10U);
    EXPECT_GE(reports[0].stats.octets_received, 1'600U);
    EXPECT_GT(reports[0].length, 100ms);
    ASSERT_TRUE(reports[0].score);
    EXPECT_GT(*reports[0].score, 4);
    EXPECT_FALSE(reports[0].suite);
}

TEST_F(SafePorts, a_port_is_not_given_away_while_it_drains)
{
    PortDrain drain(loop, 300ms);
    MediaPortSettings settings;
    settings.drain = &drain;
    const auto chosen = open(left_events)->local_media().rtp.port; // Free again now.
    settings.first_port = chosen;
    settings.last_port = static_cast<std::uint16_t>(chosen + 1);
    auto old = open(left_events, settings);
    const auto address = old->local_media().rtp;
    old.reset();
    EXPECT_EQ(drain.size(), 1U);
    const auto refused = MediaPort::open(pacer, settings, Log::none(), [](MediaEvent) {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::limit_reached);
    // What the old call is still being sent goes nowhere.
    auto late = UdpSocket::bind(loop, { "127.0.0.1", 0 }, [](auto, const auto&, Instant) {});
    ASSERT_TRUE(late);
    for (int n = 0; n < 10; ++n)
        ASSERT_TRUE((*late)->send_to(std::vector<std::byte>(172), address));
    run({ [&] { return drain.size() == 0; } });
    EXPECT_TRUE(left_events.empty());
    EXPECT_EQ(open(left_events, settings)->local_media().rtp.port, chosen);
}

std::size_t open_files()
{
    std::size_t count = 0;
    DIR* directory = opendir("/proc/self/fd");
    while (readdir(directory) != nullptr)
        ++count;
    closedir(directory);
    return count;
}

TEST_F(SafePorts, thousands_of_calls_leave_nothing_open)
{
    MediaPortSettings settings = protecting();
    (void)open(left_events, settings); // What the process itself opens with the first one.
    const auto before = open_files();
    PortDrain drain(loop, 20ms);
    settings.drain = &drain;
    int opened = 0;
    run({ [&] {
             for (int n = 0; n < 100 && drain.size() < 400; ++n, ++opened)
                 (void)open(left_events, settings);
             return opened >= 3'000;
         },
        [&] { return drain.size() == 0; }, [&] { return open_files() <= before; } });
    EXPECT_EQ(pacer.stream_count(), 0U);
}

} // namespace
} // namespace parley::media
