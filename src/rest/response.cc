#include "rest/response.h"

#include <algorithm>
#include <array>
#include <utility>

namespace parley {

namespace {

constexpr std::size_t max_request_id_length = 64;

struct ErrorRow {
    ErrorKind kind;
    int http;
    std::string_view status;
    std::string_view reason;
    std::string_view message; // Empty: the error's own words.
};

// In the order of the enumeration.
constexpr std::array error_rows {
    ErrorRow { ErrorKind::invalid_request, 400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", "" },
    ErrorRow { ErrorKind::unauthenticated, 401, "UNAUTHENTICATED", "INVALID_CREDENTIALS", "" },
    ErrorRow { ErrorKind::not_found, 404, "NOT_FOUND", "RESOURCE_NOT_FOUND", "" },
    ErrorRow { ErrorKind::conflict, 409, "FAILED_PRECONDITION", "STATE_INVALID", "" },
    ErrorRow { ErrorKind::unsupported, 501, "UNIMPLEMENTED", "NOT_IMPLEMENTED", "" },
    ErrorRow { ErrorKind::limit_reached, 429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED", "" },
    ErrorRow {
        ErrorKind::unavailable, 503, "UNAVAILABLE", "SERVICE_UNAVAILABLE", "The log cannot be reached at the moment." },
    ErrorRow { ErrorKind::timed_out, 504, "UNAVAILABLE", "REQUEST_TIMEOUT", "The answer did not come in time." },
};

RestResponse response(int status, std::string_view request_id)
{
    RestResponse response;
    response.status = status;
    response.headers = {
        { "X-Request-Id", std::string(request_id) },
        { "Access-Control-Allow-Origin", "*" },
        { "Access-Control-Expose-Headers", "X-Request-Id" },
    };
    return response;
}

void set_body(RestResponse& response, const Json& body)
{
    response.headers.emplace_back("Content-Type", "application/json");
    response.headers.emplace_back("Cache-Control", "no-store"); // What people said.
    response.body = body.dump();
}

} // namespace

std::optional<std::string_view> RestResponse::header(std::string_view name) const
{
    for (const auto& [other, value] : headers)
        if (other == name)
            return value;
    return std::nullopt;
}

RestError rest_error(const Error& error)
{
    const ErrorRow& row = error_rows.at(static_cast<std::size_t>(error.kind));
    VERIFY(row.kind == error.kind);
    return { row.http, row.status, row.reason, row.message.empty() ? error.what : std::string(row.message) };
}

RestError missing_parameter(std::string_view name)
{
    return { 400, "INVALID_ARGUMENT", "MISSING_REQUEST_PARAMETER",
        "The parameter " + std::string(name) + " is required." };
}

RestError invalid_parameter(std::string message)
{
    return { 400, "INVALID_ARGUMENT", "INVALID_REQUEST_PARAMETER", std::move(message) };
}

RestError invalid_id(std::string_view name)
{
    return { 400, "INVALID_ARGUMENT", "INVALID_ID", "The " + std::string(name) + " is not a UUID." };
}

RestError not_found(std::string_view reason, std::string_view what)
{
    return { 404, "NOT_FOUND", reason, "The " + std::string(what) + " was not found." };
}

RestResponse ok_response(const Json& body, std::string_view request_id)
{
    RestResponse ok = response(200, request_id);
    set_body(ok, body);
    return ok;
}

RestResponse error_response(const RestError& error, std::string_view request_id)
{
    RestResponse failed = response(error.http, request_id);
    if (error.http == 429 || error.http == 503)
        failed.headers.emplace_back("Retry-After", "1");
    set_body(failed,
        Json::Object { { "error",
            Json::Object {
                { "status", error.status },
                { "reason", error.reason },
                { "message", error.message },
                { "request_id", request_id },
            } } });
    return failed;
}

RestResponse preflight_response(std::string_view request_id)
{
    RestResponse preflight = response(204, request_id);
    preflight.headers.emplace_back("Allow", "GET, HEAD, POST, OPTIONS");
    preflight.headers.emplace_back("Access-Control-Allow-Methods", "POST, GET, PUT, DELETE, PATCH, HEAD, OPTIONS");
    preflight.headers.emplace_back(
        "Access-Control-Allow-Headers", "Origin, X-Requested-With, Content-Type, Accept, Authorization");
    preflight.headers.emplace_back("Access-Control-Max-Age", "43200");
    return preflight;
}

std::optional<std::string> request_id_from(const RestRequest& request)
{
    const auto id = request.header("X-Request-Id");
    const auto fit = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    };
    if (!id || id->empty() || id->size() > max_request_id_length || !std::all_of(id->begin(), id->end(), fit))
        return std::nullopt;
    return std::string(*id);
}

} // namespace parley
