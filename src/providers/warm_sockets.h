#pragma once

#include "net/event_loop.h"
#include "net/web_socket_client.h"
#include "providers/provider_statistics.h"

#include <functional>
#include <list>
#include <memory>
#include <string>

// Connections to one provider that are opened before they are needed, so that a call does not wait for TCP, TLS and the
// upgrade. On one loop. Knows nothing of what is said on them.
namespace parley {

// What the one who needs a connection hears. `opened` and all others come from the loop, never inside `take`.
struct ProviderSocketEvents {
    std::function<void()> opened;
    std::function<void(std::string text)> message;
    std::function<void(std::string why)> closed; // Last.
};

// Destroying it ends the connection; no event follows. May be destroyed inside an event.
class ProviderSocket {
public:
    struct State;
    explicit ProviderSocket(std::shared_ptr<State> state)
        : state_(std::move(state))
    {
    }
    ~ProviderSocket();
    ProviderSocket(const ProviderSocket&) = delete;
    ProviderSocket& operator=(const ProviderSocket&) = delete;

    void send(std::string text);
    void send_binary(std::string bytes);
    [[nodiscard]] std::size_t queued_bytes() const;

private:
    std::shared_ptr<State> state_; // Shared with the connection's own events.
};

class WarmSockets {
public:
    struct Options {
        HttpHeaders headers;
        std::string ca_file;
        Duration handshake = 5s;
        int warm = 1;             // Per URL.
        std::size_t max_urls = 4; // Kept warm; the one that was needed longest ago goes.
        Duration warm_for = 60s;  // Without being needed; then closed.
        std::string keep_alive;   // Sent while waiting; empty: nothing.
        Duration keep_alive_every = 4s;
    };

    WarmSockets(EventLoop&, Options, std::shared_ptr<ProviderStatistics>);
    ~WarmSockets();

    // Opens what is missing, so that the next `take` finds it.
    void warm(const std::string& url);
    enum class Want : std::uint8_t {
        any,   // A warm one if there is one.
        fresh, // Another one broke just now: those that wait may be dead too, without knowing it.
    };
    // A connection of one's own, open or being opened, and another one is made warm in its place. Null: no such URL.
    [[nodiscard]] std::unique_ptr<ProviderSocket> take(const std::string& url, Want, ProviderSocketEvents);

private:
    struct Waiting {
        std::string url;
        std::list<std::shared_ptr<ProviderSocket::State>> sockets;
        Instant needed;
    };

    std::shared_ptr<ProviderSocket::State> connect(const std::string& url);
    void fill(Waiting&);
    void tick();

    EventLoop& loop_;
    Options options_;
    std::shared_ptr<ProviderStatistics> statistics_; // Shared by the threads.
    std::list<Waiting> waiting_;                     // The one needed last comes first.
    Timer timer_;
};

} // namespace parley
