#include "host/rest_host.h"

#include "base/json.h"
#include "net/address.h"

namespace parley {

namespace {

HttpResponse to_http(RestResponse response)
{
    HttpResponse http;
    http.status = response.status;
    for (auto& [name, value] : response.headers)
        http.headers.add(std::move(name), std::move(value));
    http.body = std::move(response.body);
    return http;
}

} // namespace

RestHost::RestHost(
    EventLoop& loop, MessageStore& store, CallDoor& calls, AccessKeys keys, Health health, Metrics metrics, Log log)
    : loop_(loop)
    , api_(store, calls, std::move(keys), IdSource::random(), std::move(log))
    , health_(std::move(health))
    , metrics_(std::move(metrics))
{
}

Result<std::unique_ptr<RestHost>> RestHost::create(EventLoop& loop, const SocketAddress& listen, MessageStore& store,
    CallDoor& calls, AccessKeys keys, Health health, Metrics metrics, Log log)
{
    std::unique_ptr<RestHost> host(
        new RestHost(loop, store, calls, std::move(keys), std::move(health), std::move(metrics), std::move(log)));
    auto server = HttpServer::listen(loop, listen, [raw = host.get()](HttpRequest request, HttpResponder responder) {
        raw->handle(std::move(request), std::move(responder));
    });
    if (!server)
        return server.error();
    host->server_ = std::move(*server);
    return host;
}

void RestHost::handle(HttpRequest request, HttpResponder responder)
{
    if (request.path() == "/healthz")
        return answer_health(std::move(responder));
    if (request.path() == "/metrics")
        return answer_metrics(std::move(responder));
    RestRequest rest { request.method, request.target, {}, std::move(request.body), request.peer.ip };
    for (const auto& [name, value] : request.headers)
        rest.headers.emplace_back(name, value);
    // Shared because `Respond` must be copyable; it is called once, perhaps on the store's thread.
    auto waiting = std::make_shared<HttpResponder>(std::move(responder));
    api_.handle(rest, [&loop = loop_, waiting](RestResponse response) {
        loop.post([waiting, http = to_http(std::move(response))]() mutable { waiting->respond(std::move(http)); });
    });
}

void RestHost::answer_metrics(HttpResponder responder)
{
    auto waiting = std::make_shared<HttpResponder>(std::move(responder)); // Shared because the answer must be copyable.
    metrics_([&loop = loop_, waiting](HttpResponse page) {
        loop.post([waiting, page = std::move(page)]() mutable { waiting->respond(std::move(page)); });
    });
}

void RestHost::answer_health(HttpResponder responder)
{
    const std::optional<Error> problem = health_();
    Json body = Json::Object { { "status", problem ? "unavailable" : "ok" } };
    if (problem)
        body["reason"] = problem->what;
    responder.respond({ problem ? 503 : 200, { { "Content-Type", "application/json" } }, body.dump() });
}

} // namespace parley
