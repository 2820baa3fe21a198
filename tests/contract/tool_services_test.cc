// Includes, MCP servers and signed webhooks, against servers on real sockets that stall and answer nonsense.
#include "base/hashes.h"
#include "net/clock.h"
#include "net/event_loop.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "providers/mcp_tool_caller.h"
#include "providers/tool_source_fetcher.h"
#include "providers/webhook_tool_caller.h"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::contract {
namespace {

constexpr auto patience = std::chrono::seconds(20);

class ToolServices : public ::testing::Test {
protected:
    ToolServices()
    {
        thread_.call([this] {
            auto listening = HttpServer::listen(
                thread_.loop(), { "127.0.0.1", 0 }, [this](HttpRequest request, HttpResponder responder) {
                    requests_.push_back(std::move(request));
                    serve_(requests_.back(), std::move(responder));
                });
            VERIFY(listening.has_value());
            server_ = std::move(*listening);
            client_ = std::make_unique<HttpClient>(thread_.loop());
        });
        url_ = "http://127.0.0.1:" + std::to_string(server_->local().port);
    }
    ~ToolServices() override
    {
        thread_.call([this] {
            run_.reset();
            fetcher_.reset();
            caller_.reset();
            streams_.clear();
            held_.clear();
            server_.reset();
            client_.reset();
        });
    }

    std::vector<agent::FetchedTools> fetch(agent::FetchTools wanted)
    {
        std::optional<std::vector<agent::FetchedTools>> answer;
        thread_.call([&] {
            fetcher_ = std::make_unique<ToolSourceFetcher>(
                *client_, thread_.loop(), *OutboundPolicy::create({ "127.0.0.1" }), options_, Log::none());
            run_ = fetcher_->open(std::move(wanted), [&](std::vector<agent::FetchedTools> sources) {
                const std::lock_guard lock(mutex_);
                answer = std::move(sources);
                changed_.notify_all();
            });
        });
        std::unique_lock lock(mutex_);
        EXPECT_TRUE(changed_.wait_for(lock, patience, [&] { return answer.has_value(); }));
        return answer.value_or(std::vector<agent::FetchedTools> {});
    }

    Result<ToolReply> call(ToolSpec tool, std::string arguments = "{}")
    {
        std::optional<Result<ToolReply>> answer;
        thread_.call([&] {
            const auto policy = *OutboundPolicy::create({ "127.0.0.1" });
            auto webhooks
                = std::make_unique<WebhookToolCaller>(*client_, thread_.loop(), policy, options_, Log::none());
            caller_ = std::make_unique<McpToolCaller>(
                *client_, thread_.loop(), policy, options_, std::move(webhooks), Log::none());
            ToolRequest request;
            request.call = { "call_1", tool.name, std::move(arguments) };
            request.tool = std::move(tool);
            run_ = caller_->open(std::move(request), [&](Result<ToolReply> reply) {
                const std::lock_guard lock(mutex_);
                answer.emplace(std::move(reply));
                changed_.notify_all();
            });
        });
        std::unique_lock lock(mutex_);
        if (!changed_.wait_for(lock, patience, [&] { return answer.has_value(); }))
            return Error { ErrorKind::conflict, "no answer" };
        return *answer;
    }

    // An MCP server with two tools on two pages and one resource. `events`: it answers with streams that stay open.
    void serve_mcp(bool events = false)
    {
        serve_ = [this, events](const HttpRequest& request, HttpResponder responder) {
            const auto message = Json::parse(request.body).value();
            const auto method = message.string_or("method");
            if (method == "notifications/initialized") {
                responder.respond({ 202, {}, "" });
                return;
            }
            const bool greets = method == "initialize";
            if (!greets && request.headers.find("Mcp-Session-Id") != session_) {
                responder.respond({ 404, {}, "" });
                return;
            }
            Json::Object answer { { "jsonrpc", "2.0" }, { "id", *message.find("id") } };
            const auto result = mcp_result(method, message);
            answer[result.find("message") != nullptr ? "error" : "result"] = result;
            HttpHeaders headers { { "Content-Type", events ? "text/event-stream" : "application/json" } };
            if (greets)
                headers.add("Mcp-Session-Id", session_);
            const auto body = Json(std::move(answer)).dump();
            if (!events) {
                responder.respond({ 200, headers, body });
                return;
            }
            streams_.push_back(std::make_unique<HttpResponseStream>(responder.start_stream(200, headers)));
            streams_.back()->write(
                "data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\"}\n\ndata: " + body + "\n\n");
        };
    }

    static Json mcp_result(const std::string& method, const Json& message)
    {
        const auto* params = message.find("params");
        std::string text;
        if (method == "initialize")
            text = R"({"protocolVersion":"2025-06-18","capabilities":{"tools":{},"resources":{}}})";
        else if (method == "tools/list" && params == nullptr)
            text
                = R"({"tools":[{"name":"add","description":"Adds","inputSchema":{"type":"object"}}],"nextCursor":"2"})";
        else if (method == "tools/list")
            text = R"({"tools":[{"name":"sub"},{"description":"no name"}]})";
        else if (method == "resources/list")
            text = R"({"resources":[{"uri":"shop://{id}/hours","name":"hours"}]})";
        else if (method == "resources/read" && params->string_or("uri") == "shop://7/hours")
            text = R"({"contents":[{"uri":"x","text":"{\"open\":9}"}]})";
        else if (method == "tools/call" && params->string_or("name") == "add")
            text = R"({"content":[{"type":"text","text":"The sum is 3."},{"type":"image","data":"x"}]})";
        else if (method == "tools/call")
            text = R"({"content":[{"type":"text","text":"no such thing"}],"isError":true})";
        else
            text = R"({"code":-32601,"message":"unknown"})";
        return Json::parse(text).value();
    }

    LoopThread thread_ { "contract" };
    std::unique_ptr<HttpServer> server_;
    std::unique_ptr<HttpClient> client_;
    std::function<void(const HttpRequest&, HttpResponder)> serve_;
    std::vector<HttpRequest> requests_;
    std::vector<std::unique_ptr<HttpResponseStream>> streams_; // Answers that never end.
    std::vector<HttpResponder> held_;                          // Requests that are never answered.
    std::string url_;
    std::string session_ = "s1"; // Of the MCP server.

    WebhookOptions options_ { 1s, 2s, 2, 10ms, 1024 * 1024 };
    std::unique_ptr<ToolSourceFetcher> fetcher_;
    std::unique_ptr<McpToolCaller> caller_;
    std::unique_ptr<ToolRun> run_;

    std::mutex mutex_;
    std::condition_variable changed_;
};

agent::FetchTools include(const std::string& url, std::vector<std::string> functions = {})
{
    IncludeSpec spec { { url, "u", "p" }, std::move(functions), Json::Object { { "store", 7 } } };
    return { { spec }, {}, 2s };
}

agent::FetchTools server(const std::string& url, bool resources = false)
{
    return { {}, { { url, { { "Authorization", "Bearer k" } }, resources, { { "id", 7 } } } }, 2s };
}

// swml-ai 97
TEST_F(ToolServices, AnIncludeIsAskedForItsSignatures)
{
    serve_ = [](const HttpRequest&, HttpResponder responder) {
        responder.respond({ 200, {},
            R"([{"function":"a","description":"A"},{"function":"b","description":"B","web_hook_url":"https://b.test","meta_data":{"own":1}}])" });
    };
    const auto sources = fetch(include(url_ + "/tools?x=1", { "a" }));
    ASSERT_EQ(sources.size(), 1U);
    EXPECT_EQ(sources[0].error, "");
    ASSERT_EQ(sources[0].tools.size(), 2U); // Everything that is there, whatever was asked for.
    EXPECT_EQ(sources[0].tools[0].hook, (WebHook { url_ + "/tools?x=1", "u", "p" }));
    EXPECT_EQ(sources[0].tools[0].meta_data.dump(), R"({"store":7})");
    EXPECT_EQ(sources[0].tools[1].hook.url, "https://b.test");
    EXPECT_EQ(sources[0].tools[1].meta_data.dump(), R"({"own":1})");
    EXPECT_EQ(requests_.front().body,
        R"({"action":"get_signature","functions":["a"],"meta_data":{"store":7},"content_type":"text/swaig",)"
        R"("content_disposition":"function signature request","version":"2.0"})");
    EXPECT_EQ(requests_.front().target, "/tools?x=1");
    EXPECT_EQ(basic_credentials(requests_.front().headers), (std::pair<std::string, std::string> { "u", "p" }));
}

// swml-ai 97
TEST_F(ToolServices, IncludesThatFailOrHangLeaveTheOthersTheirTools)
{
    serve_ = [this](const HttpRequest& request, HttpResponder responder) {
        if (request.target == "/hangs")
            held_.push_back(std::move(responder));
        else if (request.target == "/page")
            responder.respond({ 200, {}, "<html>" });
        else
            responder.respond({ 200, {}, R"({"functions":[{"function":"a","description":"A"}]})" });
    };
    agent::FetchTools wanted { {}, {}, 400ms };
    for (const auto* path : { "/hangs", "/page", "/good" })
        wanted.includes.push_back({ { url_ + path, "", "" }, {}, {} });
    const auto sources = fetch(wanted);
    ASSERT_EQ(sources.size(), 3U);
    EXPECT_NE(sources[0].error, "");
    EXPECT_NE(sources[1].error, "");
    EXPECT_EQ(sources[2].error, "");
    EXPECT_EQ(sources[2].tools.size(), 1U);
}

// swml-ai 98
TEST_F(ToolServices, AnMcpServersToolsAndResourcesAreFetched)
{
    for (const bool events : { false, true }) {
        serve_mcp(events);
        const auto sources = fetch(server(url_ + "/mcp", true));
        ASSERT_EQ(sources.size(), 1U);
        EXPECT_EQ(sources[0].error, "");
        ASSERT_EQ(sources[0].tools.size(), 2U) << events;
        EXPECT_EQ(sources[0].tools[0].name, "add");
        EXPECT_EQ(sources[0].tools[0].mcp.name, "add");
        EXPECT_EQ(sources[0].tools[1].description, "sub"); // The model needs to know something.
        EXPECT_EQ(Json(sources[0].global_data).dump(), R"({"hours":{"open":9}})");
        EXPECT_EQ(requests_.back().headers.find("Authorization"), "Bearer k");
        EXPECT_EQ(requests_.back().headers.find("MCP-Protocol-Version"), "2025-06-18");
    }
}

// swml-ai 98
TEST_F(ToolServices, AnMcpToolIsCalledInTheSessionThatWasOpened)
{
    serve_mcp();
    auto tools = fetch(server(url_ + "/mcp")).at(0).tools;
    auto reply = call(tools.at(0), R"({"a":1})");
    ASSERT_TRUE(reply) << reply.error().what;
    EXPECT_EQ(reply->response, "The sum is 3.");
    EXPECT_EQ(Json(reply->mcp).string_or("mcp_url"), url_ + "/mcp");
    EXPECT_EQ(Json(reply->mcp).string_or("mcp_tool"), "add");
    EXPECT_NE(requests_.back().body.find(R"("arguments":{"a":1})"), std::string::npos) << requests_.back().body;

    session_ = "s2"; // The server started again.
    reply = call(tools.at(0));
    ASSERT_TRUE(reply) << reply.error().what;
    EXPECT_EQ(reply->response, "The sum is 3.");

    reply = call(tools.at(1));
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->response, R"({"error":"no such thing"})");
    EXPECT_EQ(Json(reply->mcp).string_or("mcp_error"), "no such thing");
}

// swml-ai 98
TEST_F(ToolServices, McpServersThatFailAreNotFatal)
{
    const std::vector<std::string> bodies { "<html>", "{}", R"({"jsonrpc":"2.0","id":1,"error":{"message":"go away"}})",
        R"({"jsonrpc":"2.0","id":1})", R"({"jsonrpc":"2.0","id":9,"result":{}})", "" };
    for (const auto& body : bodies) {
        serve_ = [&](const HttpRequest&, HttpResponder responder) { responder.respond({ 200, {}, body }); };
        const auto sources = fetch(server(url_ + "/mcp"));
        EXPECT_NE(sources.at(0).error, "") << body;
        EXPECT_TRUE(sources.at(0).tools.empty());
    }
    serve_ = [this](const HttpRequest&, HttpResponder responder) { held_.push_back(std::move(responder)); };
    auto hanging = server(url_ + "/mcp");
    hanging.limit = 200ms;
    EXPECT_NE(fetch(hanging).at(0).error, "");

    ToolSpec tool;
    tool.name = "add";
    tool.mcp = { url_ + "/mcp", "add", {} };
    serve_ = [](const HttpRequest&, HttpResponder responder) { responder.respond({ 500, {}, "" }); };
    const auto reply = call(tool);
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->response, R"({"error":"MCP server: HTTP 500"})");
}

// swml-ai 106
TEST_F(ToolServices, PostsAreSignedWhenThereIsAKey)
{
    serve_ = [](const HttpRequest&, HttpResponder responder) { responder.respond({ 200, {}, "{}" }); };
    ToolSpec tool;
    tool.name = "a";
    tool.hook = { url_ + "/tool?__token=a%3D", "u", "p" };
    ASSERT_TRUE(call(tool));
    EXPECT_EQ(requests_.back().headers.find("X-SignalWire-Signature"), std::nullopt);
    options_.signing_key = "secret";
    ASSERT_TRUE(call(tool));
    EXPECT_EQ(requests_.back().headers.find("X-SignalWire-Signature"),
        hmac_sha1_hex("secret", url_ + "/tool?__token=a%3D" + requests_.back().body));
}

// swml-ai 31
TEST_F(ToolServices, RedirectsKeepMethodAndBody)
{
    for (const int status : { 307, 308 }) {
        requests_.clear();
        serve_ = [this, status](const HttpRequest& request, HttpResponder responder) {
            if (request.target == "/old")
                responder.respond({ status, { { "Location", url_ + "/new?__token=a%3D.b" } }, "" });
            else
                responder.respond({ 200, {}, R"({"response":"there"})" });
        };
        ToolSpec tool;
        tool.name = "a";
        tool.hook = { url_ + "/old", "", "" };
        const auto reply = call(tool);
        ASSERT_TRUE(reply) << reply.error().what;
        EXPECT_EQ(reply->response, "there");
        ASSERT_EQ(requests_.size(), 2U);
        EXPECT_EQ(requests_[1].method, "POST");
        EXPECT_EQ(requests_[1].target, "/new?__token=a%3D.b");
        EXPECT_EQ(requests_[1].body, requests_[0].body);
    }
}

} // namespace
} // namespace parley::contract
