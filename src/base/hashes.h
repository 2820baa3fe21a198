#pragma once

#include "base/sha256.h"

#include <cstddef>
#include <string>
#include <string_view>

// Hashes as text, and what goes with secrets. Like `sha256.h`, a door to the hash library.
namespace parley {

// Lower-case hexadecimal digits. MD5 is here because the telephones of the world authenticate with it (RFC 7616).
[[nodiscard]] std::string md5_hex(std::string_view text);
[[nodiscard]] std::string sha256_hex(std::string_view text);

// RFC 2104 with SHA-256, in hexadecimal digits.
[[nodiscard]] std::string hmac_sha256_hex(std::string_view key, std::string_view text);

// RFC 2104 with SHA-1: what receivers of webhooks verify.
[[nodiscard]] std::string hmac_sha1_hex(std::string_view key, std::string_view text);

// Takes the same time wherever texts of one length differ.
[[nodiscard]] bool same_secret(std::string_view a, std::string_view b);

// Bytes that nobody can guess, from the operating system's generator. Not for machines: they are told their secrets.
[[nodiscard]] std::string random_secret(std::size_t bytes);

} // namespace parley
