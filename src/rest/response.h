#pragma once

#include "base/error.h"
#include "base/json.h"
#include "rest/request.h"

#include <string>
#include <string_view>

namespace parley {

struct RestResponse {
    int status = 200;
    NamedTexts headers; // Without Content-Length.
    std::string body;
    bool head_only = false; // Answer to HEAD: `body` is what GET would get; send its length, not itself.
};

// Why a request failed, as a client reads it.
struct RestError {
    int http;
    std::string_view status; // A class of errors: "NOT_FOUND".
    std::string_view reason; // What exactly: "AICALL_NOT_FOUND".
    std::string message;     // For people; names the field.
};

// The row of the error table (one for each kind) with the message filled in.
[[nodiscard]] RestError rest_error(const Error&);

[[nodiscard]] RestResponse ok_response(const Json& body, std::string_view request_id);
[[nodiscard]] RestResponse error_response(const RestError&, std::string_view request_id);

// What the client sent as X-Request-Id if it is fit to be echoed, else nothing.
[[nodiscard]] std::optional<std::string> request_id_from(const RestRequest&);

} // namespace parley
