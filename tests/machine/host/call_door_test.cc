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
                HubCallDoor::Hooks {
                    [this](const CallId&, const RequestKey& request, const CallCommand&) { forwarded(request); },
                    [this](const relay::ForwardDial& order) { dialled(order); },
                    [this](const CallId& call) { abandoned.push_back(call.value); } });
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
        door->command({ "192.0.2.1", { { project }, token, "" }, relay::CommandCall { CallId { call }, EndCall {} } },
            [told](Result<CommandedCall> result) { told->set_value(std::move(result)); });
        return answer;
    }
    std::string what(const std::string& project, const std::string& token, const std::string& call = "call of p")
    {
        const auto answer = ask(project, token, call).get();
        return answer ? answer->message : answer.error().what;
    }

    std::future<Result<CommandedCall>> dial(const std::string& tag)
    {
        auto told = std::make_shared<std::promise<Result<CommandedCall>>>();
        auto answer = told->get_future();
        door->command({ "192.0.2.1", { { "p" }, "t", "" }, relay::DialCall { { tag, { {} }, {} } } },
            [told](Result<CommandedCall> result) { told->set_value(std::move(result)); });
        return answer;
    }
    static CallFacts outbound(std::string id, std::string tag)
    {
        return { CallId { std::move(id) }, LegId { "l" }, NodeId { "n" }, ProjectId { "p" }, ContextName {},
            CallDirection::outbound, { DeviceType::phone, "1", "2", "" }, std::move(tag) };
    }

    LoopThread thread { "test" };
    std::function<void(const relay::ForwardDial&)> dialled;
    std::vector<std::string> abandoned;
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

TEST_F(CallDoorTest, a_dial_is_answered_with_the_calls_that_it_began)
{
    dialled = [this](const relay::ForwardDial& order) {
        host->tell(Accept { order.request, "Dialing" });
        for (const char* id : { "first", "second" })
            host->call_begun(outbound(id, order.spec.tag), order.owner);
    };
    const auto answer = dial("T").get();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->facts.id.value, "first");
    EXPECT_EQ(answer->state, CallState::created);
    EXPECT_EQ(answer->message, "Dialing");
    EXPECT_EQ(answer->begun, (std::vector { CallId { "first" }, CallId { "second" } }));
    EXPECT_EQ(what("p", "t", "first"), "Disconnecting call"); // It may be commanded at once.
}

TEST_F(CallDoorTest, a_dial_that_is_refused_or_leads_nowhere_says_so)
{
    dialled = [this](const relay::ForwardDial& order) {
        host->tell(Reject { order.request, { ErrorKind::conflict, "tag: a dial of this name is under way" } });
    };
    EXPECT_EQ(dial("T").get().error().kind, ErrorKind::conflict);
    dialled = [this](const relay::ForwardDial& order) {
        host->tell(Accept { order.request, "Dialing" });
        host->tell(relay::DialEnded { order.owner, order.project, NodeId { "n" }, "T", {}, CallEndReason::not_found });
    };
    EXPECT_EQ(dial("T").get().error().what, "devices: nothing leads to any of them");
}

TEST_F(CallDoorTest, an_answered_dial_is_not_abandoned_at_once) // Its program may only now say what shall happen.
{
    dialled = [this](const relay::ForwardDial& order) {
        host->tell(Accept { order.request, "Dialing" });
        host->call_begun(outbound("first", "T"), order.owner);
        host->tell(relay::DialEnded { order.owner, order.project, NodeId { "n" }, "T", outbound("first", "T"), {} });
    };
    ASSERT_TRUE(dial("T").get());
    EXPECT_EQ(what("p", "t", "first"), "Disconnecting call");
    thread.call([] {});
    EXPECT_TRUE(abandoned.empty());
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
