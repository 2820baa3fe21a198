#pragma once

#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Digest authentication as text and arithmetic (RFC 7616, RFC 8760 for SHA-256 in SIP, RFC 2069 without qop): the
// fields WWW-Authenticate, Authorization and their Proxy- twins, and the hash over them.
// Knows no user and no time; `digest_server.h` and `digest_client.h` do. Of the qualities of protection only `auth` is
// ever offered or chosen: gateways rewrite bodies, so `auth-int` breaks calls.
namespace parley::sip {

enum class DigestAlgorithm : std::uint8_t { md5, sha256 };

[[nodiscard]] std::string_view to_string(DigestAlgorithm); // "MD5", "SHA-256"
[[nodiscard]] std::string hash_hex(DigestAlgorithm, std::string_view text);

struct DigestChallenge {
    std::string realm;
    std::string nonce;
    std::optional<std::string> opaque = {};
    DigestAlgorithm algorithm = DigestAlgorithm::md5; // Absent means MD5.
    bool qop_auth = false;                            // False: the server is of RFC 2069's time.
    bool stale = false;

    friend bool operator==(const DigestChallenge&, const DigestChallenge&) = default;
};

struct DigestCredentials {
    std::string username;
    std::string realm;
    std::string nonce;
    std::string uri;
    std::string response;
    DigestAlgorithm algorithm = DigestAlgorithm::md5;
    std::optional<std::string> opaque = {};
    bool qop_auth = false;
    std::string cnonce = {};             // With qop only,
    std::uint32_t nonce_count = 0;       // likewise.
    std::string nonce_count_digits = {}; // As written: it is hashed.

    friend bool operator==(const DigestCredentials&, const DigestCredentials&) = default;
};

inline constexpr std::size_t max_digest_parameters = 32; // Of one field; more: refused.

// One field value. `unsupported`: another scheme, an algorithm that we do not know, or a challenge without `auth` among
// its qualities; such a challenge is passed over. `invalid_request`: broken.
[[nodiscard]] Result<DigestChallenge> parse_challenge(std::string_view);
[[nodiscard]] Result<DigestCredentials> parse_credentials(std::string_view);

[[nodiscard]] std::string write(const DigestChallenge&);
[[nodiscard]] std::string write(const DigestCredentials&);

// RFC 7616 3.4.2: H(username:realm:password).
[[nodiscard]] std::string digest_ha1(
    DigestAlgorithm, std::string_view username, std::string_view realm, std::string_view password);

// RFC 7616 3.4.1: what `response` has to be. Of the credentials everything but `response` counts.
[[nodiscard]] std::string digest_response(const DigestCredentials&, std::string_view ha1, std::string_view method);

} // namespace parley::sip
