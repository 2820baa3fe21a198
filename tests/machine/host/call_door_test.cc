#include "host/call_door.h"

#include <gtest/gtest.h>

#include <future>

namespace parley {
namespace {

class CallDoorTest : public ::testing::Test {
protected:
    CallDoorTest()
    {
        thread.call([this] {
            RelayHost::Options options;
            options.listen = { "127.0.0.1", 0 };
            options.projects = { { ProjectId { "p" }, "t" }, { ProjectId { "q" }, "u" },
                { ProjectId { "r" }, "v", "", { 1, 1, 1, 1, 1 } } };
            host = RelayHost::create(
                thread.loop(), std::move(options), { {}, [](const CallId&) {}, {}, [](const CallId&) {} }, Log::none())
                       .value();
            door = std::make_unique<HubCallDoor>(thread.loop(), *host,
                [this](const CallId&, const RequestKey& request, const CallCommand&) { forwarded(request); });
            for (const auto* project : { "p", "r" })
                host->call_arrived({ CallId { std::string("call of ") + project }, LegId { "l" }, NodeId { "n" },
                    ProjectId { project }, ContextName { "office" }, CallDirection::inbound,
                    { DeviceType::phone, "1", "2", "" } });
        });
    }
    ~CallDoorTest() override
    {
        thread.call([this] {
            door.reset();
            host.reset();
        });
    }

    std::future<Result<CommandedCall>> ask(
        const std::string& project, const std::string& token, const std::string& call = "call of p")
    {
        auto told = std::make_shared<std::promise<Result<CommandedCall>>>();
        auto answer = told->get_future();
        door->command({ "192.0.2.1", { { project }, token, "" }, { CallId { call }, EndCall {} } },
            [told](Result<CommandedCall> result) { told->set_value(std::move(result)); });
        return answer;
    }
    std::string what(const std::string& project, const std::string& token, const std::string& call = "call of p")
    {
        const auto answer = ask(project, token, call).get();
        return answer ? answer->message : answer.error().what;
    }

    LoopThread thread { "test" };
    std::unique_ptr<RelayHost> host;
    std::unique_ptr<HubCallDoor> door;
    std::function<void(const RequestKey&)> forwarded = [this](const RequestKey& request) {
        host->tell(Accept { request, "Disconnecting call", { "c" } });
    };
};

TEST_F(CallDoorTest, the_answer_of_the_call_comes_back_with_what_is_known_of_it)
{
    const auto answer = ask("p", "t").get();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->message, "Disconnecting call");
    EXPECT_EQ(answer->control_id.value, "c");
    EXPECT_EQ(answer->facts.device.to, "2");
    EXPECT_EQ(answer->state, CallState::ringing);
}

TEST_F(CallDoorTest, a_refusal_comes_back)
{
    forwarded = [this](const RequestKey& request) {
        host->tell(Reject { request, { ErrorKind::conflict, "not now" } });
    };
    EXPECT_EQ(what("p", "t"), "not now");
}

TEST_F(CallDoorTest, calls_of_others_are_not_there)
{
    EXPECT_EQ(what("q", "u"), "id: no such call");
    EXPECT_EQ(what("p", "t", "no call"), "id: no such call");
    EXPECT_EQ(what("p", "u"), "project or token are wrong");
    thread.call([this] {
        host->tell(relay::CallNoticed { host->known({ "call of p" })->facts, CallStateChanged { CallState::ended } });
    });
    EXPECT_EQ(what("p", "t"), "id: no such call");
}

TEST_F(CallDoorTest, a_project_that_asks_too_often_is_told)
{
    EXPECT_EQ(what("r", "v", "call of r"), "Disconnecting call");
    EXPECT_EQ(what("r", "v", "call of r"), "Disconnecting call");
    EXPECT_EQ(ask("r", "v", "call of r").get().error().kind, ErrorKind::limit_reached);
}

TEST_F(CallDoorTest, a_door_that_closes_answers_what_waits)
{
    forwarded = [](const RequestKey&) {};
    auto answer = ask("p", "t");
    thread.call([] {}); // It was asked.
    thread.call([this] { door.reset(); });
    EXPECT_EQ(answer.get().error().kind, ErrorKind::unavailable);
}

} // namespace
} // namespace parley
