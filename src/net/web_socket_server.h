#pragma once

#include "base/result.h"
#include "net/event_loop.h"
#include "net/tls.h"
#include "net/web_socket.h"

#include <memory>
#include <optional>

// A WebSocket listener on any path. With a certificate, `ws://` and `wss://` share the port, told apart by the first
// byte. Declines compression, ignores `Origin` (its clients authenticate by message).
namespace parley {

class WebSocketServer {
public:
    struct Options {
        SocketAddress local;
        std::optional<TlsIdentity> tls;
        WebSocketLimits limits {};
    };

    // A port in use is `conflict`; a certificate that cannot be read is `invalid_request`. On the loop's thread, as the
    // destructor, which cuts all connections without `closed`.
    [[nodiscard]] static Result<std::unique_ptr<WebSocketServer>> listen(EventLoop&, Options, WebSocketEvents);

    virtual ~WebSocketServer() = default;

    // For connections from now on. On failure the old certificate stays.
    [[nodiscard]] virtual Result<void> set_identity(const TlsIdentity&) = 0;
    [[nodiscard]] virtual const SocketAddress& local() const = 0;
    [[nodiscard]] virtual std::size_t connections() const = 0;
};

} // namespace parley
