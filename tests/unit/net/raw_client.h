#pragma once

#include "base/socket_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <string>
#include <string_view>

namespace parley {

// A blocking TCP client that sends exactly the bytes a test writes. Waits at most 20 s for anything.
class RawClient {
public:
    explicit RawClient(const SocketAddress& server)
        : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address {};
        address.sin_family = AF_INET;
        address.sin_port = htons(server.port);
        inet_pton(AF_INET, server.ip.c_str(), &address.sin_addr);
        const timeval bound { 20, 0 };
        setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof bound);
        connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }
    ~RawClient() { ::close(fd_); }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    [[nodiscard]] bool connected() const { return connected_; }
    [[nodiscard]] int fd() const { return fd_; }

    bool send(std::string_view text)
    {
        while (!text.empty()) {
            const ssize_t sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
            if (sent <= 0)
                return false;
            text.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }

    void end_sending() { ::shutdown(fd_, SHUT_WR); }

    // What comes until the other side closes; "(timeout)" is appended if it does not.
    std::string read_all()
    {
        std::string all;
        while (true) {
            const std::string piece = read_some();
            if (piece.empty())
                return timed_out_ ? all + "(timeout)" : all;
            all += piece;
        }
    }

    // What comes until `mark` was seen, or the end.
    std::string read_until(std::string_view mark)
    {
        std::string all;
        while (all.find(mark) == std::string::npos) {
            const std::string piece = read_some();
            if (piece.empty())
                break;
            all += piece;
        }
        return all;
    }

    std::string read_some()
    {
        char buffer[4096];
        const ssize_t size = ::recv(fd_, buffer, sizeof buffer, 0);
        timed_out_ = size < 0 && errno == EAGAIN;
        return size > 0 ? std::string(buffer, static_cast<std::size_t>(size)) : std::string();
    }

private:
    int fd_;
    bool connected_ = false;
    bool timed_out_ = false;
};

} // namespace parley
