#include "net/http_message.h"

#include "base/base64.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace parley {

namespace {

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct ReasonRow {
    int status;
    std::string_view reason;
};

constexpr ReasonRow reasons[] = {
    { 100, "Continue" },
    { 101, "Switching Protocols" },
    { 200, "OK" },
    { 201, "Created" },
    { 202, "Accepted" },
    { 204, "No Content" },
    { 301, "Moved Permanently" },
    { 302, "Found" },
    { 303, "See Other" },
    { 304, "Not Modified" },
    { 307, "Temporary Redirect" },
    { 308, "Permanent Redirect" },
    { 400, "Bad Request" },
    { 401, "Unauthorized" },
    { 403, "Forbidden" },
    { 404, "Not Found" },
    { 405, "Method Not Allowed" },
    { 408, "Request Timeout" },
    { 409, "Conflict" },
    { 411, "Length Required" },
    { 413, "Content Too Large" },
    { 415, "Unsupported Media Type" },
    { 417, "Expectation Failed" },
    { 422, "Unprocessable Content" },
    { 426, "Upgrade Required" },
    { 429, "Too Many Requests" },
    { 431, "Request Header Fields Too Large" },
    { 500, "Internal Server Error" },
    { 501, "Not Implemented" },
    { 502, "Bad Gateway" },
    { 503, "Service Unavailable" },
    { 504, "Gateway Timeout" },
    { 505, "HTTP Version Not Supported" },
};

} // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

void HttpHeaders::set(std::string name, std::string value)
{
    remove(name);
    add(std::move(name), std::move(value));
}

void HttpHeaders::remove(std::string_view name)
{
    std::erase_if(fields_, [&](const auto& field) { return equal_ignoring_case(field.first, name); });
}

std::optional<std::string_view> HttpHeaders::find(std::string_view name) const
{
    for (const auto& [key, value] : fields_) {
        if (equal_ignoring_case(key, name))
            return value;
    }
    return std::nullopt;
}

std::string_view HttpRequest::path() const
{
    return std::string_view(target).substr(0, target.find('?'));
}

std::string_view HttpRequest::query() const
{
    const auto mark = target.find('?');
    return mark == std::string::npos ? std::string_view() : std::string_view(target).substr(mark + 1);
}

std::string_view http_reason(int status)
{
    for (const ReasonRow& row : reasons) {
        if (row.status == status)
            return row.reason;
    }
    return "Unknown";
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space)
{
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus_is_space) {
            out += ' ';
            continue;
        }
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
        const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
        if (high < 0 || low < 0)
            return std::nullopt;
        out += static_cast<char>(high << 4 | low);
        i += 2;
    }
    return out;
}

std::string percent_encode(std::string_view text)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const char l = lower(c);
        if ((l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~') {
            out += c;
            continue;
        }
        const auto byte = static_cast<std::uint8_t>(c);
        out += '%';
        out += digits[byte >> 4];
        out += digits[byte & 15U];
    }
    return out;
}

std::optional<std::vector<std::string>> path_segments(std::string_view path)
{
    std::vector<std::string> segments;
    if (!path.empty() && path.front() == '/')
        path.remove_prefix(1);
    while (!path.empty()) {
        const auto slash = path.find('/');
        auto segment = percent_decode(path.substr(0, slash));
        if (!segment)
            return std::nullopt;
        segments.push_back(std::move(*segment));
        if (slash == std::string_view::npos)
            break;
        path.remove_prefix(slash + 1);
    }
    return segments;
}

std::optional<std::vector<std::pair<std::string, std::string>>> query_fields(std::string_view query)
{
    std::vector<std::pair<std::string, std::string>> fields;
    while (!query.empty()) {
        const auto end = query.find('&');
        const std::string_view field = query.substr(0, end);
        query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
        if (field.empty())
            continue;
        const auto equals = field.find('=');
        auto name = percent_decode(field.substr(0, equals), true);
        auto value
            = percent_decode(equals == std::string_view::npos ? std::string_view() : field.substr(equals + 1), true);
        if (!name || !value)
            return std::nullopt;
        fields.emplace_back(std::move(*name), std::move(*value));
    }
    return fields;
}

std::optional<std::pair<std::string, std::string>> basic_credentials(const HttpHeaders& headers)
{
    const auto field = headers.find("Authorization");
    if (!field || field->size() < 6 || !equal_ignoring_case(field->substr(0, 6), "Basic "))
        return std::nullopt;
    std::string_view encoded = field->substr(6);
    while (!encoded.empty() && encoded.front() == ' ')
        encoded.remove_prefix(1);
    const auto decoded = base64_decode(encoded);
    const auto colon = decoded ? decoded->find(':') : std::string::npos;
    if (colon == std::string::npos)
        return std::nullopt;
    return std::pair { decoded->substr(0, colon), decoded->substr(colon + 1) };
}

std::string basic_authorization(std::string_view user, std::string_view password)
{
    return "Basic " + base64_encode(std::string(user) + ":" + std::string(password));
}

} // namespace parley
