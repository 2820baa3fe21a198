#include "relay/json_web_token.h"

#include "base/base64.h"
#include "base/hmac.h"
#include "base/json.h"

#include <algorithm>
#include <limits>

namespace parley::relay {

namespace {

Error refused(std::string_view why)
{
    return { ErrorKind::unauthenticated, "jwt_token: " + std::string(why) };
}

std::optional<Json> decoded(std::string_view part)
{
    const auto text = base64url_decode(part);
    if (!text)
        return std::nullopt;
    auto json = Json::parse(*text);
    if (!json || !json->is_object())
        return std::nullopt;
    return std::move(*json);
}

// Seconds since 1970 of a claim; nothing if it is missing, NaN if it is no number.
std::optional<double> time_claim(const Json& claims, std::string_view name)
{
    const auto* claim = claims.find(name);
    if (claim == nullptr)
        return std::nullopt;
    return claim->is_number() ? claim->as_number() : std::numeric_limits<double>::quiet_NaN();
}

std::optional<Error> outside_its_time(const Json& claims, WallTime now)
{
    const double seconds = static_cast<double>(now.microseconds) / 1e6;
    const double leeway = std::chrono::duration<double>(clock_leeway).count();
    const auto expires = time_claim(claims, "exp");
    const auto begins = time_claim(claims, "nbf");
    if (!expires)
        return refused("the claim exp is missing");
    if (!(*expires + leeway > seconds))
        return refused("it has expired");
    if (begins && !(*begins - leeway <= seconds))
        return refused("it is not valid yet");
    return std::nullopt;
}

} // namespace

Result<ProjectId> project_of(std::string_view token, const SecretOf& secret_of, WallTime now)
{
    const auto first = token.find('.');
    const auto second = token.find('.', first == std::string_view::npos ? first : first + 1);
    if (token.size() > max_json_web_token || second == std::string_view::npos)
        return refused("it is no JSON Web Token");
    const auto header = decoded(token.substr(0, first));
    const auto claims = decoded(token.substr(first + 1, second - first - 1));
    const auto signature = base64url_decode(token.substr(second + 1));
    if (!header || !claims || !signature)
        return refused("it is no JSON Web Token");
    // RFC 8725 3.1: the algorithm is ours to choose, never the token's. RFC 7515 4.1.11: nothing critical is known
    // here.
    if (header->string_or("alg") != "HS256" || header->find("crit") != nullptr)
        return refused("it must be signed with HS256");

    const ProjectId project { claims->string_or("project_id", claims->string_or("project")) };
    const auto secret = secret_of(project);
    Sha256 given {};
    if (secret.empty() || signature->size() != given.size())
        return refused("its signature is wrong");
    std::ranges::copy(*signature, reinterpret_cast<char*>(given.data()));
    if (!same_digest(given, hmac_sha256(secret, token.substr(0, second))))
        return refused("its signature is wrong");
    if (const auto error = outside_its_time(*claims, now))
        return *error;
    return project;
}

} // namespace parley::relay
