#include "base/socket_address.h"

#include <algorithm>

namespace parley {
namespace {

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool is_hex_digit(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// 0 to 255 in decimal.
bool is_byte(std::string_view text)
{
    if (text.empty() || text.size() > 3 || !std::ranges::all_of(text, is_digit))
        return false;
    int value = 0;
    for (const char c : text)
        value = value * 10 + (c - '0');
    return value <= 255;
}

} // namespace

bool is_ipv4(std::string_view text)
{
    int parts = 0;
    while (true) {
        const auto dot = text.find('.');
        const std::string_view part = text.substr(0, dot);
        if (!is_byte(part))
            return false;
        ++parts;
        if (dot == std::string_view::npos)
            return parts == 4;
        text.remove_prefix(dot + 1);
    }
}

bool is_ipv6(std::string_view text)
{
    // Eight groups, or fewer around one "::"; the last two may be a dotted IPv4 address.
    if (text.size() < 2 || text.size() > 45)
        return false;
    const auto gap = text.find("::");
    if (gap != std::string_view::npos && text.find("::", gap + 1) != std::string_view::npos)
        return false;
    if (text.starts_with(':') != (gap == 0) || text.ends_with(':') != (gap == text.size() - 2))
        return false;
    std::size_t groups = 0;
    while (!text.empty()) {
        const auto colon = text.find(':');
        const std::string_view group = text.substr(0, colon);
        if (colon == std::string_view::npos && group.find('.') != std::string_view::npos) {
            if (!is_ipv4(group))
                return false;
            groups += 2;
        } else if (!group.empty()) {
            if (group.size() > 4 || !std::ranges::all_of(group, is_hex_digit))
                return false;
            ++groups;
        }
        if (colon == std::string_view::npos)
            break;
        text.remove_prefix(colon + 1);
    }
    return gap == std::string_view::npos ? groups == 8 : groups < 8;
}

std::string host_port(const SocketAddress& address)
{
    const std::string host = is_ipv6(address.ip) ? '[' + address.ip + ']' : address.ip;
    return host + ':' + std::to_string(address.port);
}

} // namespace parley
