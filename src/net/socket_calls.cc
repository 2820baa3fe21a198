#include "net/socket_calls.h"

#include "net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace parley {

Result<SystemAddress> to_system(const SocketAddress& address)
{
    SystemAddress result;
    if (auto* v4 = reinterpret_cast<sockaddr_in*>(&result.storage);
        inet_pton(AF_INET, address.ip.c_str(), &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(address.port);
        result.size = sizeof *v4;
        return result;
    }
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&result.storage);
    if (inet_pton(AF_INET6, address.ip.c_str(), &v6->sin6_addr) != 1)
        return Error { ErrorKind::invalid_request, "not an IP address: " + address.ip };
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(address.port);
    result.size = sizeof *v6;
    return result;
}

SocketAddress from_system(const sockaddr* address)
{
    char text[INET6_ADDRSTRLEN] = {};
    if (address->sa_family == AF_INET) {
        const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
        inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
        return { text, ntohs(v4->sin_port) };
    }
    if (address->sa_family == AF_INET6) {
        const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address);
        inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
        return { text, ntohs(v6->sin6_port) };
    }
    return {};
}

SocketAddress local_address(int fd)
{
    SystemAddress address;
    address.size = sizeof address.storage;
    return getsockname(fd, address.get(), &address.size) == 0 ? from_system(address.get()) : SocketAddress {};
}

SocketAddress peer_address(int fd)
{
    SystemAddress address;
    address.size = sizeof address.storage;
    return getpeername(fd, address.get(), &address.size) == 0 ? from_system(address.get()) : SocketAddress {};
}

std::string system_error_text(int error)
{
    return std::system_category().message(error);
}

Error bind_error(const SocketAddress& address, int error)
{
    const std::string where = to_string(address) + ": ";
    if (error == EADDRINUSE)
        return { ErrorKind::conflict, where + "port in use" };
    if (error == EADDRNOTAVAIL)
        return { ErrorKind::invalid_request, where + "not an address of this machine" };
    return { ErrorKind::unavailable, where + system_error_text(error) };
}

UniqueFd& UniqueFd::operator=(UniqueFd&& other) noexcept
{
    std::swap(fd_, other.fd_);
    return *this;
}

UniqueFd::~UniqueFd()
{
    if (fd_ >= 0)
        ::close(fd_);
}

int UniqueFd::release()
{
    return std::exchange(fd_, -1);
}

} // namespace parley
