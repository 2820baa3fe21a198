#include "net/web_socket_server.h"

#include "net/connection_listener.h"
#include "net/web_socket_core.h"

namespace parley {

namespace {

class Server final : public WebSocketServer, private WebSocketCore::Owner {
public:
    Server(EventLoop& loop, const WebSocketLimits& limits, WebSocketEvents events, std::shared_ptr<TlsContext> tls)
        : events_(std::make_shared<const WebSocketEvents>(std::move(events)))
        , sockets_(
              loop, { limits.connections, limits.connections_per_source }, std::move(tls), PlainClients::welcome,
              [this, &loop, limits](std::shared_ptr<ByteStream> stream) {
                  return WebSocketCore::create(
                      loop, std::move(stream), static_cast<WebSocketCore::Owner&>(*this), limits);
              },
              &WebSocketCore::accept)
    {
    }

    Result<void> listen(const SocketAddress& local) { return sockets_.listen(local); }
    Result<void> set_identity(const TlsIdentity& identity) override { return sockets_.set_identity(identity); }
    [[nodiscard]] const SocketAddress& local() const override { return sockets_.local(); }
    [[nodiscard]] std::size_t connections() const override { return sockets_.size(); }

private:
    void opened(WebSocketCore& socket) override
    {
        if (const auto events = events_; events->opened)
            events->opened(socket);
    }
    void message(WebSocketCore& socket, std::string text) override
    {
        if (const auto events = events_; events->message)
            events->message(socket, std::move(text));
    }
    bool binary(WebSocketCore& socket, std::string bytes) override
    {
        const auto events = events_;
        if (!events->binary)
            return false;
        events->binary(socket, std::move(bytes));
        return true;
    }
    void closed(WebSocketCore& socket, const WebSocketClosed& why, bool was_open) override
    {
        const auto kept = sockets_.remove(socket); // Until the listener has been told.
        if (const auto events = events_; was_open && events->closed)
            events->closed(socket, why);
    }

    const std::shared_ptr<const WebSocketEvents> events_; // A second reference during a call, which may destroy us.
    ConnectionListener<WebSocketCore> sockets_;
};

} // namespace

Result<std::unique_ptr<WebSocketServer>> WebSocketServer::listen(
    EventLoop& loop, Options options, WebSocketEvents events)
{
    auto tls = make_server_tls(options.tls);
    if (!tls)
        return std::move(tls.error());
    auto server = std::make_unique<Server>(loop, options.limits, std::move(events), std::move(*tls));
    auto listening = server->listen(options.local);
    if (!listening)
        return listening.error();
    return std::unique_ptr<WebSocketServer>(std::move(server));
}

} // namespace parley
