#include "net/web_socket_server.h"

#include "net/web_socket_core.h"

#include <unordered_map>

namespace parley {

namespace {

class Server final : public WebSocketServer, private WebSocketCore::Owner {
public:
    Server(EventLoop& loop, const WebSocketLimits& limits, WebSocketEvents events, std::shared_ptr<TlsContext> tls)
        : loop_(loop)
        , limits_(limits)
        , events_(std::make_shared<const WebSocketEvents>(std::move(events)))
        , tls_(std::move(tls))
    {
    }

    ~Server() override
    {
        loop_.assert_on_thread();
        listener_.reset();
        for (auto& [key, socket] : std::exchange(sockets_, {}))
            socket->abandon();
    }

    Result<void> listen(const SocketAddress& local)
    {
        auto listener = TcpListener::listen(loop_, local, [this](UniqueFd fd) { accept(std::move(fd)); });
        if (!listener)
            return std::move(listener.error());
        listener_ = std::move(*listener);
        return {};
    }

    [[nodiscard]] const SocketAddress& local() const override { return listener_->local(); }
    [[nodiscard]] std::size_t connections() const override { return sockets_.size(); }

private:
    void accept(UniqueFd fd)
    {
        if (sockets_.size() >= limits_.connections)
            return;
        auto socket = WebSocketCore::create(loop_, make_accepted_stream(loop_, std::move(fd), tls_),
            static_cast<WebSocketCore::Owner&>(*this), limits_);
        sockets_.emplace(socket.get(), socket);
        socket->accept();
    }

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
    void closed(WebSocketCore& socket, const WebSocketClosed& why, bool was_open) override
    {
        const auto kept = std::move(sockets_.at(&socket)); // Until the listener has been told.
        sockets_.erase(&socket);
        if (const auto events = events_; was_open && events->closed)
            events->closed(socket, why);
    }

    EventLoop& loop_;
    const WebSocketLimits limits_;
    const std::shared_ptr<const WebSocketEvents> events_; // A second reference during a call, which may destroy us.
    const std::shared_ptr<TlsContext> tls_;
    std::unique_ptr<TcpListener> listener_;
    std::unordered_map<WebSocketCore*, std::shared_ptr<WebSocketCore>> sockets_; // Shared with operations under way.
};

} // namespace

Result<std::unique_ptr<WebSocketServer>> WebSocketServer::listen(
    EventLoop& loop, Options options, WebSocketEvents events)
{
    std::shared_ptr<TlsContext> tls;
    if (options.tls) {
        auto made = make_server_tls(*options.tls);
        if (!made)
            return std::move(made.error());
        tls = std::move(*made);
    }
    auto server = std::make_unique<Server>(loop, options.limits, std::move(events), std::move(tls));
    auto listening = server->listen(options.local);
    if (!listening)
        return listening.error();
    return std::unique_ptr<WebSocketServer>(std::move(server));
}

} // namespace parley
