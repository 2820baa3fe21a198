#include "relay/relay_session.h"

#include "machine/relay/session_story.h"

namespace parley::relay {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

// ---- Connect ------------------------------------------------------------------------------------------------------

TEST(RelaySession, ConnectIsAnsweredWithWhatEveryClientNeeds) // Checklist 24
{
    SessionStory story;
    const auto lines = story.request("1", "signalwire.connect",
        R"({"version":{"major":2,"minor":0,"revision":0},"authentication":{"project":"p","token":"t"},"contexts":["office"]})");
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[1], "contexts of p: office");
    const auto& answer = story.sent();
    EXPECT_EQ(answer.string_or("id"), "1");
    EXPECT_EQ(answer.find("error"), nullptr); // Checklist 11
    const auto& result = *answer.find("result");
    const auto protocol = result.string_or("protocol");
    const auto& authorization = *result.find("authorization");
    const auto signature = authorization.string_or("signature");
    EXPECT_EQ(authorization.string_or("project"), "p");
    EXPECT_FALSE(signature.empty());
    EXPECT_EQ(signature.find('_'), std::string::npos);
    EXPECT_THAT(protocol, StartsWith("signalwire_" + signature + "_"));
    EXPECT_THAT(result.string_or("identity"), HasSubstr("@n@r"));
    EXPECT_FALSE(result.string_or("sessionid").empty());
    EXPECT_EQ(*result.find("session_restored"), Json(false));
    EXPECT_EQ(result.find("jwt_token"), nullptr); // Checklist 29
    EXPECT_TRUE(story.session().connected());
}

TEST(RelaySession, AnUnknownProtocolSimplyGetsANewSession) // Checklist 25, 26
{
    SessionStory story;
    story.connected(R"(,"protocol":"signalwire_abc_old","authorization_state":"x:y")");
    EXPECT_TRUE(story.session().connected());
    EXPECT_NE(story.session().protocol(), "signalwire_abc_old");
}

TEST(RelaySession, WrongCredentialsAreAnsweredBeforeTheClose) // Checklist 27
{
    for (const auto* params : { R"({"authentication":{"project":"p","token":"wrong"}})", R"({"authentication":{}})",
             "{}", R"({"authentication":{"jwt_token":"x"}})", R"({"project":"p","token":"t"})" }) {
        SessionStory story;
        const auto lines = story.request("1", "signalwire.connect", params);
        ASSERT_EQ(lines.size(), 2U) << params;
        EXPECT_EQ(lines[0],
            R"({"jsonrpc":"2.0","id":"1","error":{"code":-32002,"message":"Authentication service failed with status )"
            R"(ProtocolError, 401 Unauthorized: {}","data":{"signalwire_error_code":"AUTH_REQUIRED"}}})");
        EXPECT_EQ(lines[1], "close 1008 authentication failed");
        EXPECT_THAT(story.request("2", "signalwire.ping", "{}"), IsEmpty());
        EXPECT_FALSE(story.session().deadline());
    }
}

TEST(RelaySession, AMalformedConnectIsAnErrorOfTheEnvelope)
{
    SessionStory story;
    const auto lines = story.request("1", "signalwire.connect", R"({"contexts":7})");
    EXPECT_THAT(lines,
        ElementsAre(
            R"({"jsonrpc":"2.0","id":"1","error":{"code":-32602,"message":"contexts: must be an array of strings"}})"));
    // It may be put right on the same connection.
    EXPECT_THAT(story.request("2", "signalwire.connect", R"({"authentication":{"project":"p","token":"t"}})"),
        ElementsAre(HasSubstr(R"("id":"2","result":{"identity")"), "contexts of p:"));
}

TEST(RelaySession, FramesBeforeConnectWaitForItInOrder) // Checklist 7, 34
{
    SessionStory story;
    EXPECT_THAT(story.request("1", "signalwire.receive", R"({"contexts":["a"]})"), IsEmpty());
    EXPECT_THAT(story.request("2", "signalwire.ping", R"({"timestamp":5})"), IsEmpty());
    const auto lines = story.request(
        "3", "signalwire.connect", R"({"authentication":{"project":"p","token":"t"},"contexts":["b"]})");
    ASSERT_EQ(lines.size(), 5U);
    EXPECT_THAT(lines[0], HasSubstr(R"("id":"3")"));
    EXPECT_EQ(lines[1], "contexts of p: b");
    EXPECT_EQ(lines[2], R"({"jsonrpc":"2.0","id":"1","result":{"code":"200","message":"Receiving events"}})");
    EXPECT_EQ(lines[3], "contexts of p: a b");
    EXPECT_EQ(lines[4], R"({"jsonrpc":"2.0","id":"2","result":{"timestamp":5}})");
}

TEST(RelaySession, FramesBeforeConnectAreLimited)
{
    SessionStory story;
    for (std::size_t i = 0; i < RelayPolicy {}.max_early_frames; ++i)
        EXPECT_THAT(story.request("x", "signalwire.ping", "{}"), IsEmpty());
    EXPECT_THAT(story.request("x", "signalwire.ping", "{}"),
        ElementsAre("close 1008 too many messages before signalwire.connect"));
}

TEST(RelaySession, NonsenseBeforeConnectIsAnsweredAndTheConnectionStays) // Checklist 20
{
    SessionStory story;
    EXPECT_THAT(story.text("GET / HTTP/1.1"), ElementsAre(StartsWith(R"({"jsonrpc":"2.0","error":{"code":-32700,)")));
    EXPECT_THAT(story.request("1", "signalwire.connect", R"({"authentication":{"project":"p","token":"t"}})"),
        ElementsAre(HasSubstr("protocol"), "contexts of p:"));
}

TEST(RelaySession, NonsenseBeforeConnectIsLimited)
{
    SessionStory story;
    for (std::size_t i = 0; i < RelayPolicy {}.max_early_frames; ++i)
        story.text("nonsense");
    EXPECT_THAT(story.text("nonsense"), ElementsAre("close 1008 too many messages before signalwire.connect"));
}

TEST(RelaySession, WhoNeverConnectsIsClosed)
{
    SessionStory story;
    EXPECT_THAT(story.after(9'999ms), IsEmpty());
    EXPECT_THAT(story.after(1ms), ElementsAre("close 1008 signalwire.connect did not come in time"));
}

TEST(RelaySession, ConnectingTwiceIsAnErrorAndChangesNothing)
{
    SessionStory story;
    story.connected();
    const auto protocol = story.session().protocol();
    EXPECT_THAT(story.request("9", "signalwire.connect", R"({"authentication":{"project":"p","token":"t"}})"),
        ElementsAre(HasSubstr(R"("error":{"code":-32600)")));
    EXPECT_EQ(story.session().protocol(), protocol);
}

// ---- Envelope faults ----------------------------------------------------------------------------------------------

TEST(RelaySession, MalformedTextsAreAnsweredAndTheConnectionStays) // Checklist 20
{
    SessionStory story;
    story.connected();
    EXPECT_THAT(story.text("{nonsense"), ElementsAre(StartsWith(R"({"jsonrpc":"2.0","error":{"code":-32700,)")));
    EXPECT_THAT(story.text("[]"), ElementsAre(StartsWith(R"({"jsonrpc":"2.0","error":{"code":-32600,)")));
    EXPECT_THAT(story.request("1", "calling.dance", "{}"), // Checklist 17
        ElementsAre(
            R"({"jsonrpc":"2.0","id":"1","error":{"code":-32601,"message":"Method not found: calling.dance"}})"));
    EXPECT_THAT(story.request("2", "signalwire.ping", R"({"timestamp":1})"),
        ElementsAre(R"({"jsonrpc":"2.0","id":"2","result":{"timestamp":1}})"));
}

TEST(RelaySession, MethodsThatAreNotThereYetAreCode501)
{
    SessionStory story;
    story.connected();
    EXPECT_THAT(story.request("1", "calling.tap", R"({"call_id":"c1","control_id":"x"})"),
        ElementsAre(
            R"({"jsonrpc":"2.0","id":"1","result":{"code":"501","message":"calling.tap is not available yet","call_id":"c1"}})"));
}

TEST(RelaySession, APlayIsAnsweredAndItsEventsCarryItsName) // Checklist 63
{
    SessionStory story;
    story.connected();
    story.request("1", "calling.play",
        R"({"call_id":"c1","control_id":"x.prompt","play":[{"type":"tts","params":{"text":"hi"}}]})");
    const auto& start = std::get<StartPlay>(story.forwarded().command);
    EXPECT_EQ(start.control_id.value, "x.prompt"); // Checklist 69
    EXPECT_THAT(story.accept("Playing", "x.prompt"),
        ElementsAre(
            R"({"jsonrpc":"2.0","id":"1","result":{"code":"200","message":"Playing","call_id":"c1","control_id":"x.prompt"}})"));
    story.after(20ms);
    const auto inner = [&](ActionChanged changed) {
        story.notice(std::move(changed));
        return *story.sent().find("params");
    };
    const Json playing = inner({ ActionChanged::Kind::play, ControlId { "x.prompt" }, ActionChanged::State::playing });
    EXPECT_EQ(playing.string_or("event_type"), "calling.call.play");
    EXPECT_EQ(playing.find("params")->dump(),
        R"({"call_id":"c1","node_id":"n@r","segment_id":"s1","control_id":"x.prompt","state":"playing"})");
    const Json failed = inner(
        { ActionChanged::Kind::play, ControlId { "x.prompt" }, ActionChanged::State::error, "play[0]: HTTP 404" });
    EXPECT_EQ(failed.find("params")->string_or("state"), "error");
    EXPECT_EQ(failed.find("params")->string_or("message"), "play[0]: HTTP 404");
}

TEST(RelaySession, AnActionWithoutANameGetsOne)
{
    SessionStory story;
    story.connected();
    story.request("1", "calling.play", R"({"call_id":"c1","play":[{"type":"silence","duration":1}]})");
    EXPECT_EQ(std::get<StartPlay>(story.forwarded().command).control_id.value.size(), 36U);
}

TEST(RelaySession, WrongParametersAreCode400AndNameTheField)
{
    SessionStory story;
    story.connected();
    EXPECT_THAT(story.request("1", "calling.ai", R"({"call_id":"c1","control_id":"x"})"),
        ElementsAre(
            R"({"jsonrpc":"2.0","id":"1","result":{"code":"400","message":"prompt: is missing","call_id":"c1"}})"));
    EXPECT_THAT(story.request("2", "signalwire.receive", R"({"contexts":{}})"),
        ElementsAre(HasSubstr(R"("code":"400","message":"contexts: must be an array of strings")")));
}

// ---- Contexts -----------------------------------------------------------------------------------------------------

TEST(RelaySession, ContextsAddUpAndUnknownOnesMayGo) // Checklist 36
{
    SessionStory story;
    story.connected(R"(,"contexts":["a"])");
    EXPECT_THAT(story.request("1", "signalwire.receive", R"({"contexts":["b","a"]})"),
        ElementsAre(R"({"jsonrpc":"2.0","id":"1","result":{"code":"200","message":"Receiving events"}})",
            "contexts of p: a b"));
    EXPECT_THAT(story.request("2", "signalwire.unreceive", R"({"contexts":["a","z"]})"),
        ElementsAre(R"({"jsonrpc":"2.0","id":"2","result":{"code":"200","message":"Unreceiving events"}})",
            "contexts of p: b"));
    EXPECT_THAT(story.request("3", "calling.receive", R"({"context":"c"})"),
        ElementsAre(HasSubstr(R"("code":"200")"), "contexts of p: b c"));
}

TEST(RelaySession, ContextsAreLimited)
{
    SessionStory story;
    story.connected();
    std::string contexts = R"("first")";
    for (std::size_t i = 0; i < RelayPolicy {}.max_contexts; ++i)
        contexts += ",\"" + std::to_string(i) + "\"";
    EXPECT_THAT(story.request("1", "signalwire.receive", R"({"contexts":[)" + contexts + "]}"),
        ElementsAre(HasSubstr(R"("code":"429","message":"contexts: at most 256 for one client")")));
}

// ---- Keep-alive ---------------------------------------------------------------------------------------------------

TEST(RelaySession, PingsEvery10Seconds) // Checklist 38
{
    SessionStory story;
    story.connected();
    story.after(8s);
    const auto lines = story.after(1s);
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(story.sent().string_or("method"), "signalwire.ping");
    EXPECT_TRUE(story.sent().find("id")->is_string()); // Checklist 9
    EXPECT_EQ(story.sent().find("params")->find("timestamp")->as_number(), 1745332545.0);
    EXPECT_THAT(story.text(R"({"jsonrpc":"2.0","id":")" + story.sent_id() + R"(","result":{}})"), IsEmpty());
    EXPECT_EQ(story.session().deadline(), story.now() + 10s);
}

TEST(RelaySession, APingWithoutATimestampIsAnsweredWithTheTime) // Checklist 37
{
    SessionStory story;
    story.connected();
    EXPECT_THAT(story.request("1", "signalwire.ping", "{}"),
        ElementsAre(R"({"jsonrpc":"2.0","id":"1","result":{"timestamp":1745332536}})"));
}

TEST(RelaySession, AMinuteOfSilenceIsTheEnd) // Checklist 8
{
    SessionStory story;
    story.connected();
    for (int i = 0; i < 5; ++i)
        EXPECT_THAT(story.after(10s), ElementsAre(HasSubstr("signalwire.ping"))) << i;
    EXPECT_THAT(story.after(8'999ms), IsEmpty());
    EXPECT_THAT(story.after(1ms), ElementsAre("close 1008 the client was silent for too long"));
}

TEST(RelaySession, AStoppingServerAsksTheClientToComeAgainAndCloses) // Checklist 39
{
    SessionStory story;
    story.connected();
    EXPECT_THAT(story.event(ClientSentAway {}), ElementsAre(HasSubstr(R"("method":"signalwire.disconnect")")));
    EXPECT_THAT(story.request("1", "signalwire.ping", R"({"timestamp":1})"), ElementsAre(HasSubstr("result")));
    EXPECT_THAT(story.after(1s), ElementsAre("close 1001 connect again"));
}

// ---- Commands -----------------------------------------------------------------------------------------------------

TEST(RelaySession, ACommandGoesToItsCallAndTheAnswerComesBack)
{
    SessionStory story;
    story.connected();
    EXPECT_THAT(story.request("2", "calling.answer", R"({"node_id":"n@r","call_id":"c1"})"),
        ElementsAre("forward c1 #1 command 0"));
    EXPECT_THAT(story.accept("Answered"),
        ElementsAre(R"({"jsonrpc":"2.0","id":"2","result":{"code":"200","message":"Answered","call_id":"c1"}})"));
    EXPECT_THAT(story.accept("Answered"), IsEmpty()); // Checklist 10: one answer.
}

TEST(RelaySession, ANumericIdComesBackAsANumber) // Checklist 10
{
    SessionStory story;
    story.connected();
    story.text(R"({"id":7,"method":"calling.answer","params":{"call_id":"c1"}})");
    EXPECT_THAT(story.accept("Answered"), ElementsAre(StartsWith(R"({"jsonrpc":"2.0","id":7,"result":)")));
}

// swml-ai 102
TEST(RelaySession, TheAiActionIsEchoedByItsControlId) // Checklist 63, 85
{
    SessionStory story;
    story.connected();
    story.request("3", "calling.ai",
        R"({"call_id":"c1","control_id":"AI1","prompt":{"text":"be kind"},"hints":["h"],"params":{"end_of_speech_timeout":"500"},"foo":"bar"})");
    const auto& start = std::get<StartAi>(story.forwarded().command);
    EXPECT_EQ(start.spec.prompt.text, "be kind");
    EXPECT_EQ(start.spec.turn.end_of_speech, Duration(500ms));
    EXPECT_THAT(story.accept("AI started", "AI1"),
        ElementsAre(
            R"({"jsonrpc":"2.0","id":"3","result":{"code":"200","message":"AI started","call_id":"c1","control_id":"AI1"}})"));
}

TEST(RelaySession, AmazonBedrockIsAnAiWithAVoiceOfItsOwn)
{
    SessionStory story;
    story.connected();
    story.request("3", "calling.amazon_bedrock",
        R"({"call_id":"c1","control_id":"AI1","prompt":{"text":"be kind","voice_id":"tiffany"}})");
    const auto& start = std::get<StartAi>(story.forwarded().command);
    EXPECT_EQ(start.spec.prompt.text, "be kind");
    EXPECT_EQ(start.spec.languages.front().voice, "tiffany");
}

TEST(RelaySession, WhatWasIgnoredInAnAiObjectIsSaidInTheResult)
{
    SessionStory story;
    story.connected();
    story.request("3", "calling.ai",
        R"({"call_id":"c1","control_id":"AI1","prompt":{"text":"x","temperature":9},"params":{"attention_timeout":3}})");
    EXPECT_THAT(story.accept("AI started", "AI1"),
        ElementsAre(HasSubstr(
            R"("warnings":["prompt.temperature: must be between 0 and 2, the default stays","params.attention_timeout: must be between 10000 and 600000, the default stays"])")));
}

TEST(RelaySession, AnAiWithoutAControlIdIsGivenOne)
{
    SessionStory story;
    story.connected();
    story.request("3", "calling.ai", R"({"call_id":"c1","prompt":{"text":"x"}})");
    EXPECT_EQ(std::get<StartAi>(story.forwarded().command).control_id.value.size(), 36U);
}

TEST(RelaySession, ARejectionIsAResultWithItsCode) // Checklist 14, 54
{
    const std::pair<ErrorKind, const char*> codes[]
        = { { ErrorKind::invalid_request, "400" }, { ErrorKind::unauthenticated, "401" },
              { ErrorKind::not_found, "404" }, { ErrorKind::conflict, "409" }, { ErrorKind::unsupported, "501" },
              { ErrorKind::limit_reached, "429" }, { ErrorKind::unavailable, "503" }, { ErrorKind::timed_out, "504" } };
    SessionStory story;
    story.connected();
    for (const auto& [kind, code] : codes) {
        story.request("2", "calling.end", R"({"call_id":"c1"})");
        EXPECT_THAT(story.reject(kind, "why"),
            ElementsAre(R"({"jsonrpc":"2.0","id":"2","result":{"code":")" + std::string(code)
                + R"(","message":"why","call_id":"c1"}})"));
    }
}

TEST(RelaySession, UnknownAndEndedCallsAreToldApart) // Checklist 52, 54
{
    SessionStory story;
    story.connected();
    EXPECT_THAT(story.request("1", "calling.answer", R"({"call_id":"nope"})"),
        ElementsAre(HasSubstr(R"("code":"404","message":"call_id: no such call","call_id":"nope")")));
    EXPECT_THAT(story.request("2", "calling.end", R"({"call_id":"old"})"),
        ElementsAre(HasSubstr(R"("code":"410","message":"call_id: the call has ended")")));
}

TEST(RelaySession, ACommandThatNoCallAnswersIsGivenUp) // Checklist 10, 18
{
    SessionStory story;
    story.connected();
    story.request("1", "calling.end", R"({"call_id":"c1"})");
    EXPECT_THAT(story.after(3'999ms), IsEmpty());
    EXPECT_THAT(story.after(1ms),
        ElementsAre(
            R"({"jsonrpc":"2.0","id":"1","result":{"code":"504","message":"the call did not answer in time","call_id":"c1"}})"));
    EXPECT_THAT(story.accept("too late"), IsEmpty());
}

TEST(RelaySession, PendingCommandsOfOneCallAreLimited)
{
    SessionStory story;
    story.connected();
    story.calls["c2"] = CallStanding::live;
    for (std::size_t i = 0; i < RelayPolicy {}.max_pending_commands; ++i)
        story.request("x", "calling.ai_message", R"({"call_id":"c1","message_text":"m"})");
    EXPECT_THAT(story.request("y", "calling.end", R"({"call_id":"c1"})"),
        ElementsAre(HasSubstr(R"("code":"429","message":"too many commands of this call wait for their answer")")));
    EXPECT_THAT(story.request("z", "calling.end", R"({"call_id":"c2"})"), ElementsAre(StartsWith("forward c2")));
}

// ---- Events -------------------------------------------------------------------------------------------------------

TEST(RelaySession, AnOfferHasEverythingThatClientsNeed) // Checklist 41, 46, 47
{
    SessionStory story;
    story.connected(R"(,"contexts":["office"])");
    ASSERT_EQ(story.offered().size(), 1U);
    const auto id = story.sent_id();
    const auto protocol = story.session().protocol();
    EXPECT_EQ(story.sent().dump(),
        R"({"jsonrpc":"2.0","id":")" + id
            + R"(","method":"signalwire.event","params":{"event_type":"calling.call.receive","event_channel":")"
            + protocol
            + R"(","timestamp":1745332536,"project_id":"p","space_id":"S","context":"office","node_id":"n@r","params":{)"
            + R"("call_id":"c1","node_id":"n@r","segment_id":"s1","project_id":"p","context":"office","tag":"",)"
            + R"("direction":"inbound","call_state":"ringing","device":{"type":"phone","params":{)"
            + R"("from_number":"+15551110000","to_number":"+15552220000","headers":[]}},"space_id":"S","protocol":")"
            + protocol + R"("}}})");
    EXPECT_THAT(story.text(R"({"jsonrpc":"2.0","id":")" + id + R"(","result":{}})"), ElementsAre("offer accepted c1"));
    EXPECT_THAT(story.text(R"({"jsonrpc":"2.0","id":")" + id + R"(","result":{}})"), IsEmpty());
}

TEST(RelaySession, AStateEventRepeatsTheWholeCall) // Checklist 48, 49, 50
{
    SessionStory story;
    story.connected();
    story.notice(CallStateChanged { CallState::answered });
    const auto* params = story.sent().find("params")->find("params");
    EXPECT_EQ(params->dump(),
        R"({"call_id":"c1","node_id":"n@r","segment_id":"s1","project_id":"p","context":"office","tag":"",)"
        R"("direction":"inbound","call_state":"answered","device":{"type":"phone","params":{"from_number":"+15551110000",)"
        R"("to_number":"+15552220000","headers":[]}}})");
    story.notice(CallStateChanged { CallState::ended, CallEndReason::no_answer });
    EXPECT_EQ(story.sent().find("params")->find("params")->string_or("end_reason"), "noAnswer");
}

// swml-ai 102
TEST(RelaySession, TheEndOfAnAiActionCarriesItsControlId) // Checklist 86
{
    SessionStory story;
    story.connected();
    story.notice(
        AiActionEnded { ControlId { "AI1" }, AiActionEnded::State::finished, "hangup", "", AiSessionId { "ai" } });
    EXPECT_EQ(story.sent().find("params")->string_or("event_type"), "calling.call.ai");
    EXPECT_EQ(story.sent().find("params")->find("params")->dump(),
        R"({"call_id":"c1","node_id":"n@r","segment_id":"s1","control_id":"AI1","state":"finished","reason":"hangup","ai_session_id":"ai"})");
    story.notice(AiActionEnded { ControlId { "AI1" }, AiActionEnded::State::error, "", "no voice" });
    EXPECT_EQ(story.sent().find("params")->find("params")->dump(),
        R"({"call_id":"c1","node_id":"n@r","segment_id":"s1","control_id":"AI1","state":"error","code":"500","message":"no voice"})");
}

TEST(RelaySession, ASipDeviceHasFromAndTo) // Checklist 47
{
    SessionStory story;
    story.connected();
    auto call = SessionStory::call();
    call.device = { DeviceType::sip, "sip:a@x", "sip:b@y", "Ann" };
    story.event(CallNoticed { call, CallStateChanged { CallState::ending } });
    EXPECT_EQ(story.sent().find("params")->find("params")->find("device")->dump(),
        R"({"type":"sip","params":{"from":"sip:a@x","to":"sip:b@y","from_name":"Ann","headers":[]}})");
}

TEST(RelaySession, AnEventFollowsItsResponseByTheGap) // Checklist 44, 45
{
    SessionStory story;
    story.connected();
    story.request("2", "calling.answer", R"({"call_id":"c1"})");
    story.accept("Answered");
    EXPECT_THAT(story.notice(CallStateChanged { CallState::answered }), IsEmpty());
    EXPECT_EQ(story.session().deadline(), story.now() + 20ms);
    EXPECT_THAT(story.after(19'999us), IsEmpty());
    EXPECT_THAT(
        story.request("3", "signalwire.ping", R"({"timestamp":1})"), // Responses pass by, and delay nothing queued.
        ElementsAre(R"({"jsonrpc":"2.0","id":"3","result":{"timestamp":1}})"));
    EXPECT_THAT(story.after(1us), ElementsAre(HasSubstr(R"("call_state":"answered")")));
}

TEST(RelaySession, EventsOfOneCallKeepTheirOrderAndEndedQueuesLikeAnyOther) // Checklist 43, 82
{
    SessionStory story;
    story.connected();
    story.request("2", "calling.end", R"({"call_id":"c1"})");
    story.accept("Disconnecting call");
    story.notice(CallStateChanged { CallState::ending });
    story.notice(AiActionEnded { ControlId { "AI1" }, AiActionEnded::State::finished, "hangup" });
    story.notice(CallStateChanged { CallState::ended, CallEndReason::hangup });
    EXPECT_THAT(story.after(20ms),
        ElementsAre(HasSubstr(R"("call_state":"ending")"), HasSubstr(R"("control_id":"AI1")"),
            HasSubstr(R"("call_state":"ended")")));
}

TEST(RelaySession, AWithdrawnOfferIsTheEndOfTheCallForThisClient)
{
    SessionStory story;
    story.connected();
    story.offered();
    story.event(OfferWithdrawn { SessionStory::call() });
    EXPECT_EQ(story.sent().find("params")->find("params")->string_or("call_state"), "ended");
    EXPECT_EQ(story.sent().find("params")->find("params")->string_or("end_reason"), "cancel");
}

TEST(RelaySession, AClientThatAcknowledgesNothingTakesWhatWasSentToIt)
{
    SessionStory story;
    story.connected(R"(,"event_acks":false)");
    const auto lines = story.offered();
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[1], "offer accepted c1");
    EXPECT_EQ(story.session().unacknowledged(), 0U);
}

TEST(RelaySession, UnacknowledgedEventsStopCommandsAndThenTheConnection)
{
    SessionStory story;
    story.connected();
    const RelayPolicy policy;
    for (std::size_t i = 0; i < policy.max_unacknowledged; ++i)
        story.notice(CallStateChanged { CallState::answered });
    EXPECT_THAT(story.request("1", "calling.end", R"({"call_id":"c1"})"),
        ElementsAre(HasSubstr(R"("code":"429","message":"limits.events: too many events are not acknowledged")")));
    story.after(20ms);
    const auto last = story.notice(CallStateChanged { CallState::answered });
    ASSERT_EQ(last.size(), 1U);
    EXPECT_EQ(story.session().unacknowledged(), policy.max_unacknowledged + 1);
    story.text(R"({"id":")" + story.sent_id() + R"(","result":{}})");
    EXPECT_EQ(story.session().unacknowledged(), 0U); // Who has the last one has those before it.
    for (std::size_t i = 0; i < policy.max_unacknowledged * policy.max_events_factor; ++i)
        EXPECT_THAT(
            story.notice(CallStateChanged { CallState::answered }), ElementsAre(HasSubstr("calling.call.state")));
    EXPECT_THAT(story.notice(CallStateChanged { CallState::answered }),
        ElementsAre("close 1008 too many events wait for this client"));
}

// ---- A client that comes back -------------------------------------------------------------------------------------

constexpr const char* again
    = R"({"authentication":{"project":"p","token":"t"},"contexts":["a"],"protocol":")"; // The protocol follows.

TEST(RelaySession, AClientThatComesBackGetsItsSessionAgain) // Checklist 25, 31
{
    SessionStory before;
    before.connected();
    before.request("1", "signalwire.receive", R"({"contexts":["b"]})");
    const auto protocol = before.session().protocol();
    before.notice(CallStateChanged { CallState::answered });
    before.after(20ms);
    const auto first = before.sent_id(); // Left, and was not acknowledged.
    ASSERT_TRUE(before.leave());
    EXPECT_THAT(before.notice(CallStateChanged { CallState::ended, CallEndReason::hangup }), IsEmpty());
    EXPECT_EQ(before.session().deadline(), before.now() + RelayPolicy {}.resume_within);

    SessionStory after;
    after.resumable_protocol = protocol;
    EXPECT_THAT(after.request("1", "calling.end", R"({"call_id":"c1"})"), IsEmpty());
    const auto answer = after.request("2", "signalwire.connect", again + protocol + R"("})");
    EXPECT_THAT(answer, ElementsAre(HasSubstr(R"("session_restored":true)"), "resume " + protocol + " after 0"));
    EXPECT_THAT(answer[0], HasSubstr(R"("protocol":")" + protocol));
    EXPECT_THAT(answer[0], HasSubstr(R"("signature":")" + protocol.substr(11, 32) + '"'));
    // Contexts that were added later count again; what came early waited.
    EXPECT_THAT(after.resume(before), ElementsAre("forward c1 #1 command 1", "contexts of p: a b"));
    const auto events = after.after(20ms);
    ASSERT_EQ(events.size(), 2U);
    EXPECT_THAT(events[0], AllOf(HasSubstr(first), HasSubstr("answered")));
    EXPECT_THAT(events[1], HasSubstr("ended"));
    EXPECT_EQ(after.session().unacknowledged(), 2U);
}

TEST(RelaySession, WhatWasAcknowledgedOrOfferedIsNotSentAgain) // Checklist 33
{
    SessionStory before;
    before.connected();
    before.offered();
    before.notice(CallStateChanged { CallState::answered });
    before.text(R"({"id":")" + before.sent_id() + R"(","result":{}})");
    before.offered(); // Not acknowledged.
    ASSERT_TRUE(before.leave());
    EXPECT_THAT(before.offered(), IsEmpty());

    SessionStory after;
    after.resumable_protocol = before.session().protocol();
    after.request("1", "signalwire.connect", again + after.resumable_protocol + R"("})");
    after.resume(before);
    EXPECT_THAT(after.after(1s), IsEmpty());
}

TEST(RelaySession, OnlyWhoWasConnectedLeavesASession)
{
    SessionStory never;
    EXPECT_FALSE(never.leave());
    SessionStory dropped;
    dropped.connected().event(ClientSentAway { ClientSentAway::Session::dropped });
    EXPECT_FALSE(dropped.leave());
    SessionStory kept;
    kept.connected().event(ClientSentAway { ClientSentAway::Session::kept });
    EXPECT_TRUE(kept.leave());
}

TEST(RelaySession, ASessionEndsWhenItsClientDoesNotComeBackInTime) // Checklist 26
{
    SessionStory story;
    story.connected();
    ASSERT_TRUE(story.leave());
    story.after(59'999ms);
    EXPECT_TRUE(story.session().can_resume());
    story.after(1ms);
    EXPECT_TRUE(story.session().is_closed());
    EXPECT_FALSE(story.session().deadline());
}

TEST(RelaySession, AClientThatWasSilentForTooLongMayComeBack)
{
    SessionStory story;
    story.connected();
    for (int i = 0; i < 7; ++i)
        story.after(10s);
    EXPECT_TRUE(story.session().is_away());
    EXPECT_THAT(story.request("1", "signalwire.ping", "{}"), IsEmpty()); // From a connection that was given up.
    EXPECT_TRUE(story.session().can_resume());
}

TEST(RelaySession, WhatWasUnreceivedStaysSoThoughTheClientRepeatsIt) // Checklist 31
{
    SessionStory before;
    before.connected(R"(,"contexts":["a","c"])");
    before.request("1", "signalwire.unreceive", R"({"contexts":["a"]})");
    before.leave();
    SessionStory after;
    after.resumable_protocol = before.session().protocol();
    after.request("1", "signalwire.connect",
        R"({"authentication":{"project":"p","token":"t"},"contexts":["a","c"],"protocol":")" + after.resumable_protocol
            + R"("})");
    EXPECT_THAT(after.resume(before), ElementsAre("contexts of p: c"));
}

// ---- Authorization state ------------------------------------------------------------------------------------------

std::string state_in(const SessionStory& story)
{
    return story.sent().find("params")->find("params")->string_or("authorization_state");
}

TEST(RelaySession, AClientIsGivenAStateToShowWhenItComesAgain)
{
    SessionStory story;
    EXPECT_EQ(story.connected(R"(,"version":{"major":2,"minor":0,"revision":0})")
                  .sent()
                  .find("params")
                  ->string_or("event_type"),
        "signalwire.authorization.state");
    story.after(49ms);
    EXPECT_THAT(story.notice(CallStateChanged { CallState::answered }), ElementsAre(HasSubstr("calling.call.state")));
    EXPECT_THAT(story.after(1ms), ElementsAre(HasSubstr("signalwire.authorization.state"))); // It proves the event.
    EXPECT_EQ(story.session().unacknowledged(), 1U); // A state itself is not kept.
}

TEST(RelaySession, WhoShowsItsStateIsNotSentAgainWhatItHas) // Checklist 33
{
    SessionStory before;
    before.connected(R"(,"version":{"major":2},"contexts":["office"])");
    before.offered();
    before.notice(CallStateChanged { CallState::answered });
    before.after(1s);
    const auto state = state_in(before);
    before.notice(CallStateChanged { CallState::ending });
    before.leave(); // All three left, none was acknowledged.

    SessionStory after;
    after.resumable_protocol = before.session().protocol();
    EXPECT_THAT(after.request("1", "signalwire.connect",
                    R"({"authentication":{"project":"p","token":"t"},"protocol":")" + after.resumable_protocol
                        + R"(","authorization_state":")" + state + R"("})"),
        ElementsAre(HasSubstr(R"("session_restored":true)"), "resume " + after.resumable_protocol + " after 2"));
    EXPECT_THAT(after.resume(before, 2), ElementsAre("offer accepted c1", "contexts of p: office"));
    const auto events = after.after(20ms);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_THAT(events[0], HasSubstr(R"("call_state":"ending")"));
}

TEST(RelaySession, AnOfferThatMayNotHaveArrivedIsInDoubt)
{
    SessionStory before;
    before.connected(R"(,"contexts":["office"])");
    before.offered();
    before.leave();
    SessionStory after;
    after.resumable_protocol = before.session().protocol();
    after.request("1", "signalwire.connect", again + after.resumable_protocol + R"("})");
    EXPECT_THAT(after.resume(before), ElementsAre("offer in doubt c1", "contexts of p: a office"));
}

TEST(RelaySession, AStateOfANewServerBringsTheContextsBack) // Checklist 31
{
    SessionStory before;
    before.connected(R"(,"version":{"major":2},"contexts":["a"])");
    before.request("1", "signalwire.receive", R"({"contexts":["b"]})");
    before.after(1s);
    SessionStory after;
    const auto lines = after.request("1", "signalwire.connect",
        again + before.session().protocol() + R"(","authorization_state":")" + state_in(before) + R"("})");
    EXPECT_THAT(lines, ElementsAre(HasSubstr(R"("session_restored":false)"), "contexts of p: a b"));
}

TEST(RelaySession, AnInvalidStateIsAsIfThereWereNone) // Checklist 28
{
    SessionStory before;
    before.connected(R"(,"version":{"major":2},"contexts":["b"])");
    auto changed = state_in(before);
    changed[5] = changed[5] == 'A' ? 'B' : 'A';
    for (const auto& state :
        { std::string("x"), std::string("a:b"), std::string(":"), changed, std::string(40'000, 'A') }) {
        SessionStory after;
        EXPECT_THAT(after.request("1", "signalwire.connect",
                        again + before.session().protocol() + R"(","authorization_state":")" + state + R"("})"),
            ElementsAre(HasSubstr(R"("session_restored":false)"), "contexts of p: a"));
    }
    SessionStory number;
    EXPECT_THAT(number.request("1", "signalwire.connect",
                    R"({"authentication":{"project":"p","token":"t"},"authorization_state":7})"),
        ElementsAre(HasSubstr("protocol"), "contexts of p:"));
}

// ---- Passing on ---------------------------------------------------------------------------------------------------

TEST(RelaySession, ACallThatRingsIsPassedOn) // Checklist 53
{
    SessionStory story;
    story.connected();
    story.calls["c1"] = CallStanding::ringing;
    EXPECT_THAT(story.request("1", "calling.pass", R"({"call_id":"c1","node_id":"n"})"),
        ElementsAre(R"({"jsonrpc":"2.0","id":"1","result":{"code":"200","message":"Passing call","call_id":"c1"}})",
            "passed c1"));
    story.calls["c1"] = CallStanding::live;
    EXPECT_THAT(story.request("2", "calling.pass", R"({"call_id":"c1"})"), ElementsAre(HasSubstr(R"("code":"409")")));
    EXPECT_THAT(story.request("3", "calling.pass", R"({"call_id":"x"})"), ElementsAre(HasSubstr(R"("code":"404")")));
}

// ---- Who comes, and how much it may ask ---------------------------------------------------------------------------

TEST(RelaySession, AJsonWebTokenIsAnsweredWithItself) // Checklist 22, 29
{
    SessionStory story;
    story.request("1", "signalwire.connect", R"({"authentication":{"jwt_token":"signed"},"project":"x","token":"y"})");
    EXPECT_EQ(story.sent().find("result")->string_or("jwt_token"), "signed");
    EXPECT_EQ(story.session().project().value, "p");
}

TEST(RelaySession, EveryVersionIsServed) // Checklist 23
{
    for (const auto* version : { "2", "3", "4" }) {
        SessionStory story;
        story.connected(R"(,"version":{"major":)" + std::string(version) + R"(,"minor":0,"revision":0})");
        EXPECT_TRUE(story.session().connected()) << version;
    }
}

TEST(RelaySession, WhoMayNotConnectNowIsToldWhy)
{
    SessionStory full;
    full.session_error = Error { ErrorKind::limit_reached, "limits.connections: x" };
    EXPECT_THAT(full.request("1", "signalwire.connect", R"({"authentication":{"project":"p","token":"t"}})"),
        ElementsAre(R"({"jsonrpc":"2.0","id":"1","error":{"code":429,"message":"limits.connections: x"}})",
            "close 1013 limits.connections: x"));
    SessionStory guessing;
    guessing.login_error = { ErrorKind::limit_reached, "too many failed logins" };
    EXPECT_THAT(guessing.request("1", "signalwire.connect", R"({"authentication":{"project":"p","token":"x"}})"),
        ElementsAre(HasSubstr(R"("code":429)"), "close 1013 too many failed logins"));
    SessionStory draining;
    draining.session_error = Error { ErrorKind::unavailable, "draining" };
    EXPECT_THAT(draining.request("1", "signalwire.connect", R"({"authentication":{"project":"p","token":"t"}})"),
        ElementsAre(HasSubstr(R"("code":503)"), "close 1013 draining"));
}

TEST(RelaySession, CommandsBeyondTheProjectsRateAreRefused)
{
    SessionStory story;
    story.connected();
    story.command_error = Error { ErrorKind::limit_reached, "limits.commands_per_second: x" };
    EXPECT_THAT(story.request("1", "calling.end", R"({"call_id":"c1"})"),
        ElementsAre(HasSubstr(R"("code":"429","message":"limits.commands_per_second: x")")));
}

TEST(RelaySession, TooManyMessagesAreRefusedAndThenTheConnectionIs)
{
    SessionStory story;
    story.connected();
    const RelayPolicy policy;
    const auto burst = static_cast<int>(policy.frames_per_second * 4);
    for (int i = 0; i < burst; ++i)
        ASSERT_THAT(story.request("1", "signalwire.ping", "{}"), ElementsAre(HasSubstr("timestamp")));
    for (std::size_t i = 0; i < policy.max_excess_frames; ++i)
        ASSERT_THAT(story.request("1", "signalwire.ping", "{}"), ElementsAre(HasSubstr(R"("code":"429")")));
    EXPECT_THAT(story.request("1", "signalwire.ping", "{}"), ElementsAre("close 1008 too many messages"));
}

TEST(RelaySession, AcknowledgementsAreNotCountedAsMessages)
{
    SessionStory story;
    story.connected();
    for (int i = 0; i < 5'000; ++i)
        ASSERT_THAT(story.text(R"({"id":"x","result":{}})"), IsEmpty()); // Checklist 21
    EXPECT_THAT(story.request("1", "signalwire.ping", "{}"), ElementsAre(HasSubstr("timestamp")));
}

TEST(RelaySession, AClientThatDoesNotReadIsRefusedAndThenGivenUp)
{
    SessionStory story;
    story.connected();
    EXPECT_THAT(
        story.event(TextArrived { R"({"id":"1","method":"calling.end","params":{"call_id":"c1"}})", 1024 * 1024 }),
        ElementsAre(HasSubstr(R"("code":"429","message":"too much was sent to this client and not read")")));
    EXPECT_THAT(story.event(ClientDoesNotRead {}), ElementsAre("close 1013 the client does not read"));
    EXPECT_TRUE(story.session().can_resume()); // What it missed waits for it.
}

TEST(RelaySession, AClientThatIsSentAwayForGoodBeginsAnewButKeepsItsAuthorizationState) // Checklist 39, 40
{
    SessionStory story;
    story.connected();
    EXPECT_THAT(story.event(ClientSentAway { ClientSentAway::Session::dropped }),
        ElementsAre(HasSubstr(R"("method":"signalwire.disconnect","params":{"restart":false}})")));
    EXPECT_FALSE(story.session().can_resume());
    EXPECT_THAT(story.after(1s), ElementsAre("close 1001 connect again"));
    EXPECT_TRUE(story.session().is_closed());
}

TEST(RelaySession, AClientThatIsSentAwayWithItsSessionHearsUntilItGoes) // Checklist 39
{
    SessionStory story;
    story.connected();
    EXPECT_THAT(story.event(ClientSentAway {}), ElementsAre(HasSubstr(R"("params":{"restart":false}})")));
    EXPECT_THAT(story.notice(CallStateChanged { CallState::answered }), ElementsAre(HasSubstr("answered")));
    EXPECT_THAT(story.after(1s), ElementsAre("close 1001 connect again"));
    EXPECT_TRUE(story.session().is_away());
}

TEST(RelaySession, EventsForAClientThatDoesNotComeBackAreLimited)
{
    SessionStory story;
    story.connected();
    ASSERT_TRUE(story.leave());
    for (std::size_t i = 0; i < 2 * RelayPolicy {}.max_unacknowledged; ++i)
        story.notice(CallStateChanged { CallState::answered });
    EXPECT_FALSE(story.session().is_closed());
    story.notice(CallStateChanged { CallState::answered });
    EXPECT_TRUE(story.session().is_closed());
}

// Nothing that a client reads is ever null: the C++ client aborts on it. Results are objects that hold something, and
// no `result`: JavaScript clients unpack that one.
TEST(RelaySession, NothingIsEverNullOrEmptyOrNestedInAnswers) // Checklist 6, 13, 15, 16
{
    SessionStory story;
    auto lines = story.request("1", "signalwire.connect", R"({"authentication":{"project":"p","token":"t"}})");
    story.after(1s);
    const auto add = [&](const SessionStory::Lines& more) { lines.insert(lines.end(), more.begin(), more.end()); };
    add(story.offered());
    add(story.notice(CallStateChanged { CallState::answered }));
    add(story.notice(AiActionEnded { ControlId { "AI1" }, AiActionEnded::State::error, "", "" }));
    add(story.request("2", "signalwire.ping", "{}"));
    add(story.request("3", "calling.end", "{}"));
    add(story.text("{"));
    story.after(1s);
    EXPECT_GE(lines.size(), 6U);
    for (const auto& line : lines) {
        EXPECT_THAT(line, testing::Not(HasSubstr("null")));
        const auto frame = Json::parse(line);
        if (!frame)
            continue; // No text for the client.
        EXPECT_TRUE(frame->is_object());
        if (const auto* result = frame->find("result")) {
            EXPECT_FALSE(result->as_object().empty());
            EXPECT_EQ(result->find("result"), nullptr);
        }
    }
}

} // namespace
} // namespace parley::relay
