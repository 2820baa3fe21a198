#include "net/clock.h"
#include "net/stream.h"
#include "raw_client.h"

#include <gtest/gtest.h>

#include <stdlib.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <vector>

using namespace parley;

namespace {

const SocketAddress any_port { "127.0.0.1", 0 };

// What one side saw. Written on the loop, awaited by the test.
struct Seen {
    std::mutex mutex;
    std::condition_variable changed;
    int opened = 0;
    std::string bytes;
    std::vector<std::string> closed;

    StreamEvents events(std::function<void(Stream&, std::string_view)> on_bytes = nullptr)
    {
        return {
            [this](Stream&) {
                const std::lock_guard lock(mutex);
                ++opened;
                changed.notify_all();
            },
            [this, on_bytes](Stream& stream, std::string_view text) {
                if (on_bytes)
                    on_bytes(stream, text);
                const std::lock_guard lock(mutex);
                bytes += text;
                changed.notify_all();
            },
            [this](Stream&, const std::string& why) {
                const std::lock_guard lock(mutex);
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
    [[nodiscard]] bool wait_closed(std::size_t count = 1)
    {
        return wait_for([&] { return closed.size() >= count; });
    }
};

class StreamTest : public testing::Test {
protected:
    StreamTest()
    {
        char pattern[] = "/tmp/parley-stream-XXXXXX";
        folder_ = mkdtemp(pattern);
        for (TlsIdentity* one : { &identity_, &next_ }) {
            const std::string name = folder_ + (one == &identity_ ? "/first" : "/next");
            *one = { name + ".pem", name + ".key" };
            EXPECT_TRUE(write_self_signed_certificate(*one));
        }
    }
    ~StreamTest() override
    {
        thread_.call([this] {
            clients_.clear();
            server_.reset();
        });
        std::filesystem::remove_all(folder_);
    }

    void serve(bool tls, StreamLimits limits = {}, std::function<void(Stream&, std::string_view)> on_bytes = nullptr)
    {
        thread_.call([&] {
            StreamServer::Options options { any_port, {}, limits };
            if (tls)
                options.tls = identity_;
            auto server = StreamServer::listen(thread_.loop(), options, seen_.events(std::move(on_bytes)));
            ASSERT_TRUE(server) << server.error().what;
            server_ = std::move(*server);
        });
    }

    void connect(Seen& seen, std::shared_ptr<TlsContext> tls = {}, const std::string& name = {},
        const std::string& text = "hello", StreamLimits limits = {})
    {
        thread_.call([&] {
            clients_.push_back(StreamClient::connect(
                thread_.loop(), { server_->local(), std::move(tls), name, limits }, seen.events()));
            clients_.back()->stream().send(text); // Kept until it is open.
        });
    }

    static std::shared_ptr<TlsContext> trust(const TlsIdentity& identity)
    {
        auto made = make_client_tls({ identity.certificate_file });
        return made ? *made : nullptr;
    }

    std::string folder_;
    TlsIdentity identity_;
    TlsIdentity next_;
    LoopThread thread_ { "streams" };
    Seen seen_; // Of the server.
    std::unique_ptr<StreamServer> server_;
    std::vector<std::unique_ptr<StreamClient>> clients_;
};

void echo(Stream& stream, std::string_view bytes)
{
    stream.send(std::string(bytes));
}

TEST_F(StreamTest, carries_bytes_both_ways_plain_and_over_tls)
{
    const std::string large(300'000, 'x');
    for (const bool tls : { false, true }) {
        serve(tls, {}, echo);
        Seen client;
        connect(client, tls ? trust(identity_) : nullptr, "localhost", large);
        EXPECT_TRUE(client.wait_for([&] { return client.bytes.size() >= large.size(); })) << tls;
        EXPECT_EQ(client.bytes, large);
        thread_.call([&] { clients_.clear(); });
    }
}

TEST_F(StreamTest, a_client_expects_the_name_that_it_was_told_in_the_certificate)
{
    serve(true, {}, echo);
    for (const std::string name : { "localhost", "127.0.0.1", "sip.example.com" }) {
        Seen client;
        connect(client, trust(identity_), name);
        if (name == "sip.example.com") {
            ASSERT_TRUE(client.wait_closed());
            EXPECT_NE(client.closed[0].find("certificate"), std::string::npos) << client.closed[0];
            EXPECT_EQ(client.opened, 0);
        } else {
            EXPECT_TRUE(client.wait_for([&] { return client.bytes == "hello"; })) << name;
        }
        thread_.call([&] { clients_.clear(); });
    }
}

TEST_F(StreamTest, looks_at_no_certificate_only_when_told_so)
{
    serve(true, {}, echo);
    Seen refusing;
    connect(refusing, trust(next_), "localhost");
    EXPECT_TRUE(refusing.wait_closed());
    Seen client;
    connect(client, *make_client_tls({ "", TlsTrust::Peer::anyone }), "sip.example.com");
    EXPECT_TRUE(client.wait_for([&] { return client.bytes == "hello"; }));
    thread_.call([&] { clients_.clear(); });
}

TEST_F(StreamTest, a_new_certificate_serves_new_connections_and_leaves_the_old_ones)
{
    serve(true, {}, echo);
    Seen before;
    connect(before, trust(identity_), "localhost");
    ASSERT_TRUE(before.wait_for([&] { return before.bytes == "hello"; }));
    thread_.call([&] {
        EXPECT_EQ(server_->set_identity({ "/nowhere.pem", "/nowhere.key" }).error().kind, ErrorKind::invalid_request);
        EXPECT_FALSE(server_->set_identity({ next_.certificate_file, identity_.key_file })); // Of two pairs.
        EXPECT_TRUE(server_->set_identity(next_));
    });
    Seen after;
    connect(after, trust(next_), "localhost");
    EXPECT_TRUE(after.wait_for([&] { return after.bytes == "hello"; }));
    thread_.call([&] { clients_.front()->stream().send(" again"); });
    EXPECT_TRUE(before.wait_for([&] { return before.bytes == "hello again"; }));
    thread_.call([&] { clients_.clear(); });
}

TEST_F(StreamTest, refuses_plain_bytes_where_tls_is_expected)
{
    serve(true);
    RawClient client(server_->local());
    client.send("OPTIONS sip:a@b SIP/2.0\r\n");
    EXPECT_EQ(client.read_all(), "");
    EXPECT_EQ(seen_.opened, 0);
}

TEST_F(StreamTest, cuts_a_handshake_that_stalls)
{
    serve(true, { .opening = 100ms });
    RawClient client(server_->local());
    client.send("\x16\x03\x01"); // The start of a record, and no more.
    EXPECT_EQ(client.read_all(), "");
    EXPECT_EQ(seen_.opened, 0);
}

TEST_F(StreamTest, bounds_connections_as_a_whole_and_from_one_address)
{
    for (const StreamLimits& limits : { StreamLimits { .connections = 2 }, StreamLimits { .per_source = 2 } }) {
        serve(false, limits, echo);
        const auto first = std::make_unique<RawClient>(server_->local());
        auto second = std::make_unique<RawClient>(server_->local());
        second->send("x");
        EXPECT_EQ(second->read_some(), "x");
        RawClient third(server_->local());
        EXPECT_EQ(third.read_all(), "");
        const std::size_t gone = seen_.closed.size();
        second.reset(); // One goes: there is room again.
        ASSERT_TRUE(seen_.wait_closed(gone + 1));
        RawClient fourth(server_->local());
        fourth.send("y");
        EXPECT_EQ(fourth.read_some(), "y");
    }
}

TEST_F(StreamTest, closes_what_is_silent_for_too_long)
{
    serve(false, { .idle = 100ms });
    RawClient client(server_->local());
    EXPECT_EQ(client.read_all(), "");
    ASSERT_TRUE(seen_.wait_closed());
    EXPECT_EQ(seen_.closed[0], "nothing was heard for too long");
}

TEST_F(StreamTest, closes_what_does_not_read)
{
    serve(false, { .send_queue = 100'000 }, [](Stream& stream, std::string_view) {
        for (int i = 0; i < 1'000; ++i)
            stream.send(std::string(10'000, 'x'));
    });
    RawClient client(server_->local());
    client.send("go");
    ASSERT_TRUE(seen_.wait_closed());
    EXPECT_EQ(seen_.closed[0], "the other side does not read");
}

TEST_F(StreamTest, says_that_a_connection_does_not_come_about)
{
    serve(false);
    const SocketAddress closed_port = server_->local();
    Seen client;
    thread_.call([&] {
        server_.reset();
        clients_.push_back(StreamClient::connect(thread_.loop(), { closed_port }, client.events()));
    });
    ASSERT_TRUE(client.wait_closed());
    EXPECT_EQ(client.closed[0], "Connection refused");
    EXPECT_EQ(client.opened, 0);
}

} // namespace
