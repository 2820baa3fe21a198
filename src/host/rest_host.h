#pragma once

#include "base/log.h"
#include "base/result.h"
#include "net/event_loop.h"
#include "net/http_server.h"
#include "rest/rest_api.h"

#include <functional>
#include <memory>
#include <optional>

// The REST door on its listener, and `/healthz`. Lives on the api loop; never enters a call.
namespace parley {

class RestHost {
public:
    // What keeps the server from taking calls now, if anything. Asked on the api loop.
    using Health = std::function<std::optional<Error>()>;

    static Result<std::unique_ptr<RestHost>> create(
        EventLoop&, const SocketAddress& listen, MessageStore&, AccessKeys, Health, Log);

    [[nodiscard]] const SocketAddress& local() const { return server_->local(); }

private:
    RestHost(EventLoop&, MessageStore&, AccessKeys, Health, Log);
    void handle(HttpRequest, HttpResponder);
    void answer_health(HttpResponder);

    EventLoop& loop_;
    RestApi api_;
    Health health_;
    std::unique_ptr<HttpServer> server_;
};

} // namespace parley
