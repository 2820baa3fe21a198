// `calling.dial` as its program sees it.
#include "machine/relay/session_story.h"

namespace parley::relay {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* one_phone
    = R"({"tag":"T","devices":[[{"type":"phone","params":{"to_number":"+15550100","from_number":"+15550101"}}]]})";

CallFacts winner()
{
    CallFacts call = SessionStory::call();
    call.context = {};
    call.direction = CallDirection::outbound;
    call.device = { DeviceType::phone, "+15550101", "+15550100", "" };
    call.tag = "T";
    return call;
}

SessionStory& dialling(SessionStory& story)
{
    story.connected();
    EXPECT_THAT(story.request("1", "calling.dial", one_phone), ElementsAre("dial T #1 for p"));
    return story;
}

TEST(DialSession, IsAnsweredWithoutACall) // Checklist 55, 59
{
    SessionStory story;
    dialling(story);
    EXPECT_THAT(story.event(Accept { { ConnectionId { "w" }, 1 }, "Dialing" }),
        ElementsAre(R"({"jsonrpc":"2.0","id":"1","result":{"code":"200","message":"Dialing"}})"));
    EXPECT_THAT(story.after(1s), IsEmpty()); // No event says that it dials.
}

TEST(DialSession, ARefusalNamesTheReason)
{
    SessionStory story;
    dialling(story);
    EXPECT_THAT(story.event(Reject { { ConnectionId { "w" }, 1 }, { ErrorKind::limit_reached, "too many" } }),
        ElementsAre(R"({"jsonrpc":"2.0","id":"1","result":{"code":"429","message":"too many"}})"));
    EXPECT_THAT(story.request("2", "calling.dial", R"({"tag":"T"})"),
        ElementsAre(R"({"jsonrpc":"2.0","id":"2","result":{"code":"400","message":"devices: is missing"}})"));
}

TEST(DialSession, StatesOfItsCallsCarryTheTagAndTheDirection) // Checklist 56
{
    SessionStory story;
    dialling(story);
    story.event(CallNoticed { winner(), CallStateChanged { CallState::created } });
    const Json& params = *story.sent().find("params")->find("params");
    EXPECT_EQ(params.string_or("tag"), "T");
    EXPECT_EQ(params.string_or("direction"), "outbound");
    EXPECT_EQ(params.string_or("call_state"), "created");
    EXPECT_EQ(params.find("context"), nullptr);
}

TEST(DialSession, TheWinnerIsToldBehindItsState) // Checklist 57, 58
{
    SessionStory story;
    dialling(story);
    story.event(Accept { { ConnectionId { "w" }, 1 }, "Dialing" });
    // Both wait for the gap behind the answer, and keep their order.
    EXPECT_THAT(story.event(CallNoticed { winner(), CallStateChanged { CallState::answered } }), IsEmpty());
    EXPECT_THAT(
        story.event(DialEnded { "protocol", ProjectId { "p" }, NodeId { "n@r" }, "T", winner(), {} }), IsEmpty());
    const auto texts = story.after(20ms);
    ASSERT_EQ(texts.size(), 2U);
    EXPECT_THAT(texts[0], testing::HasSubstr("calling.call.state"));
    const Json& event = *story.sent().find("params");
    EXPECT_EQ(event.string_or("event_type"), "calling.call.dial");
    EXPECT_EQ(event.find("params")->dump(),
        R"({"node_id":"n@r","tag":"T","dial_state":"answered","call":{"call_id":"c1","node_id":"n@r","segment_id":"s1",)"
        R"("project_id":"p","tag":"T","direction":"outbound","call_state":"answered","device":{"type":"phone","params":)"
        R"({"from_number":"+15550101","to_number":"+15550100","headers":[]}},"dial_winner":true}})");
}

TEST(DialSession, AFailureHasAReasonAndNoCall) // Checklist 60
{
    SessionStory story;
    dialling(story);
    story.event(DialEnded { "protocol", ProjectId { "p" }, NodeId { "n@r" }, "T", {}, CallEndReason::no_answer });
    EXPECT_EQ(story.sent().find("params")->find("params")->dump(),
        R"({"node_id":"n@r","tag":"T","dial_state":"failed","reason":"noAnswer","source":"outbound"})");
}

} // namespace
} // namespace parley::relay
