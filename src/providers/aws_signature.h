#pragma once

#include "base/time.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Signature version 4, by which AWS knows who asks. libcurl of Debian 12 has one too, but signs the path as it is sent:
// AWS encodes it once more, and every model whose name has a colon would be refused.
namespace parley {

struct AwsCredentials {
    std::string access_key;
    std::string secret_key;
    std::string session_token; // Of temporary ones; else empty.
};

struct AwsRequest {
    std::string method;
    std::string host;                                         // With its port, if the URL has one.
    std::string path;                                         // As it is sent: encoded once.
    std::vector<std::pair<std::string, std::string>> headers; // To be signed beside the host; names in any case.
    std::string_view body;
};

// The headers to add: X-Amz-Date, X-Amz-Security-Token if there is a token, Authorization.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> sign_for_aws(
    const AwsRequest&, const AwsCredentials&, std::string_view region, std::string_view service, WallTime now);

// Everything but letters, digits and -._~ as %XX.
[[nodiscard]] std::string percent_encoded(std::string_view text);

} // namespace parley
