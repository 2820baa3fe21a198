#include "sip/stream_framer.h"

#include "sip/limits.h"

#include <gtest/gtest.h>

namespace parley::sip {
namespace {

using Words = std::vector<std::string>;

std::string message(std::string_view body, std::string_view length_name = "Content-Length")
{
    return "MESSAGE sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP c\r\n" + std::string(length_name) + ": "
        + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

TEST(StreamFramer, finds_the_same_messages_however_the_stream_is_cut)
{
    const Words messages { message(""), message("two\r\n\r\nlines"), message("compact", "l"),
        "SIP/2.0 200 OK\r\nContent-Length:\r\n 3\r\n\r\nabc" };
    std::string stream;
    for (const std::string& one : messages)
        stream += one;
    for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
        StreamFramer framer;
        StreamFramer::Output out;
        for (std::size_t at = 0; at < stream.size(); at += piece)
            ASSERT_TRUE(framer.take(std::string_view(stream).substr(at, piece), out));
        EXPECT_EQ(out.messages, messages) << piece;
        EXPECT_FALSE(framer.within_message());
    }
}

TEST(StreamFramer, tells_pings_from_pongs_and_empty_lines)
{
    StreamFramer framer;
    StreamFramer::Output out;
    ASSERT_TRUE(framer.take("\r\n\r\n", out));
    EXPECT_EQ(out.pings, 1U);
    for (const char c : std::string_view("\r\n\r\n"))
        ASSERT_TRUE(framer.take(std::string_view(&c, 1), out));
    EXPECT_EQ(out.pings, 2U);
    ASSERT_TRUE(framer.take("\r\n", out)); // A pong, or the first half of a ping.
    EXPECT_FALSE(framer.within_message());
    ASSERT_TRUE(framer.take(message("x"), out));
    EXPECT_EQ(out.pings, 2U);
    EXPECT_EQ(out.messages, Words { message("x") });
}

TEST(StreamFramer, knows_that_a_message_is_under_way)
{
    StreamFramer framer;
    StreamFramer::Output out;
    ASSERT_TRUE(framer.take("OPTIONS sip:a", out));
    EXPECT_TRUE(framer.within_message());
}

TEST(StreamFramer, gives_up_on_what_is_no_sip_at_once)
{
    const std::string start = "OPTIONS sip:a@b SIP/2.0\r\n";
    const Words streams {
        "\x16\x03\x01\x02", // A TLS client at a plain port.
        "GET / HTTP/1.1\r\n",
        std::string("INV\0TE", 6),
        "\n\n",
        start + "no colon\r\n\r\n",
        start + "Via: x\r\n\r\n", // No Content-Length.
        start + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
        start + "Content-Length: -1\r\n\r\n",
        start + "Content-Length: 65535\r\n\r\n",
        start + "Content-Length: 99999999999999999999\r\n\r\n",
    };
    for (const std::string& stream : streams) {
        StreamFramer framer;
        StreamFramer::Output out;
        EXPECT_FALSE(framer.take(stream, out)) << stream;
    }
}

TEST(StreamFramer, keeps_what_came_before_the_garbage)
{
    StreamFramer framer;
    StreamFramer::Output out;
    EXPECT_FALSE(framer.take(message("x") + "garbage\r\n", out));
    EXPECT_EQ(out.messages, Words { message("x") });
}

TEST(StreamFramer, bounds_what_it_keeps)
{
    StreamFramer framer;
    StreamFramer::Output out;
    Result<void> taken = framer.take("OPTIONS sip:a@b SIP/2.0\r\n", out);
    std::size_t fed = 0;
    for (; taken && fed < 2 * max_message_bytes; fed += 1'000)
        taken = framer.take("X: " + std::string(995, 'x') + "\r\n", out);
    EXPECT_FALSE(taken);
    EXPECT_LT(fed, max_message_bytes + 2'000);

    StreamFramer endless_line;
    EXPECT_FALSE(endless_line.take(std::string(max_header_bytes + 1, 'A'), out));
}

} // namespace
} // namespace parley::sip
