#pragma once

#include <optional>
#include <string>
#include <string_view>

// RFC 4648 4: the common alphabet, padded.
namespace parley {

[[nodiscard]] std::string base64_encode(std::string_view bytes);

// Padding may be missing. A byte of another alphabet, or a lone last digit: nothing.
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);

} // namespace parley
