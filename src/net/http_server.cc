#include "net/http_server.h"

#include "net/byte_stream.h"
#include "net/clock.h"
#include "net/http_connection.h"

#include <unordered_map>

namespace parley {

namespace {

class Server final : public HttpServer, private HttpConnection::Owner {
public:
    Server(EventLoop& loop, Handler handler, HttpServerLimits limits)
        : loop_(loop)
        , handler_(std::make_shared<const Handler>(std::move(handler)))
        , limits_(limits)
    {
    }

    ~Server() override
    {
        loop_.assert_on_thread();
        listener_.reset();
        for (auto& [key, connection] : std::exchange(connections_, {}))
            connection->abandon();
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
    [[nodiscard]] std::size_t connections() const override { return connections_.size(); }

private:
    void accept(UniqueFd fd)
    {
        if (connections_.size() >= limits_.connections)
            return;
        auto connection = HttpConnection::create(loop_, make_accepted_stream(loop_, std::move(fd), nullptr),
            static_cast<HttpConnection::Owner&>(*this), limits_);
        connections_.emplace(connection.get(), connection);
        connection->start();
    }

    void requested(HttpRequest request, HttpResponder responder) override
    {
        const auto handler = handler_;
        (*handler)(std::move(request), std::move(responder));
    }
    void closed(HttpConnection& connection) override { connections_.erase(&connection); }

    EventLoop& loop_;
    const std::shared_ptr<const Handler> handler_; // A second reference during a call, which may destroy us.
    const HttpServerLimits limits_;
    std::unique_ptr<TcpListener> listener_;
    std::unordered_map<HttpConnection*, std::shared_ptr<HttpConnection>> connections_; // Shared with responders.
};

} // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::listen(
    EventLoop& loop, const SocketAddress& local, Handler handler, HttpServerLimits limits)
{
    auto server = std::make_unique<Server>(loop, std::move(handler), limits);
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
