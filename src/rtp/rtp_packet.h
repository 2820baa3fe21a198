#pragma once

#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <span>

// RTP packets (RFC 3550 5.1). A broken packet is rejected, never repaired. Knows bytes; knows nothing of codecs.
namespace parley {

inline constexpr std::size_t rtp_header_size = 12;
inline constexpr std::size_t max_rtp_payload_bytes = 1'400; // Longer ones are rejected.

// Borrows its payload from the datagram.
struct RtpPacket {
    bool marker = false;
    std::uint8_t payload_type = 0;
    std::uint16_t sequence = 0;
    std::uint32_t timestamp = 0;
    std::uint32_t ssrc = 0;
    std::span<const std::byte> payload;
};

// Contributing sources, header extension and padding are checked and left out.
[[nodiscard]] Result<RtpPacket> parse_rtp(std::span<const std::byte> datagram);

// The number of bytes written; 0 if `out` is too short.
[[nodiscard]] std::size_t write_rtp(const RtpPacket&, std::span<std::byte> out);

// How far `to` is ahead of `from`, across the wrap.
[[nodiscard]] constexpr std::int16_t sequence_distance(std::uint16_t from, std::uint16_t to)
{
    return static_cast<std::int16_t>(static_cast<std::uint16_t>(to - from));
}

} // namespace parley
