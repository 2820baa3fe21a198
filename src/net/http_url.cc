#include "net/http_url.h"

#include "net/http_message.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>

namespace parley {

namespace {

struct FreeUrl {
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using UrlHandle = std::unique_ptr<CURLU, FreeUrl>;

Error wrong(const char* why)
{
    return { ErrorKind::invalid_request, std::string("url: ") + why };
}

std::string part(const UrlHandle& url, CURLUPart which, unsigned flags = 0)
{
    char* text = nullptr;
    if (curl_url_get(url.get(), which, &text, flags) != CURLUE_OK)
        return {};
    std::string copy(text);
    curl_free(text);
    return copy;
}

std::string decoded(std::string_view text)
{
    return percent_decode(text).value_or(std::string(text));
}

// Cuts `user:password@` out of the text: the last '@' of the authority ends it, its first ':' parts it.
std::optional<std::pair<std::string, std::string>> take_user(std::string& text, std::size_t authority)
{
    const auto end = std::min(text.find_first_of("/?#", authority), text.size());
    const auto at = std::string_view(text).substr(0, end).rfind('@');
    if (at == std::string::npos || at < authority)
        return std::nullopt;
    const std::string user = text.substr(authority, at - authority);
    text.erase(authority, at + 1 - authority);
    const auto colon = std::min(user.find(':'), user.size());
    return std::pair { decoded(user.substr(0, colon)),
        decoded(std::string_view(user).substr(std::min(colon + 1, user.size()))) };
}

} // namespace

Result<HttpUrl> parse_http_url(const std::string& url)
{
    HttpUrl parsed;
    parsed.text = url.substr(0, url.find('#'));
    const auto colon = parsed.text.find("://");
    if (colon == std::string::npos)
        return wrong("not absolute");
    const std::string_view scheme = std::string_view(parsed.text).substr(0, colon);
    if (!equal_ignoring_case(scheme, "http") && !equal_ignoring_case(scheme, "https"))
        return wrong("only http and https");
    if (std::any_of(url.begin(), url.end(), [](char c) { return (c >= 0 && c <= ' ') || c == '\x7f'; }))
        return wrong("has a space or control character");
    if (const auto end = parsed.text.find_first_of("/?", colon + 3); parsed.text.find('\\', colon) < end)
        return wrong("host is not valid"); // Browsers take it for a slash.
    parsed.user = take_user(parsed.text, colon + 3);

    const auto authority_end = std::min(parsed.text.find_first_of("/?", colon + 3), parsed.text.size());
    const std::string_view authority = std::string_view(parsed.text).substr(colon + 3, authority_end - colon - 3);
    // Spellings on which readers of URLs disagree are nobody's honest host.
    if (authority.empty() || std::any_of(authority.begin(), authority.end(), [](char c) { return c < 0 || c == '%'; }))
        return wrong("host is not valid");

    const UrlHandle handle(curl_url());
    if (curl_url_set(handle.get(), CURLUPART_URL, parsed.text.c_str(), CURLU_PATH_AS_IS | CURLU_DISALLOW_USER)
        != CURLUE_OK)
        return wrong("not valid");
    parsed.scheme = part(handle, CURLUPART_SCHEME);
    parsed.host = part(handle, CURLUPART_HOST);
    const std::string port = part(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    if (parsed.host.empty() || port.empty())
        return wrong("has no host");
    std::transform(parsed.host.begin(), parsed.host.end(), parsed.host.begin(),
        [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (parsed.host.front() == '[' && parsed.host.back() == ']')
        parsed.host = parsed.host.substr(1, parsed.host.size() - 2);
    parsed.port = static_cast<std::uint16_t>(std::stoi(port)); // The library has checked the range.
    return parsed;
}

Result<HttpUrl> follow_location(const HttpUrl& from, const std::string& location)
{
    const UrlHandle handle(curl_url());
    if (curl_url_set(handle.get(), CURLUPART_URL, from.text.c_str(), CURLU_PATH_AS_IS) != CURLUE_OK
        || curl_url_set(handle.get(), CURLUPART_URL, location.c_str(), CURLU_PATH_AS_IS | CURLU_NON_SUPPORT_SCHEME)
            != CURLUE_OK)
        return wrong("the redirect is not valid");
    return parse_http_url(part(handle, CURLUPART_URL));
}

} // namespace parley
