#include "net/clock.h"
#include "net/event_loop.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "providers/data_map_runner.h"
#include "providers/tool_switch.h"
#include "providers/webhook_tool_caller.h"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include <gtest/gtest.h>

// swml-ai 95: tools that are a `data_map`, against servers on real sockets.
namespace parley::contract {
namespace {

constexpr auto patience = std::chrono::seconds(20);

class DataMapTools : public ::testing::Test {
protected:
    DataMapTools()
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
        address_ = "127.0.0.1:" + std::to_string(server_->local().port);
        request_.call = { "call_1", "find", R"({"what":"green tea"})" };
        request_.tool.name = "find";
        request_.tool.parameters = Json::Object {};
        request_.tool.meta_data = Json::Object {};
        request_.meta_data = Json::Object { { "shop", "7" } };
        request_.global_data = { { "tier", "gold" } };
        request_.prompt_variables = { { "call", Json::Object { { "from", "+15550100" } } } };
        request_.time_zone = "Asia/Tokyo";
        request_.call_id = { "c1" };
    }
    ~DataMapTools() override
    {
        thread_.call([this] {
            run_.reset();
            caller_.reset();
            held_.clear();
            server_.reset();
            client_.reset();
        });
    }

    void open(std::string_view definition)
    {
        thread_.call([&] {
            const auto policy = *OutboundPolicy::create(allowed_);
            caller_ = std::make_unique<ToolSwitch>(std::make_unique<WebhookToolCaller>(*client_, thread_.loop(), policy,
                                                       WebhookOptions { 1s, 2s, 0, 10ms, 1024 }, Log::none()),
                std::make_unique<DataMapRunner>(*client_, thread_.loop(), policy, options_, Log::none()));
            if (!definition.empty())
                request_.tool.data_map = *Json::parse(definition);
            run_ = caller_->open(request_, [&](Result<ToolReply> reply) {
                const std::lock_guard lock(mutex_);
                answer_.emplace(std::move(reply));
                changed_.notify_all();
            });
            EXPECT_FALSE(answer_) << "answered inside open";
        });
    }

    ToolReply reply(std::string_view definition)
    {
        open(definition);
        std::unique_lock lock(mutex_);
        EXPECT_TRUE(changed_.wait_for(lock, patience, [&] { return answer_.has_value(); }));
        if (!answer_ || !*answer_)
            return {};
        return **answer_;
    }

    static std::string events(const ToolReply& reply)
    {
        std::string names;
        for (const auto& [name, value] : reply.debug_events)
            names += (names.empty() ? "" : " ") + name;
        return names;
    }

    LoopThread thread_ { "data_map" };
    std::unique_ptr<HttpServer> server_;
    std::unique_ptr<HttpClient> client_;
    std::function<void(const HttpRequest&, HttpResponder)> serve_;
    std::vector<HttpRequest> requests_; // Read when the call is over.
    std::vector<HttpResponder> held_;   // Requests that are never answered.
    std::string address_;
    std::vector<std::string> allowed_ { "127.0.0.1" };
    DataMapRunnerOptions options_ { 1s, 2s, 4096 };

    ToolRequest request_;
    std::unique_ptr<ToolCaller> caller_;
    std::unique_ptr<ToolRun> run_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<Result<ToolReply>> answer_;
};

TEST_F(DataMapTools, an_expression_answers_without_a_request)
{
    const auto answer = reply(R"({"expressions": [{"string": "${lc:args.what}", "pattern": "/tea/i", "output":
        {"response": "${global_data.tier} ${meta_data.shop} ${call.from} ${input.call_id} @{strftime %Z}",
         "action": [{"set_global_data": {"last": "${args.what}"}}, {"stop": true}], "post_process": true}}]})");
    EXPECT_EQ(answer.response, "gold 7 +15550100 c1 JST");
    EXPECT_EQ(answer.actions,
        (std::vector<ToolAction> {
            { "set_global_data", Json::Object { { "last", "green tea" } } }, { "stop", true } }));
    EXPECT_TRUE(answer.post_process);
    EXPECT_EQ(events(answer), "expression");
    EXPECT_EQ(answer.post_data.string_or("function"), "find");
    EXPECT_TRUE(answer.post_response.is_object());
    EXPECT_TRUE(requests_.empty());
}

TEST_F(DataMapTools, a_webhook_is_asked_and_its_reply_is_told)
{
    serve_ = [](const HttpRequest&, HttpResponder responder) {
        responder.respond(
            { 200, { { "Content-Type", "application/json" } }, R"([{"title":"Sencha"},{"title":"Gunpowder"}])" });
    };
    const auto answer = reply(R"({"webhooks": [{"url": "http://user:secret@)" + address_
        + R"(/find?q=${enc:args.what}&raw=${args.what}", "method": "POST", "headers": {"X-Tier": "${global_data.tier}"},
        "params": {"q": "${args.what}", "n": 2}, "foreach": {"input_key": "array", "output_key": "list", "append": "${this.title} "},
        "output": {"response": "${list}"}}]})");
    EXPECT_EQ(answer.response, "Sencha Gunpowder ");
    EXPECT_EQ(events(answer), "webhook_log webhook_reply webhook");
    EXPECT_EQ(answer.debug_events[0].second.string_or("request_url"),
        "http://" + address_ + "/find?q=green%20tea&raw=green%20tea");
    ASSERT_EQ(requests_.size(), 1U);
    const HttpRequest& asked = requests_.front();
    EXPECT_EQ(asked.method, "POST");
    EXPECT_EQ(asked.target, "/find?q=green%20tea&raw=green%20tea");
    EXPECT_EQ(asked.body, R"({"q":"green tea","n":2})");
    EXPECT_EQ(asked.headers.find("X-Tier"), "gold");
    EXPECT_EQ(asked.headers.find("Content-Type"), "application/json");
    EXPECT_EQ(basic_credentials(asked.headers), (std::pair<std::string, std::string> { "user", "secret" }));
}

TEST_F(DataMapTools, what_fails_is_followed_by_the_next_and_by_the_last_output)
{
    serve_ = [this](const HttpRequest& request, HttpResponder responder) {
        if (request.path() == "/status")
            responder.respond({ 500, {}, R"({"title":"x"})" });
        else if (request.path() == "/page")
            responder.respond({ 200, {}, "<html>" });
        else if (request.path() == "/large")
            responder.respond({ 200, {}, Json(std::string(10'000, 'x')).dump() });
        else
            held_.push_back(std::move(responder));
    };
    options_.request_timeout = 200ms;
    Json map;
    for (const char* path : { "/status", "/page", "/large", "/silence" })
        map["webhooks"].push_back(Json::Object { { "url", "http://" + address_ + path }, { "output", "never" } });
    map["webhooks"].push_back(Json::Object { { "url", "http://127.0.0.1:1/refused" }, { "output", "never" } });
    map["webhooks"].push_back(Json::Object { { "url", "ftp://nowhere" }, { "output", "never" } });
    map["output"] = Json::Object { { "response", "Sorry, ${args.what} is not found." } };
    const auto answer = reply(map.dump());
    EXPECT_EQ(answer.response, "Sorry, green tea is not found.");
    EXPECT_EQ(events(answer),
        "webhook_log webhook_fail webhook_log webhook_fail webhook_fail webhook_fail webhook_fail webhook_fail");
    EXPECT_EQ(requests_.size(), 4U);
}

TEST_F(DataMapTools, addresses_that_a_project_does_not_list_are_not_reached)
{
    allowed_.clear();
    const auto answer
        = reply(R"({"webhooks": [{"url": "http://)" + address_ + R"(/", "output": "never"}], "output": "no"})");
    EXPECT_EQ(answer.response, "no");
    EXPECT_TRUE(requests_.empty());
}

TEST_F(DataMapTools, redirects_are_followed)
{
    serve_ = [this](const HttpRequest& request, HttpResponder responder) {
        if (request.path() == "/old")
            responder.respond({ 307, { { "Location", "http://" + address_ + "/new" } }, "" });
        else
            responder.respond({ 200, {}, Json(Json::Object { { "got", request.body } }).dump() });
    };
    const auto answer = reply(R"({"webhooks": {"url": "http://)" + address_
        + R"(/old", "method": "PUT", "params": {"a": 1}, "output": "${got}"}})");
    EXPECT_EQ(answer.response, R"({"a":1})");
}

TEST_F(DataMapTools, one_without_output_gives_the_model_a_result)
{
    const auto answer = reply(R"({"webhooks": {"url": "http://a.example"}})");
    EXPECT_EQ(answer.response, "The function could not be carried out.");
    EXPECT_EQ(events(answer), "error");
    answer_.reset();
    EXPECT_EQ(reply(R"({"output": {"action": "none"}})").response, "The function could not be carried out.");
}

TEST_F(DataMapTools, sleeping_passes_time)
{
    const Instant began = now();
    EXPECT_EQ(reply(R"({"output": "@{sleep 0.2}slept"})").response, "slept");
    EXPECT_GE(now() - began, 200ms);
}

TEST_F(DataMapTools, a_run_that_is_given_up_is_not_answered)
{
    serve_ = [this](const HttpRequest&, HttpResponder responder) {
        const std::lock_guard lock(mutex_);
        held_.push_back(std::move(responder));
        changed_.notify_all();
    };
    open(R"({"webhooks": {"url": "http://)" + address_ + R"(/", "output": "x"}})");
    {
        std::unique_lock lock(mutex_);
        ASSERT_TRUE(changed_.wait_for(lock, patience, [&] { return !held_.empty(); }));
    }
    thread_.call([&] {
        run_.reset();
        held_.front().respond({ 200, {}, "{}" });
    });
    answer_.reset();
    EXPECT_EQ(reply(R"({"output": "the other"})").response, "the other");
}

TEST_F(DataMapTools, a_tool_without_a_map_goes_to_its_webhook)
{
    serve_ = [](const HttpRequest&, HttpResponder responder) {
        responder.respond({ 200, {}, R"({"response":"by webhook"})" });
    };
    request_.tool.hook.url = "http://" + address_ + "/tool";
    EXPECT_EQ(reply("").response, "by webhook");
    answer_.reset();
    EXPECT_EQ(reply(R"({"output": "by map"})").response, "by map");
}

} // namespace
} // namespace parley::contract
