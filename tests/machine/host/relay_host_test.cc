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
    Program(EventLoop& loop, const SocketAddress& server, const std::string& protocol, const std::string& project)
    {
        WebSocketEvents events;
        events.message = [this](WebSocket&, const std::string& text) { read.push_back(*Json::parse(text)); };
        events.closed = [this](WebSocket&, const WebSocketClosed&) { is_closed = true; };
        socket = WebSocketClient::connect(
            loop, { "ws://" + server.ip + ":" + std::to_string(server.port), {}, {} }, std::move(events))
                     .value();
        send(R"({"id":"connect","method":"signalwire.connect","params":{"contexts":["office"],"protocol":")" + protocol
            + R"(","authentication":{"project":")" + project + R"(","token":"t"}}})");
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

    // Acknowledges the last thing that it read.
    void acknowledge() { send(R"({"jsonrpc":"2.0","id":")" + read.back().string_or("id") + R"(","result":{}})"); }

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
            options.projects = { { ProjectId { "p" }, "t" } };
            options.offers = { 100ms, 300ms };
            options.projects.push_back({ ProjectId { "small" }, "t", "", { 1, 1, 1, 1, 1 } });
            options.policy.resume_within = 500ms;
            options.policy.max_unread_hard = 64 * 1024;
            host = RelayHost::create(thread.loop(), std::move(options),
                { [this](const CallId&, const RequestKey& request, const CallCommand&) { asked.push_back(request); },
                    [this](const CallId&) { is_refused = true; },
                    [this](const relay::ForwardDial& order) { dials.push_back(order); },
                    [this](const CallId&) { is_abandoned = true; },
                    [this](const std::string& owner) { gone.push_back(owner); } },
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
    Program& connect(const std::string& protocol = "", const std::string& project = "p")
    {
        Program* program = nullptr;
        on([&] {
            programs.push_back(std::make_unique<Program>(thread.loop(), host->local(), protocol, project));
            program = programs.back().get();
        });
        wait_until([&] { return program->answer("connect") != nullptr; });
        return *program;
    }
    // The program dials, and the call of its dial begins.
    relay::ForwardDial dial(Program& program)
    {
        on([&] {
            program.send(
                R"({"id":"d","method":"calling.dial","params":{"tag":"T","devices":[[{"type":"phone","params":)"
                R"({"to_number":"+15550100","from_number":"+15550101"}}]]}})");
        });
        wait_until([&] { return !dials.empty(); });
        facts.direction = CallDirection::outbound;
        facts.context = {};
        facts.tag = "T";
        on([&] {
            host->tell(Accept { dials[0].request, "Dialing" });
            host->call_begun(facts, dials[0].owner);
        });
        return dials[0];
    }
    void answer(const relay::ForwardDial& order)
    {
        state(CallState::answered);
        on([&] { host->tell(relay::DialEnded { order.owner, order.project, NodeId { "n" }, "T", facts, {} }); });
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
    std::vector<relay::ForwardDial> dials;
    bool is_refused = false;
    bool is_abandoned = false;
    std::vector<std::string> gone; // Sessions.
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

// Its old connection lives, and what it acknowledged there was held up on the way.
TEST_F(RelayHostTest, what_the_old_connection_still_acknowledges_does_not_come_again)
{
    Program& before = connect();
    on([this] { host->call_arrived(facts); });
    wait_until([&] { return !before.states().empty(); });
    on([&] { before.command("calling.answer"); });
    wait_until([&] { return asked.size() == 1; });
    state(CallState::answered);
    wait_until([&] { return before.states().size() == 2; });
    Program* after = nullptr;
    on([&] {
        programs.push_back(std::make_unique<Program>(thread.loop(), host->local(), before.protocol(), "p"));
        after = programs.back().get();
    });
    // Behind the resume, and ahead of what it sends again.
    wait_until([&] {
        if (after->answer("connect") == nullptr)
            return false;
        before.acknowledge();
        return true;
    });
    wait_until([&] { return before.is_closed; });
    state(CallState::ending);
    wait_until([&] { return !after->states().empty() && after->states().back() == "ending"; });
    EXPECT_THAT(after->states(), testing::ElementsAre("ending"));
}

TEST_F(RelayHostTest, a_session_that_is_over_says_so_once_and_one_that_is_resumed_does_not)
{
    Program& program = connect();
    const std::string protocol = program.protocol();
    Program& again = connect(protocol);
    wait_until([&] { return program.is_closed; });
    EXPECT_THAT(gone, IsEmpty());
    on([&] { again.socket.reset(); });
    wait_until([&] { return !gone.empty(); });
    EXPECT_THAT(gone, testing::ElementsAre(protocol));
}

TEST_F(RelayHostTest, of_two_that_come_back_at_once_the_later_one_has_the_session) // Checklist 25, 35
{
    Program& before = connect();
    const std::string protocol = before.protocol();
    on([this] { host->call_arrived(facts); });
    wait_until([&] { return !before.states().empty(); });
    on([&] { before.command("calling.answer"); });
    wait_until([&] { return asked.size() == 1; });
    Program& second = connect(protocol);
    Program& third = connect(protocol);
    EXPECT_EQ(third.protocol(), protocol);
    wait_until([&] { return before.is_closed && second.is_closed; });
    state(CallState::answered);
    wait_until([&] { return !third.states().empty(); });
    EXPECT_THAT(third.states(), testing::ElementsAre("answered"));
    EXPECT_THAT(second.states(), IsEmpty());
}

TEST_F(RelayHostTest, an_answered_call_whose_program_does_not_come_back_is_abandoned)
{
    Program& program = connect();
    on([this] { host->call_arrived(facts); });
    wait_until([&] { return !program.states().empty(); });
    on([&] { program.command("calling.answer"); });
    wait_until([&] { return asked.size() == 1; });
    state(CallState::answered);
    on([&] { program.socket.reset(); });
    wait_until([&] { return is_abandoned; });
}

TEST_F(RelayHostTest, a_call_that_another_program_took_over_is_not_abandoned) // Checklist 32
{
    Program& program = connect();
    on([this] { host->call_arrived(facts); });
    wait_until([&] { return !program.states().empty(); });
    on([&] { program.command("calling.answer"); });
    wait_until([&] { return asked.size() == 1; });
    on([&] { program.socket.reset(); });
    wait_until([&] { return host->connections() == 0; });
    Program& other = connect();
    const Instant later = now() + 700ms; // Beyond the time in which the first one could come back.
    wait_until([&] { return now() > later; });
    EXPECT_FALSE(is_abandoned);
    state(CallState::answered);
    wait_until([&] { return !other.states().empty(); });
}

TEST_F(RelayHostTest, a_project_has_only_the_connections_that_it_may)
{
    Program& first = connect("", "small");
    ASSERT_NE(first.answer("connect")->find("result"), nullptr);
    Program& second = connect("", "small");
    EXPECT_THAT(second.answer("connect")->dump(), HasSubstr(R"("code":429,"message":"limits.connections: )"));
    wait_until([&] { return second.is_closed; });
    on([&] { first.socket.reset(); });
    wait_until([&] { return host->connections() == 0; });
    Program& third = connect("", "small"); // The first one is away: it has no connection.
    EXPECT_NE(third.answer("connect")->find("result"), nullptr);
    Program& other = connect();
    EXPECT_NE(other.answer("connect")->find("result"), nullptr);
}

TEST_F(RelayHostTest, a_client_that_does_not_read_is_given_up_and_others_are_served)
{
    Program& slow = connect();
    on([&] { slow.socket->socket().pause_reading(); });
    for (int i = 0; i < 200 && !slow.is_closed; ++i) {
        on([&] {
            const std::string timestamp(100'000, '7'); // It is told all of it.
            slow.send(R"({"id":"p","method":"signalwire.ping","params":{"timestamp":")" + timestamp + R"("}})");
        });
    }
    Program& other = connect();
    EXPECT_NE(other.answer("connect")->find("result"), nullptr);
    on([&] { slow.socket->socket().resume_reading(); });
    wait_until([&] { return slow.is_closed; });
    EXPECT_FALSE(other.is_closed);
}

TEST_F(
    RelayHostTest, a_draining_server_sends_idle_clients_away_and_the_others_when_their_call_is_over) // Checklist 39, 40
{
    Program& idle = connect();
    Program& busy = connect();
    on([this] { host->call_arrived(facts); });
    wait_until([&] { return !idle.states().empty() || !busy.states().empty(); });
    Program& with_call = idle.states().empty() ? busy : idle;
    Program& without = idle.states().empty() ? idle : busy;
    on([&] { with_call.command("calling.answer"); });
    wait_until([&] { return asked.size() == 1; });
    on([this] { host->drain(); });
    wait_until([&] { return without.is_closed; });
    EXPECT_FALSE(with_call.is_closed);
    EXPECT_THAT(
        without.read.back().dump(), HasSubstr(R"("method":"signalwire.disconnect","params":{"restart":false})"));
    Program& late = connect();
    EXPECT_THAT(late.answer("connect")->dump(), HasSubstr(R"("code":503)"));
    state(CallState::ended);
    wait_until([&] { return with_call.is_closed; });
}

TEST_F(RelayHostTest, a_client_that_comes_back_has_its_dial)
{
    Program& before = connect();
    const std::string protocol = before.protocol();
    const auto order = dial(before);
    EXPECT_EQ(order.owner, protocol);
    Program& after = connect(protocol); // While the old connection seems to live.
    wait_until([&] { return before.is_closed; });
    state(CallState::created);
    wait_until([&] { return after.states().size() == 1; });
    on([&] { after.socket.reset(); });
    wait_until([&] { return host->connections() == 0; });
    answer(order);

    Program& last = connect(protocol);
    wait_until(
        [&] { return last.read.size() >= 3 && last.read.back().dump().find("dial_winner") != std::string::npos; });
    EXPECT_THAT(last.states().front(), testing::AnyOf("created", "answered")); // That was not acknowledged comes again.
    EXPECT_FALSE(is_abandoned);
}

TEST_F(RelayHostTest, a_dial_whose_program_does_not_come_back_has_its_call_abandoned_when_it_is_answered)
{
    Program& program = connect();
    const auto order = dial(program);
    on([&] { program.socket.reset(); });
    wait_until([&] { return is_abandoned; }); // A call that is not answered ignores it.
    is_abandoned = false;
    answer(order);
    wait_until([&] { return is_abandoned; });
}

TEST_F(RelayHostTest, calls_of_dials_count_against_the_limit_of_their_project)
{
    facts.project = ProjectId { "small" };
    on([this] {
        EXPECT_FALSE(host->projects().meters().call(facts.project));
        host->call_begun(facts, "nobody");
        EXPECT_TRUE(host->projects().meters().call(facts.project));
    });
    state(CallState::ended);
    on([this] { EXPECT_FALSE(host->projects().meters().call(facts.project)); });
}

TEST_F(RelayHostTest, the_call_of_a_dial_cannot_be_passed_on)
{
    Program& program = connect();
    dial(program);
    on([&] { program.command("calling.pass"); });
    wait_until([&] { return program.answer("1") != nullptr; });
    EXPECT_THAT(program.answer("1")->dump(), HasSubstr(R"("code":"409")"));
}

TEST_F(RelayHostTest, a_session_of_nobody_is_a_new_one)
{
    Program& program = connect("signalwire_x_y");
    EXPECT_NE(program.protocol(), "signalwire_x_y");
    EXPECT_THAT(program.read.front().dump(), HasSubstr(R"("session_restored":false)"));
}

} // namespace
} // namespace parley
