#pragma once

#include "base/result.h"
#include "base/socket_address.h"
#include "base/time.h"
#include "net/event_loop.h"
#include "net/tls.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

// Connections that carry bytes both ways, plain or TLS, accepted or opened by us. Knows nothing of what they mean.
namespace parley {

struct StreamLimits {
    std::size_t connections = 2'000;      // Of a server; beyond: closed at once.
    std::size_t per_source = 200;         // From one address; likewise.
    std::size_t send_queue = 1024 * 1024; // Bytes not yet taken by the network; beyond: closed.
    Duration opening = 5s;                // Connecting and TLS handshake together; beyond: closed.
    Duration idle = 30min;                // Nothing was received for so long; then closed.
};

// Belongs to its loop's thread. All functions are without effect once it is closed.
class Stream {
public:
    virtual ~Stream() = default;

    // Queued in order, never blocks. Before it is open: kept until it is.
    virtual void send(std::string bytes) = 0;

    // Cuts it. `closed` follows, never inside this call.
    virtual void close(std::string why) = 0;

    [[nodiscard]] virtual const SocketAddress& peer() const = 0;
    [[nodiscard]] virtual std::size_t queued_bytes() const = 0;
};

// `opened` comes first, then bytes, then exactly one `closed`; after it returns the stream is gone. What does not open
// is announced by a client as `closed` alone, and by a server not at all.
struct StreamEvents {
    std::function<void(Stream&)> opened;
    std::function<void(Stream&, std::string_view bytes)> received;
    std::function<void(Stream&, const std::string& why)> closed;
};

class StreamServer {
public:
    struct Options {
        SocketAddress local;
        std::optional<TlsIdentity> tls; // With it nothing but TLS.
        StreamLimits limits {};
    };

    // A port in use is `conflict`; a certificate that cannot be read is `invalid_request`. On the loop's thread, as the
    // destructor, which cuts all connections without `closed`.
    [[nodiscard]] static Result<std::unique_ptr<StreamServer>> listen(EventLoop&, const Options&, StreamEvents);

    virtual ~StreamServer() = default;

    // For connections from now on. On failure the old certificate stays.
    [[nodiscard]] virtual Result<void> set_identity(const TlsIdentity&) = 0;

    [[nodiscard]] virtual const SocketAddress& local() const = 0;
    [[nodiscard]] virtual std::size_t connections() const = 0;
};

class StreamClient {
public:
    struct Options {
        SocketAddress server;
        std::shared_ptr<TlsContext> tls = {}; // Of `make_client_tls`, shared by many; null: plain.
        std::string name = {};                // TLS: expected in the certificate.
        StreamLimits limits {};
    };

    // On the loop's thread, as the destructor, which cuts the connection without `closed`.
    [[nodiscard]] static std::unique_ptr<StreamClient> connect(EventLoop&, const Options&, StreamEvents);

    virtual ~StreamClient() = default;
    [[nodiscard]] virtual Stream& stream() = 0;
};

} // namespace parley
