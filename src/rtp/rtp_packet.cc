#include "rtp/rtp_packet.h"

#include "rtp/byte_order.h"

#include <algorithm>

namespace parley {

namespace {

constexpr std::uint8_t version_bits = 0xc0;
constexpr std::uint8_t version_2 = 0x80;
constexpr std::uint8_t padding_bit = 0x20;
constexpr std::uint8_t extension_bit = 0x10;
constexpr std::uint8_t source_count_bits = 0x0f;
constexpr std::uint8_t marker_bit = 0x80;

Error broken(const char* what)
{
    return Error { ErrorKind::invalid_request, what };
}

} // namespace

Result<RtpPacket> parse_rtp(std::span<const std::byte> datagram)
{
    if (datagram.size() < rtp_header_size)
        return broken("RTP header: cut off");
    const auto first = std::to_integer<std::uint8_t>(datagram[0]);
    const auto second = std::to_integer<std::uint8_t>(datagram[1]);
    if ((first & version_bits) != version_2)
        return broken("RTP version: not 2");
    // RFC 5761 4: these are RTCP packet types with the marker bit, not payload types.
    if (second >= 192 && second <= 223)
        return broken("RTP payload type: belongs to RTCP");

    RtpPacket packet;
    packet.marker = (second & marker_bit) != 0;
    packet.payload_type = second & 0x7f;
    packet.sequence = read_u16(datagram, 2);
    packet.timestamp = read_u32(datagram, 4);
    packet.ssrc = read_u32(datagram, 8);

    auto rest = datagram.subspan(rtp_header_size);
    const std::size_t sources = std::size_t { 4 } * (first & source_count_bits);
    if (rest.size() < sources)
        return broken("RTP contributing sources: cut off");
    rest = rest.subspan(sources);
    if ((first & extension_bit) != 0) {
        if (rest.size() < 4)
            return broken("RTP header extension: cut off");
        const std::size_t words = read_u16(rest, 2);
        if (rest.size() < 4 + 4 * words)
            return broken("RTP header extension: longer than the packet");
        rest = rest.subspan(4 + 4 * words);
    }
    if ((first & padding_bit) != 0) {
        const std::size_t padding = rest.empty() ? 0 : std::to_integer<std::size_t>(rest.back());
        if (padding == 0 || padding > rest.size())
            return broken("RTP padding: longer than the payload, or none");
        rest = rest.first(rest.size() - padding);
    }
    if (rest.size() > max_rtp_payload_bytes)
        return broken("RTP payload: too long");
    packet.payload = rest;
    return packet;
}

std::size_t write_rtp(const RtpPacket& packet, std::span<std::byte> out)
{
    const std::size_t size = rtp_header_size + packet.payload.size();
    if (out.size() < size)
        return 0;
    out[0] = std::byte { version_2 };
    out[1] = std::byte { static_cast<std::uint8_t>((packet.marker ? marker_bit : 0) | (packet.payload_type & 0x7f)) };
    write_u16(out, 2, packet.sequence);
    write_u32(out, 4, packet.timestamp);
    write_u32(out, 8, packet.ssrc);
    std::copy(packet.payload.begin(), packet.payload.end(), out.begin() + rtp_header_size);
    return size;
}

} // namespace parley
