#include "net/stream.h"

#include "net/clock.h"
#include "net/connection_listener.h"

#include <boost/asio/error.hpp>

#include <array>
#include <deque>

namespace parley {
namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;

constexpr std::size_t read_size = 16 * 1024; // More than most messages; the rest comes with the next turn of the loop.

class Connection final : public Stream, public std::enable_shared_from_this<Connection> {
public:
    class Owner {
    public:
        virtual void opened(Connection&) = 0;
        virtual void received(Connection&, std::string_view) = 0;
        virtual void closed(Connection&, const std::string& why, bool was_open) = 0; // Once, last.

    protected:
        ~Owner() = default;
    };

    Connection(EventLoop& loop, std::shared_ptr<ByteStream> bytes, Owner& owner, const StreamLimits& limits,
        const SocketAddress& peer)
        : loop_(loop)
        , limits_(limits)
        , bytes_(std::move(bytes))
        , peer_(peer)
        , owner_(&owner)
        , timer_(loop)
    {
    }

    void start()
    {
        timer_.set(now() + limits_.opening, [this] { close("no connection in time"); });
        bytes_->start([self = shared_from_this()](const ErrorCode& error, std::size_t) { self->opened(error); });
    }

    void send(std::string bytes) override
    {
        if (done_ || bytes.empty())
            return;
        queued_ += bytes.size();
        queue_.push_back(std::move(bytes));
        if (queued_ > limits_.send_queue)
            close("the other side does not read");
        else
            write();
    }

    void close(std::string why) override
    {
        if (std::exchange(done_, true))
            return;
        timer_.cancel();
        bytes_->close();
        loop_.post([self = shared_from_this(), why = std::move(why)] {
            if (Owner* owner = std::exchange(self->owner_, nullptr))
                owner->closed(*self, why, self->open_);
        });
    }

    void abandon()
    {
        owner_ = nullptr;
        done_ = true;
        timer_.cancel();
        bytes_->close();
    }

    [[nodiscard]] const SocketAddress& peer() const override { return peer_; }
    [[nodiscard]] std::size_t queued_bytes() const override { return queued_; }

private:
    void opened(const ErrorCode& error)
    {
        if (done_)
            return;
        if (error) {
            close(error.message());
            return;
        }
        open_ = true;
        bytes_->watch_peer();
        heard_ = now();
        wait_idle();
        owner_->opened(*this);
        write();
        read();
    }

    void read()
    {
        if (done_)
            return;
        bytes_->read_some(asio::buffer(buffer_), [self = shared_from_this()](const ErrorCode& error, std::size_t size) {
            if (self->done_)
                return;
            if (error) {
                self->close(error == asio::error::eof ? "closed by the other side" : error.message());
                return;
            }
            self->heard_ = now();
            self->owner_->received(*self, std::string_view(self->buffer_.data(), size));
            self->read();
        });
    }

    void write()
    {
        if (done_ || !open_ || writing_ || queue_.empty())
            return;
        writing_ = true;
        std::array<asio::const_buffer, 8> pieces;
        std::size_t count = 0;
        for (const std::string& one : queue_) {
            if (count == pieces.size())
                break;
            const std::size_t skipped = count == 0 ? written_ : 0;
            pieces[count++] = asio::buffer(one.data() + skipped, one.size() - skipped);
        }
        bytes_->write_some(std::span(pieces.data(), count),
            [self = shared_from_this()](const ErrorCode& error, std::size_t size) { self->wrote(error, size); });
    }

    void wrote(const ErrorCode& error, std::size_t size)
    {
        writing_ = false;
        if (done_)
            return;
        if (error) {
            close(error.message());
            return;
        }
        queued_ -= size;
        for (written_ += size; !queue_.empty() && written_ >= queue_.front().size(); queue_.pop_front())
            written_ -= queue_.front().size();
        write();
    }

    void wait_idle()
    {
        timer_.set(heard_ + limits_.idle, [this] {
            if (now() >= heard_ + limits_.idle)
                close("nothing was heard for too long");
            else
                wait_idle();
        });
    }

    EventLoop& loop_;
    const StreamLimits limits_;
    const std::shared_ptr<ByteStream> bytes_; // Shared with its operations under way.
    const SocketAddress peer_;
    Owner* owner_; // Null once it went, or was told of the end.
    Timer timer_;
    bool open_ = false;
    bool done_ = false;
    Instant heard_ {};
    std::array<char, read_size> buffer_;
    std::deque<std::string> queue_;
    std::size_t queued_ = 0;  // Bytes in the queue that are not written.
    std::size_t written_ = 0; // Bytes of its first piece that are.
    bool writing_ = false;
};

// What servers and clients tell their user. Events are called with a second reference: the call may destroy us.
class Teller : public Connection::Owner {
protected:
    explicit Teller(StreamEvents events)
        : events_(std::make_shared<const StreamEvents>(std::move(events)))
    {
    }
    ~Teller() = default;

    void opened(Connection& connection) override
    {
        if (const auto events = events_; events->opened)
            events->opened(connection);
    }
    void received(Connection& connection, std::string_view bytes) override
    {
        if (const auto events = events_; events->received)
            events->received(connection, bytes);
    }
    void tell_closed(Connection& connection, const std::string& why)
    {
        if (const auto events = events_; events->closed)
            events->closed(connection, why);
    }

private:
    const std::shared_ptr<const StreamEvents> events_;
};

class Server final : public StreamServer, private Teller {
public:
    Server(EventLoop& loop, const StreamLimits& limits, StreamEvents events, std::shared_ptr<TlsContext> tls)
        : Teller(std::move(events))
        , connections_(
              loop, { limits.connections, limits.per_source }, std::move(tls), PlainClients::refused,
              [this, &loop, limits](std::shared_ptr<ByteStream> stream) {
                  const SocketAddress peer = stream->peer();
                  return std::make_shared<Connection>(
                      loop, std::move(stream), static_cast<Connection::Owner&>(*this), limits, peer);
              },
              &Connection::start)
    {
    }

    Result<void> listen(const SocketAddress& local) { return connections_.listen(local); }
    Result<void> set_identity(const TlsIdentity& identity) override { return connections_.set_identity(identity); }
    [[nodiscard]] const SocketAddress& local() const override { return connections_.local(); }
    [[nodiscard]] std::size_t connections() const override { return connections_.size(); }

private:
    void closed(Connection& connection, const std::string& why, bool was_open) override
    {
        const auto kept = connections_.remove(connection); // Until the user has been told.
        if (was_open)
            tell_closed(connection, why);
    }

    ConnectionListener<Connection> connections_;
};

class Client final : public StreamClient, private Teller {
public:
    Client(EventLoop& loop, const StreamClient::Options& options, StreamEvents events)
        : Teller(std::move(events))
        , loop_(loop)
        , connection_(std::make_shared<Connection>(loop,
              options.tls ? make_connecting_stream(loop, options.server, options.name, options.tls)
                          : make_connecting_stream(loop, options.server, {}, nullptr),
              static_cast<Connection::Owner&>(*this), options.limits, options.server))
    {
        connection_->start();
    }
    ~Client() override
    {
        loop_.assert_on_thread();
        connection_->abandon();
    }
    [[nodiscard]] Stream& stream() override { return *connection_; }

private:
    void closed(Connection& connection, const std::string& why, bool) override { tell_closed(connection, why); }

    EventLoop& loop_;
    const std::shared_ptr<Connection> connection_; // Shared with operations under way.
};

} // namespace

Result<std::unique_ptr<StreamServer>> StreamServer::listen(EventLoop& loop, const Options& options, StreamEvents events)
{
    auto tls = make_server_tls(options.tls);
    if (!tls)
        return std::move(tls.error());
    auto server = std::make_unique<Server>(loop, options.limits, std::move(events), std::move(*tls));
    if (auto listening = server->listen(options.local); !listening)
        return std::move(listening.error());
    return std::unique_ptr<StreamServer>(std::move(server));
}

std::unique_ptr<StreamClient> StreamClient::connect(EventLoop& loop, const Options& options, StreamEvents events)
{
    loop.assert_on_thread();
    return std::make_unique<Client>(loop, options, std::move(events));
}

} // namespace parley
