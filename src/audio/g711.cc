#include "audio/g711.h"

#include "base/error.h"

#include <algorithm>
#include <array>
#include <bit>

namespace parley {

namespace {

constexpr int ulaw_bias = 0x84;
constexpr int ulaw_clip = 32'635;

constexpr std::int16_t expand_ulaw(std::uint8_t code)
{
    const int inverted = static_cast<std::uint8_t>(~code);
    const int magnitude = ((((inverted & 0x0f) << 3) + ulaw_bias) << ((inverted >> 4) & 7)) - ulaw_bias;
    return static_cast<std::int16_t>((inverted & 0x80) != 0 ? -magnitude : magnitude);
}

constexpr std::int16_t expand_alaw(std::uint8_t code)
{
    const int flipped = code ^ 0x55;
    const int segment = (flipped >> 4) & 7;
    const int mantissa = (flipped & 0x0f) << 4;
    const int magnitude = segment == 0 ? mantissa + 8 : (mantissa + 0x108) << (segment - 1);
    return static_cast<std::int16_t>((flipped & 0x80) != 0 ? magnitude : -magnitude);
}

constexpr std::array<std::int16_t, 256> make_table(std::int16_t (*expand)(std::uint8_t))
{
    std::array<std::int16_t, 256> table {};
    for (std::size_t code = 0; code < table.size(); ++code)
        table[code] = expand(static_cast<std::uint8_t>(code));
    return table;
}

constexpr auto ulaw_table = make_table(expand_ulaw);
constexpr auto alaw_table = make_table(expand_alaw);

// The segment is the position of the highest bit, so no table is needed in this direction.
std::uint8_t compress_ulaw(std::int16_t sample)
{
    const int sign = sample < 0 ? 0x80 : 0;
    const int magnitude = std::min(std::abs(static_cast<int>(sample)), ulaw_clip) + ulaw_bias;
    const int segment = static_cast<int>(std::bit_width(static_cast<unsigned>(magnitude))) - 8;
    const int mantissa = (magnitude >> (segment + 3)) & 0x0f;
    return static_cast<std::uint8_t>(~(sign | (segment << 4) | mantissa));
}

std::uint8_t compress_alaw(std::int16_t sample)
{
    const int mask = sample < 0 ? 0x55 : 0xd5;
    const int scaled = sample >> 3;
    const int magnitude = scaled < 0 ? -scaled - 1 : scaled;
    const int segment = std::max(0, static_cast<int>(std::bit_width(static_cast<unsigned>(magnitude))) - 5);
    const int mantissa = (magnitude >> std::max(1, segment)) & 0x0f;
    return static_cast<std::uint8_t>(((segment << 4) | mantissa) ^ mask);
}

} // namespace

std::uint8_t g711_encode(G711Law law, std::int16_t sample)
{
    return law == G711Law::ulaw ? compress_ulaw(sample) : compress_alaw(sample);
}

std::int16_t g711_decode(G711Law law, std::uint8_t code)
{
    return law == G711Law::ulaw ? ulaw_table[code] : alaw_table[code];
}

void g711_encode(G711Law law, std::span<const std::int16_t> in, std::span<std::byte> out)
{
    VERIFY(in.size() == out.size());
    const auto compress = law == G711Law::ulaw ? compress_ulaw : compress_alaw;
    std::transform(
        in.begin(), in.end(), out.begin(), [&](std::int16_t sample) { return std::byte { compress(sample) }; });
}

void g711_decode(G711Law law, std::span<const std::byte> in, std::span<std::int16_t> out)
{
    VERIFY(in.size() == out.size());
    const auto& table = law == G711Law::ulaw ? ulaw_table : alaw_table;
    std::transform(
        in.begin(), in.end(), out.begin(), [&](std::byte code) { return table[std::to_integer<std::size_t>(code)]; });
}

} // namespace parley
