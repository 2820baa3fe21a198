// One call with real machines, a real line on loopback, and providers, store and outside that the test holds.
#include "host/call_host.h"

#include "audio/g711.h"
#include "net/clock.h"
#include "net/http_client.h"
#include "net/udp_socket.h"
#include "rtp/rtp_packet.h"

#include <gmock/gmock.h>

#include <filesystem>

namespace parley {
namespace {

using ::testing::ElementsAre;

constexpr Duration patience = 20s; // A test that waits longer fails.

struct HeardStt final : SpeechToText {
    struct Stream final : SttStream {
        void push(const AudioFrame&, Instant) override { }
        void speech_started(Instant) override { }
        void speech_stopped(Instant) override { }
        void set_hints(std::vector<std::string>) override { }
        void finish() override { }
    };
    const SttCapabilities& capabilities() const override { return capabilities_; }
    std::unique_ptr<SttStream> open(const SttOptions&, std::function<void(SttEvent)> listener) override
    {
        tell = std::move(listener);
        return std::make_unique<Stream>();
    }

    std::function<void(SttEvent)> tell;
    SttCapabilities capabilities_;
};

// Speaks each sentence in 60 ms of sound, at once.
struct QuickTts final : TextToSpeech {
    explicit QuickTts(EventLoop& l)
        : loop(l)
    {
    }
    struct Stream final : TtsStream {
        Stream(EventLoop& l, std::function<void(TtsEvent)> t)
            : loop(l)
            , tell(std::move(t))
        {
        }
        void say(UtteranceId id, std::string, const VoiceOptions&) override
        {
            loop.post([t = tell, id] {
                t(TtsAudio { id, { 8000, std::vector<std::int16_t>(480, 1'000) } });
                t(TtsDone { id });
            });
        }
        void cancel() override { }
        EventLoop& loop;
        std::function<void(TtsEvent)> tell;
    };
    const TtsCapabilities& capabilities() const override { return capabilities_; }
    std::unique_ptr<TtsStream> open(const TtsOptions&, std::function<void(TtsEvent)> tell) override
    {
        return std::make_unique<Stream>(loop, std::move(tell));
    }
    EventLoop& loop;
    TtsCapabilities capabilities_;
};

struct ScriptedModel final : LanguageModel {
    explicit ScriptedModel(EventLoop& l)
        : loop(l)
    {
    }
    std::string name() const override { return "scripted"; }
    std::unique_ptr<LmStream> open(LmRequest, std::function<void(LmEvent)> tell) override
    {
        VERIFY(!broken);
        loop.post([tell, text = answer] {
            tell(LmText { text });
            tell(LmDone { 1, 1 });
        });
        return std::make_unique<LmStream>();
    }
    EventLoop& loop;
    std::string answer = "Fine, thank you.";
    bool broken = false;
};

struct NoTools final : ToolCaller {
    std::unique_ptr<ToolRun> open(ToolRequest, std::function<void(Result<ToolReply>)>) override { return nullptr; }
};

// Keeps answers back while `hold`.
struct HeldStore final : MessageStore {
    using Committed = Answer<Stored>;

    void take(Committed committed)
    {
        if (hold)
            held.push_back(std::move(committed));
        else
            answer(committed);
    }
    void answer(const Committed& committed)
    {
        committed(failure ? Result<Stored>(*failure) : Result<Stored>(Stored {}));
    }
    void release()
    {
        hold = false;
        for (auto& committed : std::exchange(held, {}))
            answer(committed);
    }

    void append(Message row, Committed committed) override
    {
        rows.push_back(std::string(to_string(row.role)) + ": " + row.content);
        take(std::move(committed));
    }
    void put(AiCall row, Committed committed) override
    {
        ai_calls.push_back(row.status);
        take(std::move(committed));
    }
    void put(Activeflow row, Committed committed) override
    {
        running.push_back(row.running);
        take(std::move(committed));
    }
    void put(Customer, Committed committed) override { take(std::move(committed)); }
    void list(MessageQuery, Answer<MessagePage>) override { }
    void get(CustomerId, MessageId, Answer<Message>) override { }
    void list_ai_calls(PageQuery, Answer<Page<AiCall>>) override { }
    void get_ai_call(CustomerId, AiSessionId, Answer<AiCall>) override { }
    void list_activeflows(PageQuery, Answer<Page<Activeflow>>) override { }
    void get_activeflow(CustomerId, ActiveflowId, Answer<Activeflow>) override { }
    void list_customers(PageQuery, Answer<Page<Customer>>) override { }
    void get_customer(CustomerId, Answer<Customer>) override { }
    std::size_t backlog() const override { return waiting; }

    bool hold = false;
    std::optional<Error> failure;
    std::size_t waiting = 0;
    std::vector<Committed> held;
    std::vector<std::string> rows;
    std::vector<AiCallStatus> ai_calls;
    std::vector<bool> running;
};

// 200 ms of sound; "http://x/missing" is not there.
Result<std::shared_ptr<const AudioFrame>> file_of(const std::string& url)
{
    if (url == "http://x/missing")
        return Error { ErrorKind::unavailable, "HTTP 404" };
    return std::make_shared<const AudioFrame>(AudioFrame { 16'000, std::vector<std::int16_t>(3'200, 4'000) });
}

struct Outside final : CallOutside {
    void to_leg(sip::Event event) override { leg.emplace_back(flight::name_of(event)); }
    void to_program(relay::RelayEvent event) override
    {
        if (const auto* accept = std::get_if<Accept>(&event))
            told.push_back("accept " + std::to_string(accept->request.number));
        else if (const auto* reject = std::get_if<Reject>(&event))
            told.push_back(
                "reject " + std::to_string(reject->request.number) + " " + std::string(to_string(reject->error.kind)));
        else if (const auto* noticed = std::get_if<relay::CallNoticed>(&event)) {
            if (const auto* state = std::get_if<CallStateChanged>(&noticed->notice))
                told.emplace_back(to_string(state->state));
            else if (const auto* ai = std::get_if<AiActionEnded>(&noticed->notice))
                told.push_back(ai->state == AiActionEnded::State::finished ? "ai finished" : "ai error");
            else if (const auto* action = std::get_if<ActionChanged>(&noticed->notice))
                told.push_back("play " + std::string(to_string(action->state)));
        }
    }
    void refer(const CallId&, DialLeg dial, sdp::LocalMedia media) override
    {
        leg.push_back("refer " + dial.to);
        target = dial.leg;
        offered_port = media.rtp.port;
    }
    void over(const CallId&) override { is_over = true; }

    std::vector<std::string> leg;
    std::vector<std::string> told;
    bool is_over = false;
    LegId target; // Whom we were referred to.
    std::uint16_t offered_port = 0;
};

// All of it lives on the loop's thread.
struct World {
    explicit World(EventLoop& l)
        : loop(l)
    {
        services.flight.directory = ::testing::TempDir();
        services.policy.report = 2s;
        far_side = UdpSocket::bind(loop, { "127.0.0.1", 0 }, [this](auto datagram, const auto&, Instant) {
            const auto packet = parse_rtp(datagram);
            std::array<std::int16_t, 160> samples {};
            g711_decode(G711Law::ulaw, packet.value().payload, samples);
            loudest = std::max<int>(loudest, *std::ranges::max_element(samples));
        }).value();
        facts.id = { "c1" };
        facts.leg = { "l1" };
        facts.project = { "p" };
        call = std::make_unique<CallHost>(services, outside, facts, CustomerId { "cu" }, Log::none());
        call->handle(LegIncoming { facts.leg, "1", "2", "" });
    }

    bool was_told(const std::string& what) const { return std::ranges::count(outside.told, what) > 0; }

    EventLoop& loop;
    media::Pacer pacer { loop };
    HeldStore store;
    HeardStt stt;
    QuickTts tts { loop };
    ScriptedModel model { loop };
    NoTools tools;
    HttpClient client { loop };
    ReportPoster reports { client, loop, OutboundPolicy(), {}, Log::none() };
    CallServices services { loop, pacer, store, stt, tts, model,
        [this](const ProjectId&) -> ToolCaller& { return tools; },
        [this](const ProjectId&) -> ReportPoster& { return reports; },
        [this](const ProjectId&, const std::string& url, auto answer) {
            loop.post([this, url, answer] { answer(file_of(url)); });
        },
        {}, {}, 10, "", "" };
    Outside outside;
    std::unique_ptr<UdpSocket> far_side;
    CallFacts facts;
    std::unique_ptr<CallHost> call;
    std::uint64_t requests = 0;
    int loudest = 0; // Sample that the far side got.
};

class CallHostTest : public ::testing::Test {
protected:
    CallHostTest()
    {
        on([this] { world = std::make_unique<World>(thread.loop()); });
    }
    ~CallHostTest() override
    {
        on([this] { world->call.reset(); });
        settle(); // What was retired goes with the loop's next tasks.
        on([this] { world.reset(); });
    }

    void on(Task task) { thread.call(std::move(task)); }

    // Waits for what other threads and the line's beat bring about.
    void wait_until(const std::function<bool(const World&)>& done)
    {
        const Instant last = now() + patience;
        bool is_done = false;
        while (!is_done && now() < last)
            on([&] { is_done = done(*world); });
        ASSERT_TRUE(is_done);
    }
    // Runs what is posted so far and what follows from it at once.
    void settle()
    {
        for (int i = 0; i < 10; ++i)
            on([] {});
    }

    void handle(CallEvent event)
    {
        on([&] { world->call->handle(std::move(event)); });
    }
    void command(CallCommand c)
    {
        on([&] { world->call->handle(CommandArrived { { {}, ++world->requests }, std::move(c) }); });
        settle();
    }
    void answer()
    {
        command(AnswerCall {});
        on([&] {
            world->call->agreed({ world->facts.leg, { .remote_rtp = world->far_side->local(), .remote_rtcp = {} } });
            world->call->handle(LegAnswered { world->facts.leg });
        });
        settle();
    }
    static StartAi agent()
    {
        AiSpec spec;
        spec.prompt.text = "You are an agent.";
        spec.languages = { { "English", "en-US", "slt", "" } };
        spec.greeting.text = "Hello.";
        spec.turn.attention = 0ms;
        return { ControlId { "ai" }, std::move(spec) };
    }
    // As it is when nothing moves any more.
    const Outside& outside() const { return world->outside; }
    const HeldStore& store() const { return world->store; }
    bool was_told(const std::string& what) const { return world->was_told(what); }

    LoopThread thread { "test" };
    std::unique_ptr<World> world;
};

TEST_F(CallHostTest, a_whole_conversation_is_held_told_and_logged_in_order)
{
    answer();
    command(agent());
    wait_until([](const World& w) { return w.store.rows.size() == 2; }); // The greeting was heard.
    on([this] {
        const Instant spoken = now();
        world->stt.tell(Transcript { "how are you", true, 0.9F, "en-US", spoken, spoken, {} });
    });
    wait_until([](const World& w) { return w.store.rows.size() == 4; });
    handle(LegEnded { LegId { "l1" }, LegEndReason::hangup, "" });
    wait_until([](const World& w) { return w.outside.is_over; });

    EXPECT_THAT(store().rows,
        ElementsAre(
            "system: You are an agent.", "assistant: Hello.", "user: how are you", "assistant: Fine, thank you."));
    EXPECT_THAT(outside().told, ElementsAre("accept 1", "answered", "accept 2", "ai finished", "ending", "ended"));
    EXPECT_THAT(outside().leg, ElementsAre("RingLeg", "AnswerSipLeg"));
    EXPECT_THAT(
        store().ai_calls, ElementsAre(AiCallStatus::progressing, AiCallStatus::terminating, AiCallStatus::terminated));
    EXPECT_THAT(store().running, ElementsAre(true, false));
}

TEST_F(CallHostTest, a_caller_that_vanished_is_hung_up)
{
    on([this] { world->services.media.lost_after = 100ms; });
    answer(); // The far side never sends a packet.
    wait_until([](const World& w) { return !w.outside.leg.empty() && w.outside.leg.back() == "HangUpLeg"; });
    EXPECT_THAT(outside().leg, ElementsAre("RingLeg", "AnswerSipLeg", "HangUpLeg"));
}

TEST_F(CallHostTest, a_play_is_heard_and_told)
{
    answer();
    command(StartPlay { ControlId { "p" },
        { { FileItem { "http://x/a" }, SilenceItem { 40ms }, SpeechItem { "Hello there." },
              RingtoneItem { "us", false, 40ms } },
            2, 0 } });
    wait_until([](const World& w) { return w.was_told("play finished"); });
    EXPECT_THAT(outside().told, ElementsAre("accept 1", "answered", "accept 2", "play playing", "play finished"));
    EXPECT_GT(world->loudest, 3'800);
}

TEST_F(CallHostTest, a_play_is_as_loud_as_was_asked_for)
{
    answer();
    command(StartPlay { ControlId { "p" }, { { FileItem { "http://x/a" } }, 1, 6 } });
    wait_until([](const World& w) { return w.was_told("play finished"); });
    EXPECT_NEAR(world->loudest, 7'980, 400);
}

TEST_F(CallHostTest, a_file_that_cannot_be_had_is_an_error_and_the_call_goes_on)
{
    answer();
    command(StartPlay { ControlId { "p" }, { { FileItem { "http://x/missing" } }, 1, 0 } });
    wait_until([](const World& w) { return w.was_told("play error"); });
    EXPECT_THAT(outside().told, ElementsAre("accept 1", "answered", "accept 2", "play error"));
    command(StartPlay { ControlId { "p" }, { { FileItem { "http://x/a" } }, 1, 0 } });
    wait_until([](const World& w) { return w.was_told("play finished"); });
}

TEST_F(CallHostTest, an_endless_play_ends_with_the_call)
{
    answer();
    command(StartPlay { ControlId { "p" }, { { FileItem { "http://x/a" } }, 0, 0 } });
    wait_until([](const World& w) { return w.was_told("play playing"); });
    command(PausePlay { ControlId { "p" } });
    command(ResumePlay { ControlId { "p" } });
    handle(LegEnded { LegId { "l1" }, LegEndReason::hangup, "" });
    wait_until([](const World& w) { return w.outside.is_over; });
    EXPECT_THAT(outside().told,
        ElementsAre("accept 1", "answered", "accept 2", "play playing", "accept 3", "play paused", "accept 4",
            "play playing", "play finished", "ending", "ended"));
}

TEST_F(CallHostTest, what_the_agent_says_waits_for_a_play)
{
    answer();
    command(StartPlay { ControlId { "p" }, { { SilenceItem { 300ms } }, 1, 0 } });
    wait_until([](const World& w) { return w.was_told("play playing"); });
    command(agent());
    wait_until([](const World& w) { return w.was_told("play finished"); });
    EXPECT_EQ(store().rows.size(), 1U); // The greeting was made at once, and not heard.
    wait_until([](const World& w) { return w.store.rows.size() == 2; });
}

TEST_F(CallHostTest, the_agent_of_a_second_session_is_heard)
{
    for (std::size_t session = 1; session <= 2; ++session) {
        if (session == 1)
            answer();
        command(agent());
        wait_until([&](const World& w) { return w.store.rows.size() == 2 * session; });
        command(StopAi {});
        wait_until([&](const World& w) {
            return static_cast<std::size_t>(std::ranges::count(w.outside.told, "ai finished")) == session;
        });
    }
    EXPECT_EQ(store().rows.back(), "assistant: Hello.");
}

TEST_F(CallHostTest, a_200_and_the_events_after_it_wait_for_the_rows_before_them)
{
    answer();
    command(agent());
    wait_until([](const World& w) { return w.store.rows.size() == 2; });
    on([this] { world->store.hold = true; });
    command(InjectMessage { {}, {}, Role::system, "The caller is a VIP." });
    command(EndCall {});
    EXPECT_FALSE(was_told("accept 3"));
    EXPECT_FALSE(was_told("accept 4"));
    on([this] { world->store.release(); });
    settle();
    EXPECT_TRUE(was_told("accept 3"));
    EXPECT_TRUE(was_told("accept 4"));
}

TEST_F(CallHostTest, a_row_that_was_not_stored_is_no_200_and_ends_the_session)
{
    answer();
    command(agent());
    wait_until([](const World& w) { return w.store.rows.size() == 2; });
    on([this] { world->store.failure = Error { ErrorKind::unavailable, "disk full" }; });
    command(InjectMessage { {}, {}, Role::system, "The caller is a VIP." });
    wait_until([](const World& w) { return w.was_told("ai error"); });
    EXPECT_TRUE(was_told("reject 3 unavailable"));
    EXPECT_FALSE(was_told("accept 3"));
}

TEST_F(CallHostTest, no_new_session_while_too_many_rows_wait)
{
    answer();
    on([this] { world->store.waiting = 11; });
    command(agent());
    EXPECT_TRUE(was_told("reject 2 limit_reached"));
    on([this] { world->store.waiting = 10; });
    command(agent());
    EXPECT_TRUE(was_told("accept 3"));
}

TEST_F(CallHostTest, a_broken_invariant_ends_this_call_and_leaves_a_record)
{
    answer();
    StartAi start = agent();
    start.spec.greeting.text.clear(); // The model opens, and breaks.
    on([this] { world->model.broken = true; });
    command(start);
    wait_until([](const World& w) { return w.outside.is_over; });
    EXPECT_TRUE(was_told("ai error"));
    EXPECT_EQ(outside().told.back(), "ended");
    EXPECT_EQ(outside().leg.back(), "HangUpLeg");
    EXPECT_TRUE(std::filesystem::exists(::testing::TempDir() + "/flight-c1.txt"));
    EXPECT_EQ(store().running.back(), false);
    command(EndCall {});
    EXPECT_EQ(outside().told.back(), "reject 3 not_found");
}

TEST_F(CallHostTest, a_transfer_lets_who_answers_hear_the_agent_and_nobody_else)
{
    std::unique_ptr<UdpSocket> target_side;
    int heard_there = 0;
    answer();
    on([&] {
        target_side = UdpSocket::bind(thread.loop(), { "127.0.0.1", 0 }, [&](auto, const auto&, Instant) {
            ++heard_there;
        }).value();
    });
    command(agent());
    handle(LegReferred { LegId { "l1" }, "sip:bob@h", "", "" });
    EXPECT_EQ(outside().leg.back(), "refer sip:bob@h");
    EXPECT_NE(outside().offered_port, 0);
    const LegId target = outside().target;
    on([&] { world->call->agreed({ target, { .remote_rtp = target_side->local(), .remote_rtcp = {} } }); });
    wait_until([](const World& w) { return w.loudest > 0; }); // The greeting, while the telephone there rings.
    on([&] { EXPECT_EQ(heard_there, 0); });

    handle(LegAnswered { target });
    EXPECT_THAT(outside().leg, ElementsAre("RingLeg", "AnswerSipLeg", "refer sip:bob@h", "TellReferral", "HangUpLeg"));
    handle(LegEnded { LegId { "l1" }, LegEndReason::hangup, "" });
    wait_until([&](const World&) { return heard_there > 5; });
    EXPECT_FALSE(was_told("ai finished"));
    EXPECT_FALSE(outside().is_over);
    handle(LegEnded { target, LegEndReason::hangup, "" });
    wait_until([](const World& w) { return w.outside.is_over; });
    on([&] { target_side.reset(); });
}

TEST_F(CallHostTest, a_transfer_that_fails_changes_nothing)
{
    answer();
    command(agent());
    handle(LegReferred { LegId { "l1" }, "sip:bob@h", "", "" });
    handle(LegEnded { outside().target, LegEndReason::busy, "" });
    EXPECT_EQ(outside().leg.back(), "TellReferral");
    wait_until([](const World& w) { return w.loudest > 0; });
    EXPECT_FALSE(outside().is_over);
}

TEST_F(CallHostTest, nobody_there_is_refused_and_over)
{
    handle(NobodyThere {});
    EXPECT_EQ(outside().leg.back(), "RejectLeg");
    handle(LegEnded { LegId { "l1" }, LegEndReason::no_answer, "" });
    settle();
    EXPECT_THAT(outside().told, ElementsAre("ending", "ended"));
    EXPECT_TRUE(outside().is_over);
}

} // namespace
} // namespace parley
