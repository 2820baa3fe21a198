#include "net/udp_socket.h"

#include "net/address.h"
#include "net/clock.h"
#include "net/loop_core.h"
#include "net/socket_calls.h"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <netinet/in.h>

#include <array>
#include <cerrno>

namespace parley {

namespace {

// After so many datagrams others on the loop have their turn.
constexpr int max_batch = 32;

// What a burst may pile up while the loop is busy. The kernel may grant less.
constexpr int receive_buffer_bytes = 256 * 1024;

} // namespace

struct UdpSocket::State : std::enable_shared_from_this<UdpSocket::State> {
    State(EventLoop& l, UniqueFd fd, Receive r)
        : loop(l)
        , descriptor(l.core().io, fd.release())
        , local(local_address(descriptor.native_handle()))
        , receive(std::move(r))
    {
    }

    void wait()
    {
        descriptor.async_wait(boost::asio::posix::descriptor_base::wait_read,
            [self = shared_from_this()](const boost::system::error_code& error) {
                if (error || !self->open)
                    return;
                self->read_batch();
                if (self->open)
                    self->wait();
            });
    }

    void read_batch()
    {
        static thread_local std::array<std::byte, max_datagram> buffer;
        for (int count = 0; open && count < max_batch; ++count) {
            SystemAddress source;
            source.size = sizeof source.storage;
            const ssize_t size
                = recvfrom(descriptor.native_handle(), buffer.data(), buffer.size(), 0, source.get(), &source.size);
            if (size < 0 && errno == EINTR)
                continue;
            if (size < 0)
                return; // Empty, or an ICMP error of an earlier datagram: the next wait tells.
            receive(std::span(buffer.data(), static_cast<std::size_t>(size)), from_system(source.get()), now());
        }
    }

    void close()
    {
        open = false;
        boost::system::error_code ignored;
        descriptor.close(ignored);
    }

    EventLoop& loop;
    boost::asio::posix::stream_descriptor descriptor;
    const SocketAddress local;
    const Receive receive;
    bool open = true;
};

UdpSocket::UdpSocket(std::shared_ptr<State> state)
    : state_(std::move(state))
{
}

UdpSocket::~UdpSocket()
{
    state_->close();
}

Result<std::unique_ptr<UdpSocket>> UdpSocket::bind(EventLoop& loop, const SocketAddress& local, Receive receive)
{
    loop.assert_on_thread();
    auto address = to_system(local);
    if (!address)
        return std::move(address.error());
    UniqueFd fd(::socket(address->storage.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd)
        return Error { ErrorKind::unavailable, "socket: " + system_error_text(errno) };
    const int on = 1;
    if (address->storage.ss_family == AF_INET6)
        setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
    if (::bind(fd.get(), address->get(), address->size) != 0)
        return bind_error(local, errno);
    auto state = std::make_shared<State>(loop, std::move(fd), std::move(receive));
    state->wait();
    return std::unique_ptr<UdpSocket>(new UdpSocket(std::move(state)));
}

Result<void> UdpSocket::send_to(std::span<const std::byte> datagram, const SocketAddress& destination)
{
    state_->loop.assert_on_thread();
    auto address = to_system(destination);
    if (!address)
        return std::move(address.error());
    ssize_t sent = -1;
    do {
        sent = ::sendto(
            state_->descriptor.native_handle(), datagram.data(), datagram.size(), 0, address->get(), address->size);
    } while (sent < 0 && errno == EINTR);
    if (sent >= 0)
        return {};
    if (errno == EAGAIN || errno == ENOBUFS)
        return Error { ErrorKind::limit_reached, "send buffer full" };
    const auto kind = errno == EMSGSIZE || errno == EAFNOSUPPORT || errno == EINVAL ? ErrorKind::invalid_request
                                                                                    : ErrorKind::unavailable;
    return Error { kind, to_string(destination) + ": " + system_error_text(errno) };
}

const SocketAddress& UdpSocket::local() const
{
    return state_->local;
}

Result<std::string> local_ip_towards(const SocketAddress& destination)
{
    auto address = to_system(destination);
    if (!address)
        return std::move(address.error());
    // Connecting a datagram socket asks the routing table and sends nothing.
    UniqueFd fd(::socket(address->storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!fd || ::connect(fd.get(), address->get(), address->size) != 0)
        return Error { ErrorKind::unavailable, to_string(destination) + ": " + system_error_text(errno) };
    return local_address(fd.get()).ip;
}

} // namespace parley
