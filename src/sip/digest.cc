#include "sip/digest.h"

#include "base/hashes.h"
#include "sip/scan.h"

#include <algorithm>

namespace parley::sip {
namespace {

Error bad(std::string what)
{
    return Error { ErrorKind::invalid_request, std::move(what) };
}

// `Digest a=b, c="d"`: the parameters, each name once.
Result<std::vector<Parameter>> read_parameters(std::string_view text)
{
    text = trim(text);
    const auto space = std::min(text.find_first_of(" \t"), text.size());
    if (!same_word(text.substr(0, space), "Digest"))
        return Error { ErrorKind::unsupported, "authentication scheme" };
    const auto parts = split(trim(text.substr(space)), ',');
    if (!parts || parts->size() > max_digest_parameters)
        return bad("Digest parameters");
    std::vector<Parameter> parameters;
    for (const std::string_view part : *parts) {
        const auto equals = part.find('=');
        if (equals == std::string_view::npos)
            return bad("Digest parameter without a value");
        Parameter parameter { lower(trim(part.substr(0, equals))), {} };
        const std::string_view value = trim(part.substr(equals + 1));
        if (!is_token(parameter.name) || find_parameter(parameters, parameter.name) != nullptr)
            return bad("Digest parameters");
        if (value.starts_with('"')) {
            auto quoted = parse_quoted(value);
            if (!quoted || quoted->length != value.size())
                return bad("Digest " + parameter.name);
            parameter.value = std::move(quoted->content);
        } else {
            // Old clients leave quotes out; a value without blanks, commas and quotes is clear all the same.
            if (value.empty() || value.find_first_of(" \t\"") != std::string_view::npos)
                return bad("Digest " + parameter.name);
            parameter.value = value;
        }
        parameters.push_back(std::move(parameter));
    }
    return parameters;
}

std::string value_of(const std::vector<Parameter>& parameters, std::string_view name)
{
    const Parameter* found = find_parameter(parameters, name);
    return found != nullptr ? *found->value : std::string();
}

std::optional<DigestAlgorithm> read_algorithm(const std::vector<Parameter>& parameters)
{
    const Parameter* found = find_parameter(parameters, "algorithm");
    if (found == nullptr || same_word(*found->value, "MD5"))
        return DigestAlgorithm::md5;
    if (same_word(*found->value, "SHA-256"))
        return DigestAlgorithm::sha256;
    return {}; // SHA-512-256, the -sess family, AKA.
}

std::optional<std::string> read_opaque(const std::vector<Parameter>& parameters)
{
    const Parameter* found = find_parameter(parameters, "opaque");
    return found != nullptr ? found->value : std::nullopt;
}

bool is_hex(std::string_view text, std::size_t length)
{
    return text.size() == length && std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    });
}

std::uint32_t read_hex(std::string_view digits)
{
    std::uint32_t number = 0;
    for (const char c : digits)
        number = number * 16 + static_cast<std::uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    return number;
}

} // namespace

std::string_view to_string(DigestAlgorithm algorithm)
{
    return algorithm == DigestAlgorithm::md5 ? "MD5" : "SHA-256";
}

std::string hash_hex(DigestAlgorithm algorithm, std::string_view text)
{
    return algorithm == DigestAlgorithm::md5 ? md5_hex(text) : sha256_hex(text);
}

Result<DigestChallenge> parse_challenge(std::string_view text)
{
    auto parameters = read_parameters(text);
    if (!parameters)
        return std::move(parameters.error());
    if (find_parameter(*parameters, "realm") == nullptr || value_of(*parameters, "nonce").empty())
        return bad("Digest challenge without realm or nonce");
    const auto algorithm = read_algorithm(*parameters);
    if (!algorithm)
        return Error { ErrorKind::unsupported, "Digest algorithm" };
    DigestChallenge challenge;
    challenge.realm = value_of(*parameters, "realm");
    challenge.nonce = value_of(*parameters, "nonce");
    challenge.opaque = read_opaque(*parameters);
    challenge.algorithm = *algorithm;
    challenge.stale = same_word(value_of(*parameters, "stale"), "true");
    if (find_parameter(*parameters, "qop") != nullptr) {
        const std::string qop = value_of(*parameters, "qop");
        const auto offered = split(qop, ',');
        challenge.qop_auth
            = offered && std::ranges::any_of(*offered, [](std::string_view one) { return same_word(one, "auth"); });
        if (!challenge.qop_auth)
            return Error { ErrorKind::unsupported, "Digest qop" };
    }
    return challenge;
}

Result<DigestCredentials> parse_credentials(std::string_view text)
{
    auto parameters = read_parameters(text);
    if (!parameters)
        return std::move(parameters.error());
    const auto algorithm = read_algorithm(*parameters);
    if (!algorithm)
        return Error { ErrorKind::unsupported, "Digest algorithm" };
    DigestCredentials credentials;
    credentials.algorithm = *algorithm;
    credentials.username = value_of(*parameters, "username");
    credentials.realm = value_of(*parameters, "realm");
    credentials.nonce = value_of(*parameters, "nonce");
    credentials.uri = value_of(*parameters, "uri");
    credentials.response = lower(value_of(*parameters, "response"));
    credentials.opaque = read_opaque(*parameters);
    for (const std::string_view name : { "username", "realm", "nonce", "uri", "response" })
        if (find_parameter(*parameters, name) == nullptr)
            return bad("Digest " + std::string(name));
    if (!is_hex(credentials.response, *algorithm == DigestAlgorithm::md5 ? 32 : 64))
        return bad("Digest response");
    if (find_parameter(*parameters, "qop") == nullptr)
        return credentials;
    if (!same_word(value_of(*parameters, "qop"), "auth"))
        return Error { ErrorKind::unsupported, "Digest qop" };
    credentials.qop_auth = true;
    credentials.cnonce = value_of(*parameters, "cnonce");
    credentials.nonce_count_digits = value_of(*parameters, "nc");
    if (credentials.cnonce.empty())
        return bad("Digest cnonce");
    if (!is_hex(credentials.nonce_count_digits, 8))
        return bad("Digest nc");
    credentials.nonce_count = read_hex(credentials.nonce_count_digits);
    return credentials;
}

std::string write(const DigestChallenge& challenge)
{
    std::string text = "Digest realm=" + quote(challenge.realm) + ", nonce=" + quote(challenge.nonce);
    if (challenge.opaque)
        text += ", opaque=" + quote(*challenge.opaque);
    text += ", algorithm=" + std::string(to_string(challenge.algorithm));
    if (challenge.qop_auth)
        text += ", qop=\"auth\"";
    if (challenge.stale)
        text += ", stale=true";
    return text;
}

std::string write(const DigestCredentials& credentials)
{
    std::string text = "Digest username=" + quote(credentials.username) + ", realm=" + quote(credentials.realm)
        + ", nonce=" + quote(credentials.nonce) + ", uri=" + quote(credentials.uri)
        + ", response=" + quote(credentials.response) + ", algorithm=" + std::string(to_string(credentials.algorithm));
    if (credentials.opaque)
        text += ", opaque=" + quote(*credentials.opaque);
    if (credentials.qop_auth)
        text += ", qop=auth, cnonce=" + quote(credentials.cnonce) + ", nc=" + credentials.nonce_count_digits;
    return text;
}

std::string digest_ha1(
    DigestAlgorithm algorithm, std::string_view username, std::string_view realm, std::string_view password)
{
    std::string text(username);
    text.append(":").append(realm).append(":").append(password);
    return hash_hex(algorithm, text);
}

std::string digest_response(const DigestCredentials& credentials, std::string_view ha1, std::string_view method)
{
    const std::string ha2 = hash_hex(credentials.algorithm, std::string(method) + ':' + credentials.uri);
    std::string text(ha1);
    text.append(":").append(credentials.nonce).append(":");
    if (credentials.qop_auth)
        text.append(credentials.nonce_count_digits).append(":").append(credentials.cnonce).append(":auth:");
    return hash_hex(credentials.algorithm, text.append(ha2));
}

} // namespace parley::sip
