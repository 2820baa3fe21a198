#include "rtp/rtp_packet.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace parley {
namespace {

std::vector<std::byte> bytes(std::initializer_list<int> values)
{
    std::vector<std::byte> out;
    for (const int value : values)
        out.push_back(std::byte(value));
    return out;
}

TEST(RtpPacket, fields_are_read)
{
    const auto datagram = bytes({ 0x80, 0x80 | 8, 0x12, 0x34, 0, 0, 0, 160, 0xde, 0xad, 0xbe, 0xef, 1, 2, 3 });
    const auto packet = parse_rtp(datagram);
    ASSERT_TRUE(packet);
    EXPECT_TRUE(packet->marker);
    EXPECT_EQ(packet->payload_type, 8);
    EXPECT_EQ(packet->sequence, 0x1234);
    EXPECT_EQ(packet->timestamp, 160U);
    EXPECT_EQ(packet->ssrc, 0xdeadbeefU);
    EXPECT_EQ(packet->payload.size(), 3U);
    EXPECT_EQ(packet->payload[2], std::byte { 3 });
}

TEST(RtpPacket, what_is_written_is_read)
{
    const auto payload = bytes({ 9, 8, 7 });
    std::vector<std::byte> out(15);
    ASSERT_EQ(write_rtp({ true, 101, 65'535, 0xffffffff, 1, payload }, out), 15U);
    const auto packet = parse_rtp(out);
    ASSERT_TRUE(packet);
    EXPECT_TRUE(packet->marker);
    EXPECT_EQ(packet->payload_type, 101);
    EXPECT_EQ(packet->sequence, 65'535);
    EXPECT_EQ(packet->timestamp, 0xffffffffU);
    EXPECT_TRUE(std::equal(payload.begin(), payload.end(), packet->payload.begin(), packet->payload.end()));
    out.resize(14);
    EXPECT_EQ(write_rtp({ true, 101, 65'535, 0xffffffff, 1, payload }, out), 0U);
}

TEST(RtpPacket, sources_extension_and_padding_are_left_out)
{
    const auto datagram = bytes({ 0xb1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, // V=2 P X CC=1
        9, 9, 9, 9,                                                      // CSRC
        0xbe, 0xde, 0, 1, 5, 5, 5, 5,                                    // Extension of one word.
        42, 0, 0, 3 });
    const auto packet = parse_rtp(datagram);
    ASSERT_TRUE(packet);
    ASSERT_EQ(packet->payload.size(), 1U);
    EXPECT_EQ(packet->payload[0], std::byte { 42 });
}

struct Broken {
    const char* what;
    std::vector<std::byte> datagram;
};

TEST(RtpPacket, broken_packets_are_rejected)
{
    const std::vector<Broken> table {
        { "header", bytes({}) },
        { "header", bytes({ 0x80, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0 }) },
        { "version", bytes({ 0x40, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1 }) },
        { "payload type", bytes({ 0x80, 200, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1 }) },
        { "contributing", bytes({ 0x81, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 2, 3 }) },
        { "extension", bytes({ 0x90, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0xbe, 0xde, 0 }) },
        { "extension", bytes({ 0x90, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0xbe, 0xde, 0xff, 0xff, 1, 2 }) },
        { "padding", bytes({ 0xa0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1 }) },
        { "padding", bytes({ 0xa0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 7, 0 }) },
        { "padding", bytes({ 0xa0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 7, 3 }) },
        { "payload",
            [] {
                auto b = bytes({ 0x80, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1 });
                b.resize(12 + 1'401);
                return b;
            }() },
    };
    for (const auto& row : table) {
        const auto packet = parse_rtp(row.datagram);
        ASSERT_FALSE(packet) << row.what;
        EXPECT_NE(packet.error().what.find(row.what), std::string::npos) << packet.error().what;
    }
}

TEST(RtpPacket, distance_crosses_the_wrap)
{
    EXPECT_EQ(sequence_distance(65'535, 0), 1);
    EXPECT_EQ(sequence_distance(0, 65'535), -1);
    EXPECT_EQ(sequence_distance(10, 10), 0);
}

} // namespace
} // namespace parley
