#include "net/byte_stream.h"

#include "net/address.h"
#include "net/clock.h"
#include "net/loop_core.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

namespace parley {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

class TlsContext {
public:
    explicit TlsContext(asio::ssl::context::method method)
        : context(method)
    {
        context.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2
            | asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
    }

    asio::ssl::context context;
};

Result<std::shared_ptr<TlsContext>> make_server_tls(const TlsIdentity& identity)
{
    auto tls = std::make_shared<TlsContext>(asio::ssl::context::tls_server);
    ErrorCode error;
    tls->context.use_certificate_chain_file(identity.certificate_file, error);
    if (error)
        return Error { ErrorKind::invalid_request,
            "certificate " + identity.certificate_file + ": " + error.message() };
    tls->context.use_private_key_file(identity.key_file, asio::ssl::context::pem, error);
    if (error)
        return Error { ErrorKind::invalid_request, "key " + identity.key_file + ": " + error.message() };
    return tls;
}

Result<std::shared_ptr<TlsContext>> make_server_tls(const std::optional<TlsIdentity>& identity)
{
    return identity ? make_server_tls(*identity) : Result<std::shared_ptr<TlsContext>>(nullptr);
}

Result<std::shared_ptr<TlsContext>> make_client_tls(const TlsTrust& trust)
{
    auto tls = std::make_shared<TlsContext>(asio::ssl::context::tls_client);
    ErrorCode error;
    if (trust.ca_file.empty())
        tls->context.set_default_verify_paths(error);
    else
        tls->context.load_verify_file(trust.ca_file, error);
    if (error)
        return Error { ErrorKind::invalid_request, "authorities " + trust.ca_file + ": " + error.message() };
    const bool verified = trust.peer == TlsTrust::Peer::verified;
    tls->context.set_verify_mode(verified ? asio::ssl::verify_peer : asio::ssl::verify_none, error);
    return tls;
}

namespace {

constexpr std::uint8_t tls_handshake_record = 0x16; // RFC 8446 5.1

// A peer that is gone is found out within two minutes of silence.
constexpr int silence_before_probes_s = 60;
constexpr int probe_interval_s = 15;
constexpr int lost_probes = 4;

void set_no_delay(tcp::socket& socket)
{
    ErrorCode ignored;
    socket.set_option(tcp::no_delay(true), ignored);
}

// A few buffers by value: an operation keeps a copy of the sequence until it ends.
class OwnedBuffers {
public:
    using value_type = asio::const_buffer;
    using const_iterator = const asio::const_buffer*;

    // Beyond the capacity the rest is left for the next write; so is the nature of `write_some`.
    explicit OwnedBuffers(std::span<const asio::const_buffer> buffers)
        : count_(std::min(buffers.size(), buffers_.size()))
    {
        std::copy_n(buffers.begin(), count_, buffers_.begin());
    }
    [[nodiscard]] const_iterator begin() const { return buffers_.data(); }
    [[nodiscard]] const_iterator end() const { return buffers_.data() + count_; }

private:
    std::array<asio::const_buffer, 8> buffers_;
    std::size_t count_;
};

// What is common once the connection stands.
class TcpStream : public ByteStream, public std::enable_shared_from_this<TcpStream> {
protected:
    // A handler that keeps this object until it was called.
    auto keep(Handler handler)
    {
        return [self = shared_from_this(), handler = std::move(handler)](
                   const ErrorCode& error, std::size_t size) mutable { handler(error, size); };
    }

public:
    TcpStream(EventLoop& loop, std::shared_ptr<TlsContext> tls)
        : socket_(loop.core().io)
        , tls_(std::move(tls))
    {
    }

    void read_some(asio::mutable_buffer buffer, Handler handler) override
    {
        with_stream([&](auto& stream) { stream.async_read_some(buffer, keep(std::move(handler))); });
    }

    void write_some(std::span<const asio::const_buffer> buffers, Handler handler) override
    {
        with_stream([&](auto& stream) { stream.async_write_some(OwnedBuffers(buffers), keep(std::move(handler))); });
    }

    void finish_writing() override
    {
        ErrorCode ignored;
        socket_.shutdown(tcp::socket::shutdown_send, ignored);
    }

    void watch_peer() override
    {
        const int on = 1;
        const int fd = socket_.native_handle();
        ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
        ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &silence_before_probes_s, sizeof silence_before_probes_s);
        ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &probe_interval_s, sizeof probe_interval_s);
        ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &lost_probes, sizeof lost_probes);
    }

    void close() override
    {
        ErrorCode ignored;
        socket_.close(ignored);
    }

    [[nodiscard]] bool secure() const override { return ssl_.has_value(); }
    [[nodiscard]] const SocketAddress& peer() const override { return peer_; }

protected:
    void handshake(asio::ssl::stream_base::handshake_type type, Handler handler)
    {
        ssl_->async_handshake(
            type, [self = shared_from_this(), handler = std::move(handler)](const ErrorCode& error) mutable {
                handler(error, 0);
            });
    }

    template <typename F> void with_stream(F&& f)
    {
        if (ssl_)
            f(*ssl_);
        else
            f(socket_);
    }

    tcp::socket socket_;
    std::shared_ptr<TlsContext> tls_; // Shared by all connections of a listener.
    std::optional<asio::ssl::stream<tcp::socket&>> ssl_;
    SocketAddress peer_;
};

class AcceptedStream final : public TcpStream {
public:
    AcceptedStream(EventLoop& loop, UniqueFd fd, std::shared_ptr<TlsContext> tls, PlainClients plain)
        : TcpStream(loop, std::move(tls))
        , plain_(plain)
    {
        peer_ = peer_address(fd.get());
        const auto protocol = peer_.ip.find(':') == std::string::npos ? tcp::v4() : tcp::v6();
        ErrorCode error;
        socket_.assign(protocol, fd.get(), error);
        if (!error)
            fd.release();
        set_no_delay(socket_);
    }

    void start(Handler handler) override
    {
        if (!tls_) {
            handler({}, 0);
            return;
        }
        socket_.async_wait(tcp::socket::wait_read,
            [self = shared_from_this(), this, handler = std::move(handler)](const ErrorCode& error) mutable {
                if (error) {
                    handler(error, 0);
                    return;
                }
                std::uint8_t first = 0;
                if (::recv(socket_.native_handle(), &first, 1, MSG_PEEK) != 1) {
                    handler(asio::error::eof, 0);
                    return;
                }
                if (first != tls_handshake_record) {
                    handler(plain_ == PlainClients::welcome ? ErrorCode() : asio::error::no_protocol_option, 0);
                    return;
                }
                ssl_.emplace(socket_, tls_->context);
                handshake(asio::ssl::stream_base::server, std::move(handler));
            });
    }

private:
    const PlainClients plain_;
};

class ConnectingStream final : public TcpStream {
public:
    ConnectingStream(EventLoop& loop, std::string host, std::string port, std::shared_ptr<TlsContext> tls)
        : TcpStream(loop, std::move(tls))
        , resolver_(loop.core().io)
        , host_(std::move(host))
        , port_(std::move(port))
        , name_(host_)
    {
    }
    ConnectingStream(EventLoop& loop, const SocketAddress& where, std::string name, std::shared_ptr<TlsContext> tls)
        : TcpStream(loop, std::move(tls))
        , resolver_(loop.core().io)
        , host_(where.ip)
        , port_(std::to_string(where.port))
        , name_(std::move(name))
    {
    }

    void start(Handler handler) override
    {
        if (parse_ip(host_)) { // Nothing to look up, and no thread to wait for.
            connect({ host_, static_cast<std::uint16_t>(std::stoi(port_)) }, std::move(handler));
            return;
        }
        resolver_.async_resolve(host_, port_,
            [self = shared_from_this(), this, handler = std::move(handler)](
                const ErrorCode& error, const tcp::resolver::results_type& found) mutable {
                if (error || closed_)
                    handler(error ? error : asio::error::operation_aborted, 0);
                else
                    connect(found, std::move(handler));
            });
    }

    void close() override
    {
        closed_ = true;
        resolver_.cancel();
        TcpStream::close();
    }

private:
    void connect(const SocketAddress& where, Handler handler)
    {
        ErrorCode bad;
        const tcp::endpoint endpoint(asio::ip::make_address(where.ip, bad), where.port);
        socket_.async_connect(
            endpoint, [self = shared_from_this(), this, handler = std::move(handler)](const ErrorCode& error) mutable {
                connected(error, std::move(handler));
            });
    }

    void connect(const tcp::resolver::results_type& found, Handler handler)
    {
        asio::async_connect(socket_, found,
            [self = shared_from_this(), this, handler = std::move(handler)](
                const ErrorCode& error, const tcp::endpoint&) mutable { connected(error, std::move(handler)); });
    }

    void connected(const ErrorCode& error, Handler handler)
    {
        if (error || closed_) {
            handler(error ? error : asio::error::operation_aborted, 0);
            return;
        }
        set_no_delay(socket_);
        peer_ = peer_address(socket_.native_handle());
        if (!tls_) {
            handler({}, 0);
            return;
        }
        ssl_.emplace(socket_, tls_->context);
        ssl_->set_verify_callback(asio::ssl::host_name_verification(name_));
        if (!parse_ip(name_))
            SSL_set_tlsext_host_name(ssl_->native_handle(), name_.c_str());
        handshake(asio::ssl::stream_base::client, std::move(handler));
    }

    tcp::resolver resolver_;
    const std::string host_;
    const std::string port_;
    const std::string name_; // Told to the server, and expected in its certificate.
    bool closed_ = false;
};

// Out of descriptors: time for others to give some back.
constexpr Duration accept_pause = 100ms;
constexpr int accept_backlog = 512;
constexpr int accepts_per_turn = 64; // Then others on the loop have their turn, however many connect.

class Listener final : public TcpListener {
public:
    Listener(EventLoop& loop, UniqueFd fd, Accepted accepted)
        : state_(std::make_shared<State>(loop, std::move(fd), std::move(accepted)))
    {
        state_->wait();
    }
    ~Listener() override
    {
        state_->open = false;
        state_->pause.cancel();
        ErrorCode ignored;
        state_->acceptor.close(ignored);
    }
    [[nodiscard]] const SocketAddress& local() const override { return state_->local; }

private:
    struct State : std::enable_shared_from_this<State> {
        State(EventLoop& loop, UniqueFd fd, Accepted a)
            : acceptor(loop.core().io)
            , pause(loop)
            , local(local_address(fd.get()))
            , accepted(std::move(a))
        {
            acceptor.assign(local.ip.find(':') == std::string::npos ? tcp::v4() : tcp::v6(), fd.release());
        }

        void wait()
        {
            acceptor.async_wait(tcp::acceptor::wait_read, [self = shared_from_this()](const ErrorCode& error) {
                if (!error && self->open)
                    self->accept_all();
            });
        }

        void accept_all()
        {
            for (int i = 0; open && i < accepts_per_turn; ++i) {
                UniqueFd fd(::accept4(acceptor.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
                if (fd) {
                    accepted(std::move(fd));
                } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
                    pause.set(now() + accept_pause, [this] { wait(); });
                    return;
                } else if (errno == EAGAIN) {
                    wait();
                    return;
                } // Others concern one connection that died early.
            }
            if (open)
                wait();
        }

        tcp::acceptor acceptor;
        Timer pause;
        const SocketAddress local;
        const Accepted accepted;
        bool open = true;
    };
    std::shared_ptr<State> state_; // Shared with the wait under way.
};

} // namespace

std::shared_ptr<ByteStream> make_accepted_stream(
    EventLoop& loop, UniqueFd fd, std::shared_ptr<TlsContext> tls, PlainClients plain)
{
    return std::make_shared<AcceptedStream>(loop, std::move(fd), std::move(tls), plain);
}

std::shared_ptr<ByteStream> make_connecting_stream(
    EventLoop& loop, const SocketAddress& where, std::string name, std::shared_ptr<TlsContext> tls)
{
    return std::make_shared<ConnectingStream>(loop, where, std::move(name), std::move(tls));
}

std::shared_ptr<ByteStream> make_connecting_stream(
    EventLoop& loop, std::string host, std::string port, std::shared_ptr<TlsContext> tls)
{
    return std::make_shared<ConnectingStream>(loop, std::move(host), std::move(port), std::move(tls));
}

Result<std::unique_ptr<TcpListener>> TcpListener::listen(EventLoop& loop, const SocketAddress& local, Accepted accepted)
{
    loop.assert_on_thread();
    auto address = to_system(local);
    if (!address)
        return std::move(address.error());
    UniqueFd fd(::socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd)
        return Error { ErrorKind::unavailable, "socket: " + system_error_text(errno) };
    const int on = 1;
    setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on); // A restart need not wait for TIME_WAIT.
    if (address->storage.ss_family == AF_INET6)
        setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (::bind(fd.get(), address->get(), address->size) != 0 || ::listen(fd.get(), accept_backlog) != 0)
        return bind_error(local, errno);
    return std::unique_ptr<TcpListener>(std::make_unique<Listener>(loop, std::move(fd), std::move(accepted)));
}

} // namespace parley
