#pragma once

#include "base/result.h"
#include "net/event_loop.h"
#include "net/web_socket.h"

#include <memory>
#include <string>

// Opens WebSockets to others.
namespace parley {

struct WebSocketClientOptions {
    std::string url;     // ws:// or wss://
    HttpHeaders headers; // Added to the handshake.
    std::string ca_file; // PEM; empty: the system's authorities.
    WebSocketLimits limits {};
};

// Destroying it ends the connection; no event follows. On the loop's thread.
class WebSocketClient {
public:
    // A wrong URL is told at once; everything later through `closed`, also when `opened` never came.
    [[nodiscard]] static Result<std::unique_ptr<WebSocketClient>> connect(
        EventLoop&, WebSocketClientOptions, WebSocketEvents);

    virtual ~WebSocketClient() = default;
    [[nodiscard]] virtual WebSocket& socket() = 0; // `send` before `opened` is queued.
};

} // namespace parley
