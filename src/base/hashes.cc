#include "base/hashes.h"

#include "base/error.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>
#include <span>

namespace parley {

namespace {

std::string hex(std::span<const std::uint8_t> bytes)
{
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const std::uint8_t byte : bytes) {
        text += digits[byte >> 4];
        text += digits[byte & 0x0F];
    }
    return text;
}

} // namespace

std::string md5_hex(std::string_view text)
{
    std::array<std::uint8_t, 16> digest {};
    unsigned int length = 0;
    const int done = EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_md5(), nullptr);
    VERIFY(done == 1 && length == digest.size()); // A library without MD5 cannot serve telephones.
    return hex(digest);
}

std::string sha256_hex(std::string_view text)
{
    return hex(sha256(text));
}

std::string hmac_sha256_hex(std::string_view key, std::string_view text)
{
    Sha256 digest {};
    unsigned int length = 0;
    const auto* done = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
        reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &length);
    VERIFY(done != nullptr && length == digest.size());
    return hex(digest);
}

std::string hmac_sha1_hex(std::string_view key, std::string_view text)
{
    std::array<std::uint8_t, 20> digest {};
    unsigned int length = 0;
    const auto* done = HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()),
        reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &length);
    VERIFY(done != nullptr && length == digest.size());
    return hex(digest);
}

bool same_secret(std::string_view a, std::string_view b)
{
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string random_secret(std::size_t bytes)
{
    std::string secret(bytes, '\0');
    const int done = RAND_bytes(reinterpret_cast<unsigned char*>(secret.data()), static_cast<int>(bytes));
    VERIFY(done == 1);
    return secret;
}

} // namespace parley
