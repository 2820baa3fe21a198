#pragma once

#include "agent/tool_spec.h"
#include "base/json.h"
#include "base/result.h"
#include "net/event_loop.h"
#include "net/http_client.h"
#include "net/outbound_policy.h"
#include "net/sse.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace parley {

// One MCP server, asked one thing after the other over HTTP. Its answers come as a JSON body or as a stream of events.
// Knows JSON-RPC and the server's session; refuses to know what the answers mean.
class McpLink : public std::enable_shared_from_this<McpLink> {
public:
    // Never called inside `ask`. A server that does not know its session any more: `not_found`.
    using Then = std::function<void(Result<Json>)>;

    // All requests together end before `deadline`.
    McpLink(HttpClient&, EventLoop& home, OutboundPolicy, McpTool server, Instant deadline, std::size_t max_bytes);

    void initialize(Then); // A new session: `where()` has its headers from then on. Tells what the server can do.
    void ask(std::string_view method, Json::Object params, Then);
    void close(); // No `then` is called any more.

    [[nodiscard]] const McpTool& where() const { return server_; }

private:
    void post(std::string body, Then);
    void on_head(const HttpResponse&);
    void on_body(std::string_view);
    void on_done(Result<HttpResponse>);
    void answered(Result<Json>);
    [[nodiscard]] Result<Json> whole_body() const;
    void set_header(std::string_view name, std::string value);

    HttpClient& client_;
    EventLoop& home_;
    OutboundPolicy policy_;
    McpTool server_; // Where, with the headers of the session.
    Instant deadline_;
    std::size_t max_bytes_;

    HttpExchange exchange_;
    Then then_;
    std::int64_t id_ = 0;    // Of the last request.
    bool notifying_ = false; // What is out wants no answer.
    bool streaming_ = false; // The answer comes as events.
    int status_ = 0;
    std::string body_;
    SseParser events_;
};

} // namespace parley
