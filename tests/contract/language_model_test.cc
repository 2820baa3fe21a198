#include "contract/slow_wire.h"
#include "net/clock.h"
#include "net/event_loop.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "providers/offline_model.h"
#include "providers/offline_server.h"
#include "providers/openai_model.h"
#include "providers/report_poster.h"
#include "providers/webhook_tool_caller.h"
#include "swaig/report.h"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include <gtest/gtest.h>

// The clients that speak HTTP, against servers on real sockets that reset, stall, trickle and answer nonsense.
namespace parley::contract {
namespace {

constexpr auto patience = std::chrono::seconds(20);

std::string data(std::string_view json)
{
    return "data: " + std::string(json) + "\n\n";
}

const std::string hello = data(R"({"choices":[{"delta":{"content":"Hello"}}]})");
const std::string whole = hello + data(R"({"choices":[{"delta":{},"finish_reason":"stop"}]})") + data("[DONE]");

// One loop for everything, a server whose behaviour each test writes, and a client.
class Bench : public ::testing::Test {
protected:
    Bench()
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
        options_.base_url = url_ + "/v1/";
        options_.model = "m";
        options_.first_token_timeout = 500ms;
        options_.total_timeout = 3s;
    }
    ~Bench() override
    {
        thread_.call([this] {
            stream_.reset();
            run_.reset();
            caller_.reset();
            poster_.reset();
            model_.reset();
            kept_.clear();
            held_.clear();
            server_.reset();
            client_.reset();
        });
    }

    // Everything a reply said, once it ended.
    std::vector<LmEvent> reply(LmRequest request = { {}, { { LmMessage::Role::user, "Hi", {}, {} } }, {} })
    {
        thread_.call([&] {
            model_ = std::make_unique<OpenAiModel>(options_, *client_, thread_.loop(), Log::none());
            stream_ = model_->open(std::move(request), [this](LmEvent event) {
                const std::lock_guard lock(mutex_);
                const bool last = std::holds_alternative<LmDone>(event) || std::holds_alternative<LmFailed>(event);
                ended_ += last ? 1 : 0;
                events_.push_back(std::move(event));
                changed_.notify_all();
            });
        });
        std::unique_lock lock(mutex_);
        EXPECT_TRUE(changed_.wait_for(lock, patience, [this] { return ended_ > 0; }));
        return events_;
    }

    Error failure()
    {
        const auto events = reply();
        const auto* failed = events.empty() ? nullptr : std::get_if<LmFailed>(&events.back());
        EXPECT_NE(failed, nullptr);
        return failed == nullptr ? Error { ErrorKind::conflict, "no failure" } : failed->error;
    }

    void stream(HttpResponder responder, const std::string& bytes, bool finish = true)
    {
        auto out = responder.start_stream(200, { { "Content-Type", "text/event-stream" } });
        out.write(bytes);
        if (finish)
            out.finish();
        else
            kept_.push_back(std::make_unique<HttpResponseStream>(std::move(out)));
    }

    Result<ToolReply> call_tool(const std::string& path = "/tool")
    {
        std::optional<Result<ToolReply>> answer;
        thread_.call([&] {
            caller_ = std::make_unique<WebhookToolCaller>(
                *client_, thread_.loop(), *OutboundPolicy::create({ "127.0.0.1" }), webhook_, Log::none());
            ToolRequest request;
            request.call = { "call_1", "get_weather", R"({"city":"Boston"})" };
            request.tool.name = "get_weather";
            request.tool.parameters = Json::Object {};
            request.tool.meta_data = Json::Object {};
            request.meta_data = Json::Object {};
            request.tool.hook = { url_ + path, "user", "secret" };
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

    std::size_t requests()
    {
        std::size_t count = 0;
        thread_.call([&] { count = requests_.size(); });
        return count;
    }

    LoopThread thread_ { "contract" };
    std::unique_ptr<HttpServer> server_;
    std::unique_ptr<HttpClient> client_;
    std::function<void(const HttpRequest&, HttpResponder)> serve_;
    std::vector<HttpRequest> requests_;
    std::vector<std::unique_ptr<HttpResponseStream>> kept_; // Answers that never end.
    std::vector<HttpResponder> held_;                       // Requests that are never answered.
    std::string url_;

    OpenAiOptions options_;
    std::unique_ptr<OpenAiModel> model_;
    std::unique_ptr<LmStream> stream_;
    WebhookOptions webhook_ { 1s, 2s, 2, 10ms, 1024 * 1024 };
    std::unique_ptr<WebhookToolCaller> caller_;
    std::unique_ptr<ToolRun> run_;
    std::unique_ptr<ReportPoster> poster_;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<LmEvent> events_;
    int ended_ = 0;
};

using LanguageModelContract = Bench;

TEST_F(LanguageModelContract, text_arrives_and_then_the_end_once)
{
    options_.api_key = "key";
    serve_ = [this](const HttpRequest&, HttpResponder responder) { stream(std::move(responder), whole); };
    const auto events = reply();
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(std::get<LmText>(events[0]).text, "Hello");
    EXPECT_TRUE(std::holds_alternative<LmDone>(events[1]));
    EXPECT_EQ(requests_.front().target, "/v1/chat/completions");
    EXPECT_EQ(requests_.front().headers.find("Authorization"), "Bearer key");
    EXPECT_EQ(Json::parse(requests_.front().body)->string_or("model"), "m");
}

TEST_F(LanguageModelContract, refusals_are_tried_again_and_then_succeed)
{
    serve_ = [this](const HttpRequest&, HttpResponder responder) {
        if (requests_.size() == 1)
            responder.respond({ 429, { { "Retry-After", "0" } }, "" });
        else if (requests_.size() == 2)
            responder.respond({ 503, {}, "<html>" });
        else
            stream(std::move(responder), whole);
    };
    EXPECT_TRUE(std::holds_alternative<LmDone>(reply().back()));
    EXPECT_EQ(requests(), 3U);
}

TEST_F(LanguageModelContract, retries_are_bounded)
{
    serve_ = [](const HttpRequest&, HttpResponder responder) { responder.respond({ 500, {}, "" }); };
    EXPECT_EQ(failure().kind, ErrorKind::unavailable);
    EXPECT_EQ(requests(), 3U);
}

TEST_F(LanguageModelContract, a_wrong_key_is_not_tried_again)
{
    serve_ = [](const HttpRequest&, HttpResponder responder) {
        responder.respond({ 401, {}, R"({"error":{"message":"bad key"}})" });
    };
    const auto error = failure();
    EXPECT_EQ(error.kind, ErrorKind::unauthenticated);
    EXPECT_NE(error.what.find("bad key"), std::string::npos);
    EXPECT_EQ(requests(), 1U);
}

TEST_F(LanguageModelContract, a_stall_before_the_first_token_times_out)
{
    serve_ = [this](const HttpRequest&, HttpResponder responder) { held_.push_back(std::move(responder)); };
    EXPECT_EQ(failure().kind, ErrorKind::timed_out);
}

TEST_F(LanguageModelContract, a_stall_in_the_middle_times_out_and_is_not_tried_again)
{
    serve_ = [this](const HttpRequest&, HttpResponder responder) { stream(std::move(responder), hello, false); };
    EXPECT_EQ(failure().kind, ErrorKind::timed_out);
    EXPECT_EQ(events_.size(), 2U);
    EXPECT_EQ(requests(), 1U);
}

// Something comes all the time, so nobody may wait for silence.
TEST_F(LanguageModelContract, a_reply_that_trickles_is_given_up_in_time)
{
    std::unique_ptr<SlowWire> wire;
    const auto trickle_after = [&](std::size_t free) {
        thread_.call([&] {
            wire = std::make_unique<SlowWire>(
                thread_.loop(), server_->local().port, SlowWire::Way::trickle, SlowWire::Whom::all, free);
        });
        options_.base_url = "http://127.0.0.1:" + std::to_string(wire->port()) + "/v1";
    };
    options_.total_timeout = 1s;
    serve_ = [this](const HttpRequest&, HttpResponder responder) { stream(std::move(responder), whole); };
    trickle_after(0);
    auto before = now();
    EXPECT_EQ(failure().kind, ErrorKind::timed_out); // No first token.
    EXPECT_LE(now() - before, options_.first_token_timeout + 500ms);
    EXPECT_EQ(events_.size(), 1U);
    thread_.call([&] { stream_.reset(); });
    events_.clear();
    ended_ = 0;
    trickle_after(220); // In mid reply.
    before = now();
    EXPECT_EQ(failure().kind, ErrorKind::timed_out);
    EXPECT_LE(now() - before, options_.total_timeout + 500ms);
    EXPECT_EQ(std::get<LmText>(events_.front()).text, "Hello");
    thread_.call([&] {
        stream_.reset();
        wire.reset();
    });
}

TEST_F(LanguageModelContract, a_whole_reply_does_not_wait_for_the_end_of_its_connection)
{
    serve_ = [this](const HttpRequest&, HttpResponder responder) { stream(std::move(responder), whole, false); };
    const auto before = now();
    EXPECT_TRUE(std::holds_alternative<LmDone>(reply().back()));
    EXPECT_LE(now() - before, 400ms); // Half of it the patience for the end.
    EXPECT_EQ(requests(), 1U);
}

TEST_F(LanguageModelContract, a_stream_cut_in_the_middle_fails_and_is_not_tried_again)
{
    serve_ = [](const HttpRequest&, HttpResponder responder) {
        auto out = responder.start_stream(200, { { "Content-Type", "text/event-stream" } });
        out.write(hello); // And drops it.
    };
    EXPECT_EQ(failure().kind, ErrorKind::unavailable);
    EXPECT_EQ(requests(), 1U);
}

TEST_F(LanguageModelContract, pages_and_garbage_are_named)
{
    serve_ = [this](const HttpRequest&, HttpResponder responder) {
        if (requests_.size() == 1)
            responder.respond({ 200, { { "Content-Type", "text/html" } }, "<html>Sign in</html>" });
    };
    EXPECT_NE(failure().what.find("text/html"), std::string::npos);
}

TEST_F(LanguageModelContract, broken_json_in_the_stream_is_an_error)
{
    serve_
        = [this](const HttpRequest&, HttpResponder responder) { stream(std::move(responder), hello + data("{oops")); };
    EXPECT_NE(failure().what.find("JSON"), std::string::npos);
}

TEST_F(LanguageModelContract, nobody_listening_is_unavailable)
{
    thread_.call([this] { server_.reset(); });
    EXPECT_EQ(failure().kind, ErrorKind::unavailable);
}

TEST_F(LanguageModelContract, no_event_after_destruction)
{
    serve_ = [this](const HttpRequest&, HttpResponder responder) {
        stream(std::move(responder), hello, false);
        thread_.loop().post([this] {
            stream_.reset();
            kept_.front()->write(hello);
            kept_.front()->finish();
            const std::lock_guard lock(mutex_);
            ended_ = 1;
            changed_.notify_all();
        });
    };
    const auto before = reply().size();
    thread_.call([] {});
    thread_.call([] {});
    const std::lock_guard lock(mutex_);
    EXPECT_EQ(events_.size(), before);
}

TEST_F(LanguageModelContract, the_served_offline_model_answers_and_calls_tools)
{
    std::unique_ptr<OfflineServer> offline;
    thread_.call([&] {
        auto served = serve_offline_model(
            thread_.loop(), { "127.0.0.1", 0 }, default_offline_rules(), { 1ms, 1ms }, Log::none());
        VERIFY(served.has_value());
        offline = std::move(*served);
    });
    options_.base_url = "http://127.0.0.1:" + std::to_string(offline->address().port) + "/v1";
    LmRequest request { {}, { { LmMessage::Role::user, "what is the weather in Boston", {}, {} } }, {} };
    request.tools = { { "get_weather", "Get the weather for a city",
        *Json::parse(R"({"type":"object","properties":{"city":{"type":"string"}},"required":["city"]})") } };
    const auto events = reply(request);
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(std::get<LmToolCall>(events[0]).call.arguments, R"({"city":"Boston"})");
    EXPECT_GT(std::get<LmDone>(events[1]).input_tokens, 0);
    thread_.call([&] {
        stream_.reset();
        offline.reset();
    });
}

// What every model promises, whoever it is: the offline one, the same one served over HTTP, and a provider's server.
enum class Subject : std::uint8_t { offline, served_offline, provider };

class EveryLanguageModel : public Bench, public ::testing::WithParamInterface<Subject> {
protected:
    EveryLanguageModel()
    {
        serve_ = [this](const HttpRequest&, HttpResponder responder) {
            auto out = responder.start_stream(200, { { "Content-Type", "text/event-stream" } });
            for (const char* word : { "You ", "are ", "very ", "welcome." }) {
                const Json chunk = Json::Object { { "choices",
                    Json::Array { Json::Object { { "delta", Json::Object { { "content", std::string(word) } } } } } } };
                out.write(data(std::string_view(chunk.dump())));
            }
            out.write(data(R"({"choices":[{"delta":{},"finish_reason":"stop"}]})") + data("[DONE]"));
            out.finish();
        };
        switch (GetParam()) {
        case Subject::offline: break;
        case Subject::served_offline:
            thread_.call([this] {
                auto served = serve_offline_model(
                    thread_.loop(), { "127.0.0.1", 0 }, default_offline_rules(), { 1ms, 1ms }, Log::none());
                VERIFY(served.has_value());
                offline_ = std::move(*served);
            });
            options_.base_url = "http://127.0.0.1:" + std::to_string(offline_->address().port) + "/v1";
            break;
        case Subject::provider: break;
        }
        thread_.call([this] {
            if (GetParam() == Subject::offline)
                subject_ = std::make_unique<OfflineModel>(
                    default_offline_rules(), thread_.loop(), OfflineModelOptions { 1ms, 1ms });
            else
                subject_ = std::make_unique<OpenAiModel>(options_, *client_, thread_.loop(), Log::none());
        });
    }
    ~EveryLanguageModel() override
    {
        thread_.call([this] {
            stream_.reset();
            subject_.reset();
            offline_.reset();
        });
    }

    void open(std::function<void(LmEvent)> also = [](LmEvent) {})
    {
        thread_.call([&] {
            stream_ = subject_->open(
                { {}, { { LmMessage::Role::user, "Thank you!", {}, {} } }, {} }, [this, also](LmEvent event) {
                    {
                        const std::lock_guard lock(mutex_);
                        ended_ += std::holds_alternative<LmText>(event) ? 0 : 1;
                        events_.push_back(event);
                        changed_.notify_all();
                    }
                    also(std::move(event));
                });
            const std::lock_guard lock(mutex_);
            EXPECT_TRUE(events_.empty()); // Nothing is told before `open` has returned.
        });
    }
    bool wait(const std::function<bool()>& enough)
    {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, patience, enough);
    }

    std::unique_ptr<OfflineServer> offline_;
    std::unique_ptr<LanguageModel> subject_;
};

TEST_P(EveryLanguageModel, streams_its_text_and_ends_once)
{
    open();
    ASSERT_TRUE(wait([this] { return ended_ > 0; }));
    const std::lock_guard lock(mutex_);
    std::string text;
    for (const auto& event : events_) {
        if (const auto* piece = std::get_if<LmText>(&event))
            text += piece->text;
    }
    const auto* failed = std::get_if<LmFailed>(&events_.back());
    ASSERT_EQ(failed, nullptr) << failed->error.what;
    EXPECT_NE(text.find("welcome"), std::string::npos) << text;
    EXPECT_GT(events_.size(), 3U); // In pieces, not at once.
    EXPECT_TRUE(std::holds_alternative<LmDone>(events_.back()));
    EXPECT_EQ(ended_, 1);
}

TEST_P(EveryLanguageModel, says_nothing_after_its_stream_is_destroyed_even_from_within)
{
    open([this](const LmEvent&) { stream_.reset(); });
    ASSERT_TRUE(wait([this] { return !events_.empty(); }));
    // A second reply, heard to its end, gives the first one time to misbehave.
    std::size_t before = 0;
    {
        const std::lock_guard lock(mutex_);
        before = events_.size();
        ASSERT_EQ(ended_, 0);
        events_.clear();
    }
    EXPECT_EQ(before, 1U);
    open();
    ASSERT_TRUE(wait([this] { return ended_ > 0; }));
    const std::lock_guard lock(mutex_);
    EXPECT_EQ(ended_, 1);
    EXPECT_TRUE(std::holds_alternative<LmDone>(events_.back()));
}

TEST_P(EveryLanguageModel, has_a_name)
{
    EXPECT_FALSE(subject_->name().empty());
}

INSTANTIATE_TEST_SUITE_P(Models, EveryLanguageModel,
    ::testing::Values(Subject::offline, Subject::served_offline, Subject::provider), [](const auto& subject) {
        switch (subject.param) {
        case Subject::offline: return "offline";
        case Subject::served_offline: return "served_offline";
        case Subject::provider: return "provider";
        }
        return "unknown";
    });

using WebhookContract = Bench;

// swml-ai 17
TEST_F(WebhookContract, the_reply_comes_back_with_what_was_posted)
{
    serve_ = [](const HttpRequest&, HttpResponder responder) {
        responder.respond({ 200, { { "Content-Type", "application/json" } }, R"({"response":"It is sunny."})" });
    };
    const auto reply = call_tool();
    ASSERT_TRUE(reply) << reply.error().what;
    EXPECT_EQ(reply->response, "It is sunny.");
    EXPECT_EQ(reply->post_data.string_or("function"), "get_weather");
    EXPECT_EQ(basic_credentials(requests_.front().headers), (std::pair<std::string, std::string> { "user", "secret" }));
}

// swml-ai 30
TEST_F(WebhookContract, an_unreadable_reply_is_asked_for_again_and_then_named)
{
    serve_ = [](const HttpRequest&, HttpResponder responder) {
        responder.respond({ 200, { { "Content-Type", "text/html" } }, "<html>Oops</html>" });
    };
    const auto reply = call_tool();
    ASSERT_FALSE(reply);
    EXPECT_NE(reply.error().what.find("HTML"), std::string::npos) << reply.error().what;
    EXPECT_EQ(requests(), 3U);
}

// swml-ai 30
TEST_F(WebhookContract, bad_replies_are_errors)
{
    struct Row {
        int status;
        std::string body;
        ErrorKind kind;
    };
    for (const auto& row : { Row { 200, "", ErrorKind::invalid_request },
             Row { 200, std::string(3 * 1024 * 1024, 'x'), ErrorKind::limit_reached },
             Row { 500, "", ErrorKind::unavailable }, Row { 401, "", ErrorKind::unauthenticated },
             Row { 404, "", ErrorKind::unavailable } }) {
        serve_ = [row](const HttpRequest&, HttpResponder responder) {
            responder.respond({ row.status, {}, row.body });
        };
        const auto reply = call_tool();
        ASSERT_FALSE(reply) << row.status;
        EXPECT_EQ(reply.error().kind, row.kind) << reply.error().what;
    }
}

// swml-ai 30
TEST_F(WebhookContract, a_hanging_webhook_times_out)
{
    webhook_.total_timeout = 300ms;
    serve_ = [this](const HttpRequest&, HttpResponder responder) { held_.push_back(std::move(responder)); };
    const auto reply = call_tool();
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().kind, ErrorKind::timed_out);
    EXPECT_EQ(requests(), 1U);
}

// swml-ai 69
TEST_F(WebhookContract, a_report_is_posted_until_it_is_taken)
{
    serve_ = [this](const HttpRequest&, HttpResponder responder) {
        responder.respond({ requests_.size() < 3 ? 503 : 204, {}, "" });
    };
    std::optional<bool> posted;
    thread_.call([&] {
        poster_ = std::make_unique<ReportPoster>(
            *client_, thread_.loop(), *OutboundPolicy::create({ "127.0.0.1" }), webhook_, Log::none());
        poster_->post({ url_ + "/report", "u", "p" }, R"({"a":1})", [&](const Result<void>& result) {
            const std::lock_guard lock(mutex_);
            posted = result.has_value();
            changed_.notify_all();
        });
    });
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, patience, [&] { return posted.has_value(); }));
    EXPECT_TRUE(*posted);
    EXPECT_EQ(requests_.size(), 3U);
    EXPECT_EQ(requests_.back().body, R"({"a":1})");
}

// swml-ai 83
TEST_F(WebhookContract, debug_events_arrive_one_after_the_other_in_order)
{
    serve_ = [](const HttpRequest&, HttpResponder responder) { responder.respond({ 200, {}, "" }); };
    thread_.call([&] {
        poster_ = std::make_unique<ReportPoster>(
            *client_, thread_.loop(), *OutboundPolicy::create({ "127.0.0.1" }), webhook_, Log::none());
        for (int i = 0; i < 5; ++i)
            poster_->debug().post({ "s" }, { url_ + "/debug/", "u", "p" }, std::to_string(i));
        EXPECT_EQ(poster_->debug().waiting(), 5U);
    });
    const auto give_up = std::chrono::steady_clock::now() + patience;
    std::size_t waiting = 5;
    while (waiting > 0 && std::chrono::steady_clock::now() < give_up)
        thread_.call([&] { waiting = poster_->debug().waiting(); });
    ASSERT_EQ(requests_.size(), 5U);
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(requests_[static_cast<std::size_t>(i)].body, std::to_string(i));
    EXPECT_EQ(basic_credentials(requests_.front().headers), (std::pair<std::string, std::string> { "u", "p" }));
}

TEST_F(WebhookContract, debug_events_that_nobody_takes_are_dropped_and_cost_nothing)
{
    serve_ = [](const HttpRequest&, HttpResponder responder) { responder.respond({ 500, {}, "" }); };
    thread_.call([&] {
        poster_ = std::make_unique<ReportPoster>(
            *client_, thread_.loop(), *OutboundPolicy::create({ "127.0.0.1" }), webhook_, Log::none());
        for (std::size_t i = 0; i < DebugPoster::max_waiting + 10; ++i)
            poster_->debug().post({ "s" }, { url_ + "/debug", "", "" }, "x");
        EXPECT_EQ(poster_->debug().waiting(), DebugPoster::max_waiting);
    });
    const auto give_up = std::chrono::steady_clock::now() + patience;
    std::size_t waiting = 1;
    while (waiting > 0 && std::chrono::steady_clock::now() < give_up)
        thread_.call([&] { waiting = poster_->debug().waiting(); });
    EXPECT_EQ(waiting, 0U);
    EXPECT_EQ(requests_.size(), static_cast<std::size_t>(DebugPoster::max_failures)); // Each tried once.
}

// swml-ai 81
TEST_F(WebhookContract, an_earlier_conversation_is_asked_for_once)
{
    serve_ = [](const HttpRequest&, HttpResponder responder) {
        responder.respond({ 200, {}, R"({"conversation_summary":"They met."})" });
    };
    std::optional<std::string> answer;
    thread_.call([&] {
        poster_ = std::make_unique<ReportPoster>(
            *client_, thread_.loop(), *OutboundPolicy::create({ "127.0.0.1" }), webhook_, Log::none());
        poster_->fetch({ url_ + "/report", "", "" }, "{}", 2s, [&](Result<std::string> result) {
            const std::lock_guard lock(mutex_);
            answer = result ? *result : result.error().what;
            changed_.notify_all();
        });
    });
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, patience, [&] { return answer.has_value(); }));
    EXPECT_EQ(swaig::fetched_summary(*answer), "They met.");
    EXPECT_EQ(requests_.size(), 1U);
}

TEST_F(WebhookContract, a_private_address_that_is_not_listed_is_refused)
{
    std::optional<Error> error;
    thread_.call([&] {
        poster_ = std::make_unique<ReportPoster>(*client_, thread_.loop(), OutboundPolicy(), webhook_, Log::none());
        poster_->post({ url_, "", "" }, "{}", [&](const Result<void>& result) {
            const std::lock_guard lock(mutex_);
            error = result ? Error { ErrorKind::conflict, "posted" } : result.error();
            changed_.notify_all();
        });
    });
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, patience, [&] { return error.has_value(); }));
    EXPECT_EQ(error->kind, ErrorKind::invalid_request) << error->what;
    EXPECT_TRUE(requests_.empty());
}

} // namespace
} // namespace parley::contract
