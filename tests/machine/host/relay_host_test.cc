#include "host/relay_host.h"
#include "net/clock.h"
#include "net/web_socket_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr Duration patience = 10s; // Only spent when a test fails.

// A RELAY program of project "p", on the host's own loop.
struct Program {
    Program(EventLoop& loop, const SocketAddress& server, const std::string& protocol)
    {
        WebSocketEvents events;
        events.message = [this](WebSocket&, const std::string& text) { read.push_back(*Json::parse(text)); };
        events.closed = [this](WebSocket&, const WebSocketClosed&) { is_closed = true; };
        socket = WebSocketClient::connect(
            loop, { "ws://" + server.ip + ":" + std::to_string(server.port), {}, {} }, std::move(events))
                     .value();
        send(R"({"id":"connect","method":"signalwire.connect","params":{"contexts":["office"],"protocol":")" + protocol
            + R"(","authentication":{"project":"p","token":"t"}}})");
    }
    void send(std::string text) { socket->socket().send(std::move(text)); }
    void command(const std::string& method)
    {
        send(R"({"id":"1","method":")" + method + R"(","params":{"call_id":"c1"}})");
    }

    const Json* answer(std::string_view id) const
    {
        const auto found = std::ranges::find_if(read, [&](const Json& text) { return text.string_or("id") == id; });
        return found == read.end() ? nullptr : &*found;
    }
    std::string protocol() const { return answer("connect")->find("result")->string_or("protocol"); }
    std::vector<std::string> states() const
    {
        std::vector<std::string> found;
        for (const Json& text : read)
            if (text.string_or("method") == "signalwire.event")
                found.push_back(text.find("params")->find("params")->string_or("call_state"));
        return found;
    }

    std::vector<Json> read;
    bool is_closed = false;
    std::unique_ptr<WebSocketClient> socket;
};

class RelayHostTest : public ::testing::Test {
protected:
    RelayHostTest()
    {
        on([this] {
            RelayHost::Options options;
            options.listen = { "127.0.0.1", 0 };
            options.node = { "n" };
            options.tokens = { { ProjectId { "p" }, "t" } };
            options.offers = { 100ms, 300ms };
            host = RelayHost::create(thread.loop(), std::move(options),
                { [this](const CallId&, const RequestKey& request, const CallCommand&) { asked.push_back(request); },
                    [this](const CallId&) { is_refused = true; }, [](const relay::ForwardDial&) {} },
                Log::none())
                       .value();
        });
    }
    ~RelayHostTest() override
    {
        on([this] {
            programs.clear();
            host.reset();
        });
        on([] {});
    }

    void on(Task task) { thread.call(std::move(task)); }
    void wait_until(const std::function<bool()>& done)
    {
        const Instant last = now() + patience;
        bool is_done = false;
        while (!is_done && now() < last)
            on([&] { is_done = done(); });
        ASSERT_TRUE(is_done);
    }
    Program& connect(const std::string& protocol = "")
    {
        Program* program = nullptr;
        on([&] {
            programs.push_back(std::make_unique<Program>(thread.loop(), host->local(), protocol));
            program = programs.back().get();
        });
        wait_until([&] { return program->answer("connect") != nullptr; });
        return *program;
    }
    void state(CallState s)
    {
        on([&] { host->tell(relay::CallNoticed { facts, CallStateChanged { s } }); });
    }

    LoopThread thread { "test" };
    CallFacts facts { CallId { "c1" }, LegId { "l1" }, NodeId { "n" }, ProjectId { "p" }, ContextName { "office" },
        CallDirection::inbound, { DeviceType::phone, "1", "2", "" } };
    std::unique_ptr<RelayHost> host;
    std::vector<std::unique_ptr<Program>> programs;
    std::vector<RequestKey> asked;
    bool is_refused = false;
};

TEST_F(RelayHostTest, who_commands_a_call_keeps_it_though_it_acknowledged_nothing)
{
    Program& first = connect();
    on([this] { host->call_arrived(facts); });
    wait_until([&] { return !first.states().empty(); });
    on([&] { first.command("calling.answer"); });
    wait_until([&] { return asked.size() == 1; });
    Program& second = connect();
    const Instant later = now() + 400ms;
    wait_until([&] { return now() > later; }); // Beyond the time of an offer, and of a call that nobody took.
    EXPECT_FALSE(is_refused);
    EXPECT_THAT(second.states(), IsEmpty());
    EXPECT_THAT(first.states(), testing::ElementsAre("ringing"));
}

TEST_F(RelayHostTest, nobody_takes_the_call)
{
    connect();
    connect();
    on([this] { host->call_arrived(facts); });
    wait_until([&] { return is_refused; });
}

TEST_F(RelayHostTest, a_client_that_lost_its_connection_hears_what_happened_meanwhile)
{
    Program& before = connect();
    const std::string protocol = before.protocol();
    on([this] { host->call_arrived(facts); });
    wait_until([&] { return !before.states().empty(); });
    on([&] { before.command("calling.answer"); });
    wait_until([&] { return asked.size() == 1; });
    on([&] { before.socket.reset(); });
    wait_until([&] { return host->connections() == 0; });
    state(CallState::answered);
    state(CallState::ending);
    state(CallState::ended);

    Program& after = connect(protocol);
    EXPECT_EQ(after.protocol(), protocol);
    wait_until([&] { return after.states().size() == 3; });
    EXPECT_THAT(after.states(), testing::ElementsAre("answered", "ending", "ended"));
}

TEST_F(RelayHostTest, a_client_that_comes_back_early_takes_its_session_from_the_old_connection)
{
    Program& before = connect();
    on([this] { host->call_arrived(facts); });
    wait_until([&] { return !before.states().empty(); });
    on([&] { before.command("calling.answer"); });
    wait_until([&] { return asked.size() == 1; });

    Program& after = connect(before.protocol());
    EXPECT_EQ(after.protocol(), before.protocol());
    wait_until([&] { return before.is_closed; });
    state(CallState::answered);
    wait_until([&] { return !after.states().empty(); });
    EXPECT_THAT(after.states(), testing::ElementsAre("answered"));
    EXPECT_THAT(before.states(), testing::ElementsAre("ringing"));
    on([&] { after.command("calling.end"); });
    wait_until([&] { return asked.size() == 2; });
}

TEST_F(RelayHostTest, a_session_of_nobody_is_a_new_one)
{
    Program& program = connect("signalwire_x_y");
    EXPECT_NE(program.protocol(), "signalwire_x_y");
    EXPECT_THAT(program.read.front().dump(), HasSubstr(R"("session_restored":false)"));
}

} // namespace
} // namespace parley
