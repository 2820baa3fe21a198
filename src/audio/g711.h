#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

// ITU-T G.711: eight-bit companding, by table. Knows samples; knows nothing of packets.
namespace parley {

enum class G711Law : std::uint8_t {
    ulaw, // PCMU, payload type 0
    alaw, // PCMA, payload type 8
};

[[nodiscard]] std::uint8_t g711_encode(G711Law, std::int16_t sample);
[[nodiscard]] std::int16_t g711_decode(G711Law, std::uint8_t code);

// `out` is as long as `in`.
void g711_encode(G711Law, std::span<const std::int16_t> in, std::span<std::byte> out);
void g711_decode(G711Law, std::span<const std::byte> in, std::span<std::int16_t> out);

} // namespace parley
