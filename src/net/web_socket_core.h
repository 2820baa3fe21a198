#pragma once

#include "net/byte_stream.h"
#include "net/web_socket.h"

#include <memory>

// One WebSocket over a byte stream, for the server and the client. For the .cc files of `net/` alone.
namespace parley {

class WebSocketCore : public WebSocket {
public:
    class Owner {
    public:
        virtual void opened(WebSocketCore&) = 0;
        virtual void message(WebSocketCore&, std::string text) = 0;
        virtual bool binary(WebSocketCore&, std::string bytes) = 0;                     // False: nobody takes it.
        virtual void closed(WebSocketCore&, const WebSocketClosed&, bool was_open) = 0; // Once, last.

    protected:
        ~Owner() = default;
    };

    [[nodiscard]] static std::shared_ptr<WebSocketCore> create(
        EventLoop&, std::shared_ptr<ByteStream>, Owner&, const WebSocketLimits&);

    virtual void accept() = 0;
    virtual void handshake(const std::string& host, const std::string& target, const HttpHeaders&) = 0;
    virtual void abandon() = 0; // The owner goes: cuts the connection and tells nobody.
};

} // namespace parley
