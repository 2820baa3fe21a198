#pragma once

#include <optional>
#include <string>
#include <string_view>

// RFC 4648 4: the common alphabet, padded.
namespace parley {

[[nodiscard]] std::string base64_encode(std::string_view bytes);

// Padding may be missing. A byte of another alphabet, or a lone last digit: nothing.
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);

// RFC 4648 5: the alphabet that is safe in URLs, written without padding.
[[nodiscard]] std::string base64url_encode(std::string_view bytes);
[[nodiscard]] std::optional<std::string> base64url_decode(std::string_view text);

} // namespace parley
