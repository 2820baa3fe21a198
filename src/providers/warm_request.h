#pragma once

#include "base/time.h"
#include "net/http_client.h"

#include <memory>
#include <string>

// Opens a connection to a provider that is asked by HTTP before it is needed, so that its request does not wait for
// name look-up, TCP and TLS: asks for the head of the URL, without the key, and forgets the answer. The client keeps
// the connection and takes it for the next request. Knows nothing of what is asked.
namespace parley {

class EventLoop;

class WarmRequest {
public:
    // Servers close connections that are idle; not one of so short a time.
    static constexpr Duration stays_warm = 4s;
    static constexpr Duration answer_within = 5s;

    struct Options {
        bool wanted = true;
        std::string url;
        std::string ca_file;
        Duration connect_timeout = 5s;
    };

    // Requests run on `client`'s loop; everything else is `home`'s.
    WarmRequest(Options, HttpClient& client, EventLoop& home);

    // A request will come soon. Without effect while a connection is warm, or is being made so.
    void warm();
    // A request was answered just now: its connection is warm.
    void used();

private:
    Options options_;
    HttpClient& client_;
    EventLoop& home_;
    HttpExchange exchange_;
    Instant warm_until_ {};
};

} // namespace parley
