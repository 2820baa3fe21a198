#include "providers/mcp_link.h"

#include "net/clock.h"
#include "swaig/mcp.h"

#include <algorithm>
#include <utility>

namespace parley {

namespace {

constexpr std::string_view session_header = "Mcp-Session-Id";
constexpr std::string_view protocol_header = "MCP-Protocol-Version";

} // namespace

McpLink::McpLink(
    HttpClient& client, EventLoop& home, OutboundPolicy policy, McpTool server, Instant deadline, std::size_t max_bytes)
    : client_(client)
    , home_(home)
    , policy_(std::move(policy))
    , server_(std::move(server))
    , deadline_(deadline)
    , max_bytes_(max_bytes)
{
}

void McpLink::close()
{
    exchange_ = {};
    then_ = nullptr;
}

void McpLink::set_header(std::string_view name, std::string value)
{
    std::erase_if(server_.headers, [&](const auto& header) { return equal_ignoring_case(header.first, name); });
    server_.headers.emplace_back(std::string(name), std::move(value));
}

void McpLink::initialize(Then then)
{
    std::erase_if(
        server_.headers, [](const auto& header) { return equal_ignoring_case(header.first, session_header); });
    ask("initialize", swaig::mcp_client_facts(), [this, then = std::move(then)](Result<Json> facts) {
        if (!facts) {
            then(std::move(facts));
            return;
        }
        set_header(protocol_header, facts->string_or("protocolVersion", swaig::mcp_protocol));
        notifying_ = true;
        // The server has nothing to say to this; whatever it says, the session is open.
        post(swaig::mcp_notification("notifications/initialized"),
            [then, facts = std::move(facts)](const Result<Json>&) { then(facts); });
    });
}

void McpLink::ask(std::string_view method, Json::Object params, Then then)
{
    notifying_ = false;
    post(swaig::mcp_request(++id_, method, std::move(params)), std::move(then));
}

void McpLink::post(std::string body, Then then)
{
    then_ = std::move(then);
    streaming_ = false;
    status_ = 0;
    body_.clear();
    events_ = {};
    HttpClientRequest request;
    request.method = "POST";
    request.url = server_.url;
    request.headers.add("Content-Type", "application/json");
    request.headers.add("Accept", "application/json, text/event-stream");
    for (const auto& [name, value] : server_.headers)
        request.headers.set(name, value);
    request.body = std::move(body);
    request.policy = policy_;
    request.follow_redirects = true;
    request.total_timeout = std::max<Duration>(deadline_ - now(), 1ms);
    request.max_response_bytes = max_bytes_;
    HttpClientCallbacks callbacks;
    const auto weak = weak_from_this();
    callbacks.on_head = [weak](const HttpResponse& head) {
        if (const auto self = weak.lock(); self && self->then_)
            self->on_head(head);
    };
    callbacks.on_body = [weak](std::string_view piece) {
        if (const auto self = weak.lock(); self && self->then_)
            self->on_body(piece);
    };
    callbacks.on_done = [weak](Result<HttpResponse> done) {
        if (const auto self = weak.lock(); self && self->then_)
            self->on_done(std::move(done));
    };
    exchange_ = client_.start(std::move(request), std::move(callbacks), home_);
}

void McpLink::on_head(const HttpResponse& head)
{
    status_ = head.status;
    const auto type = head.headers.find("Content-Type").value_or("");
    streaming_ = status_ < 300 && type.find("text/event-stream") != std::string_view::npos;
    if (const auto session = head.headers.find(session_header))
        set_header(session_header, std::string(*session));
}

void McpLink::on_body(std::string_view piece)
{
    if (!streaming_) {
        body_ += piece;
        return;
    }
    std::vector<SseEvent> events;
    if (auto fed = events_.feed(piece, events); !fed) {
        answered(std::move(fed.error()));
        return;
    }
    for (const auto& event : events) {
        const auto message = Json::parse(event.text);
        if (!message)
            continue; // Not for us; the answer may still come.
        if (auto answer = swaig::mcp_answer(*message, id_)) {
            answered(std::move(*answer)); // The stream may stay open for ever.
            return;
        }
    }
}

void McpLink::on_done(Result<HttpResponse> done)
{
    if (!done)
        answered(Error { done.error().kind, "MCP server: " + done.error().what });
    else if (status_ == 404)
        answered(Error { ErrorKind::not_found, "MCP server: HTTP 404" });
    else if (status_ >= 300)
        answered(Error { ErrorKind::unavailable, "MCP server: HTTP " + std::to_string(status_) });
    else if (notifying_)
        answered(Json(Json::Object {}));
    else if (streaming_)
        answered(Error { ErrorKind::unavailable, "MCP server: the stream ended without an answer" });
    else
        answered(whole_body());
}

Result<Json> McpLink::whole_body() const
{
    const auto message = Json::parse(body_);
    if (!message)
        return Error { ErrorKind::invalid_request, "MCP server: not JSON: " + message.error().what };
    if (auto answer = swaig::mcp_answer(*message, id_))
        return std::move(*answer);
    return Error { ErrorKind::invalid_request, "MCP server: an answer to something else" };
}

void McpLink::answered(Result<Json> answer)
{
    const auto self = shared_from_this(); // Whoever is told may drop us.
    exchange_ = {};
    if (const auto then = std::exchange(then_, nullptr))
        then(std::move(answer));
}

} // namespace parley
