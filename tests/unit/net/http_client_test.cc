#include "net/http_client.h"

#include "net/clock.h"
#include "net/http_server.h"
#include "net/sse.h"
#include "net/udp_socket.h"
#include "raw_client.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

using namespace parley;

namespace {

OutboundPolicy loopback_allowed()
{
    return std::move(*OutboundPolicy::create({ "127.0.0.1" }));
}

class HttpClientTest : public testing::Test {
protected:
    void SetUp() override
    {
        server_loop_.call([&] {
            auto server = HttpServer::listen(
                server_loop_.loop(), { "127.0.0.1", 0 }, [this](HttpRequest request, HttpResponder responder) {
                    serve(std::move(request), std::move(responder));
                });
            ASSERT_TRUE(server);
            server_ = std::move(*server);
            base_ = "http://127.0.0.1:" + std::to_string(server_->local().port);
        });
        outbound_.call([&] { client_ = std::make_unique<HttpClient>(outbound_.loop()); });
    }

    void TearDown() override
    {
        own_.call([&] { exchange_ = {}; });
        outbound_.call([&] { client_.reset(); });
        server_loop_.call([&] {
            streams_.clear();
            held_.clear();
            server_.reset();
        });
    }

    void serve(HttpRequest request, HttpResponder responder)
    {
        const std::lock_guard lock(mutex_);
        peers_.insert(request.peer.port);
        const std::string path(request.path());
        if (path == "/echo") {
            std::string text = request.method + "|" + request.target + "|" + request.body + "|";
            for (const char* name : { "Authorization", "Cookie", "Content-Type", "X-Test" })
                text += std::string(request.headers.find(name).value_or("-")) + "|";
            responder.respond({ 200, { { "X-Answer", "42" } }, text });
        } else if (path == "/hang") {
            held_.push_back(std::move(responder));
        } else if (path == "/stream") {
            streams_.push_back(responder.start_stream(200, { { "Content-Type", "text/event-stream" } }));
        } else if (path == "/large") {
            responder.respond({ 200, {}, std::string(100'000, 'x') });
        } else if (path.starts_with("/redirect/")) {
            const int status = std::stoi(path.substr(10));
            responder.respond({ status, { { "Location", *percent_decode(request.query()) } }, "moved" });
        } else {
            responder.respond({ 404, {}, "no such page" });
        }
        changed_.notify_all();
    }

    HttpClientRequest get(const std::string& path)
    {
        HttpClientRequest request;
        request.url = base_ + path;
        request.policy = loopback_allowed();
        request.total_timeout = 20s;
        return request;
    }

    void start(HttpClientRequest request, bool streamed = false)
    {
        own_.call([&] {
            HttpClientCallbacks callbacks;
            callbacks.on_head = [this](const HttpResponse& head) {
                EXPECT_TRUE(own_.loop().on_thread());
                const std::lock_guard lock(mutex_);
                heads_.push_back(head.status);
                changed_.notify_all();
            };
            if (streamed)
                callbacks.on_body = [this](std::string_view piece) {
                    const std::lock_guard lock(mutex_);
                    body_ += piece;
                    changed_.notify_all();
                };
            callbacks.on_done = [this](Result<HttpResponse> result) {
                EXPECT_TRUE(own_.loop().on_thread());
                const std::lock_guard lock(mutex_);
                results_.push_back(std::move(result));
                changed_.notify_all();
            };
            exchange_ = client_->start(std::move(request), std::move(callbacks), own_.loop());
        });
    }

    template <typename F> [[nodiscard]] bool wait_for(F condition)
    {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(20), condition);
    }

    Result<HttpResponse> fetch(HttpClientRequest request)
    {
        {
            const std::lock_guard lock(mutex_);
            results_.clear();
        }
        start(std::move(request));
        if (!wait_for([&] { return !results_.empty(); }))
            return Error { ErrorKind::timed_out, "the test gave up" };
        const std::lock_guard lock(mutex_);
        return results_[0];
    }

    std::string fetch_text(HttpClientRequest request)
    {
        auto result = fetch(std::move(request));
        return result ? result->body : to_string_of(result.error());
    }

    static std::string to_string_of(const Error& error)
    {
        return std::string(to_string(error.kind)) + ": " + error.what;
    }

    LoopThread server_loop_ { "server" };
    LoopThread outbound_ { "outbound" };
    LoopThread own_ { "own" };
    std::unique_ptr<HttpServer> server_;
    std::unique_ptr<HttpClient> client_;
    std::string base_;
    HttpExchange exchange_;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<HttpResponder> held_;
    std::vector<HttpResponseStream> streams_;
    std::set<std::uint16_t> peers_;
    std::vector<int> heads_;
    std::string body_;
    std::vector<Result<HttpResponse>> results_;
};

} // namespace

// swml-ai 20
TEST_F(HttpClientTest, sends_a_request_as_it_was_given)
{
    HttpClientRequest request = get("/echo?b=%20+%2f&a=%C3%A9&;x#fragment");
    request.method = "POST";
    request.body = std::string("a\0b", 3);
    request.headers = { { "X-Test", "7" }, { "Content-Type", "application/json" } };
    auto result = fetch(request);
    ASSERT_TRUE(result) << result.error().what;
    EXPECT_EQ(result->status, 200);
    EXPECT_EQ(result->headers.find("x-answer"), "42");
    EXPECT_EQ(result->body, "POST|/echo?b=%20+%2f&a=%C3%A9&;x|" + request.body + "|-|-|application/json|7|");
    EXPECT_EQ(fetch_text(get("/echo?x")), "GET|/echo?x||-|-|-|-|");
    EXPECT_EQ(fetch(get("/nothing"))->status, 404); // A status is a value.
}

TEST_F(HttpClientTest, reuses_its_connections)
{
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(fetch(get("/echo"))->status, 200);
    EXPECT_EQ(peers_.size(), 1U);
}

// swml-ai 20
TEST_F(HttpClientTest, takes_credentials_from_the_url)
{
    HttpClientRequest request = get("/echo");
    request.url = "http://us%65r@x:p:a@ss@" + request.url.substr(7);
    EXPECT_EQ(fetch_text(request), "GET|/echo||" + basic_authorization("user@x", "p:a@ss") + "|-|-|-|");
    request.basic_auth = { "other", "one" };
    EXPECT_EQ(fetch_text(request), "GET|/echo||" + basic_authorization("other", "one") + "|-|-|-|");
}

TEST_F(HttpClientTest, streams_a_body_as_it_arrives)
{
    start(get("/stream"), true);
    ASSERT_TRUE(wait_for([&] { return !streams_.empty() && heads_.size() == 1; }));
    SseParser parser;
    std::vector<SseEvent> events;
    for (int i = 0; i < 3; ++i) {
        server_loop_.call([&] { streams_[0].write("data: " + std::to_string(i) + "\n\n"); });
        ASSERT_TRUE(wait_for([&] { return body_.size() == static_cast<std::size_t>(9 * (i + 1)); }));
    }
    EXPECT_TRUE(results_.empty());
    server_loop_.call([&] { streams_[0].finish(); });
    ASSERT_TRUE(wait_for([&] { return results_.size() == 1; }));
    ASSERT_TRUE(results_[0]);
    EXPECT_EQ(results_[0]->status, 200);
    EXPECT_EQ(results_[0]->body, "");
    ASSERT_TRUE(parser.feed(body_, events));
    EXPECT_EQ(events.size(), 3U);
}

TEST_F(HttpClientTest, says_nothing_after_it_was_cancelled_in_mid_stream)
{
    start(get("/stream"), true);
    ASSERT_TRUE(wait_for([&] { return !streams_.empty(); }));
    server_loop_.call([&] { streams_[0].write("first"); });
    ASSERT_TRUE(wait_for([&] { return body_ == "first"; }));
    server_loop_.call([&] { streams_[0].write("second"); }); // Perhaps already on its way to us.
    own_.call([&] { exchange_ = HttpExchange(); });
    const std::string seen = body_;
    bool open = true;
    const Instant give_up = now() + 20s;
    while (open && now() < give_up) // The server notices that we left.
        server_loop_.call([&] { open = streams_[0].open(); });
    EXPECT_FALSE(open);
    own_.call([] {});
    EXPECT_EQ(body_, seen);
    EXPECT_TRUE(results_.empty());
}

TEST_F(HttpClientTest, may_be_cancelled_inside_a_callback_and_destroys_what_the_callback_owned)
{
    auto owned = std::make_shared<int>(1);
    std::weak_ptr<int> watched = owned;
    own_.call([&] {
        HttpClientCallbacks callbacks;
        callbacks.on_head = [this, owned = std::move(owned)](const HttpResponse&) {
            exchange_ = HttpExchange();
            EXPECT_EQ(*owned, 1); // Still here: we run.
            const std::lock_guard lock(mutex_);
            heads_.push_back(1);
            changed_.notify_all();
        };
        callbacks.on_done = [this](Result<HttpResponse> result) { results_.push_back(std::move(result)); };
        exchange_ = client_->start(get("/echo"), std::move(callbacks), own_.loop());
    });
    ASSERT_TRUE(wait_for([&] { return !heads_.empty(); }));
    own_.call([] {});
    EXPECT_TRUE(watched.expired());
    EXPECT_TRUE(results_.empty());
}

TEST_F(HttpClientTest, gives_up_in_time)
{
    HttpClientRequest total = get("/hang");
    total.total_timeout = 50ms;
    EXPECT_EQ(fetch(total).error().kind, ErrorKind::timed_out);

    HttpClientRequest idle = get("/stream");
    idle.idle_timeout = 50ms;
    auto silent = fetch(idle);
    ASSERT_FALSE(silent);
    EXPECT_EQ(silent.error().kind, ErrorKind::timed_out);
    EXPECT_NE(silent.error().what.find("silent"), std::string::npos);
}

TEST_F(HttpClientTest, says_that_nobody_listens)
{
    EventLoop loop;
    auto taken = UdpSocket::bind(loop, { "127.0.0.1", 0 }, [](auto&&...) {});
    server_loop_.call([&] { server_.reset(); });
    auto result = fetch(get("/echo"));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::unavailable);
}

TEST_F(HttpClientTest, says_that_the_answer_broke_off)
{
    start(get("/stream"));
    ASSERT_TRUE(wait_for([&] { return !streams_.empty(); }));
    server_loop_.call([&] {
        streams_[0].write("half");
        streams_.clear();
    });
    ASSERT_TRUE(wait_for([&] { return !results_.empty(); }));
    ASSERT_FALSE(results_[0]);
    EXPECT_EQ(results_[0].error().kind, ErrorKind::unavailable);
}

TEST_F(HttpClientTest, refuses_an_answer_that_is_too_large)
{
    HttpClientRequest request = get("/large");
    request.max_response_bytes = 99'999;
    EXPECT_EQ(fetch(request).error().kind, ErrorKind::limit_reached);
    request.max_response_bytes = 100'000;
    EXPECT_EQ(fetch(request)->body.size(), 100'000U);
}

TEST_F(HttpClientTest, refuses_addresses_that_the_policy_denies)
{
    const std::string port = base_.substr(base_.rfind(':'));
    for (const std::string host : { "127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "0177.0.0.1", "[::1]",
             "[::ffff:127.0.0.1]", "0.0.0.0", "169.254.169.254", "10.0.0.1", "224.0.0.1" }) {
        HttpClientRequest request = get("/echo");
        request.url = "http://" + host + port + "/echo";
        request.policy = OutboundPolicy();
        auto result = fetch(request);
        ASSERT_FALSE(result) << host;
        EXPECT_EQ(result.error().kind, ErrorKind::invalid_request) << host << " " << result.error().what;
    }
    EXPECT_TRUE(peers_.empty());
    for (const std::string host : { "127.0.0.1", "2130706433", "localhost", "[::ffff:127.0.0.1]" }) {
        HttpClientRequest request = get("/echo");
        request.url = "http://" + host + port + "/echo";
        EXPECT_EQ(fetch_text(request), "GET|/echo||-|-|-|-|") << host;
    }
}

TEST_F(HttpClientTest, takes_http_and_https_urls_only)
{
    for (const char* url : { "", "echo", "/echo", "ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1:1/",
             "http://", "http:///x", "http://a b/", "http://x\r\nHost: y/", "http://a\\@b/", "http://127.0.0.1:99999/",
             "http://h%6fst/", "javascript:1" }) {
        HttpClientRequest request = get("/");
        request.url = url;
        auto result = fetch(request);
        ASSERT_FALSE(result) << url;
        EXPECT_EQ(result.error().kind, ErrorKind::invalid_request) << url;
        EXPECT_TRUE(result.error().what.starts_with("url: ")) << result.error().what;
    }
    HttpClientRequest smuggled = get("/echo");
    smuggled.headers = { { "X", "a\r\nY: b" } };
    EXPECT_EQ(fetch(smuggled).error().kind, ErrorKind::invalid_request);
    smuggled.headers = {};
    smuggled.method = "GET /x HTTP/1.1\r\n";
    EXPECT_EQ(fetch(smuggled).error().kind, ErrorKind::invalid_request);
}

// swml-ai 31
TEST_F(HttpClientTest, follows_redirects_only_when_asked)
{
    EXPECT_EQ(fetch(get("/redirect/302?/echo"))->status, 302);
    for (const int status : { 301, 302, 303, 307, 308 }) {
        HttpClientRequest request = get("/redirect/" + std::to_string(status) + "?/echo%3Fto");
        request.follow_redirects = true;
        request.method = "POST";
        request.body = "body";
        request.headers = { { "Content-Type", "text/plain" }, { "Authorization", "Bearer t" } };
        const std::string expected
            = status >= 307 ? "POST|/echo?to|body|Bearer t|-|text/plain|-|" : "GET|/echo?to||Bearer t|-|-|-|";
        heads_.clear();
        EXPECT_EQ(fetch_text(request), expected) << status;
        EXPECT_EQ(heads_, std::vector { 200 }); // Nothing of the hop is told.
    }
}

TEST_F(HttpClientTest, keeps_credentials_from_another_origin)
{
    const std::string elsewhere = "http://localhost" + base_.substr(base_.rfind(':')) + "/echo";
    HttpClientRequest request = get("/redirect/307?" + elsewhere);
    request.follow_redirects = true;
    request.headers = { { "Authorization", "Bearer t" }, { "Cookie", "c=1" }, { "X-Test", "7" } };
    EXPECT_EQ(fetch_text(request), "GET|/echo||-|-|-|7|");
    request.headers = {};
    request.basic_auth = { "user", "password" };
    EXPECT_EQ(fetch_text(request), "GET|/echo||-|-|-|-|");
}

TEST_F(HttpClientTest, checks_each_redirect_again)
{
    const std::string port = base_.substr(base_.rfind(':'));
    for (const std::string& target : { std::string("http://127.0.0.2") + port + "/echo", std::string("http://[::1]/"),
             std::string("http://169.254.169.254/latest"), std::string("file:///etc/passwd"),
             std::string("gopher://127.0.0.1/") }) {
        HttpClientRequest request = get("/redirect/302?" + percent_encode(target));
        request.follow_redirects = true;
        auto result = fetch(request);
        ASSERT_FALSE(result) << target;
        EXPECT_EQ(result.error().kind, ErrorKind::invalid_request) << target;
    }
    HttpClientRequest loop = get("/redirect/302?/redirect/302%3F/redirect/302%253F/redirect/302%25253F/redirect/"
                                 "302%2525253F/redirect/302%252525253F/echo");
    loop.follow_redirects = true;
    auto result = fetch(loop);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().what, "url: too many redirects");
}

TEST_F(HttpClientTest, says_that_a_name_does_not_exist)
{
    HttpClientRequest request = get("/");
    request.url = "http://no-such-host.invalid/";
    request.connect_timeout = 5s;
    auto result = fetch(request);
    ASSERT_FALSE(result);
    EXPECT_TRUE(result.error().kind == ErrorKind::unavailable || result.error().kind == ErrorKind::timed_out);
}

TEST_F(HttpClientTest, ends_with_requests_under_way)
{
    std::vector<HttpExchange> exchanges;
    own_.call([&] {
        for (int i = 0; i < 20; ++i)
            exchanges.push_back(client_->start(get("/hang"),
                { nullptr, nullptr, [this](auto&& result) { results_.push_back(result); } }, own_.loop()));
    });
    ASSERT_TRUE(wait_for([&] { return held_.size() == 20; }));
    outbound_.call([&] { client_.reset(); });
    own_.call([&] { exchanges.clear(); });
    EXPECT_TRUE(results_.empty());
}
