#pragma once

#include "base/sha256.h"

#include <string_view>

namespace parley {

// RFC 2104 over SHA-256. Compare with `same_digest`.
[[nodiscard]] Sha256 hmac_sha256(std::string_view key, std::string_view text);

} // namespace parley
