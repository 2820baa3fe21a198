#include "server/replay.h"

#include "host/flight_recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace parley {
namespace {

using testing::HasSubstr;

// A call as its carrier records it: rings, is answered, is hung up.
class Recording {
public:
    Recording()
        : call_(facts_, policy_, IdSource(seed_), Log::none())
    {
        recorder_.made(Instant(1s), "call", flight::CallMade { facts_, policy_, seed_ });
    }

    void tell(Duration at, const CallEvent& event)
    {
        recorder_.event(Instant(at), "call", event);
        CallOutputs out;
        call_.handle(event, Instant(at), out);
        keep(at, out);
    }
    void pass_time(Duration at)
    {
        recorder_.timeout(Instant(at), "call");
        CallOutputs out;
        call_.handle_timeout(Instant(at), out);
        keep(at, out);
    }
    [[nodiscard]] std::string text() const { return recorder_.content(); }

private:
    void keep(Duration at, const CallOutputs& out)
    {
        for (const CallOutput& output : out)
            recorder_.command(Instant(at), "call", output);
    }

    const CallFacts facts_ { CallId { "c" }, LegId { "leg" }, NodeId { "n" }, ProjectId { "p" }, ContextName { "x" },
        CallDirection::inbound, {} };
    const CallPolicy policy_;
    const std::uint64_t seed_ = 11;
    FlightRecorder recorder_ { FlightRecorder::Content::whole };
    Call call_;
};

std::string recorded_call()
{
    Recording recording;
    recording.tell(1s, LegIncoming { LegId { "leg" }, "ann", "shop", "Ann" });
    AiSpec spec;
    spec.prompt.text = "You sell flowers.";
    recording.tell(2s, CommandArrived { { ConnectionId { "r" }, 1 }, StartAi { ControlId { "ai" }, spec } });
    recording.tell(3s, LegAnswered { LegId { "leg" } });
    recording.tell(4s, LegEnded { LegId { "leg" }, LegEndReason::hangup, "" });
    recording.pass_time(60s); // The session never says that it is over.
    return recording.text();
}

std::pair<int, std::string> replayed(const std::string& text, ReplayDetail detail = ReplayDetail::names)
{
    std::istringstream in(text);
    std::ostringstream out;
    const int code = replay(in, detail, out);
    return { code, out.str() };
}

std::string replace(std::string text, const std::string& what, const std::string& with)
{
    const auto at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return text.replace(at, what.size(), with);
}

TEST(Replay, the_same_events_bring_the_same_commands)
{
    const auto [code, out] = replayed(recorded_call());
    EXPECT_EQ(code, replay_same) << out;
    EXPECT_THAT(out, HasSubstr("    0.000  call    event    LegIncoming\n"));
    EXPECT_THAT(out, HasSubstr("    0.000  call    command  RingLeg  same\n"));
    EXPECT_THAT(out, HasSubstr("    2.000  call    command  OpenAi  same\n")); // Its session's id comes from the seed.
    EXPECT_THAT(out, HasSubstr("   59.000  call    command  CloseAi  same\n"));
    EXPECT_THAT(out, HasSubstr(" commands, 0 differ\n"));
    EXPECT_THAT(out, testing::Not(HasSubstr("flowers")));
}

TEST(Replay, content_is_shown_when_asked_for)
{
    const auto [code, out] = replayed(recorded_call(), ReplayDetail::content);
    EXPECT_EQ(code, replay_same);
    EXPECT_THAT(out, HasSubstr("You sell flowers."));
}

TEST(Replay, a_command_that_differs_is_marked)
{
    const auto [code, out]
        = replayed(replace(recorded_call(), R"({"LegIncoming":[["leg"])", R"({"LegIncoming":[["gel"])"));
    EXPECT_EQ(code, replay_same) << "the call knows its leg from its facts\n" << out;
    const auto [other, text]
        = replayed(replace(recorded_call(), R"({"LegEnded":[["leg"],0)", R"({"LegEnded":[["leg"],2)")); // busy
    EXPECT_EQ(other, replay_differs);
    EXPECT_THAT(text, HasSubstr("DIFFERENT: then Notify"));
}

TEST(Replay, a_command_that_is_missing_and_one_that_is_new_are_marked)
{
    std::istringstream lines(recorded_call());
    std::string text;
    for (std::string line; std::getline(lines, line);)
        if (line.find("RingLeg") == std::string::npos)
            text += line + "\n";
    const auto [code, out] = replayed(text);
    EXPECT_EQ(code, replay_differs);
    EXPECT_THAT(out, HasSubstr("RingLeg  NEW: not asked for then\n"));

    const auto [other, told] = replayed(recorded_call()
        + R"({"at":61000000,"machine":"call","what":"command","digest":"0","value":{"HangUpLeg":[["leg"]]}})"
          "\n");
    EXPECT_EQ(other, replay_differs);
    EXPECT_THAT(told, HasSubstr("HangUpLeg  MISSING: asked for then\n"));
}

TEST(Replay, what_is_no_record_is_refused_with_its_line)
{
    for (const auto& [text, named] : std::initializer_list<std::pair<std::string, std::string>> {
             { "", "nothing was recorded" }, { "{", "line 1: " }, { "[]\n", "line 1: no line of a flight record" },
             { R"({"at":1,"machine":"call","what":"event","value":{"NobodyThere":[]}})",
                 "the machine was not made yet" },
             { R"({"at":1,"machine":"call","what":"made","value":[]})", "no CallMade of this version" },
             { replace(recorded_call(), R"("what":"event")", R"("what":"dream")"), "\"dream\" is unknown" } }) {
        const auto [code, out] = replayed(text);
        EXPECT_EQ(code, replay_unreadable) << text;
        EXPECT_THAT(out, HasSubstr(named));
    }
}

} // namespace
} // namespace parley
