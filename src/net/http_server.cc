#include "net/http_server.h"

#include "net/connection_listener.h"
#include "net/http_connection.h"

namespace parley {

namespace {

class Server final : public HttpServer, private HttpConnection::Owner {
public:
    Server(EventLoop& loop, Handler handler, const HttpServerLimits& limits, std::shared_ptr<TlsContext> tls)
        : handler_(std::make_shared<const Handler>(std::move(handler)))
        , connections_(
              loop, { limits.connections, limits.connections_per_source }, std::move(tls), PlainClients::welcome,
              [this, &loop, limits](std::shared_ptr<ByteStream> stream) {
                  return HttpConnection::create(
                      loop, std::move(stream), static_cast<HttpConnection::Owner&>(*this), limits);
              },
              &HttpConnection::start)
    {
    }

    Result<void> listen(const SocketAddress& local) { return connections_.listen(local); }
    Result<void> set_identity(const TlsIdentity& identity) override { return connections_.set_identity(identity); }
    [[nodiscard]] const SocketAddress& local() const override { return connections_.local(); }
    [[nodiscard]] std::size_t connections() const override { return connections_.size(); }

private:
    void requested(HttpRequest request, HttpResponder responder) override
    {
        const auto handler = handler_;
        (*handler)(std::move(request), std::move(responder));
    }
    void closed(HttpConnection& connection) override { connections_.remove(connection); }

    const std::shared_ptr<const Handler> handler_; // A second reference during a call, which may destroy us.
    ConnectionListener<HttpConnection> connections_;
};

} // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::listen(EventLoop& loop, const SocketAddress& local, Handler handler,
    HttpServerLimits limits, const std::optional<TlsIdentity>& identity)
{
    auto tls = make_server_tls(identity);
    if (!tls)
        return std::move(tls.error());
    auto server = std::make_unique<Server>(loop, std::move(handler), limits, std::move(*tls));
    auto listening = server->listen(local);
    if (!listening)
        return listening.error();
    return std::unique_ptr<HttpServer>(std::move(server));
}

struct HttpResponder::State {
    std::shared_ptr<HttpConnection> connection;
};

struct HttpResponseStream::State {
    std::shared_ptr<HttpConnection> connection;
};

std::shared_ptr<HttpResponder::State> make_responder_state(std::shared_ptr<HttpConnection> connection)
{
    return std::make_shared<HttpResponder::State>(HttpResponder::State { std::move(connection) });
}

HttpResponder& HttpResponder::operator=(HttpResponder&& other) noexcept
{
    const HttpResponder replaced(std::move(*this)); // Ends here, not with `other`.
    state_ = std::move(other.state_);
    return *this;
}

HttpResponder::~HttpResponder()
{
    if (state_)
        respond({ 500, { { "Content-Type", "text/plain" } }, "The request was not answered.\n" });
}

void HttpResponder::respond(HttpResponse response)
{
    VERIFY(state_);
    const auto state = std::exchange(state_, nullptr);
    state->connection->respond(std::move(response));
}

HttpResponseStream HttpResponder::start_stream(int status, HttpHeaders headers)
{
    VERIFY(state_);
    const auto state = std::exchange(state_, nullptr);
    state->connection->start_stream(status, headers);
    return HttpResponseStream(
        std::make_shared<HttpResponseStream::State>(HttpResponseStream::State { state->connection }));
}

bool HttpResponder::client_waits() const
{
    return state_ && state_->connection->client_waits();
}

HttpResponseStream& HttpResponseStream::operator=(HttpResponseStream&& other) noexcept
{
    const HttpResponseStream replaced(std::move(*this)); // Ends here, not with `other`.
    state_ = std::move(other.state_);
    return *this;
}

HttpResponseStream::~HttpResponseStream()
{
    if (state_)
        state_->connection->cut();
}

bool HttpResponseStream::write(std::string_view piece)
{
    return state_ && state_->connection->write_piece(piece);
}

void HttpResponseStream::finish()
{
    if (const auto state = std::exchange(state_, nullptr))
        state->connection->finish_stream();
}

bool HttpResponseStream::open() const
{
    return state_ && state_->connection->client_waits();
}

} // namespace parley
