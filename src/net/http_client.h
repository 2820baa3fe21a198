#pragma once

#include "base/result.h"
#include "base/time.h"
#include "net/event_loop.h"
#include "net/http_message.h"
#include "net/outbound_policy.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

// Requests to other servers: webhooks, language models. Reuses connections, streams bodies, obeys the `OutboundPolicy`.
namespace parley {

struct HttpClientRequest {
    std::string method = "GET";
    // http or https. `user:password@` becomes basic authentication (split at the last '@', then the first ':'). The
    // query goes out byte for byte.
    std::string url;
    HttpHeaders headers;
    std::string body;
    std::optional<std::pair<std::string, std::string>> basic_auth; // Wins over the URL's.

    OutboundPolicy policy; // By default public addresses only.

    // At most `max_redirects`; 301, 302, 303 continue as GET, 307 and 308 keep method and body. `Authorization` and
    // `Cookie` are not carried to another origin.
    bool follow_redirects = false;

    Duration connect_timeout = 5s; // Name resolution included.
    Duration total_timeout = 30s;  // Zero: none.
    Duration idle_timeout {};      // No byte received for so long, counted from the start. Zero: none.
    std::size_t max_response_bytes = 1024 * 1024;
    std::string ca_file; // PEM; empty: the system's authorities.
};

struct HttpClientCallbacks {
    // Status and headers of the final answer (never of a followed redirect); its body is empty.
    std::function<void(const HttpResponse&)> on_head;
    // Each piece of the body as it arrives. When set, `on_done` carries no body.
    std::function<void(std::string_view)> on_body;
    // Once, last. Any status is a value; errors: `invalid_request` (URL, denied address, too many redirects),
    // `unavailable` (no connection, broken), `timed_out`, `limit_reached` (answer too large).
    std::function<void(Result<HttpResponse>)> on_done;
};

// A request under way. Belongs to the thread of `deliver_to`; destroying it cancels, no callback follows.
class HttpExchange {
public:
    struct State;
    explicit HttpExchange(std::shared_ptr<State> state)
        : state_(std::move(state))
    {
    }
    HttpExchange() = default;
    HttpExchange(HttpExchange&&) noexcept = default;
    HttpExchange& operator=(HttpExchange&&) noexcept;
    ~HttpExchange();

private:
    std::shared_ptr<State> state_; // Shared with the outbound loop.
};

class HttpClient {
public:
    static constexpr int max_redirects = 5;

    // Lives on `outbound`, which must outlive it and all exchanges. Destroyed on that loop's thread or after it ended;
    // exchanges still under way then end without `on_done`.
    explicit HttpClient(EventLoop& outbound);
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    // From the thread of `deliver_to`, where all callbacks arrive, never inside `start`.
    [[nodiscard]] HttpExchange start(HttpClientRequest, HttpClientCallbacks, EventLoop& deliver_to);

private:
    struct Core;
    std::shared_ptr<Core> core_; // Shared with tasks posted to the outbound loop.
};

} // namespace parley
