#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

// Numbers in network byte order. The caller has checked the length.
namespace parley {

[[nodiscard]] inline std::uint16_t read_u16(std::span<const std::byte> bytes, std::size_t at)
{
    return static_cast<std::uint16_t>(
        std::to_integer<unsigned>(bytes[at]) << 8 | std::to_integer<unsigned>(bytes[at + 1]));
}

[[nodiscard]] inline std::uint32_t read_u32(std::span<const std::byte> bytes, std::size_t at)
{
    return static_cast<std::uint32_t>(read_u16(bytes, at)) << 16 | read_u16(bytes, at + 2);
}

inline void write_u16(std::span<std::byte> bytes, std::size_t at, std::uint16_t value)
{
    bytes[at] = std::byte { static_cast<std::uint8_t>(value >> 8) };
    bytes[at + 1] = std::byte { static_cast<std::uint8_t>(value) };
}

inline void write_u32(std::span<std::byte> bytes, std::size_t at, std::uint32_t value)
{
    write_u16(bytes, at, static_cast<std::uint16_t>(value >> 16));
    write_u16(bytes, at + 2, static_cast<std::uint16_t>(value));
}

} // namespace parley
