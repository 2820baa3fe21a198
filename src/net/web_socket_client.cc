#include "net/web_socket_client.h"

#include "net/web_socket_core.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace parley {

namespace {

struct WebSocketUrl {
    bool tls = false;
    std::string host; // Without brackets.
    std::string port;
    std::string authority; // For the `Host` header.
    std::string target;
};

std::optional<WebSocketUrl> parse_url(std::string_view url)
{
    WebSocketUrl parts;
    if (url.starts_with("wss://"))
        parts.tls = true;
    else if (!url.starts_with("ws://"))
        return std::nullopt;
    url.remove_prefix(parts.tls ? 6 : 5);
    if (std::any_of(url.begin(), url.end(), [](char c) { return c <= ' ' || c == '\x7f' || c == '@' || c == '#'; }))
        return std::nullopt;
    const auto end = std::min(url.find_first_of("/?"), url.size());
    const std::string_view authority = url.substr(0, end);
    parts.authority = authority;
    parts.target = (end < url.size() && url[end] == '/' ? "" : "/") + std::string(url.substr(end));
    const auto bracket = authority.rfind(']');
    const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
    parts.host = authority.substr(0, colon);
    parts.port
        = colon == std::string_view::npos ? (parts.tls ? "443" : "80") : std::string(authority.substr(colon + 1));
    if (bracket != std::string_view::npos && parts.host.size() > 2)
        parts.host = parts.host.substr(1, parts.host.size() - 2);
    const bool digits = std::all_of(parts.port.begin(), parts.port.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (parts.host.empty() || parts.port.empty() || parts.port.size() > 5 || !digits || std::stoi(parts.port) > 65'535)
        return std::nullopt;
    return parts;
}

class Client final : public WebSocketClient, private WebSocketCore::Owner {
public:
    Client(EventLoop& loop, const WebSocketUrl& url, std::shared_ptr<TlsContext> tls, WebSocketClientOptions options,
        WebSocketEvents events)
        : events_(std::make_shared<const WebSocketEvents>(std::move(events)))
        , core_(WebSocketCore::create(loop, make_connecting_stream(loop, url.host, url.port, std::move(tls)),
              static_cast<WebSocketCore::Owner&>(*this), options.limits))
    {
        core_->handshake(url.authority, url.target, options.headers);
    }
    ~Client() override { core_->abandon(); }

    [[nodiscard]] WebSocket& socket() override { return *core_; }

private:
    void opened(WebSocketCore& socket) override
    {
        if (const auto events = events_; events->opened)
            events->opened(socket);
    }
    void message(WebSocketCore& socket, std::string text) override
    {
        if (const auto events = events_; events->message)
            events->message(socket, std::move(text));
    }
    bool binary(WebSocketCore& socket, std::string bytes) override
    {
        const auto events = events_;
        if (!events->binary)
            return false;
        events->binary(socket, std::move(bytes));
        return true;
    }
    void closed(WebSocketCore& socket, const WebSocketClosed& why, bool) override
    {
        if (const auto events = events_; events->closed)
            events->closed(socket, why);
    }

    const std::shared_ptr<const WebSocketEvents> events_; // A second reference during a call, which may destroy us.
    const std::shared_ptr<WebSocketCore> core_;           // Shared with operations under way.
};

} // namespace

Result<std::unique_ptr<WebSocketClient>> WebSocketClient::connect(
    EventLoop& loop, WebSocketClientOptions options, WebSocketEvents events)
{
    loop.assert_on_thread();
    const auto url = parse_url(options.url);
    if (!url)
        return Error { ErrorKind::invalid_request, "url: not a WebSocket URL" };
    std::shared_ptr<TlsContext> tls;
    if (url->tls) {
        auto made = make_client_tls({ options.ca_file });
        if (!made)
            return std::move(made.error());
        tls = std::move(*made);
    }
    return std::unique_ptr<WebSocketClient>(
        std::make_unique<Client>(loop, *url, std::move(tls), std::move(options), std::move(events)));
}

} // namespace parley
