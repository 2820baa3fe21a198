#include "providers/offline_server.h"

#include "net/clock.h"
#include "net/http_server.h"
#include "providers/chat_completions.h"

#include <map>

namespace parley {
namespace {

constexpr std::size_t max_replies = 256; // At the same time; beyond: 429.

HttpResponse json_response(int status, const Json& body)
{
    return { status, { { "Content-Type", "application/json" } }, body.dump() };
}

HttpResponse error_response(int status, const std::string& message)
{
    return json_response(status,
        Json::Object { { "error", Json::Object { { "message", message }, { "type", "invalid_request_error" } } } });
}

Json call_json(const ToolCall& call)
{
    return Json::Object { { "id", call.id }, { "type", "function" },
        { "function", Json::Object { { "name", call.name }, { "arguments", call.arguments } } } };
}

Json usage_json(const LmDone& done)
{
    return Json::Object { { "prompt_tokens", done.input_tokens }, { "completion_tokens", done.output_tokens },
        { "total_tokens", done.input_tokens + done.output_tokens } };
}

class Server : public OfflineServer {
public:
    Server(EventLoop& loop, OfflineRules rules, OfflineModelOptions options, Log log)
        : loop_(loop)
        , log_(std::move(log))
        , model_(std::move(rules), loop, options)
    {
    }

    Result<void> listen(const SocketAddress& local)
    {
        auto server = HttpServer::listen(loop_, local,
            [this](HttpRequest request, HttpResponder responder) { serve(request, std::move(responder)); });
        if (!server)
            return server.error();
        http_ = std::move(*server);
        log_.info("offline model listens", { { "address", http_->local().ip }, { "port", http_->local().port } });
        return {};
    }

    [[nodiscard]] SocketAddress address() const override { return http_->local(); }

private:
    // One reply under way; what it writes to is either a stream or the right to answer once.
    struct Reply {
        std::unique_ptr<LmStream> stream;
        std::unique_ptr<HttpResponseStream> out;
        std::unique_ptr<HttpResponder> responder;
        std::string id;
        std::string model;
        bool include_usage = false;
        std::string text;
        Json calls = Json::Array {};
    };

    void serve(const HttpRequest& request, HttpResponder responder)
    {
        const auto path = request.path();
        if (request.method == "GET" && path == "/v1/models") {
            responder.respond(json_response(200,
                Json::Object { { "object", "list" },
                    { "data",
                        Json::Array { Json::Object {
                            { "id", model_.name() }, { "object", "model" }, { "owned_by", "parley" } } } } }));
        } else if (path == "/v1/models" || path == "/v1/chat/completions") {
            if (request.method != "POST" || path == "/v1/models")
                responder.respond(error_response(405, "method not allowed"));
            else
                complete(request, std::move(responder));
        } else {
            responder.respond(error_response(404, "no such path"));
        }
    }

    void complete(const HttpRequest& request, HttpResponder responder)
    {
        auto parsed = parse_chat_request(request.body);
        if (!parsed) {
            responder.respond(error_response(400, parsed.error().what));
            return;
        }
        if (replies_.size() >= max_replies) {
            responder.respond(error_response(429, "too many replies at the same time"));
            return;
        }
        const auto number = ++last_reply_;
        auto& reply = replies_[number];
        reply.id = "chatcmpl-" + std::to_string(number);
        reply.model = parsed->request.options.model.empty() ? model_.name() : parsed->request.options.model;
        reply.include_usage = parsed->include_usage;
        if (parsed->stream)
            reply.out = std::make_unique<HttpResponseStream>(responder.start_stream(
                200, { { "Content-Type", "text/event-stream" }, { "Cache-Control", "no-cache" } }));
        else
            reply.responder = std::make_unique<HttpResponder>(std::move(responder));
        reply.stream = model_.open(std::move(parsed->request), [this, number](LmEvent event) {
            auto& under_way = replies_.at(number);
            const bool more = std::visit([&](auto& e) { return on(under_way, e); }, event);
            if (!more)
                replies_.erase(number);
        });
    }

    static bool write_chunk(Reply& reply, Json delta, Json finish_reason)
    {
        const Json chunk = Json::Object { { "id", reply.id }, { "object", "chat.completion.chunk" },
            { "created", std::int64_t { wall_now().microseconds / 1'000'000 } }, { "model", reply.model },
            { "choices",
                Json::Array { Json::Object { { "index", 0 }, { "delta", std::move(delta) },
                    { "finish_reason", std::move(finish_reason) } } } } };
        return reply.out->write("data: " + chunk.dump() + "\n\n");
    }

    // Each returns whether the reply goes on.
    static bool on(Reply& reply, const LmText& text)
    {
        const bool first = reply.text.empty();
        reply.text += text.text;
        if (!reply.out)
            return true;
        Json delta = Json::Object {};
        if (first)
            delta["role"] = "assistant";
        delta["content"] = text.text;
        return write_chunk(reply, std::move(delta), nullptr);
    }

    static bool on(Reply& reply, const LmToolCall& call)
    {
        auto json = call_json(call.call);
        const auto index = reply.calls.as_array().size();
        reply.calls.push_back(json);
        if (!reply.out)
            return true;
        json["index"] = index;
        return write_chunk(reply, Json::Object { { "tool_calls", Json::Array { std::move(json) } } }, nullptr);
    }

    static bool on(Reply& reply, const LmDone& done)
    {
        const Json reason = reply.calls.as_array().empty() ? "stop" : "tool_calls";
        if (reply.out) {
            write_chunk(reply, Json::Object {}, reason);
            if (reply.include_usage)
                reply.out->write("data: "
                    + Json(Json::Object { { "id", reply.id }, { "object", "chat.completion.chunk" },
                               { "model", reply.model }, { "choices", Json::Array {} }, { "usage", usage_json(done) } })
                          .dump()
                    + "\n\n");
            reply.out->write("data: [DONE]\n\n");
            reply.out->finish();
            return false;
        }
        Json message = Json::Object { { "role", "assistant" } };
        message["content"] = reply.text.empty() ? Json() : Json(reply.text);
        if (!reply.calls.as_array().empty())
            message["tool_calls"] = reply.calls;
        reply.responder->respond(json_response(200,
            Json::Object { { "id", reply.id }, { "object", "chat.completion" },
                { "created", std::int64_t { wall_now().microseconds / 1'000'000 } }, { "model", reply.model },
                { "choices",
                    Json::Array { Json::Object {
                        { "index", 0 }, { "message", std::move(message) }, { "finish_reason", reason } } } },
                { "usage", usage_json(done) } }));
        return false;
    }

    static bool on(Reply& reply, const LmFailed& failed)
    {
        // Dropping a stream cuts the connection: the client sees that the reply is not whole.
        if (reply.responder)
            reply.responder->respond(error_response(503, failed.error.what));
        return false;
    }

    EventLoop& loop_;
    Log log_;
    OfflineModel model_;
    std::map<std::uint64_t, Reply> replies_;
    std::uint64_t last_reply_ = 0;
    std::unique_ptr<HttpServer> http_;
};

} // namespace

Result<std::unique_ptr<OfflineServer>> serve_offline_model(
    EventLoop& loop, const SocketAddress& listen, OfflineRules rules, OfflineModelOptions options, Log log)
{
    auto server = std::make_unique<Server>(loop, std::move(rules), options, std::move(log));
    auto listening = server->listen(listen);
    if (!listening)
        return listening.error();
    return std::unique_ptr<OfflineServer>(std::move(server));
}

} // namespace parley
