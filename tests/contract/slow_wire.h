#pragma once

#include "net/clock.h"
#include "net/stream.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>

namespace parley::contract {

// Stands between a client and its server on a port of its own, and makes the way to the client slow.
class SlowWire {
public:
    enum class Way : std::uint8_t {
        trickle, // A byte every 50 ms.
        keep,    // All bytes at once, but that the server closed the connection is kept from the client.
    };
    enum class Whom : std::uint8_t { first, all }; // Connections.

    // The first `free` bytes pass as they are.
    SlowWire(EventLoop& loop, std::uint16_t server, Way way, Whom whom = Whom::all, std::size_t free = 0)
        : loop_(loop)
        , server_port_(server)
        , way_(way)
        , whom_(whom)
        , free_(free)
        , beat_(loop)
    {
        StreamEvents events;
        events.opened = [this](Stream& client) { connect(client); };
        events.received = [this](Stream& client, std::string_view bytes) {
            if (const auto line = lines_.find(&client); line != lines_.end() && !line->second->server_closed)
                line->second->server->stream().send(std::string(bytes));
        };
        events.closed = [this](Stream& client, const std::string&) { lines_.erase(&client); };
        listener_ = *StreamServer::listen(loop, { { "127.0.0.1", 0 }, std::nullopt, {} }, events);
    }

    [[nodiscard]] std::uint16_t port() const { return listener_->local().port; }

    int connections = 0;

private:
    static constexpr Duration beat = 50ms;

    struct Line {
        std::unique_ptr<StreamClient> server;
        std::string waiting;
        std::size_t passed = 0;
        bool slow = false;
        bool server_closed = false;
    };

    void connect(Stream& client)
    {
        auto& line = *(lines_[&client] = std::make_unique<Line>());
        line.slow = whom_ == Whom::all || connections == 0;
        ++connections;
        StreamEvents events;
        events.received = [this, &client, &line](Stream&, std::string_view bytes) { pass(client, line, bytes); };
        events.closed = [this, &client, &line](Stream&, const std::string&) {
            line.server_closed = true;
            if (!line.slow || (way_ == Way::trickle && line.waiting.empty()))
                client.close("the server closed");
        };
        line.server = StreamClient::connect(loop_, { { "127.0.0.1", server_port_ } }, events);
    }

    void pass(Stream& client, Line& line, std::string_view bytes)
    {
        const bool at_once = !line.slow || way_ == Way::keep;
        const auto free = at_once ? bytes.size() : std::min(bytes.size(), free_ - std::min(free_, line.passed));
        line.passed += bytes.size();
        if (free > 0)
            client.send(std::string(bytes.substr(0, free)));
        line.waiting += bytes.substr(free);
        if (!line.waiting.empty() && !beat_.pending())
            beat_.set(now() + beat, [this] { trickle(); });
    }

    void trickle()
    {
        bool more = false;
        for (auto& [client, line] : lines_) {
            if (line->waiting.empty())
                continue;
            client->send(line->waiting.substr(0, 1));
            line->waiting.erase(0, 1);
            more = more || !line->waiting.empty();
            if (line->waiting.empty() && line->server_closed)
                client->close("the server closed");
        }
        if (more)
            beat_.set(now() + beat, [this] { trickle(); });
    }

    EventLoop& loop_;
    std::uint16_t server_port_;
    Way way_;
    Whom whom_;
    std::size_t free_;
    Timer beat_;
    std::map<Stream*, std::unique_ptr<Line>> lines_;
    std::unique_ptr<StreamServer> listener_; // Goes first: its connections are the keys.
};

} // namespace parley::contract
