#include "net/address.h"

#include <charconv>

namespace parley {

Result<SocketAddress> parse_socket_address(std::string_view text)
{
    const auto wrong = [&] {
        return Error { ErrorKind::invalid_request, "not an address and port: " + std::string(text) };
    };
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos)
        return wrong();
    std::string_view host = text.substr(0, colon);
    const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
    if (bracketed)
        host = host.substr(1, host.size() - 2);
    const std::string_view digits = text.substr(colon + 1);
    std::uint16_t port = 0; // Takes no sign.
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc() || end != digits.data() + digits.size() || !parse_ip(host)
        || bracketed != (host.find(':') != std::string_view::npos))
        return wrong();
    return SocketAddress { std::string(host), port };
}

std::string to_string(const SocketAddress& address)
{
    return host_port(address);
}

} // namespace parley
