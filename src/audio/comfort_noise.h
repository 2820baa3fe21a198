#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

// Noise in place of a silence that was not sent (RFC 3389): as loud and of the colour that its payload says.
namespace parley {

class ComfortNoise {
public:
    // Below full scale; louder noise is softened to this, which voice activity never takes for speech.
    static constexpr int loudest_dbov = 57;
    static constexpr std::size_t max_order = 12; // Further coefficients are ignored.

    // A payload; without any byte the noise stays as it is.
    void set(std::span<const std::byte> payload);

    // Appends the next samples, at any rate.
    void make(std::size_t samples, std::vector<std::int16_t>& out);

private:
    float next_white();

    float gain_ = 0;
    std::size_t order_ = 0;
    std::array<float, max_order> reflection_ {};
    std::array<float, max_order + 1> delayed_ {}; // Backward errors of the lattice.
    std::uint32_t seed_ = 1;
};

// Our own silence: white and hardly audible.
inline constexpr std::array<std::byte, 1> comfort_noise_payload { std::byte { 70 } };

} // namespace parley
