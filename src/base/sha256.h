#pragma once

#include <array>
#include <cstdint>
#include <string_view>

// The door to the hash library.
namespace parley {

using Sha256 = std::array<std::uint8_t, 32>;

[[nodiscard]] Sha256 sha256(std::string_view text);

// Takes the same time wherever they differ.
[[nodiscard]] bool same_digest(const Sha256&, const Sha256&);

} // namespace parley
