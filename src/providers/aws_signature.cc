#include "providers/aws_signature.h"

#include "base/hashes.h"
#include "base/hmac.h"

#include <algorithm>
#include <cctype>
#include <ctime>

namespace parley {

namespace {

std::string_view bytes_of(const Sha256& digest)
{
    return { reinterpret_cast<const char*>(digest.data()), digest.size() };
}

std::string lower_case(std::string text)
{
    std::ranges::transform(
        text, text.begin(), [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
    return text;
}

// "20130524T000000Z"
std::string stamp(WallTime now)
{
    const std::time_t seconds = now.microseconds / 1'000'000;
    std::tm parts {};
    gmtime_r(&seconds, &parts);
    char text[32];
    const auto size = std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts);
    return { text, size };
}

std::string encoded_path(std::string_view path)
{
    std::string encoded;
    while (!path.empty()) {
        const auto slash = path.find('/');
        encoded += percent_encoded(path.substr(0, slash));
        if (slash == std::string_view::npos)
            break;
        encoded += '/';
        path.remove_prefix(slash + 1);
    }
    return encoded;
}

} // namespace

std::string percent_encoded(std::string_view text)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte < 0x80 && std::isalnum(byte) != 0) || c == '-' || c == '.' || c == '_' || c == '~') {
            encoded += c;
        } else {
            encoded += '%';
            encoded += digits[byte >> 4];
            encoded += digits[byte & 15];
        }
    }
    return encoded;
}

std::vector<std::pair<std::string, std::string>> sign_for_aws(const AwsRequest& request,
    const AwsCredentials& credentials, std::string_view region, std::string_view service, WallTime now)
{
    const std::string time = stamp(now);
    const std::string day = time.substr(0, 8);
    std::vector<std::pair<std::string, std::string>> added { { "X-Amz-Date", time } };
    if (!credentials.session_token.empty())
        added.emplace_back("X-Amz-Security-Token", credentials.session_token);

    std::vector<std::pair<std::string, std::string>> headers { { "host", request.host } };
    for (const auto* list : { &request.headers, &std::as_const(added) }) {
        for (const auto& [name, value] : *list)
            headers.emplace_back(lower_case(name), value);
    }
    std::ranges::sort(headers);
    std::string canonical = request.method + "\n" + encoded_path(request.path) + "\n\n";
    std::string names;
    for (const auto& [name, value] : headers) {
        canonical += name + ":" + value + "\n";
        names += (names.empty() ? "" : ";") + name;
    }
    canonical += "\n" + names + "\n" + sha256_hex(request.body);

    const std::string scope = day + "/" + std::string(region) + "/" + std::string(service) + "/aws4_request";
    const std::string to_sign = "AWS4-HMAC-SHA256\n" + time + "\n" + scope + "\n" + sha256_hex(canonical);
    auto key = hmac_sha256("AWS4" + credentials.secret_key, day);
    for (const std::string_view part : { region, service, std::string_view("aws4_request") })
        key = hmac_sha256(bytes_of(key), part);
    added.emplace_back("Authorization",
        "AWS4-HMAC-SHA256 Credential=" + credentials.access_key + "/" + scope + ", SignedHeaders=" + names
            + ", Signature=" + hmac_sha256_hex(bytes_of(key), to_sign));
    return added;
}

} // namespace parley
