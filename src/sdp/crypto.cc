#include "sdp/crypto.h"

#include "base/base64.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace parley::sdp {
namespace {

struct SuiteRow {
    CryptoSuite suite;
    std::string_view name;
    std::size_t key_bytes;
};

constexpr std::array suites { SuiteRow { CryptoSuite::aead_aes_256_gcm, "AEAD_AES_256_GCM", 32 + 12 },
    SuiteRow { CryptoSuite::aead_aes_128_gcm, "AEAD_AES_128_GCM", 16 + 12 },
    SuiteRow { CryptoSuite::aes_cm_128_hmac_sha1_80, "AES_CM_128_HMAC_SHA1_80", 16 + 14 },
    SuiteRow { CryptoSuite::aes_cm_128_hmac_sha1_32, "AES_CM_128_HMAC_SHA1_32", 16 + 14 } };

constexpr std::size_t max_tag_digits = 9; // RFC 4568 9.1
constexpr std::string_view inline_method = "inline:";

const SuiteRow& row_of(CryptoSuite suite)
{
    return *std::ranges::find(suites, suite, &SuiteRow::suite);
}

// The key itself is never part of an error.
Error bad(std::string_view what)
{
    return Error { ErrorKind::invalid_request, "SDP: a=crypto line: " + std::string(what) };
}

Error unsupported(std::string_view what)
{
    return Error { ErrorKind::unsupported, "SDP: a=crypto line: " + std::string(what) };
}

std::string_view take_until(std::string_view& text, char separator)
{
    const auto at = text.find(separator);
    const std::string_view taken = text.substr(0, at);
    text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
    return taken;
}

std::optional<std::uint64_t> number(std::string_view text)
{
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size())
        return {};
    return value;
}

// Packets until the key is used up: "1000" or "2^20".
bool is_lifetime(std::string_view text)
{
    const auto value = number(text.starts_with("2^") ? text.substr(2) : text);
    return value && *value > 0 && (!text.starts_with("2^") || *value <= 48);
}

// RFC 4568 6.1: "inline:" key-salt ["|" lifetime] ["|" MKI ":" length].
Result<Crypto> parse_key(CryptoSuite suite, std::string_view text)
{
    if (!text.starts_with(inline_method))
        return unsupported("key method");
    text.remove_prefix(inline_method.size());
    if (text.find(';') != std::string_view::npos)
        return unsupported("more than one key");
    const auto decoded = base64_decode(take_until(text, '|'));
    if (!decoded || decoded->size() != key_bytes(suite))
        return bad("key is no base64, or of a wrong length");
    if (text.find(':') != std::string_view::npos)
        return unsupported("master key identifier");
    if (!text.empty() && !is_lifetime(text))
        return bad("lifetime");
    Crypto crypto { suite };
    std::ranges::transform(*decoded, crypto.bytes.begin(), [](char c) { return static_cast<std::byte>(c); });
    return crypto;
}

} // namespace

std::string_view to_string(CryptoSuite suite)
{
    return row_of(suite).name;
}

std::size_t key_bytes(CryptoSuite suite)
{
    return row_of(suite).key_bytes;
}

Result<CryptoLine> parse_crypto(std::string_view value)
{
    const std::string_view tag = take_until(value, ' ');
    const auto tag_number = number(tag);
    if (!tag_number || tag.size() > max_tag_digits)
        return bad("tag");
    const std::string_view name = take_until(value, ' ');
    const std::string_view key = take_until(value, ' ');
    if (name.empty() || key.empty())
        return bad("suite or key missing");
    const auto suite = std::ranges::find(suites, name, &SuiteRow::name);
    if (suite == suites.end())
        return unsupported("suite");
    while (!value.empty()) {
        // RFC 4568 6.3: WSH is a hint, and what begins with a dash may be ignored. Everything else changes the packets.
        const std::string_view parameter = take_until(value, ' ');
        if (!parameter.starts_with("WSH=") && !parameter.starts_with('-'))
            return unsupported("session parameter");
    }
    auto crypto = parse_key(suite->suite, key);
    if (!crypto)
        return std::move(crypto.error());
    return CryptoLine { static_cast<std::uint32_t>(*tag_number), *crypto };
}

std::string write_crypto(const CryptoLine& line)
{
    const auto key = line.crypto.key();
    return std::to_string(line.tag) + ' ' + std::string(to_string(line.crypto.suite)) + ' ' + std::string(inline_method)
        + base64_encode({ reinterpret_cast<const char*>(key.data()), key.size() });
}

} // namespace parley::sdp
