#include "host/sip_host.h"

#include "net/clock.h"
#include "unit/net/raw_client.h"

#include <gtest/gtest.h>

#include <stdlib.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <vector>

namespace parley {
namespace {

// A SIP host on its own loop, which answers every call. What it says is awaited by the test.
class Host {
public:
    explicit Host(LoopThread& thread, std::optional<SipTls> tls = {})
        : thread_(thread)
    {
        thread_.call([&] {
            auto made = SipHost::create(thread_.loop(), { .listen = { "127.0.0.1", 0 }, .tls = std::move(tls) },
                Log::none(), [this](const sip::Command& command) { take(command); });
            ASSERT_TRUE(made) << made.error().what;
            host_ = std::move(*made);
        });
    }
    ~Host()
    {
        thread_.call([this] { host_.reset(); });
    }

    void give(sip::Event event)
    {
        thread_.call([&] { host_->handle(std::move(event)); });
    }
    void dial(const std::string& uri, const sip::Hop& server)
    {
        give(
            sip::DialSipLeg { DialLeg { LegId { "ours" }, "1", uri, "", 60s }, { server }, { { "127.0.0.1", 4000 } } });
    }
    [[nodiscard]] bool wait_for(const std::string& word)
    {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(
            lock, std::chrono::seconds(20), [&] { return std::find(said_.begin(), said_.end(), word) != said_.end(); });
    }
    [[nodiscard]] std::size_t connections()
    {
        std::size_t count = 0;
        thread_.call([&] { count = host_->connections().size(); });
        return count;
    }
    [[nodiscard]] SipHost& operator*() { return *host_; }
    [[nodiscard]] SipHost* operator->() { return host_.get(); }

private:
    void take(const sip::Command& command)
    {
        const std::lock_guard lock(mutex_);
        if (const auto* offered = std::get_if<sip::LegOffered>(&command)) {
            said_.push_back("offered over " + std::string(sip::via_name(offered->source.transport)));
            host_->handle(sip::AnswerSipLeg { offered->incoming.leg, { { "127.0.0.1", 4002 } } });
        } else if (std::get_if<LegAnswered>(&command) != nullptr) {
            said_.emplace_back("answered");
        } else if (std::get_if<LegEnded>(&command) != nullptr) {
            said_.emplace_back("ended");
        }
        changed_.notify_all();
    }

    LoopThread& thread_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> said_;
    std::unique_ptr<SipHost> host_;
};

class SipHostTest : public testing::Test {
protected:
    SipHostTest()
    {
        char pattern[] = "/tmp/parley-sip-XXXXXX";
        folder_ = mkdtemp(pattern);
        identity_ = { folder_ + "/sip.pem", folder_ + "/sip.key" };
        EXPECT_TRUE(write_self_signed_certificate(identity_));
    }
    ~SipHostTest() override { std::filesystem::remove_all(folder_); }

    [[nodiscard]] SipTls tls() const { return { { "127.0.0.1", 0 }, identity_, { identity_.certificate_file } }; }

    std::string folder_;
    TlsIdentity identity_;
    LoopThread thread_ { "sip" };
};

std::string options_request(const std::string& transport, const std::string& branch)
{
    return "OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/" + transport + " 127.0.0.1:5099;branch=z9hG4bK" + branch
        + "\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: " + branch
        + "\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n";
}

TEST_F(SipHostTest, listens_for_udp_and_tcp_on_one_port)
{
    Host host(thread_);
    EXPECT_NE(host->local().port, 0);
    EXPECT_EQ(host->local(), host->connections().tcp());
    EXPECT_FALSE(host->local_tls());
}

TEST_F(SipHostTest, answers_options_and_keepalives_over_the_connection_they_came_on)
{
    Host host(thread_);
    RawClient client(host->local());
    client.send("\r\n\r\n");
    EXPECT_EQ(client.read_some(), "\r\n");
    client.send(options_request("TCP", "1") + options_request("TCP", "2").substr(0, 40));
    std::string answer = client.read_until("\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("SIP/2.0 200 OK\r\n")) << answer;
    EXPECT_NE(answer.find(";transport=tcp>"), std::string::npos) << answer;
    client.send(options_request("TCP", "2").substr(40));
    answer = client.read_until("\r\n\r\n");
    EXPECT_NE(answer.find("z9hG4bK2"), std::string::npos) << answer;
}

TEST_F(SipHostTest, closes_a_connection_that_speaks_something_else)
{
    Host host(thread_);
    RawClient client(host->local());
    client.send("GET / HTTP/1.1\r\n\r\n");
    EXPECT_EQ(client.read_all(), "");
}

TEST_F(SipHostTest, calls_over_tcp_and_tls_are_set_up_and_hung_up_over_one_connection)
{
    for (const sip::Transport transport : { sip::Transport::tcp, sip::Transport::tls }) {
        Host callee(thread_, tls());
        Host caller(thread_, tls());
        const bool secure = transport == sip::Transport::tls;
        caller.dial(secure ? "sips:bob@localhost" : "sip:bob@localhost",
            { secure ? *callee->local_tls() : callee->local(), transport, sip::no_flow, "localhost" });
        EXPECT_TRUE(callee.wait_for(secure ? "offered over TLS" : "offered over TCP"));
        ASSERT_TRUE(caller.wait_for("answered"));
        EXPECT_EQ(caller.connections(), 1U);
        EXPECT_EQ(callee.connections(), 1U);
        caller.give(HangUpLeg { LegId { "ours" } });
        EXPECT_TRUE(callee.wait_for("ended"));
        EXPECT_EQ(callee.connections(), 1U);
    }
}

TEST_F(SipHostTest, a_call_to_a_server_whose_certificate_names_another_does_not_come_about)
{
    Host callee(thread_, tls());
    Host caller(thread_, tls());
    caller.dial(
        "sips:bob@sip.example.com", { *callee->local_tls(), sip::Transport::tls, sip::no_flow, "sip.example.com" });
    EXPECT_TRUE(caller.wait_for("ended"));
    EXPECT_EQ(callee.connections(), 0U);
}

TEST_F(SipHostTest, a_call_to_a_port_where_nobody_listens_ends_at_once)
{
    Host caller(thread_);
    SocketAddress nobody;
    {
        Host gone(thread_);
        nobody = gone->local();
    }
    caller.dial("sip:bob@localhost", { nobody, sip::Transport::tcp });
    EXPECT_TRUE(caller.wait_for("ended"));
}

TEST_F(SipHostTest, names_the_file_that_is_no_certificate)
{
    thread_.call([&] {
        const auto made = SipHost::create(thread_.loop(),
            { .listen = { "127.0.0.1", 0 }, .tls = SipTls { { "127.0.0.1", 0 }, { "/no/such.pem", "/no/such.key" } } },
            Log::none(), [](const sip::Command&) {});
        ASSERT_FALSE(made);
        EXPECT_NE(made.error().what.find("tls: certificate /no/such.pem"), std::string::npos) << made.error().what;
    });
}

TEST_F(SipHostTest, cuts_a_message_that_does_not_end_and_serves_others_meanwhile)
{
    std::unique_ptr<SipConnections> connections;
    std::size_t received = 0;
    thread_.call([&] {
        SipConnections::Options options { .tcp = { "127.0.0.1", 0 } };
        options.message_patience = 200ms;
        connections = SipConnections::create(thread_.loop(), options, Log::none(),
            { [&](std::string, const sip::Hop&) { ++received; }, [](const sip::Hop&) {},
                [](const sip::Hop&) {
                } }).value();
    });
    std::vector<std::unique_ptr<RawClient>> stalled;
    for (int i = 0; i < 50; ++i) {
        stalled.push_back(std::make_unique<RawClient>(connections->tcp()));
        stalled.back()->send("INVITE sip:a");
    }
    RawClient client(connections->tcp());
    client.send(options_request("TCP", "1") + "\r\n\r\n");
    EXPECT_EQ(client.read_some(), "\r\n");
    thread_.call([&] { EXPECT_EQ(received, 1U); });
    for (const auto& one : stalled)
        EXPECT_EQ(one->read_all(), "");
    thread_.call([&] { connections.reset(); });
}

} // namespace
} // namespace parley
