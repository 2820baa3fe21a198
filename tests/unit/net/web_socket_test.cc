#include "net/clock.h"
#include "net/http_server.h"
#include "net/web_socket_client.h"
#include "net/web_socket_server.h"
#include "raw_client.h"

#include <gtest/gtest.h>

#include <stdlib.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <optional>
#include <vector>

using namespace parley;

namespace {

// What one side saw. Written on its loop, awaited by the test.
struct Seen {
    std::mutex mutex;
    std::condition_variable changed;
    WebSocket* socket = nullptr; // While open.
    int opened = 0;
    std::vector<std::string> texts;
    std::vector<WebSocketClosed> closed;
    std::optional<WebSocketPeer> peer;

    WebSocketEvents events(std::function<void(WebSocket&, const std::string&)> on_text = nullptr)
    {
        return {
            [this](WebSocket& s) {
                const std::lock_guard lock(mutex);
                socket = &s;
                peer = s.peer();
                ++opened;
                changed.notify_all();
            },
            [this, on_text](WebSocket& s, std::string text) {
                if (on_text)
                    on_text(s, text);
                const std::lock_guard lock(mutex);
                texts.push_back(std::move(text));
                changed.notify_all();
            },
            [this](WebSocket&, const WebSocketClosed& why) {
                const std::lock_guard lock(mutex);
                socket = nullptr;
                closed.push_back(why);
                changed.notify_all();
            },
        };
    }

    template <typename F> [[nodiscard]] bool wait_for(F condition)
    {
        std::unique_lock lock(mutex);
        return changed.wait_for(lock, std::chrono::seconds(20), condition);
    }
    [[nodiscard]] bool wait_open()
    {
        return wait_for([&] { return opened > 0; });
    }
    [[nodiscard]] bool wait_texts(std::size_t count)
    {
        return wait_for([&] { return texts.size() >= count; });
    }
    [[nodiscard]] bool wait_closed()
    {
        return wait_for([&] { return !closed.empty(); });
    }
};

class WebSocketTest : public testing::Test {
protected:
    void serve(WebSocketLimits limits = {}, bool tls = false, bool echo = true)
    {
        WebSocketServer::Options options { { "127.0.0.1", 0 }, std::nullopt, limits };
        if (tls) {
            std::string pattern = testing::TempDir() + "parley-tls-XXXXXX";
            directory_ = mkdtemp(pattern.data());
            identity_ = { directory_ + "/cert.pem", directory_ + "/key.pem" };
            ASSERT_TRUE(write_self_signed_certificate(identity_));
            options.tls = identity_;
        }
        server_loop_.call([&] {
            auto server = WebSocketServer::listen(server_loop_.loop(), options,
                served_.events(echo ? [](WebSocket& s, const std::string& text) { s.send(text); }
                                    : std::function<void(WebSocket&, const std::string&)>()));
            ASSERT_TRUE(server) << server.error().what;
            server_ = std::move(*server);
            address_ = server_->local();
        });
    }

    std::unique_ptr<WebSocketClient> connect(Seen& seen, const std::string& scheme = "ws", WebSocketLimits limits = {})
    {
        std::unique_ptr<WebSocketClient> client;
        client_loop_.call([&] {
            auto made = WebSocketClient::connect(client_loop_.loop(),
                { scheme + "://localhost:" + std::to_string(address_.port) + "/any/path?x=1", { { "X-Test", "7" } },
                    scheme == "wss" ? identity_.certificate_file : "", limits },
                seen.events());
            ASSERT_TRUE(made) << made.error().what;
            client = std::move(*made);
        });
        return client;
    }

    void drop(std::unique_ptr<WebSocketClient>& client)
    {
        client_loop_.call([&] { client.reset(); });
    }

    void TearDown() override
    {
        server_loop_.call([&] { server_.reset(); });
        if (!directory_.empty())
            std::filesystem::remove_all(directory_);
    }

    LoopThread server_loop_ { "ws server" };
    LoopThread client_loop_ { "ws client" };
    Seen served_;
    std::unique_ptr<WebSocketServer> server_;
    SocketAddress address_;
    TlsIdentity identity_;
    std::string directory_;
};

std::string upgrade_request()
{
    return "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nOrigin: http://elsewhere\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
           "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n";
}

// A masked frame of a client; the mask is zero so that the payload stays readable.
std::string frame(int first_byte, const std::string& payload)
{
    std::string out(1, static_cast<char>(first_byte));
    out += static_cast<char>(0x80 | static_cast<int>(payload.size()));
    return out + std::string(4, '\0') + payload;
}

} // namespace

TEST_F(WebSocketTest, plain_and_tls_share_one_port) // Checklist 1, 2, 3
{
    serve({}, true);
    for (const char* scheme : { "ws", "wss", "ws", "wss" }) {
        Seen seen;
        auto client = connect(seen, scheme);
        ASSERT_TRUE(seen.wait_open()) << scheme;
        client_loop_.call([&] {
            for (int i = 0; i < 100; ++i)
                client->socket().send("message " + std::to_string(i));
        });
        ASSERT_TRUE(seen.wait_texts(100));
        for (int i = 0; i < 100; ++i)
            EXPECT_EQ(seen.texts[static_cast<std::size_t>(i)], "message " + std::to_string(i));
        EXPECT_EQ(served_.peer->tls, scheme == std::string("wss"));
        EXPECT_EQ(served_.peer->target, "/any/path?x=1");
        EXPECT_EQ(served_.peer->headers.find("x-test"), "7");
        EXPECT_EQ(served_.peer->address.ip, "127.0.0.1");
        drop(client);
    }
}

TEST_F(WebSocketTest, binary_messages_pass_between_texts_where_they_are_taken)
{
    serve();
    std::vector<std::string> bytes;
    auto events = served_.events();
    events.binary = [&](WebSocket& socket, std::string got) {
        bytes.push_back(std::move(got));
        socket.send_binary("answer");
    };
    server_loop_.call([&] {
        server_ = *WebSocketServer::listen(server_loop_.loop(), { { "127.0.0.1", 0 }, std::nullopt, {} }, events);
        address_ = server_->local();
    });
    Seen seen;
    auto client_events = seen.events();
    client_events.binary = [&](WebSocket&, std::string got) {
        const std::lock_guard lock(seen.mutex);
        seen.texts.push_back("binary " + got);
        seen.changed.notify_all();
    };
    std::unique_ptr<WebSocketClient> client;
    client_loop_.call([&] {
        client = *WebSocketClient::connect(
            client_loop_.loop(), { "ws://127.0.0.1:" + std::to_string(address_.port), {}, "", {} }, client_events);
        client->socket().send("before");
        client->socket().send_binary(std::string("\0\xff\n", 3));
        client->socket().send("after");
    });
    ASSERT_TRUE(seen.wait_texts(1));
    EXPECT_EQ(seen.texts[0], "binary answer");
    ASSERT_TRUE(served_.wait_texts(2));
    EXPECT_EQ(served_.texts, (std::vector<std::string> { "before", "after" }));
    EXPECT_EQ(bytes, (std::vector<std::string> { std::string("\0\xff\n", 3) }));
    drop(client);
}

TEST_F(WebSocketTest, a_declined_handshake_tells_the_status)
{
    std::unique_ptr<HttpServer> http;
    server_loop_.call([&] {
        http = *HttpServer::listen(server_loop_.loop(), { "127.0.0.1", 0 }, [](HttpRequest, HttpResponder responder) {
            responder.respond({ 429, {}, "slow down" });
        });
        address_ = http->local();
    });
    Seen seen;
    auto client = connect(seen);
    ASSERT_TRUE(seen.wait_closed());
    EXPECT_NE(seen.closed[0].detail.find("HTTP 429"), std::string::npos) << seen.closed[0].detail;
    drop(client);
    server_loop_.call([&] { http.reset(); });
}

TEST_F(WebSocketTest, a_client_checks_the_certificate)
{
    serve({}, true);
    Seen seen;
    std::unique_ptr<WebSocketClient> client;
    client_loop_.call([&] {
        auto made = WebSocketClient::connect(
            client_loop_.loop(), { "wss://localhost:" + std::to_string(address_.port), {}, "", {} }, seen.events());
        ASSERT_TRUE(made);
        client = std::move(*made);
    });
    ASSERT_TRUE(seen.wait_closed());
    EXPECT_EQ(seen.opened, 0);
    EXPECT_NE(seen.closed[0].detail.find("certificate"), std::string::npos) << seen.closed[0].detail;
    drop(client);
    EXPECT_EQ(served_.opened, 0);
}

TEST_F(WebSocketTest, the_longest_message_passes_and_one_byte_more_closes_with_1009)
{
    serve();
    Seen seen;
    auto client = connect(seen, "ws", { .message = 2 * 1024 * 1024, .send_queue = 8 * 1024 * 1024 });
    const std::string longest(1024 * 1024, 'x');
    client_loop_.call([&] { client->socket().send(longest); });
    ASSERT_TRUE(seen.wait_texts(1));
    EXPECT_EQ(seen.texts[0], longest);
    client_loop_.call([&] {
        client->socket().send(longest + "y");
        client->socket().send(longest); // Still on its way when the server refuses.
    });
    ASSERT_TRUE(seen.wait_closed());
    EXPECT_EQ(seen.closed[0].reason, WebSocketClosed::Reason::peer);
    EXPECT_EQ(seen.closed[0].code, 1009);
    ASSERT_TRUE(served_.wait_closed());
    EXPECT_EQ(served_.closed[0].reason, WebSocketClosed::Reason::too_large);
    EXPECT_EQ(served_.closed[0].code, 1009);
    drop(client);
}

TEST_F(WebSocketTest, close_sends_what_is_queued_then_code_and_reason)
{
    serve({}, false, false);
    Seen seen;
    auto client = connect(seen);
    ASSERT_TRUE(served_.wait_open());
    server_loop_.call([&] {
        for (int i = 0; i < 50; ++i)
            served_.socket->send("last words");
        served_.socket->close(4001, "moved");
        served_.socket->send("too late");
    });
    ASSERT_TRUE(seen.wait_closed());
    EXPECT_EQ(seen.texts.size(), 50U);
    EXPECT_EQ(seen.closed[0].reason, WebSocketClosed::Reason::peer);
    EXPECT_EQ(seen.closed[0].code, 4001);
    EXPECT_EQ(seen.closed[0].detail, "moved");
    ASSERT_TRUE(served_.wait_closed());
    EXPECT_EQ(served_.closed.size(), 1U);
    EXPECT_EQ(served_.closed[0].reason, WebSocketClosed::Reason::us);
    EXPECT_EQ(served_.closed[0].code, 4001);
    drop(client);
}

TEST_F(WebSocketTest, a_client_that_does_not_read_is_cut_off)
{
    serve({ .send_queue = 256 * 1024 }, false, false);
    RawClient client(address_);
    ASSERT_TRUE(client.send(upgrade_request()));
    ASSERT_TRUE(served_.wait_open());
    const std::string text(64 * 1024, 'x');
    bool gone = false;
    for (int i = 0; i < 10'000 && !gone; ++i) {
        server_loop_.call([&] {
            gone = served_.socket == nullptr;
            if (!gone)
                served_.socket->send(text);
        });
    }
    EXPECT_TRUE(gone);
    ASSERT_TRUE(served_.wait_closed());
    EXPECT_EQ(served_.closed[0].reason, WebSocketClosed::Reason::slow_consumer);
}

TEST_F(WebSocketTest, reading_pauses_and_resumes_without_loss)
{
    serve({}, false, false);
    Seen seen;
    auto client = connect(seen);
    ASSERT_TRUE(seen.wait_open());
    ASSERT_TRUE(served_.wait_open());
    server_loop_.call([&] { served_.socket->pause_reading(); });
    client_loop_.call([&] {
        for (int i = 0; i < 20; ++i)
            client->socket().send(std::to_string(i));
        client->socket().close(1000, "");
    });
    server_loop_.call([&] {
        EXPECT_LE(served_.texts.size(), 1U);
        if (served_.socket)
            served_.socket->resume_reading();
    });
    ASSERT_TRUE(served_.wait_closed());
    ASSERT_EQ(served_.texts.size(), 20U);
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(served_.texts[static_cast<std::size_t>(i)], std::to_string(i));
    EXPECT_EQ(served_.closed[0].code, 1000);
    drop(client);
}

// Checklist 1, 3, 4, 5
TEST_F(WebSocketTest, a_bare_client_gets_no_compression_and_its_ping_is_answered)
{
    serve();
    RawClient client(address_);
    ASSERT_TRUE(client.send(upgrade_request()));
    const std::string answer = client.read_until("\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 101 ")) << answer;
    EXPECT_NE(answer.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), std::string::npos); // RFC 6455 1.3
    EXPECT_EQ(answer.find("permessage-deflate"), std::string::npos);
    ASSERT_TRUE(client.send(frame(0x89, "beat")));
    EXPECT_EQ(client.read_until("beat"),
        "\x8A\x04"
        "beat");
    ASSERT_TRUE(client.send(frame(0x01, "in two ") + frame(0x80, "pieces")));
    EXPECT_EQ(client.read_until("pieces"),
        "\x81\x0D"
        "in two pieces");
}

TEST_F(WebSocketTest, what_breaks_the_protocol_is_closed_with_its_code)
{
    serve();
    const std::tuple<std::string, int, WebSocketClosed::Reason> rows[] = {
        { frame(0x82, "binary"), 1003, WebSocketClosed::Reason::us },
        { frame(0x81, "\xC3\x28"), 1007, WebSocketClosed::Reason::bad_frame }, // No UTF-8.
        { frame(0xF1, "reserved bits"), 1002, WebSocketClosed::Reason::bad_frame },
        { frame(0xC1, "compressed, which was not agreed"), 1002, WebSocketClosed::Reason::bad_frame },
        { frame(0x80, "continues nothing"), 1002, WebSocketClosed::Reason::bad_frame },
        { std::string("\x81\x02hi"), 1002, WebSocketClosed::Reason::bad_frame }, // Not masked.
    };
    std::size_t count = 0;
    for (const auto& [bytes, code, reason] : rows) {
        RawClient client(address_);
        ASSERT_TRUE(client.send(upgrade_request()));
        client.read_until("\r\n\r\n");
        ASSERT_TRUE(client.send(bytes));
        client.end_sending();
        const std::string rest = client.read_all();
        ASSERT_GE(rest.size(), 4U) << code;
        EXPECT_EQ(static_cast<std::uint8_t>(rest[0]), 0x88);
        EXPECT_EQ((static_cast<std::uint8_t>(rest[2]) << 8) + static_cast<std::uint8_t>(rest[3]), code);
        ++count;
        ASSERT_TRUE(served_.wait_for([&] { return served_.closed.size() == count; })) << code;
        EXPECT_EQ(served_.closed.back().reason, reason) << code;
    }
}

TEST_F(WebSocketTest, what_is_no_handshake_is_refused_and_never_announced)
{
    serve({ .handshake = 1s });
    {
        RawClient client(address_);
        ASSERT_TRUE(client.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"));
        EXPECT_TRUE(client.read_all().starts_with("HTTP/1.1 426 "));
    }
    {
        RawClient client(address_);
        ASSERT_TRUE(client.send("GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"));
        EXPECT_TRUE(client.read_all().starts_with("HTTP/1.1 400 "));
    }
    {
        RawClient client(address_);
        ASSERT_TRUE(client.send("\r\n\r\nnonsense\r\n"));
        EXPECT_EQ(client.read_all().find("101"), std::string::npos);
    }
    {
        RawClient silent(address_); // Until the handshake's time is up.
        EXPECT_EQ(silent.read_all(), "");
    }
    EXPECT_EQ(served_.opened, 0);
    EXPECT_TRUE(served_.closed.empty());
}

TEST_F(WebSocketTest, a_lost_connection_is_told_once)
{
    serve();
    {
        RawClient client(address_);
        ASSERT_TRUE(client.send(upgrade_request()));
        ASSERT_TRUE(served_.wait_open());
    }
    ASSERT_TRUE(served_.wait_closed());
    EXPECT_EQ(served_.closed[0].reason, WebSocketClosed::Reason::lost);
    EXPECT_EQ(served_.closed[0].code, 1006);
    server_loop_.call([&] { EXPECT_EQ(server_->connections(), 0U); });
}

TEST_F(WebSocketTest, a_server_that_goes_tells_nobody)
{
    serve();
    Seen seen;
    auto client = connect(seen);
    ASSERT_TRUE(served_.wait_open());
    server_loop_.call([&] { server_.reset(); });
    ASSERT_TRUE(seen.wait_closed());
    server_loop_.call([] {});
    EXPECT_TRUE(served_.closed.empty());
    drop(client);
}

TEST_F(WebSocketTest, a_server_nobody_listens_at_is_told_to_the_client)
{
    serve();
    server_loop_.call([&] { server_.reset(); });
    Seen seen;
    auto client = connect(seen);
    ASSERT_TRUE(seen.wait_closed());
    EXPECT_EQ(seen.opened, 0);
    EXPECT_EQ(seen.closed[0].reason, WebSocketClosed::Reason::lost);
    drop(client);
}

TEST_F(WebSocketTest, both_sides_may_be_destroyed_inside_their_events)
{
    Seen seen;
    server_loop_.call([&] {
        auto owned = std::make_shared<std::string>("destroyed with the listener");
        auto server = WebSocketServer::listen(server_loop_.loop(), { { "127.0.0.1", 0 }, std::nullopt, {} },
            { nullptr,
                [this, owned](WebSocket&, const std::string&) {
                    server_.reset();
                    EXPECT_FALSE(owned->empty());
                },
                nullptr });
        ASSERT_TRUE(server);
        server_ = std::move(*server);
        address_ = server_->local();
    });
    std::unique_ptr<WebSocketClient> client;
    client_loop_.call([&] {
        auto owned = std::make_shared<std::string>("destroyed with the listener");
        auto made = WebSocketClient::connect(client_loop_.loop(),
            { "ws://127.0.0.1:" + std::to_string(address_.port), {}, "", {} },
            { [](WebSocket& socket) { socket.send("last"); }, nullptr,
                [&, owned](WebSocket&, const WebSocketClosed&) {
                    client.reset();
                    EXPECT_FALSE(owned->empty());
                    const std::lock_guard lock(seen.mutex);
                    seen.opened = 1;
                    seen.changed.notify_all();
                } });
        ASSERT_TRUE(made);
        client = std::move(*made);
    });
    ASSERT_TRUE(seen.wait_open());
    client_loop_.call([&] { EXPECT_EQ(client, nullptr); });
}

TEST(WebSocketServer, says_what_is_wrong_with_port_and_certificate)
{
    EventLoop loop;
    auto first = WebSocketServer::listen(loop, { { "127.0.0.1", 0 }, std::nullopt, {} }, {});
    ASSERT_TRUE(first);
    auto second = WebSocketServer::listen(loop, { (*first)->local(), std::nullopt, {} }, {});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::conflict);
    auto no_file
        = WebSocketServer::listen(loop, { { "127.0.0.1", 0 }, TlsIdentity { "/nowhere.pem", "/no.key" }, {} }, {});
    ASSERT_FALSE(no_file);
    EXPECT_EQ(no_file.error().kind, ErrorKind::invalid_request);
    EXPECT_NE(no_file.error().what.find("/nowhere.pem"), std::string::npos);
}

TEST(WebSocketClient, refuses_what_is_no_url)
{
    EventLoop loop;
    for (const char* url : { "", "http://x", "ws://", "ws://:80", "ws://h:x", "ws://h:65536", "ws://a@b", "ws://a b" })
        EXPECT_FALSE(WebSocketClient::connect(loop, { url, {}, "", {} }, {})) << url;
}
