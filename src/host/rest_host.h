#pragma once

#include "base/log.h"
#include "base/result.h"
#include "net/event_loop.h"
#include "net/http_server.h"
#include "rest/call_door.h"
#include "rest/rest_api.h"

#include <functional>
#include <memory>
#include <optional>

// The REST door on its listener, `/healthz` and `/metrics`. Lives on the api loop; enters calls by their door alone.
namespace parley {

class RestHost {
public:
    // What keeps the server from taking calls now, if anything. Asked on the api loop.
    using Health = std::function<std::optional<Error>()>;

    // Tells the page of figures, now or later, on any thread. Asked on the api loop.
    using Metrics = std::function<void(std::function<void(HttpResponse)>)>;

    static Result<std::unique_ptr<RestHost>> create(
        EventLoop&, const SocketAddress& listen, MessageStore&, CallDoor&, AccessKeys, Health, Metrics, Log);

    // From now on. On the api loop.
    void renew(AccessKeys keys) { api_.renew(std::move(keys)); }

    [[nodiscard]] const SocketAddress& local() const { return server_->local(); }

private:
    RestHost(EventLoop&, MessageStore&, CallDoor&, AccessKeys, Health, Metrics, Log);
    void handle(HttpRequest, HttpResponder);
    void answer_health(HttpResponder);
    void answer_metrics(HttpResponder);

    EventLoop& loop_;
    RestApi api_;
    Health health_;
    Metrics metrics_;
    std::unique_ptr<HttpServer> server_;
};

} // namespace parley
