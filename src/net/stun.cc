#include "net/stun.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace parley::stun {

namespace {

constexpr std::uint16_t request_type = 0x0001;
constexpr std::uint16_t response_type = 0x0101;
constexpr std::uint32_t magic_cookie = 0x2112A442;
constexpr std::size_t header_size = 20;
constexpr std::uint16_t xor_mapped_address = 0x0020;
constexpr std::uint8_t family_ipv4 = 1;
constexpr std::uint8_t family_ipv6 = 2;

std::uint16_t read16(std::span<const std::byte> bytes)
{
    return static_cast<std::uint16_t>(std::to_integer<unsigned>(bytes[0]) << 8 | std::to_integer<unsigned>(bytes[1]));
}

void write16(std::vector<std::byte>& out, std::uint16_t value)
{
    out.push_back(static_cast<std::byte>(value >> 8));
    out.push_back(static_cast<std::byte>(value & 0xff));
}

Error broken(const char* what)
{
    return { ErrorKind::invalid_request, std::string("STUN: ") + what };
}

// `mask`: the magic cookie and the transaction, which the address is hidden with.
Result<SocketAddress> read_address(std::span<const std::byte> value, std::span<const std::byte> mask)
{
    const std::size_t size = value.size() < 4   ? 0
        : value[1] == std::byte { family_ipv4 } ? 4
        : value[1] == std::byte { family_ipv6 } ? 16
                                                : 0;
    if (size == 0 || value.size() != 4 + size)
        return broken("the address is of no known kind");
    std::array<std::byte, 16> address {};
    for (std::size_t i = 0; i < size; ++i)
        address[i] = value[4 + i] ^ mask[i];
    char text[INET6_ADDRSTRLEN] {};
    ::inet_ntop(size == 4 ? AF_INET : AF_INET6, address.data(), text, sizeof text);
    return SocketAddress { text, static_cast<std::uint16_t>(read16(value.subspan(2)) ^ (magic_cookie >> 16)) };
}

} // namespace

std::vector<std::byte> binding_request(const TransactionId& transaction)
{
    std::vector<std::byte> out;
    write16(out, request_type);
    write16(out, 0); // No attributes.
    write16(out, magic_cookie >> 16);
    write16(out, magic_cookie & 0xffff);
    out.insert(out.end(), transaction.begin(), transaction.end());
    return out;
}

Result<SocketAddress> read_binding_response(std::span<const std::byte> bytes, const TransactionId& transaction)
{
    if (bytes.size() < header_size || read16(bytes) != response_type || read16(bytes.subspan(4)) != magic_cookie >> 16
        || read16(bytes.subspan(6)) != (magic_cookie & 0xffff)
        || !std::ranges::equal(bytes.subspan(8, transaction.size()), transaction))
        return broken("no answer to what was asked");
    const auto mask = bytes.subspan(4, 16);
    auto attributes = bytes.subspan(header_size);
    if (read16(bytes.subspan(2)) != attributes.size())
        return broken("the length is not that of the message");
    while (attributes.size() >= 4) {
        const std::size_t size = read16(attributes.subspan(2));
        const std::size_t padded = (size + 3) / 4 * 4;
        if (attributes.size() < 4 + padded)
            return broken("an attribute is longer than the message");
        if (read16(attributes) == xor_mapped_address)
            return read_address(attributes.subspan(4, size), mask);
        attributes = attributes.subspan(4 + padded);
    }
    return broken("the answer names no address");
}

} // namespace parley::stun
