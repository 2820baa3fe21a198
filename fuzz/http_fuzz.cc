// room: net
// What net/ itself reads: URLs, queries, credentials, server-sent events, addresses.
#include "net/address.h"
#include "net/http_message.h"
#include "net/http_url.h"
#include "net/sse.h"

#include <cstdint>
#include <string>

using namespace parley;

namespace {

void check(bool condition)
{
    if (!condition)
        __builtin_trap();
}

void check_events(std::string_view text)
{
    const std::size_t cut = text.empty() ? 0 : static_cast<std::uint8_t>(text[0]) % text.size();
    std::vector<SseEvent> whole;
    std::vector<SseEvent> in_two;
    SseParser first;
    SseParser second;
    check(first.feed(text, whole).has_value());
    check(second.feed(text.substr(0, cut), in_two) && second.feed(text.substr(cut), in_two));
    check(whole == in_two);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    const std::string text(reinterpret_cast<const char*>(bytes), size);
    check_events(text);
    if (const auto decoded = percent_decode(text))
        check(percent_decode(percent_encode(*decoded)) == decoded);
    (void)path_segments(text);
    (void)query_fields(text);
    if (const auto user = basic_credentials({ { "Authorization", "Basic " + text } }))
        check(basic_credentials({ { "Authorization", basic_authorization(user->first, user->second) } }) == user);
    if (const auto ip = parse_ip(text))
        check(parse_ip(to_string(*ip)) == ip);
    (void)IpNetwork::parse(text);
    if (const auto address = parse_socket_address(text))
        check(parse_socket_address(to_string(*address)).has_value());
    if (const auto url = parse_http_url(text)) {
        check(url->text.find('#') == std::string::npos);
        const auto again = parse_http_url(url->text);
        check(again && again->host == url->host && again->port == url->port && !again->user);
    }
    return 0;
}
