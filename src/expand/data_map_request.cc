#include "expand/data_map_request.h"

#include "expand/value_text.h"

#include <algorithm>
#include <array>

namespace parley::expand {

namespace {

constexpr std::array<std::string_view, 5> methods { "GET", "POST", "PUT", "DELETE", "PATCH" };

bool may_stand_in_a_url(char c)
{
    const auto byte = static_cast<unsigned char>(c);
    return byte > ' ' && byte < 0x7F && std::string_view("\"<>\\^`{|}").find(c) == std::string_view::npos;
}

bool is_control(char c)
{
    const auto byte = static_cast<unsigned char>(c);
    return byte < ' ' || byte == 0x7F;
}

} // namespace

Result<std::string> request_method(std::string_view text)
{
    if (text.empty())
        return std::string("GET");
    for (const auto method : methods)
        if (lower_case(method) == lower_case(text))
            return std::string(method);
    return Error { ErrorKind::invalid_request, "no such method: " + std::string(text.substr(0, 16)) };
}

void set_url(DataMapRequest& request, std::string_view url)
{
    std::string clean;
    for (const char c : url) {
        if (may_stand_in_a_url(c))
            clean += c;
        else
            clean += percent_encoded({ &c, 1 });
    }
    const auto scheme = clean.find("://");
    const auto authority = scheme == std::string::npos ? 0 : scheme + 3;
    const auto end = std::min(clean.find_first_of("/?#", authority), clean.size());
    const auto at = clean.rfind('@', end);
    if (scheme != std::string::npos && at != std::string::npos && at >= authority && at < end) {
        const std::string credentials = clean.substr(authority, at - authority);
        const auto colon = std::min(credentials.find(':'), credentials.size());
        request.user = credentials.substr(0, colon);
        request.password = colon < credentials.size() ? credentials.substr(colon + 1) : "";
        clean.erase(authority, at + 1 - authority);
    }
    request.url = std::move(clean);
}

void add_header(DataMapRequest& request, std::string_view name, std::string_view value)
{
    if (name.empty()
        || std::any_of(name.begin(), name.end(), [](char c) { return is_control(c) || c == ' ' || c == ':'; }))
        return;
    std::string clean(value);
    std::replace_if(clean.begin(), clean.end(), is_control, ' ');
    request.headers.emplace_back(name, std::move(clean));
}

void add_header_if_missing(DataMapRequest& request, std::string_view name, std::string_view value)
{
    const std::string wanted = lower_case(name);
    for (const auto& [known, ignored] : request.headers)
        if (lower_case(known) == wanted)
            return;
    add_header(request, name, value);
}

} // namespace parley::expand
