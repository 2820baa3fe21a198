// Ports on loopback, chosen by the kernel; time is real, so only order and content are compared.
#include "media/media_port.h"
#include "net/clock.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>

namespace parley::media {
namespace {

class Ports : public ::testing::Test {
protected:
    // Runs the loop until the condition holds, once a test; fails after ten seconds.
    void run_until(std::function<bool()> condition)
    {
        const Instant limit = now() + 10s;
        bool held = false;
        Beat poll(loop, 1ms, [&](Instant) {
            held = held || condition();
            if (held || now() > limit)
                loop.stop();
        });
        loop.run();
        EXPECT_TRUE(held);
    }

    std::unique_ptr<MediaPort> open(MediaEvents& events)
    {
        auto port
            = MediaPort::open(pacer, {}, Log::none(), [&](MediaEvent event) { events.push_back(std::move(event)); });
        EXPECT_TRUE(port);
        return port ? std::move(*port) : nullptr;
    }

    static sdp::AgreedMedia towards(const MediaPort& port)
    {
        sdp::AgreedMedia media;
        media.remote_rtp = port.local_media().rtp;
        media.remote_rtcp = { media.remote_rtp.ip, static_cast<std::uint16_t>(media.remote_rtp.port + 1) };
        media.send_telephone_event = media.receive_telephone_event = 101;
        return media;
    }

    template <typename Event> static std::size_t count(const MediaEvents& events)
    {
        return static_cast<std::size_t>(std::count_if(
            events.begin(), events.end(), [](const auto& each) { return std::holds_alternative<Event>(each); }));
    }

    EventLoop loop;
    Pacer pacer { loop };
};

TEST_F(Ports, what_one_plays_the_other_hears)
{
    MediaEvents left_events;
    MediaEvents right_events;
    auto left = open(left_events);
    auto right = open(right_events);
    EXPECT_EQ(left->local_media().rtp.port % 2, 0);
    left->agree(towards(*right));
    right->agree(towards(*left));
    left->play(UtteranceId { 1 }, { 16'000, std::vector<std::int16_t>(16'000, 1'000) });
    left->end_of(UtteranceId { 1 });
    left->send_digits(std::array { DigitStep { '5' } });
    run_until([&] {
        if (count<PlayoutFinished>(left_events) == 1)
            left.reset();
        return count<GoodbyeReceived>(right_events) == 1;
    });
    EXPECT_EQ(count<PlayoutStarted>(left_events), 1U);
    EXPECT_GE(count<FrameReceived>(right_events), 40U);
    EXPECT_EQ(count<DigitReceived>(right_events), 1U);
    EXPECT_GE(count<FrameReceived>(left_events), 40U);
}

TEST_F(Ports, a_listener_may_destroy_its_port)
{
    std::unique_ptr<MediaPort> left;
    MediaEvents right_events;
    auto right = open(right_events);
    int heard = 0;
    auto opened = MediaPort::open(pacer, {}, Log::none(), [&](MediaEvent) {
        ++heard;
        left.reset();
    });
    ASSERT_TRUE(opened);
    left = std::move(*opened);
    right->agree(towards(*left));
    left->agree(towards(*right));
    run_until([&] { return left == nullptr; });
    EXPECT_EQ(heard, 1);
    EXPECT_EQ(pacer.stream_count(), 1U);
}

TEST_F(Ports, a_listener_that_destroys_its_port_keeps_what_it_holds_until_it_returns)
{
    std::unique_ptr<MediaPort> left;
    MediaEvents right_events;
    auto right = open(right_events);
    std::string told;
    auto opened = MediaPort::open(pacer, {}, Log::none(), [&left, &told, held = std::string(100, 'x')](MediaEvent) {
        left.reset();
        told = held;
    });
    ASSERT_TRUE(opened);
    left = std::move(*opened);
    right->agree(towards(*left));
    left->agree(towards(*right));
    run_until([&] { return left == nullptr; });
    EXPECT_EQ(told, std::string(100, 'x'));
}

// Somebody else finds the open port, first with junk and then with packets as good as the caller's.
TEST_F(Ports, a_stranger_is_not_heard_and_counted)
{
    MediaEvents left_events;
    MediaEvents right_events;
    MediaEvents stranger_events;
    auto left = open(left_events);
    auto right = open(right_events);
    auto stranger = open(stranger_events);
    auto junk = UdpSocket::bind(loop, { "127.0.0.1", 0 }, [](auto, const SocketAddress&, Instant) {});
    ASSERT_TRUE(junk);
    const auto nothing = std::array<std::byte, 40> {};
    for (int n = 0; n < 100; ++n)
        EXPECT_TRUE((*junk)->send_to(nothing, left->local_media().rtp));
    stranger->agree(towards(*left)); // Speaks before the caller does.
    stranger->play(UtteranceId { 1 }, { 8'000, std::vector<std::int16_t>(80'000, 10'000) });
    left->agree(towards(*right));
    bool called = false;
    run_until([&] {
        if (!called && left->stats().packets_received > 5) {
            right->agree(towards(*left));
            right->play(UtteranceId { 1 }, { 8'000, std::vector<std::int16_t>(8'000, -10'000) });
            right->end_of(UtteranceId { 1 });
            left_events.clear();
            called = true;
        }
        return called && count<PlayoutFinished>(right_events) == 1;
    });
    EXPECT_GE(left->stats().strangers, 40U);
    EXPECT_GE(left->stats().malformed + left->stats().strangers, 140U);
    EXPECT_GE(count<FrameReceived>(right_events), 40U); // What the agent says goes to the caller.
    // From the caller's first packet on, only the caller is heard.
    bool caller_heard = false;
    for (const auto& event : left_events) {
        const auto* frame = std::get_if<FrameReceived>(&event);
        if (frame == nullptr)
            continue;
        const auto [least, greatest] = std::ranges::minmax(frame->frame.samples);
        caller_heard = caller_heard || least < -5'000;
        EXPECT_FALSE(caller_heard && greatest > 5'000);
    }
    EXPECT_TRUE(caller_heard);
}

TEST_F(Ports, ports_come_in_pairs_from_the_range_until_none_is_left)
{
    MediaEvents events;
    auto first = open(events);
    const std::uint16_t taken = first->local_media().rtp.port;
    MediaPortSettings settings;
    settings.first_port = taken;
    settings.last_port = static_cast<std::uint16_t>(taken + 1);
    const auto refused = MediaPort::open(pacer, settings, Log::none(), [](MediaEvent) {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::limit_reached);
    first.reset();
    const auto granted = MediaPort::open(pacer, settings, Log::none(), [](MediaEvent) {});
    ASSERT_TRUE(granted);
    EXPECT_EQ((*granted)->local_media().rtp.port, taken);
}

TEST_F(Ports, an_address_that_is_not_ours_is_refused)
{
    MediaPortSettings settings;
    settings.bind_ip = "192.0.2.1";
    EXPECT_FALSE(MediaPort::open(pacer, settings, Log::none(), [](MediaEvent) {}));
}

class CountingStream final : public PacedStream {
public:
    void beat(Instant due) override
    {
        if (last) {
            EXPECT_EQ(due - *last, 20ms);
        }
        last = due;
        ++beats;
    }
    std::optional<Instant> last;
    int beats = 0;
};

TEST_F(Ports, each_stream_beats_every_twenty_milliseconds)
{
    std::vector<CountingStream> streams(50);
    for (auto& stream : streams)
        pacer.join(stream);
    run_until([&] { return streams.back().beats >= 5; });
    for (auto& stream : streams) {
        EXPECT_NEAR(stream.beats, 5, 1);
        pacer.leave(stream);
    }
    EXPECT_EQ(pacer.stream_count(), 0U);
}

} // namespace
} // namespace parley::media
