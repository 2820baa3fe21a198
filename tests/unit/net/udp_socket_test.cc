#include "net/udp_socket.h"

#include "net/clock.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

using namespace parley;

namespace {

std::span<const std::byte> bytes_of(std::string_view text)
{
    return std::as_bytes(std::span(text.data(), text.size()));
}

std::string text_of(std::span<const std::byte> bytes)
{
    return { reinterpret_cast<const char*>(bytes.data()), bytes.size() };
}

} // namespace

TEST(UdpSocket, echoes_across_two_sockets)
{
    EventLoop loop;
    const Instant start = now();
    std::unique_ptr<UdpSocket> echo;
    std::vector<std::string> heard;
    auto bound = UdpSocket::bind(loop, { "127.0.0.1", 0 },
        [&](std::span<const std::byte> datagram, const SocketAddress& source, Instant arrival) {
            EXPECT_GE(arrival, start);
            EXPECT_TRUE(echo->send_to(datagram, source));
        });
    ASSERT_TRUE(bound);
    echo = std::move(*bound);
    EXPECT_NE(echo->local().port, 0);

    auto caller = UdpSocket::bind(
        loop, { "127.0.0.1", 0 }, [&](std::span<const std::byte> datagram, const SocketAddress& source, Instant) {
            EXPECT_EQ(source, echo->local());
            heard.push_back(text_of(datagram));
            if (heard.size() == 100)
                loop.stop();
        });
    ASSERT_TRUE(caller);
    for (int i = 0; i < 100; ++i)
        ASSERT_TRUE((*caller)->send_to(bytes_of(i == 50 ? "" : std::to_string(i)), echo->local()));
    Timer give_up(loop);
    give_up.set(start + 10s, [&] { loop.stop(); });
    loop.run();
    ASSERT_EQ(heard.size(), 100U);
    EXPECT_EQ(heard[50], "");
    EXPECT_EQ(heard[99], "99");
}

TEST(UdpSocket, says_that_a_port_is_in_use)
{
    EventLoop loop;
    auto first = UdpSocket::bind(loop, { "127.0.0.1", 0 }, [](auto&&...) {});
    ASSERT_TRUE(first);
    auto second = UdpSocket::bind(loop, (*first)->local(), [](auto&&...) {});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::conflict);
    EXPECT_NE(second.error().what.find("port in use"), std::string::npos);
    EXPECT_NE(second.error().what.find(std::to_string((*first)->local().port)), std::string::npos);
}

TEST(UdpSocket, refuses_what_is_no_address_of_ours)
{
    EventLoop loop;
    EXPECT_EQ(UdpSocket::bind(loop, { "192.0.2.1", 0 }, [](auto&&...) {}).error().kind, ErrorKind::invalid_request);
    EXPECT_EQ(UdpSocket::bind(loop, { "localhost", 0 }, [](auto&&...) {}).error().kind, ErrorKind::invalid_request);
}

TEST(UdpSocket, sends_nothing_too_long_and_nothing_to_a_name)
{
    EventLoop loop;
    auto socket = UdpSocket::bind(loop, { "127.0.0.1", 0 }, [](auto&&...) {});
    ASSERT_TRUE(socket);
    const std::string long_text(70'000, 'x');
    EXPECT_EQ((*socket)->send_to(bytes_of(long_text), { "127.0.0.1", 9 }).error().kind, ErrorKind::invalid_request);
    EXPECT_EQ((*socket)->send_to(bytes_of("x"), { "localhost", 9 }).error().kind, ErrorKind::invalid_request);
}

TEST(UdpSocket, may_be_destroyed_while_it_receives)
{
    EventLoop loop;
    std::unique_ptr<UdpSocket> receiver;
    int received = 0;
    auto bound = UdpSocket::bind(loop, { "127.0.0.1", 0 }, [&](auto&&...) {
        ++received;
        receiver.reset();
        loop.stop();
    });
    ASSERT_TRUE(bound);
    receiver = std::move(*bound);
    auto sender = UdpSocket::bind(loop, { "127.0.0.1", 0 }, [](auto&&...) {});
    ASSERT_TRUE(sender);
    const SocketAddress to = receiver->local();
    ASSERT_TRUE((*sender)->send_to(bytes_of("1"), to));
    ASSERT_TRUE((*sender)->send_to(bytes_of("2"), to));
    loop.run();
    EXPECT_EQ(received, 1);
}

TEST(UdpSocket, knows_the_way_to_loopback)
{
    auto ip = local_ip_towards({ "127.0.0.1", 5060 });
    ASSERT_TRUE(ip);
    EXPECT_EQ(*ip, "127.0.0.1");
}
