#pragma once

#include "base/socket_address.h"
#include "base/time.h"
#include "net/http_message.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

// One WebSocket, whichever side opened it. Knows nothing of what its messages say.
namespace parley {

struct WebSocketPeer {
    SocketAddress address;
    bool tls = false;
    std::string target;  // Path and query of the handshake.
    HttpHeaders headers; // Of the handshake.
};

struct WebSocketClosed {
    enum class Reason : std::uint8_t {
        peer,          // The other side closed it, with `code`.
        us,            // `close` was asked for.
        lost,          // The connection broke.
        slow_consumer, // The other side does not read: the send queue passed its limit.
        too_large,     // A message passed the limit; closed with 1009.
        bad_frame,     // The other side broke RFC 6455, or sent a binary message that nobody takes.
    };

    Reason reason = Reason::lost;
    std::uint16_t code = 1006;
    std::string detail; // The close reason of the peer, or the error. Never parsed.
};

struct WebSocketLimits {
    std::size_t message = 1024 * 1024;              // A longer text closes with 1009.
    std::size_t send_queue = 4 * 1024 * 1024;       // Bytes not yet taken by the network; beyond: `slow_consumer`.
    std::size_t connections = 1'000;                // Of a server; beyond: closed at once.
    Duration handshake = 10s;                       // TLS and upgrade together.
    std::size_t connections_per_source = 1'000'000; // Likewise.
    Duration closing = 5s;                          // How long a close may take until the connection is cut.
};

// Belongs to its loop's thread. All functions are without effect once it is closing.
class WebSocket {
public:
    virtual ~WebSocket() = default;

    // Queued in order, never blocks.
    virtual void send(std::string text) = 0;
    virtual void send_binary(std::string bytes) = 0;

    // Sends what is queued, then the close frame. `closed` follows, never inside this call. Before `opened`: gives up.
    virtual void close(std::uint16_t code = 1000, std::string reason = "") = 0;

    // While paused the peer is held back by TCP. At most one message that was already read may still arrive.
    virtual void pause_reading() = 0;
    virtual void resume_reading() = 0;

    [[nodiscard]] virtual const WebSocketPeer& peer() const = 0;
    [[nodiscard]] virtual Instant last_heard() const = 0; // Any frame, pings included.
    [[nodiscard]] virtual std::size_t queued_bytes() const = 0;
};

// `opened` comes first, then messages, then exactly one `closed`; after it returns the WebSocket is gone. A handshake
// that fails is never announced by a server.
struct WebSocketEvents {
    std::function<void(WebSocket&)> opened;
    std::function<void(WebSocket&, std::string text)> message;
    std::function<void(WebSocket&, const WebSocketClosed&)> closed;
    std::function<void(WebSocket&, std::string bytes)> binary {}; // Empty: a binary message closes with 1003.
};

} // namespace parley
