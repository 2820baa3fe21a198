#pragma once

#include "base/result.h"
#include "base/socket_address.h"

#include <sys/socket.h>

#include <string>

// Addresses and errors in the spelling of the operating system. For the .cc files of `net/` alone.
namespace parley {

struct SystemAddress {
    sockaddr_storage storage {};
    socklen_t size = 0;

    [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
    [[nodiscard]] sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

[[nodiscard]] Result<SystemAddress> to_system(const SocketAddress&);
[[nodiscard]] SocketAddress from_system(const sockaddr*);
[[nodiscard]] SocketAddress local_address(int fd);
[[nodiscard]] SocketAddress peer_address(int fd);

// Why an address could not be bound: a port in use is `conflict`.
[[nodiscard]] Error bind_error(const SocketAddress&, int error);
[[nodiscard]] std::string system_error_text(int error);

// A file descriptor that is closed when its owner goes.
class UniqueFd {
public:
    UniqueFd() = default;
    explicit UniqueFd(int fd)
        : fd_(fd)
    {
    }
    UniqueFd(UniqueFd&& other) noexcept
        : fd_(other.release())
    {
    }
    UniqueFd& operator=(UniqueFd&& other) noexcept;
    ~UniqueFd();

    [[nodiscard]] int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }
    int release();

private:
    int fd_ = -1;
};

} // namespace parley
