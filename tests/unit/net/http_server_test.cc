#include "net/http_server.h"

#include "net/clock.h"
#include "raw_client.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <vector>

using namespace parley;

namespace {

// A server on a thread of its own; `/held` keeps its responder until `release`.
class HttpServerTest : public testing::Test {
protected:
    void serve(HttpServerLimits limits = {})
    {
        thread_.call([&] {
            auto server = HttpServer::listen(
                thread_.loop(), { "127.0.0.1", 0 },
                [this](
                    HttpRequest request, HttpResponder responder) { handle(std::move(request), std::move(responder)); },
                limits);
            ASSERT_TRUE(server);
            server_ = std::move(*server);
            address_ = server_->local();
        });
    }

    void TearDown() override
    {
        thread_.call([&] {
            server_.reset();
            held_.reset();
            stream_.reset();
        });
    }

    void handle(HttpRequest request, HttpResponder responder)
    {
        if (request.path() == "/echo") {
            const std::string text = request.method + "|" + request.target + "|"
                + std::string(request.headers.find("x-test").value_or("-")) + "|" + request.body;
            responder.respond({ 200, { { "Content-Type", "text/plain" } }, text });
        } else if (request.path() == "/held") {
            const std::lock_guard lock(mutex_);
            held_ = std::move(responder);
            changed_.notify_all();
        } else if (request.path() == "/stream") {
            auto stream = responder.start_stream(200, { { "Content-Type", "text/event-stream" } });
            const std::lock_guard lock(mutex_);
            stream_ = std::move(stream);
            changed_.notify_all();
        } else if (request.path() == "/inject") {
            responder.respond({ 200, { { "X", "a\r\nSet-Cookie: b" } }, "" });
        } // Others drop the responder.
    }

    template <typename F> void wait_for(F condition)
    {
        std::unique_lock lock(mutex_);
        ASSERT_TRUE(changed_.wait_for(lock, std::chrono::seconds(20), condition));
    }

    LoopThread thread_ { "http test" };
    std::unique_ptr<HttpServer> server_;
    SocketAddress address_;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<HttpResponder> held_;
    std::optional<HttpResponseStream> stream_;
};

std::size_t count(std::string_view text, std::string_view what)
{
    std::size_t found = 0;
    for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + what.size()))
        ++found;
    return found;
}

} // namespace

TEST_F(HttpServerTest, answers_a_request_and_keeps_the_connection)
{
    serve();
    RawClient client(address_);
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(
            client.send("POST /echo?a=%20b HTTP/1.1\r\nHost: x\r\nX-TEST: 7\r\nContent-Length: 5\r\n\r\nhello"));
        const std::string answer = client.read_until("hello");
        EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
        EXPECT_TRUE(answer.ends_with("\r\n\r\nPOST|/echo?a=%20b|7|hello")) << answer;
        EXPECT_NE(answer.find("Connection: keep-alive"), std::string::npos);
    }
}

TEST_F(HttpServerTest, answers_pipelined_requests_in_order)
{
    serve();
    RawClient client(address_);
    std::string requests;
    for (int i = 0; i < 50; ++i)
        requests += "GET /echo?" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n";
    requests += "GET /echo?last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    ASSERT_TRUE(client.send(requests));
    const std::string answers = client.read_all();
    EXPECT_EQ(count(answers, "HTTP/1.1 200 OK"), 51U);
    std::size_t at = 0;
    for (int i = 0; i < 50; ++i) {
        at = answers.find("GET|/echo?" + std::to_string(i) + "|", at);
        ASSERT_NE(at, std::string::npos) << i;
    }
    EXPECT_TRUE(answers.ends_with("GET|/echo?last|-|"));
}

TEST_F(HttpServerTest, takes_a_request_byte_by_byte_and_in_chunks)
{
    serve();
    RawClient client(address_);
    const std::string request
        = "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
          "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    for (const char c : request)
        ASSERT_TRUE(client.send(std::string_view(&c, 1)));
    EXPECT_TRUE(client.read_all().ends_with("POST|/echo|-|abcde"));
}

TEST_F(HttpServerTest, refuses_what_it_cannot_take)
{
    HttpServerLimits limits;
    limits.body = 100;
    limits.header = 1'000;
    serve(limits);
    const std::string long_header = "GET /echo HTTP/1.1\r\nHost: x\r\nX: " + std::string(2'000, 'x') + "\r\n\r\n";
    const std::pair<std::string, int> rows[] = {
        { "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n", 413 },
        { "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n80\r\n" + std::string(128, 'x')
                + "\r\n0\r\n\r\n",
            413 },
        { long_header, 431 },
        { "GET /" + std::string(2'000, 'x') + " HTTP/1.1\r\nHost: x\r\n\r\n", 431 },
        { "nonsense\r\n\r\n", 400 },
        { "GET /echo HTTP/1.1\r\nno colon\r\n\r\n", 400 },
        { "GET /echo HTTP/1.1\r\n\r\n", 400 }, // No Host.
        { "GET /echo HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400 },
        { "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n", 400 },
        { "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400 },
        { "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n", 400 },
        { std::string("\x16\x03\x01\x02", 4) + std::string(100, '\0'), 400 },
    };
    for (const auto& [request, status] : rows) {
        RawClient client(address_);
        ASSERT_TRUE(client.send(request));
        const std::string answer = client.read_all();
        EXPECT_TRUE(answer.starts_with("HTTP/1.1 " + std::to_string(status) + " ")) << request << "\n=> " << answer;
        EXPECT_EQ(count(answer, "HTTP/1.1 "), 1U) << request;
        EXPECT_NE(answer.find("Connection: close"), std::string::npos);
    }
    RawClient client(address_); // And still serves others.
    ASSERT_TRUE(client.send("GET /echo HTTP/1.0\r\n\r\n"));
    EXPECT_TRUE(client.read_all().ends_with("GET|/echo|-|"));
}

TEST_F(HttpServerTest, lets_a_client_read_the_refusal_of_a_large_body)
{
    serve();
    RawClient client(address_);
    const std::string body(3 * 1024 * 1024, 'x');
    client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n");
    client.send(body);
    EXPECT_TRUE(client.read_all().starts_with("HTTP/1.1 413 Content Too Large\r\n"));
}

TEST_F(HttpServerTest, asks_for_the_body_when_the_client_waits_for_it)
{
    serve();
    RawClient client(address_);
    ASSERT_TRUE(client.send("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
    EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    ASSERT_TRUE(client.send("ok"));
    EXPECT_TRUE(client.read_until("|ok").ends_with("POST|/echo|-|ok"));
}

TEST_F(HttpServerTest, answers_500_when_the_handler_forgets)
{
    serve();
    RawClient client(address_);
    ASSERT_TRUE(client.send("GET /forgotten HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
    EXPECT_TRUE(client.read_all().starts_with("HTTP/1.1 500 "));
}

TEST_F(HttpServerTest, writes_no_header_that_an_attacker_smuggled_in)
{
    serve();
    RawClient client(address_);
    ASSERT_TRUE(client.send("GET /inject HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
    const std::string answer = client.read_all();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 500 "));
    EXPECT_EQ(answer.find("Set-Cookie"), std::string::npos);
}

TEST_F(HttpServerTest, waits_for_a_late_answer_even_if_the_client_stopped_sending)
{
    serve();
    RawClient client(address_);
    ASSERT_TRUE(client.send("GET /held HTTP/1.1\r\nHost: x\r\n\r\n"));
    client.end_sending();
    wait_for([&] { return held_.has_value(); });
    thread_.call([&] { held_->respond({ 202, {}, "late" }); });
    const std::string answer = client.read_all();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 202 Accepted")) << answer;
    EXPECT_TRUE(answer.ends_with("late"));
}

TEST_F(HttpServerTest, leaves_a_late_answer_without_effect_once_the_server_is_gone)
{
    serve();
    RawClient client(address_);
    ASSERT_TRUE(client.send("GET /held HTTP/1.1\r\nHost: x\r\n\r\n"));
    wait_for([&] { return held_.has_value(); });
    thread_.call([&] {
        server_.reset();
        EXPECT_FALSE(held_->client_waits());
        held_->respond({ 200, {}, "nobody reads this" });
    });
    EXPECT_EQ(client.read_all(), "");
}

TEST_F(HttpServerTest, streams_an_answer_piece_by_piece)
{
    serve();
    RawClient client(address_);
    ASSERT_TRUE(client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n"));
    wait_for([&] { return stream_.has_value(); });
    const std::string head = client.read_until("\r\n\r\n");
    EXPECT_NE(head.find("Transfer-Encoding: chunked"), std::string::npos);
    thread_.call([&] { EXPECT_TRUE(stream_->write("data: 1\n\n")); });
    EXPECT_EQ(client.read_until("\n\n\r\n"), "9\r\ndata: 1\n\n\r\n");
    thread_.call([&] { stream_->finish(); });
    EXPECT_EQ(client.read_until("0\r\n\r\n"), "0\r\n\r\n");
    ASSERT_TRUE(client.send("GET /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")); // The connection goes on.
    EXPECT_TRUE(client.read_all().ends_with("GET|/echo|-|"));
}

TEST_F(HttpServerTest, cuts_the_connection_when_a_stream_is_dropped)
{
    serve();
    RawClient client(address_);
    ASSERT_TRUE(client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n"));
    wait_for([&] { return stream_.has_value(); });
    thread_.call([&] {
        stream_->write("half");
        stream_.reset();
    });
    EXPECT_EQ(client.read_all().find("0\r\n\r\n"), std::string::npos); // No end mark: the client knows.
}

TEST_F(HttpServerTest, gives_up_a_client_that_does_not_read_its_stream)
{
    serve();
    RawClient client(address_);
    ASSERT_TRUE(client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n"));
    wait_for([&] { return stream_.has_value(); });
    const std::string piece(64 * 1024, 'x');
    bool refused = false;
    for (int i = 0; i < 10'000 && !refused; ++i)
        thread_.call([&] { refused = !stream_->write(piece); });
    EXPECT_TRUE(refused);
    thread_.call([&] {
        EXPECT_FALSE(stream_->open());
        EXPECT_EQ(server_->connections(), 0U);
    });
}

TEST_F(HttpServerTest, notices_that_a_streaming_client_left)
{
    serve();
    {
        RawClient client(address_);
        ASSERT_TRUE(client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n"));
        wait_for([&] { return stream_.has_value(); });
    }
    const Instant give_up = now() + 20s;
    bool open = true;
    while (open && now() < give_up)
        thread_.call([&] { open = stream_->open(); });
    EXPECT_FALSE(open);
}

TEST_F(HttpServerTest, answers_408_to_half_a_request_and_closes_an_idle_connection)
{
    HttpServerLimits limits;
    limits.request = 50ms;
    limits.idle = 1s;
    serve(limits);
    RawClient slow(address_);
    ASSERT_TRUE(slow.send("GET /echo HT"));
    EXPECT_TRUE(slow.read_all().starts_with("HTTP/1.1 408 "));
    RawClient idle(address_);
    EXPECT_EQ(idle.read_all(), "");
}

TEST_F(HttpServerTest, closes_connections_beyond_its_limit)
{
    HttpServerLimits limits;
    limits.connections = 2;
    serve(limits);
    RawClient first(address_);
    RawClient second(address_);
    ASSERT_TRUE(first.send("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n"));
    ASSERT_TRUE(second.send("GET /echo HTTP/1.1\r\nHost: x\r\n\r\n"));
    first.read_until("|-|");
    second.read_until("|-|");
    RawClient third(address_);
    EXPECT_EQ(third.read_all(), "");
}

TEST_F(HttpServerTest, answers_head_without_body)
{
    serve();
    RawClient client(address_);
    ASSERT_TRUE(client.send("HEAD /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
    const std::string answer = client.read_all();
    EXPECT_NE(answer.find("Content-Length: 13\r\n"), std::string::npos) << answer;
    EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST(HttpServer, says_that_a_port_is_in_use)
{
    EventLoop loop;
    auto first = HttpServer::listen(loop, { "127.0.0.1", 0 }, [](auto&&...) {});
    ASSERT_TRUE(first);
    auto second = HttpServer::listen(loop, (*first)->local(), [](auto&&...) {});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::conflict);
}
