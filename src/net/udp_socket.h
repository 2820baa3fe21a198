#pragma once

#include "base/result.h"
#include "base/socket_address.h"
#include "base/time.h"
#include "net/event_loop.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

// Datagrams in and out. Knows nothing of what is in them.
namespace parley {

// Belongs to its loop's thread. Destroying it closes the port; no datagram is delivered afterwards.
class UdpSocket {
public:
    static constexpr std::size_t max_datagram = 65'535;

    // The bytes are valid during the call only.
    using Receive = std::function<void(std::span<const std::byte>, const SocketAddress& source, Instant arrival)>;

    // Port 0 lets the kernel choose. A port in use is `conflict`; an address that is not ours is `invalid_request`.
    [[nodiscard]] static Result<std::unique_ptr<UdpSocket>> bind(EventLoop&, const SocketAddress& local, Receive);

    ~UdpSocket();
    UdpSocket(const UdpSocket&) = delete;
    UdpSocket& operator=(const UdpSocket&) = delete;

    // Hands the datagram to the kernel at once. A full send buffer is `limit_reached`: the datagram is lost, as on the
    // wire.
    Result<void> send_to(std::span<const std::byte>, const SocketAddress& destination);

    [[nodiscard]] const SocketAddress& local() const; // With the real port.

private:
    struct State;
    explicit UdpSocket(std::shared_ptr<State>);
    std::shared_ptr<State> state_; // Shared with the wait under way.
};

// The address that this machine uses to reach another: what belongs into SDP when bound to all interfaces.
[[nodiscard]] Result<std::string> local_ip_towards(const SocketAddress&);

} // namespace parley
