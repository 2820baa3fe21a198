#include "audio/g711.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>

namespace parley {
namespace {

struct Golden {
    G711Law law;
    std::int16_t sample;
    std::uint8_t code;
    std::int16_t back;
};

// From ITU-T G.191's reference coder (16-bit scale).
constexpr std::array golden {
    Golden { G711Law::ulaw, 0, 0xff, 0 },
    Golden { G711Law::ulaw, -1, 0x7f, 0 },
    Golden { G711Law::ulaw, 8, 0xfe, 8 },
    Golden { G711Law::ulaw, -8, 0x7e, -8 },
    Golden { G711Law::ulaw, 1'000, 0xce, 988 },
    Golden { G711Law::ulaw, -1'000, 0x4e, -988 },
    Golden { G711Law::ulaw, 32'767, 0x80, 32'124 },
    Golden { G711Law::ulaw, -32'768, 0x00, -32'124 },
    Golden { G711Law::alaw, 0, 0xd5, 8 },
    Golden { G711Law::alaw, -1, 0x55, -8 },
    Golden { G711Law::alaw, 1'000, 0xfa, 1'008 },
    Golden { G711Law::alaw, -1'000, 0x7a, -1'008 },
    Golden { G711Law::alaw, 32'767, 0xaa, 32'256 },
    Golden { G711Law::alaw, -32'768, 0x2a, -32'256 },
};

TEST(G711, golden_values)
{
    for (const auto& row : golden) {
        EXPECT_EQ(g711_encode(row.law, row.sample), row.code) << row.sample;
        EXPECT_EQ(g711_decode(row.law, row.code), row.back) << row.sample;
    }
}

TEST(G711, each_code_survives_decoding_and_encoding)
{
    for (int code = 0; code < 256; ++code) {
        const auto byte = static_cast<std::uint8_t>(code);
        if (code != 0x7f) { // Minus zero becomes zero.
            EXPECT_EQ(g711_encode(G711Law::ulaw, g711_decode(G711Law::ulaw, byte)), byte);
        }
        EXPECT_EQ(g711_encode(G711Law::alaw, g711_decode(G711Law::alaw, byte)), byte);
    }
}

TEST(G711, no_sample_is_off_by_more_than_half_its_step)
{
    for (const auto law : { G711Law::ulaw, G711Law::alaw }) {
        for (int sample = -32'768; sample <= 32'767; ++sample) {
            const int back = g711_decode(law, g711_encode(law, static_cast<std::int16_t>(sample)));
            EXPECT_LE(std::abs(back - sample), std::max(8, 4 + std::abs(sample) / 31)) << sample;
        }
    }
}

} // namespace
} // namespace parley
