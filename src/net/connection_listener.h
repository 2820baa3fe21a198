#pragma once

#include "net/byte_stream.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

// For the .cc files of `net/` alone.
namespace parley {

struct AcceptLimits {
    std::size_t connections = 1'000; // Beyond: closed at once.
    std::size_t per_source = 1'000;  // From one address; likewise.
};

// Accepts the connections of a server, keeps each until it ends, and bounds how many there are. What is spoken over
// them is the business of `Connection`, which has `abandon()`: its owner goes.
template <typename Connection> class ConnectionListener {
public:
    using Make = std::function<std::shared_ptr<Connection>(std::shared_ptr<ByteStream>)>;
    using Start = void (Connection::*)();

    ConnectionListener(EventLoop& loop, const AcceptLimits& limits, std::shared_ptr<TlsContext> tls, PlainClients plain,
        Make make, Start start)
        : loop_(loop)
        , limits_(limits)
        , plain_(plain)
        , make_(std::move(make))
        , start_(start)
        , tls_(std::move(tls))
    {
    }
    ConnectionListener(const ConnectionListener&) = delete;
    ConnectionListener& operator=(const ConnectionListener&) = delete;
    ~ConnectionListener()
    {
        loop_.assert_on_thread();
        listener_.reset();
        for (auto& [key, one] : std::exchange(connections_, {}))
            one.connection->abandon();
    }

    [[nodiscard]] Result<void> listen(const SocketAddress& local)
    {
        auto listener = TcpListener::listen(loop_, local, [this](UniqueFd fd) { accept(std::move(fd)); });
        if (!listener)
            return std::move(listener.error());
        listener_ = std::move(*listener);
        return {};
    }

    // For connections from now on. On failure the old certificate stays.
    [[nodiscard]] Result<void> set_identity(const TlsIdentity& identity)
    {
        loop_.assert_on_thread();
        auto made = make_server_tls(identity);
        if (!made)
            return std::move(made.error());
        tls_ = std::move(*made);
        return {};
    }

    // The connection ended. The last reference but those of operations under way.
    std::shared_ptr<Connection> remove(Connection& connection)
    {
        const auto found = connections_.find(&connection);
        VERIFY(found != connections_.end());
        const auto source = sources_.find(found->second.source);
        if (--source->second == 0)
            sources_.erase(source);
        auto kept = std::move(found->second.connection);
        connections_.erase(found);
        return kept;
    }

    [[nodiscard]] const SocketAddress& local() const { return listener_->local(); }
    [[nodiscard]] std::size_t size() const { return connections_.size(); }

private:
    void accept(UniqueFd fd)
    {
        if (connections_.size() >= limits_.connections)
            return;
        auto stream = make_accepted_stream(loop_, std::move(fd), tls_, plain_);
        std::string source = stream->peer().ip;
        auto& count = sources_[source];
        if (count >= limits_.per_source)
            return;
        ++count;
        auto connection = make_(std::move(stream));
        connections_.emplace(connection.get(), Kept { connection, std::move(source) });
        ((*connection).*start_)();
    }

    struct Kept {
        std::shared_ptr<Connection> connection; // Shared with operations under way.
        std::string source;
    };

    EventLoop& loop_;
    const AcceptLimits limits_;
    const PlainClients plain_;
    const Make make_;
    const Start start_;
    std::shared_ptr<TlsContext> tls_; // Shared with the connections that began under it.
    std::unique_ptr<TcpListener> listener_;
    std::unordered_map<Connection*, Kept> connections_;
    std::unordered_map<std::string, std::size_t> sources_; // Connections from each address; only the positive.
};

} // namespace parley
