#pragma once

#include "base/result.h"
#include "base/time.h"
#include "net/event_loop.h"
#include "net/http_message.h"
#include "net/tls.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

// An HTTP/1.1 listener on one loop. Knows requests and answers; routes are somebody else's.
namespace parley {

struct HttpServerLimits {
    std::size_t body = 1024 * 1024;             // Beyond: 413.
    std::size_t header = 16 * 1024;             // Beyond: 431.
    std::size_t connections = 1'000;            // Beyond: closed at once.
    std::size_t connections_per_source = 1'000; // Likewise.
    std::size_t stream_backlog = 1024 * 1024;   // Unsent bytes of a streamed answer; beyond: the connection is closed.
    Duration idle = 60s;                        // Between requests; then closed.
    Duration request = 30s;                     // From a request's first byte to its last; beyond: 408.
    Duration write = 60s;                       // An answer that makes no progress for so long; then closed.
};

// A streamed answer. Belongs to the loop's thread. Dropping it without `finish` cuts the connection, so that the
// client sees that the answer is not whole.
class HttpResponseStream {
public:
    struct State;
    explicit HttpResponseStream(std::shared_ptr<State> state)
        : state_(std::move(state))
    {
    }
    HttpResponseStream(HttpResponseStream&&) noexcept = default;
    HttpResponseStream& operator=(HttpResponseStream&&) noexcept;
    ~HttpResponseStream();

    // False when the client is gone or too slow: further writes have no effect.
    bool write(std::string_view);
    void finish();
    [[nodiscard]] bool open() const;

private:
    std::shared_ptr<State> state_; // Shared with the connection.
};

// The right to answer one request, once: at once or later, on the loop's thread. Dropping it answers 500. The client
// may be gone meanwhile; then the answer goes nowhere.
class HttpResponder {
public:
    struct State;
    explicit HttpResponder(std::shared_ptr<State> state)
        : state_(std::move(state))
    {
    }
    HttpResponder(HttpResponder&&) noexcept = default;
    HttpResponder& operator=(HttpResponder&&) noexcept;
    ~HttpResponder();

    // `Content-Length`, `Date` and `Connection` are added here. The responder is used up.
    void respond(HttpResponse);

    // Chunked. For server-sent events and other answers whose end is not known yet. The responder is used up.
    [[nodiscard]] HttpResponseStream start_stream(int status, HttpHeaders);

    // False when the client has gone: nobody reads the answer.
    [[nodiscard]] bool client_waits() const;

private:
    std::shared_ptr<State> state_; // Shared with the connection.
};

class HttpServer {
public:
    using Handler = std::function<void(HttpRequest, HttpResponder)>;

    // With a certificate, `http://` and `https://` share the port, told apart by the first byte. A port in use is
    // `conflict`; a certificate that cannot be read is `invalid_request`. On the loop's thread, as the destructor,
    // which closes all connections.
    [[nodiscard]] static Result<std::unique_ptr<HttpServer>> listen(
        EventLoop&, const SocketAddress& local, Handler, HttpServerLimits = {}, const std::optional<TlsIdentity>& = {});

    virtual ~HttpServer() = default;

    // For connections from now on. On failure the old certificate stays.
    [[nodiscard]] virtual Result<void> set_identity(const TlsIdentity&) = 0;
    [[nodiscard]] virtual const SocketAddress& local() const = 0;
    [[nodiscard]] virtual std::size_t connections() const = 0;
};

} // namespace parley
