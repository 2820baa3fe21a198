#pragma once

#include "base/result.h"
#include "base/socket_address.h"
#include "net/event_loop.h"
#include "net/socket_calls.h"
#include "net/tls.h"
#include "net/unique_function.h"

#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>

#include <memory>
#include <span>
#include <string>

// A TCP connection, plain or TLS, behind one type: what is instantiated over it is compiled once.
// For the .cc files of `net/` alone.
namespace parley {

class ByteStream {
public:
    using Handler = UniqueFunction<void(const boost::system::error_code&, std::size_t)>;

    virtual ~ByteStream() = default;

    // Makes the connection usable: look-up and connect for a client, telling TLS from plain for a server, the
    // handshake.
    virtual void start(Handler) = 0;
    virtual void read_some(boost::asio::mutable_buffer, Handler) = 0;
    virtual void write_some(std::span<const boost::asio::const_buffer>, Handler) = 0;

    // Says that no more bytes come; reading goes on.
    virtual void finish_writing() = 0;

    // Has the system find out about a peer that vanished without a word.
    virtual void watch_peer() = 0;

    // Ends it. Handlers under way are called with an error, later.
    virtual void close() = 0;

    [[nodiscard]] virtual bool secure() const = 0;
    [[nodiscard]] virtual const SocketAddress& peer() const = 0;
};

// What a listener with a certificate does with a connection whose first byte is not 0x16 (a TLS handshake record).
enum class PlainClients : std::uint8_t {
    welcome, // They share the port.
    refused,
};

// Without a context: plain.
[[nodiscard]] std::shared_ptr<ByteStream> make_accepted_stream(
    EventLoop&, UniqueFd, std::shared_ptr<TlsContext>, PlainClients = PlainClients::welcome);

// With a context: TLS, the certificate checked against `host`.
[[nodiscard]] std::shared_ptr<ByteStream> make_connecting_stream(
    EventLoop&, std::string host, std::string port, std::shared_ptr<TlsContext>);

// The same to an address that is known already; the certificate is checked against `name`.
[[nodiscard]] std::shared_ptr<ByteStream> make_connecting_stream(
    EventLoop&, const SocketAddress&, std::string name, std::shared_ptr<TlsContext>);

// Accepts TCP connections. Destroying it closes the port.
class TcpListener {
public:
    using Accepted = std::function<void(UniqueFd)>;

    [[nodiscard]] static Result<std::unique_ptr<TcpListener>> listen(EventLoop&, const SocketAddress&, Accepted);

    virtual ~TcpListener() = default;
    [[nodiscard]] virtual const SocketAddress& local() const = 0;
};

} // namespace parley
