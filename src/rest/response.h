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

    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
};

// Why a request failed, as a client reads it.
struct RestError {
    int http;
    std::string_view status; // A class of errors: "NOT_FOUND".
    std::string_view reason; // What exactly: "AICALL_NOT_FOUND".
    std::string message;     // For people; names the field.
};

// The row of the error table, one for each kind. What we failed at ourselves is not shown to clients.
[[nodiscard]] RestError rest_error(const Error&);

// Errors that name what exactly was wrong.
[[nodiscard]] RestError missing_parameter(std::string_view name);
[[nodiscard]] RestError invalid_parameter(std::string message);
[[nodiscard]] RestError invalid_id(std::string_view name);
[[nodiscard]] RestError not_found(std::string_view reason, std::string_view what);

// Every answer carries `X-Request-Id` and what lets a program in a browser read it.
[[nodiscard]] RestResponse ok_response(const Json& body, std::string_view request_id);
[[nodiscard]] RestResponse error_response(const RestError&, std::string_view request_id);
[[nodiscard]] RestResponse preflight_response(std::string_view request_id);

// What the client sent as X-Request-Id if it is fit to be echoed, else nothing.
[[nodiscard]] std::optional<std::string> request_id_from(const RestRequest&);

} // namespace parley
