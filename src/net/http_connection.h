#pragma once

#include "net/byte_stream.h"
#include "net/http_server.h"

#include <memory>

// One connection of an `HttpServer`: requests in, one after the other, answers out. For the .cc files of `net/` alone.
namespace parley {

class HttpConnection {
public:
    class Owner {
    public:
        virtual void requested(HttpRequest, HttpResponder) = 0;
        virtual void closed(HttpConnection&) = 0; // May end the last reference but the caller's.

    protected:
        ~Owner() = default;
    };

    [[nodiscard]] static std::shared_ptr<HttpConnection> create(
        EventLoop&, std::shared_ptr<ByteStream>, Owner&, const HttpServerLimits&);

    virtual ~HttpConnection() = default;
    virtual void start() = 0;
    virtual void respond(HttpResponse) = 0;
    virtual void start_stream(int status, const HttpHeaders&) = 0;
    virtual bool write_piece(std::string_view) = 0;
    virtual void finish_stream() = 0;
    virtual void cut() = 0;     // Closes without finishing.
    virtual void abandon() = 0; // The owner goes: closes and tells nobody.
    [[nodiscard]] virtual bool client_waits() const = 0;
};

[[nodiscard]] std::shared_ptr<HttpResponder::State> make_responder_state(std::shared_ptr<HttpConnection>);

} // namespace parley
