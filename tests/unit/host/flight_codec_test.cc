#include "host/flight_codec.h"

#include <gtest/gtest.h>

namespace parley::flight {
namespace {

// What is written is read as a value that is written the same way: every member came back.
void expect_same(const CallEvent& event)
{
    const Json json = encode(event);
    const auto text = Json::parse(json.dump());
    ASSERT_TRUE(text);
    const auto read = decode_call_event(*text);
    ASSERT_TRUE(read) << json.dump();
    EXPECT_EQ(encode(*read).dump(), json.dump());
    EXPECT_EQ(read->index(), event.index());
}

void expect_same(const agent::Event& event)
{
    const Json json = encode(event);
    const auto text = Json::parse(json.dump());
    ASSERT_TRUE(text);
    const auto read = decode_session_event(*text);
    ASSERT_TRUE(read) << json.dump();
    EXPECT_EQ(encode(*read).dump(), json.dump());
    EXPECT_EQ(read->index(), event.index());
}

TEST(FlightCodec, events_of_a_call_come_back)
{
    expect_same(CallEvent(LegEnded { LegId { "l" }, LegEndReason::busy, "486 Busy Here" }));
    expect_same(CallEvent(NobodyThere {}));
    expect_same(CallEvent(AiFinished { AiSessionId { "s" }, agent::FinishReason::error, "gone" }));
    AiSpec spec;
    spec.prompt = { "You are kind.", { "model", 0.3, std::nullopt, {}, {}, 100 }, 0.6, 0.02 };
    spec.tools.push_back(
        { "hours", "Opening hours", Json::Object { { "type", "object" } }, {}, Json::Object {}, "token" });
    spec.global_data = { { "shop", "Main Street" }, { "n", Json::Array { 1, 2.5, true, nullptr } } };
    spec.turn.barge_match = "stop";
    expect_same(CallEvent(CommandArrived { { ConnectionId { "c" }, 7 }, StartAi { ControlId { "ai" }, spec } }));
    expect_same(CallEvent(CommandArrived { { ConnectionId { "c" }, 8 },
        InjectMessage { agent::Reset { true, "new", "" }, Json::Object { { "k", 1 } }, Role::assistant, "text" } }));
    expect_same(CallEvent(CommandArrived { { ConnectionId { "c" }, 9 }, AnswerCall { 30s } }));
}

TEST(FlightCodec, events_of_a_session_come_back)
{
    expect_same(agent::Event(agent::SessionStarted {}));
    expect_same(agent::Event(agent::SpeechStarted { Instant(3s) }));
    expect_same(agent::Event(agent::SpeechStarted {}));
    expect_same(
        agent::Event(Transcript { "hi", true, 0.5F, "en-US", Instant(1s), Instant(2s), { { "hi", 0ms, 200ms } } }));
    expect_same(agent::Event(agent::ModelEvent { ReplyId { 3 }, LmToolCall { { "id", "hours", "{}" } } }));
    expect_same(agent::Event(agent::ModelEvent { ReplyId { 3 }, LmFailed { { ErrorKind::timed_out, "late" } } }));
    ToolReply reply;
    reply.response = "nine to five";
    reply.actions = { { "hangup", true } };
    expect_same(agent::Event(agent::ToolReturned { "id", reply }));
    expect_same(agent::Event(agent::ToolReturned { "id", Error { ErrorKind::unavailable, "away" } }));
    expect_same(agent::Event(agent::Dtmf { '#' }));
    expect_same(agent::Event(agent::HoldSession { 20s, "wait" }));
}

TEST(FlightCodec, what_another_version_wrote_is_refused)
{
    for (const char* text : { "null", "7", "[]", "{}", R"({"LegIncoming":[]})", R"({"LegIncoming":[["l"],"a","b",7]})",
             R"({"Unknown":[]})", R"({"NobodyThere":[1]})", R"({"NobodyThere":[],"LegEnded":[]})" }) {
        const auto json = Json::parse(text);
        ASSERT_TRUE(json);
        EXPECT_FALSE(decode_call_event(*json)) << text;
    }
    EXPECT_FALSE(decode_call(Json::Array {}));
    EXPECT_FALSE(decode_session(Json::Array { 1, 2 }));
}

} // namespace
} // namespace parley::flight
