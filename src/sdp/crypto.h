#pragma once

#include "base/result.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

// Keys of protected sound in SDP (RFC 4568): the value of an `a=crypto` line. Knows names and sizes; the cipher itself
// is at home where the packets are. Nothing here prints a key but `write_crypto`.
namespace parley::sdp {

enum class SrtpPolicy : std::uint8_t {
    off,      // Plain sound alone.
    optional, // Protected if the other side does it too (RFC 8643).
    required, // No plain sound.
};

// In the order in which we like them best (RFC 4568 6.2, RFC 7714 14).
enum class CryptoSuite : std::uint8_t {
    aead_aes_256_gcm,
    aead_aes_128_gcm,
    aes_cm_128_hmac_sha1_80,
    aes_cm_128_hmac_sha1_32,
};
inline constexpr std::array all_crypto_suites { CryptoSuite::aead_aes_256_gcm, CryptoSuite::aead_aes_128_gcm,
    CryptoSuite::aes_cm_128_hmac_sha1_80, CryptoSuite::aes_cm_128_hmac_sha1_32 };

[[nodiscard]] std::string_view to_string(CryptoSuite);

// Master key and master salt, one behind the other.
[[nodiscard]] std::size_t key_bytes(CryptoSuite);
inline constexpr std::size_t max_key_bytes = 44;

struct Crypto {
    CryptoSuite suite = CryptoSuite::aes_cm_128_hmac_sha1_80;
    std::array<std::byte, max_key_bytes> bytes {}; // As many as the suite needs; the rest is zero.

    [[nodiscard]] std::span<const std::byte> key() const { return std::span(bytes).first(key_bytes(suite)); }

    friend bool operator==(const Crypto&, const Crypto&) = default;
};

// Both of the same suite.
struct SrtpKeys {
    Crypto send;    // Ours.
    Crypto receive; // Theirs.

    friend bool operator==(const SrtpKeys&, const SrtpKeys&) = default;
};

struct CryptoLine {
    std::uint32_t tag = 1; // Ties the line of an answer to one of the offer.
    Crypto crypto;

    friend bool operator==(const CryptoLine&, const CryptoLine&) = default;
};

// A suite, key method or session parameter that we do not have, several keys in turn, or a master key identifier:
// `unsupported`, the line is to be passed over (RFC 4568 7.1.1). Broken grammar: `invalid_request`. A key's lifetime is
// checked and forgotten: its sender is the one who keeps it.
[[nodiscard]] Result<CryptoLine> parse_crypto(std::string_view value);

[[nodiscard]] std::string write_crypto(const CryptoLine&);

} // namespace parley::sdp
