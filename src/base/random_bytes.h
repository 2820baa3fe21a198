#pragma once

#include <cstddef>
#include <span>

namespace parley {

// For keys and nonces: from the operating system's source, by the crypto library. `IdSource` is for names alone.
void fill_with_random_bytes(std::span<std::byte>);

} // namespace parley
