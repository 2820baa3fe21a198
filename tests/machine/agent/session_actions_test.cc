// Actions of functions, natives and hooks: what each does to the conversation.
#include "machine/agent/session_script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::agent {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

AiSpec with_tools(std::vector<std::string> names = { "a" })
{
    auto spec = quiet_spec();
    for (auto& name : names)
        spec.tools.push_back(tool(name));
    spec.report.hook.url = "http://127.0.0.1/report";
    return spec;
}

ToolSpec hook(std::string name)
{
    auto spec = tool(std::move(name));
    spec.hook.url = "https://x.test";
    return spec;
}

ToolReply reply_with(std::string_view actions, std::string response = "x")
{
    ToolReply reply;
    reply.response = std::move(response);
    const auto json = Json::parse(actions).value();
    for (const auto& [name, value] : json.as_object())
        reply.actions.push_back({ name, value });
    return reply;
}

// The user says something, the model calls `a`, and this is what comes back.
SessionScript& acts(SessionScript& script, std::string_view actions)
{
    static int number = 0;
    const auto id = "call" + std::to_string(++number);
    return script.turn("hello")
        .model(LmToolCall { { id, "a", "{}" } })
        .model(LmDone {})
        .event(ToolReturned { id, reply_with(actions) });
}

std::vector<std::string> offered(const SessionScript& script)
{
    std::vector<std::string> names;
    for (const auto& tool : script.last<AskModel>()->request.tools)
        names.push_back(tool.name);
    return names;
}

std::string last_message(const SessionScript& script)
{
    return script.last<AskModel>()->request.messages.back().content;
}

std::vector<std::string> shown(const SessionScript& script)
{
    std::vector<std::string> texts;
    for (const auto& message : script.last<AskModel>()->request.messages)
        texts.push_back(message.content);
    return texts;
}

SessionReport report_of(SessionScript& script)
{
    script.event(CallEnded {});
    const auto* posted = script.last<PostReport>();
    EXPECT_NE(posted, nullptr);
    return posted == nullptr ? SessionReport {} : posted->report;
}

// But for the caller, who is always there.
std::string without_caller(Json::Object values)
{
    values.erase("caller_id_number");
    return Json(std::move(values)).dump();
}

std::string data_of(const SessionScript& script)
{
    return without_caller(script.session().global_data());
}

// ---- Data ----------------------------------------------------------------------------------------------------------

// swml-ai 48
TEST(Actions, GlobalDataIsMergedRemovedAndReplaced)
{
    auto spec = with_tools();
    spec.global_data = { { "a", 1 }, { "b", 2 }, { "c", 3 } };
    SessionScript script(spec);
    acts(script, R"({"set_global_data":{"a":null,"d":4},"unset_global_data":"b"})");
    EXPECT_EQ(data_of(script), R"({"a":null,"c":3,"d":4})");
    script.says("Fine.").played();
    acts(script, R"({"unset_global_data":["a","c","none"]})");
    EXPECT_EQ(data_of(script), R"({"d":4})");
    script.says("Fine.").played();
    acts(script, R"({"unset_global_data":{"e":5}})");
    EXPECT_EQ(data_of(script), R"({"e":5})");
    script.says("Fine.").played();
    acts(script, R"({"unset_global_data":{}})");
    EXPECT_EQ(data_of(script), "{}");
}

// swml-ai 41
TEST(Actions, TheProgramMayForbidGlobalDataAndSettings)
{
    auto spec = with_tools();
    spec.global_data = { { "a", 1 } };
    spec.tool_settings.allow_global_data = false;
    spec.tool_settings.allow_settings = false;
    SessionScript script(spec);
    acts(script, R"({"set_global_data":{"b":2},"unset_global_data":"a","settings":{"temperature":1.5}})");
    EXPECT_EQ(data_of(script), R"({"a":1})");
    EXPECT_EQ(script.last<AskModel>()->request.options.temperature, 0.3);
}

// swml-ai 49
TEST(Actions, MetaDataBelongsToTheToken)
{
    auto spec = with_tools({ "a", "b", "c" });
    spec.tools[0].meta_data_token = spec.tools[1].meta_data_token = "shared";
    spec.tools[2].meta_data_token = "own";
    SessionScript script(spec);
    acts(script, R"({"set_meta_data":{"seen":true,"gone":1},"unset_meta_data":"gone"})");
    script.model(LmToolCall { { "b1", "b", "{}" } }).model(LmToolCall { { "c1", "c", "{}" } }).model(LmDone {});
    const auto calls = script.all<CallTool>();
    ASSERT_EQ(calls.size(), 3U);
    EXPECT_EQ(calls[0].request.meta_data.dump(), R"({"m":1})");
    EXPECT_EQ(calls[1].request.meta_data.dump(), R"({"m":1,"seen":true})");
    EXPECT_EQ(calls[2].request.meta_data.dump(), R"({"m":1})");
    for (const auto& text : shown(script))
        EXPECT_THAT(text, Not(HasSubstr("seen")));
}

// swml-ai 51
TEST(Actions, AUserEventIsEmitted)
{
    SessionScript script(with_tools());
    acts(script, R"({"user_event":{"type":"cards","n":2}})");
    ASSERT_NE(script.last<EmitUserEvent>(), nullptr);
    EXPECT_EQ(Json(script.last<EmitUserEvent>()->event).dump(), R"({"type":"cards","n":2})");
}

// ---- Speech and sound ----------------------------------------------------------------------------------------------

// swml-ai 43
TEST(Actions, SayIsSpokenBeforeTheModelGoesOn)
{
    SessionScript script(with_tools());
    acts(script, R"({"say":"Your code is 7."})");
    EXPECT_EQ(script.last<Speak>()->text, "Your code is 7.");
    script.says("Anything else?");
    const auto spoken = script.all<Speak>();
    EXPECT_EQ(spoken.back().text, "Anything else?");
}

// swml-ai 26
TEST(Actions, PostProcessingWaitsUntilTheReplyWasSpoken)
{
    SessionScript script(with_tools());
    auto reply = reply_with(R"({"set_global_data":{"done":true},"hangup":true})");
    reply.post_process = true;
    script.turn("hello").model(LmToolCall { { "1", "a", "{}" } }).model(LmDone {}).event(ToolReturned { "1", reply });
    script.says("One more thing.");
    EXPECT_EQ(data_of(script), "{}");
    EXPECT_EQ(script.last<Finished>(), nullptr);
    script.played();
    EXPECT_EQ(data_of(script), R"({"done":true})");
    ASSERT_NE(script.last<Finished>(), nullptr);
    EXPECT_EQ(script.last<Finished>()->reason, FinishReason::hang_up);
}

// swml-ai 25, 26
TEST(Actions, RunInOrderBeforeTheModelIsAsked)
{
    SessionScript script(with_tools());
    acts(script, R"({"set_global_data":{"a":1},"unset_global_data":"a"})");
    EXPECT_EQ(data_of(script), "{}");
    EXPECT_EQ(script.all<AskModel>().size(), 2U);
}

// swml-ai 44
TEST(Actions, AHoldLeadsToTheStepThatItNames)
{
    for (const bool times_out : { true, false }) {
        auto spec = with_tools();
        ContextSpec context;
        context.name = "default";
        for (const auto* name : { "first", "back", "late" }) {
            StepSpec step;
            step.name = name;
            step.text = "Instruction of " + std::string(name);
            context.steps.push_back(step);
        }
        spec.contexts.contexts = { context };
        SessionScript script(spec);
        acts(script, R"({"hold":{"timeout":10,"step":"back","timeout_step":"late"}})");
        EXPECT_EQ(script.session().floor(), turn::Floor::held);
        if (times_out)
            script.at(60'000);
        else
            script.event(UnholdSession {});
        EXPECT_NE(script.session().floor(), turn::Floor::held);
        script.turn("hello");
        EXPECT_THAT(shown(script), Contains(HasSubstr(times_out ? "Instruction of late" : "Instruction of back")));
    }
}

// swml-ai 46
TEST(Actions, BackgroundSoundPlaysAndStops)
{
    SessionScript script(with_tools());
    acts(script, R"({"playback_bg":"music.wav"})");
    ASSERT_NE(script.last<PlaySound>(), nullptr);
    EXPECT_EQ(script.last<PlaySound>()->source, "music.wav");
    EXPECT_EQ(script.last<PlaySound>()->place, SoundPlace::background);
    EXPECT_EQ(script.all<AskModel>().size(), 2U); // Nobody waits for it.
    script.says("Listen.").played();
    acts(script, R"({"stop_playback_bg":true})");
    ASSERT_NE(script.last<StopSound>(), nullptr);
    EXPECT_EQ(script.last<StopSound>()->place, SoundPlace::background);
}

// swml-ai 46
TEST(Actions, TheAgentIsSilentUntilTheSoundEndsIfItIsToWait)
{
    SessionScript script(with_tools());
    acts(script, R"({"playback_bg":{"file":"music.wav","wait":true}})");
    EXPECT_EQ(script.all<AskModel>().size(), 1U);
    script.event(SoundEnded { SoundPlace::background, "" });
    EXPECT_EQ(script.all<AskModel>().size(), 2U);
}

// swml-ai 51
TEST(Actions, TheVoiceChangesFromTheNextUtteranceOn)
{
    SessionScript script(with_tools());
    acts(script, R"({"change_voice":"polly.amy:neural"})").says("Hello.");
    EXPECT_EQ(script.last<Speak>()->voice.voice, "amy");
    EXPECT_EQ(script.last<Speak>()->voice.engine, "polly");
    EXPECT_EQ(script.last<Speak>()->voice.language, "en-GB");
    script.played();
    acts(script, R"({"change_voice":{"voice":"bob"}})").says("Hello.");
    EXPECT_EQ(script.last<Speak>()->voice.voice, "bob");
}

// ---- The conversation ----------------------------------------------------------------------------------------------

// swml-ai 45
TEST(Actions, StopEndsAtOnce)
{
    SessionScript script(with_tools());
    acts(script, R"({"stop":true})");
    ASSERT_NE(script.last<Finished>(), nullptr);
    EXPECT_EQ(script.last<Finished>()->reason, FinishReason::stopped);
    SessionScript other(with_tools());
    acts(other, R"({"stop":false})");
    EXPECT_EQ(other.last<Finished>(), nullptr);
}

// swml-ai 47
TEST(Actions, UserInputIsATurnOfTheUser)
{
    SessionScript script(with_tools());
    acts(script, R"({"user_input":"My number is 7."})");
    EXPECT_EQ(last_message(script), "My number is 7.");
    EXPECT_EQ(script.last<AskModel>()->request.messages.back().role, LmMessage::Role::user);
}

// swml-ai 50
TEST(Actions, FunctionsAreToggledByNameListAndCount)
{
    SessionScript script(with_tools({ "a", "b", "c" }));
    acts(script, R"({"toggle_functions":[{"function":["b","c"],"active":"false"}]})");
    EXPECT_THAT(offered(script), ElementsAre("a", "hangup"));
    script.says("Fine.").played();
    acts(script, R"({"toggle_functions":{"function":"b","active":1}})");
    EXPECT_THAT(offered(script), ElementsAre("a", "b", "hangup"));
    script.model(LmToolCall { { "b1", "b", "{}" } }).model(LmDone {}).event(ToolReturned { "b1", ToolReply {} });
    EXPECT_THAT(offered(script), ElementsAre("a", "hangup"));
}

// swml-ai 50
TEST(Actions, FunctionsOfAnotherAuthorAreOutOfReach)
{
    auto spec = with_tools({ "a", "b", "c" });
    for (auto& tool : spec.tools) {
        tool.author_token = true;
        tool.meta_data_token = tool.name;
    }
    spec.tools[2].author_token = false; // Its token says nothing of its author.
    SessionScript script(spec);
    acts(script, R"({"toggle_functions":[{"function":["b","c"],"active":false}]})");
    EXPECT_THAT(offered(script), ElementsAre("a", "b", "hangup"));
}

// swml-ai 51
TEST(Actions, WaitForUserKeepsTheAgentSilent)
{
    for (const auto* value : { "true", "5", "\"answer_first\"" }) {
        SessionScript script(with_tools());
        acts(script, R"({"wait_for_user":)" + std::string(value) + "}");
        EXPECT_EQ(script.all<AskModel>().size(), 1U) << value;
        EXPECT_EQ(script.session().floor(), turn::Floor::open);
        script.turn("now");
        EXPECT_EQ(script.all<AskModel>().size(), 2U);
    }
}

// swml-ai 51
TEST(Actions, AnExtensiveResultIsShortenedWithTheNextTurn)
{
    SessionScript script(with_tools());
    auto reply = reply_with(R"({"extensive_data":true})", std::string(2'000, 'x'));
    script.turn("hello").model(LmToolCall { { "1", "a", "{}" } }).model(LmDone {}).event(ToolReturned { "1", reply });
    EXPECT_EQ(last_message(script).size(), 2'000U);
    script.says("Fine.").played().turn("again");
    for (const auto& text : shown(script))
        EXPECT_LT(text.size(), 500U);
}

// swml-ai 51
TEST(Actions, AnExchangeIsReplacedInTheHistoryOnceItWasSeen)
{
    for (const bool drop : { false, true }) {
        SessionScript script(with_tools());
        acts(script, drop ? R"({"replace_in_history":true})" : R"({"replace_in_history":"I looked it up."})");
        EXPECT_THAT(shown(script), Contains("x")); // The model sees the result first.
        script.says("Fine.").played().turn("again");
        EXPECT_THAT(shown(script), Not(Contains("x")));
        EXPECT_EQ(std::ranges::count(shown(script), "I looked it up."), drop ? 0 : 1);
        for (const auto& message : script.last<AskModel>()->request.messages) {
            EXPECT_TRUE(message.tool_calls.empty());
            EXPECT_NE(message.role, LmMessage::Role::tool);
        }
    }
}

// ---- Settings ------------------------------------------------------------------------------------------------------

// swml-ai 51
TEST(Actions, SettingsTakeEitherCase)
{
    SessionScript script(with_tools());
    acts(script,
        R"({"settings":{"frequency-penalty":0.5,"presence_penalty":"0.25","max-tokens":100,"top-p":0.9,"temperature":7}})");
    const auto& options = script.last<AskModel>()->request.options;
    EXPECT_EQ(options.frequency_penalty, 0.5);
    EXPECT_EQ(options.presence_penalty, 0.25);
    EXPECT_EQ(options.max_tokens, 100);
    EXPECT_EQ(options.top_p, 0.9);
    EXPECT_EQ(options.temperature, 0.3); // Out of range.
}

// swml-ai 51
TEST(Actions, TheEndOfSpeechChangesAtOnce)
{
    SessionScript script(with_tools());
    acts(script, R"({"end_of_speech_timeout":"2000"})").says("Fine.").played();
    script.turn("hello"); // 700 ms of silence are not enough any more.
    EXPECT_EQ(script.all<AskModel>().size(), 2U);
    script.at(60'000);
    EXPECT_EQ(script.all<AskModel>().size(), 3U);
}

// swml-ai 51, 93
TEST(Actions, HintsAreAddedAndCleared)
{
    auto spec = with_tools();
    spec.hints = { "first" };
    SessionScript script(spec);
    acts(script, R"({"add_dynamic_hints":["second",{"hint":"third"},{"pattern":"x","replace":"y"},7]})");
    EXPECT_THAT(script.last<SetHints>()->hints, ElementsAre("first", "second", "third"));
    script.says("Fine.").played();
    acts(script, R"({"clear_dynamic_hints":{}})");
    EXPECT_THAT(script.last<SetHints>()->hints, ElementsAre("first"));
}

// swml-ai 53
TEST(Actions, UnknownOnesAndWrongTypesLeaveTheRestStanding)
{
    SessionScript script(with_tools());
    acts(script,
        R"({"play":"x","SWML":{"version":"1.0.0"},"transfer":"true","set_global_data":7,"say":[],"stop":{},)"
        R"("hangup":[],"hold":"soon","toggle_functions":"a","playback_bg":{},"user_input":{},)"
        R"("add_dynamic_hints":1,"end_of_speech_timeout":-1,"speech_event_timeout":"x","wait_for_user":[],)"
        R"("back_to_back_functions":"x y","functions_on_speaker_timeout":{},"extensive_data":[],)"
        R"("replace_in_history":{},"settings":1,"change_voice":3,"user_event":"x","change_step":1,)"
        R"("set_meta_data":1,"unset_meta_data":1,"unset_global_data":1,"change_context":{},)"
        R"("context_switch":1,"last":1,"set_global_data":{"a":1}})");
    EXPECT_EQ(script.all<AskModel>().size(), 2U); // The model goes on as ever.
    EXPECT_EQ(script.last<Finished>(), nullptr);
}

// ---- Natives -------------------------------------------------------------------------------------------------------

// swml-ai 99
TEST(Natives, AreOfferedWhenAskedForAndUnknownOnesAreNot)
{
    auto spec = with_tools({});
    spec.native_functions = { "check_time", "fly", "wait_seconds", "wait_for_user", "adjust_response_latency" };
    SessionScript script(spec);
    script.turn("hello");
    EXPECT_THAT(offered(script),
        ElementsAre("check_time", "wait_seconds", "wait_for_user", "adjust_response_latency", "hangup"));
}

// swml-ai 99
TEST(Natives, CheckTimeTellsTheLocalTime)
{
    auto spec = with_tools({});
    spec.native_functions = { "check_time" };
    spec.time_zone = "UTC";
    SessionScript script(spec);
    script.turn("what time is it").model(LmToolCall { { "1", "check_time", "" } }).model(LmDone {});
    EXPECT_EQ(last_message(script), "Thursday, 1 January 1970, 00:16 (UTC)");
    const auto report = report_of(script);
    ASSERT_EQ(report.swaig_log.size(), 1U);
    EXPECT_TRUE(report.swaig_log[0].native);
    EXPECT_EQ(report.swaig_log[0].command_arg, "");
}

// swml-ai 99
TEST(Natives, WaitSecondsIsSilenceThatTheUserMayCut)
{
    auto spec = with_tools({});
    spec.native_functions = { "wait_seconds" };
    const auto waits = [](SessionScript& script) {
        script.turn("wait a moment")
            .model(LmToolCall { { "1", "wait_seconds", R"({"seconds":30})" } })
            .model(LmDone {});
    };
    {
        SessionScript script(spec);
        waits(script);
        script.at(1'200 + 29'999);
        EXPECT_EQ(script.all<AskModel>().size(), 1U);
        EXPECT_TRUE(script.all<Speak>().empty()); // No filler breaks it.
        script.at(1'200 + 30'000);
        EXPECT_EQ(script.all<AskModel>().size(), 2U);
        EXPECT_THAT(last_message(script), HasSubstr("time is over"));
    }
    SessionScript script(spec);
    waits(script);
    script.at(5'000).turn("I am back");
    EXPECT_EQ(script.all<AskModel>().size(), 2U);
    EXPECT_EQ(last_message(script), "I am back");
    EXPECT_THAT(shown(script), Contains(HasSubstr("before the time was over")));
}

// swml-ai 99
TEST(Natives, WaitForUserSaysNothing)
{
    auto spec = with_tools({});
    spec.native_functions = { "wait_for_user" };
    SessionScript script(spec);
    script.turn("wait").model(LmToolCall { { "1", "wait_for_user", "{}" } }).model(LmDone {});
    EXPECT_EQ(script.all<AskModel>().size(), 1U);
    script.turn("go on");
    EXPECT_EQ(script.all<AskModel>().size(), 2U);
}

// swml-ai 99
TEST(Natives, TheLatencyIsAdjusted)
{
    auto spec = with_tools({});
    spec.native_functions = { "adjust_response_latency" };
    SessionScript script(spec);
    script.turn("do not cut me off")
        .model(LmToolCall { { "1", "adjust_response_latency", R"({"direction":"slower","milliseconds":1000})" } })
        .model(LmDone {});
    EXPECT_THAT(last_message(script), HasSubstr("1700 ms"));
    script.says("Fine.").played().turn("well");
    EXPECT_EQ(script.all<AskModel>().size(), 2U);
    script.at(60'000);
    EXPECT_EQ(script.all<AskModel>().size(), 3U);
}

// swml-ai 37
TEST(Natives, TheModelHangsUpAfterItsGoodbye)
{
    SessionScript script(with_tools({}));
    script.turn("that is all")
        .model(LmText { "Goodbye." })
        .model(LmToolCall { { "1", "hangup", "" } })
        .model(LmDone {});
    EXPECT_EQ(script.all<AskModel>().size(), 1U); // All is said.
    EXPECT_EQ(script.last<Finished>(), nullptr);
    script.played();
    ASSERT_NE(script.last<Finished>(), nullptr);
    EXPECT_EQ(script.last<Finished>()->reason, FinishReason::hang_up);
    const auto& report = script.last<PostReport>()->report;
    ASSERT_EQ(report.swaig_log.size(), 1U);
    EXPECT_EQ(report.swaig_log[0].command_name, "hangup");
    EXPECT_EQ(report.swaig_log[0].command_arg, "");
    EXPECT_TRUE(report.swaig_log[0].native);
    EXPECT_TRUE(std::ranges::any_of(report.call_log, [](const CallLogEntry& entry) {
        return entry.role == CallLogEntry::Role::system && entry.content == "The assistant ended the conversation.";
    }));
}

// swml-ai 37
TEST(Natives, AModelThatHangsUpWithoutAWordIsAskedForOne)
{
    SessionScript script(with_tools({}));
    script.turn("that is all").model(LmToolCall { { "1", "hangup", "{}" } }).model(LmDone {});
    EXPECT_EQ(script.all<AskModel>().size(), 2U);
    script.says("Goodbye.").played();
    ASSERT_NE(script.last<Finished>(), nullptr);
    EXPECT_EQ(script.last<Finished>()->reason, FinishReason::hang_up);
}

// swml-ai 37
TEST(Natives, AFunctionOfThatNameIsTheProgramsOwn)
{
    auto spec = with_tools({ "hangup" });
    SessionScript script(spec);
    script.turn("that is all");
    EXPECT_THAT(offered(script), ElementsAre("hangup"));
    script.model(LmToolCall { { "1", "hangup", "{}" } }).model(LmDone {});
    EXPECT_NE(script.last<CallTool>(), nullptr);
}

TEST(Natives, HaveFillersOfTheirOwn)
{
    auto spec = with_tools({});
    spec.native_functions = { "check_time" };
    spec.internal_fillers = { { "check_time", { { "default", { "Let me look." } } } } };
    SessionScript script(spec);
    script.turn("what time is it").model(LmToolCall { { "1", "check_time", "{}" } }).model(LmDone {});
    EXPECT_EQ(script.last<Speak>()->text, "Let me look.");
}

// ---- Hooks ---------------------------------------------------------------------------------------------------------

// swml-ai 34
TEST(Hooks, TheStartupHookRunsBeforeTheFirstWordAndIsNotSpoken)
{
    for (const auto* name : { "startup_hook", "start_hook" }) {
        auto spec = with_tools();
        spec.greeting.wait_for_user = false;
        spec.hooks = { hook(name) };
        SessionScript script(spec);
        EXPECT_EQ(script.last<AskModel>(), nullptr);
        const auto* call = script.last<CallTool>();
        ASSERT_NE(call, nullptr) << name;
        EXPECT_EQ(call->request.tool.name, name);
        EXPECT_TRUE(call->request.ready);
        script.event(ToolReturned { call->request.call.id, reply_with(R"({"set_global_data":{"a":1}})", "secret") });
        ASSERT_NE(script.last<AskModel>(), nullptr);
        EXPECT_EQ(data_of(script), R"({"a":1})");
        EXPECT_THAT(offered(script), ElementsAre("a", "hangup"));       // The model never sees it,
        EXPECT_THAT(shown(script), Not(Contains(HasSubstr("secret")))); // nor what it said.
    }
}

// swml-ai 34
TEST(Hooks, AStartupHookThatHangsKeepsNobodyWaiting)
{
    auto spec = with_tools();
    spec.greeting.text = "Welcome.";
    spec.greeting.wait_for_user = false;
    spec.hooks = { hook("startup_hook") };
    SessionScript script(spec);
    script.at(4'999);
    EXPECT_TRUE(script.all<Speak>().empty());
    script.at(5'000);
    EXPECT_EQ(script.last<Speak>()->text, "Welcome.");
    EXPECT_NE(script.last<CancelTool>(), nullptr);
}

TEST(Hooks, WhoSpeaksBeforeTheStartupHookHasAnsweredIsAnsweredThen)
{
    auto spec = with_tools();
    spec.hooks = { hook("startup_hook") };
    SessionScript script(spec);
    script.turn("hello");
    EXPECT_EQ(script.last<AskModel>(), nullptr);
    script.event(ToolReturned { script.last<CallTool>()->request.call.id, ToolReply {} });
    ASSERT_NE(script.last<AskModel>(), nullptr);
    EXPECT_EQ(last_message(script), "hello");
}

// swml-ai 34, 35
TEST(Hooks, TheHangupHookHasTheConversationAndRunsBeforeTheEnd)
{
    for (const auto* name : { "hangup_hook", "stop_hook" }) {
        auto spec = with_tools();
        spec.hooks = { hook(name) };
        spec.tool_settings.post_conversation = true;
        SessionScript script(spec);
        script.turn("hello").says("Hi.").played();
        script.event(CallEnded {});
        EXPECT_EQ(script.last<Finished>(), nullptr);
        const auto* call = script.last<CallTool>();
        ASSERT_NE(call, nullptr) << name;
        EXPECT_FALSE(call->request.ready);
        EXPECT_FALSE(call->request.active);
        EXPECT_TRUE(std::ranges::any_of(
            call->request.call_log, [](const CallLogEntry& entry) { return entry.content == "Hi."; }));
        script.event(ToolReturned { call->request.call.id, reply_with(R"({"set_global_data":{"z":1},"say":"no"})") });
        ASSERT_NE(script.last<Finished>(), nullptr);
        EXPECT_EQ(data_of(script), R"({"z":1})");
        EXPECT_EQ(script.all<Speak>().size(), 1U); // Nobody is there to hear it.
        EXPECT_EQ(without_caller(script.last<PostReport>()->report.global_data), R"({"z":1})");
    }
}

// swml-ai 34
TEST(Hooks, AHangupHookThatHangsDoesNotKeepTheSessionOpen)
{
    auto spec = with_tools();
    spec.hooks = { hook("hangup_hook") };
    SessionScript script(spec);
    script.event(StopSession {});
    EXPECT_TRUE(script.last<CallTool>()->request.active); // The line is up; only the agent is gone.
    EXPECT_EQ(script.last<Finished>(), nullptr);
    script.at(10'000);
    EXPECT_NE(script.last<Finished>(), nullptr);
}

TEST(Hooks, TheHangupHookIsToldWhatFailed)
{
    auto spec = with_tools();
    spec.hooks = { hook("hangup_hook") };
    SessionScript script(spec);
    script.event(ProviderLost { { ErrorKind::unavailable, "gone" } });
    EXPECT_EQ(script.last<CallTool>()->request.fatal_error, "provider_lost");
}

// swml-ai 100
TEST(Hooks, CheckForInputIsPolledAndItsActionsRun)
{
    auto spec = with_tools({});
    spec.hooks = { hook("check_for_input") };
    spec.tool_settings.input_poll = 1s;
    SessionScript script(spec);
    script.at(999);
    EXPECT_TRUE(script.all<CallTool>().empty());
    script.at(1'000);
    ASSERT_EQ(script.all<CallTool>().size(), 1U);
    script.at(3'000);
    EXPECT_EQ(script.all<CallTool>().size(), 1U); // One at a time.
    ToolReply nothing;
    script.event(ToolReturned { script.last<CallTool>()->request.call.id, nothing }).at(4'000);
    ASSERT_EQ(script.all<CallTool>().size(), 2U);
    script.event(ToolReturned {
        script.last<CallTool>()->request.call.id, reply_with(R"({"user_input":"My mail is x@y.test"})", "") });
    ASSERT_NE(script.last<AskModel>(), nullptr);
    EXPECT_EQ(last_message(script), "My mail is x@y.test");
    const auto report = report_of(script);
    EXPECT_EQ(report.swaig_log.size(), 1U); // Polls that bring nothing are not worth a word.
}

// swml-ai 82
TEST(Hooks, ASummaryMayBeGivenByAFunction)
{
    auto spec = with_tools();
    spec.hooks = { hook("summarize_conversation") };
    spec.report.prompt.text = "Say what it was about.";
    SessionScript script(spec);
    script.turn("hello").says("Hi.").played().event(CallEnded {});
    EXPECT_THAT(offered(script), ElementsAre("summarize_conversation"));
    EXPECT_THAT(last_message(script), HasSubstr("Say what it was about."));
    script.model(LmToolCall { { "s", "summarize_conversation", R"({"topic":"x"})" } }).model(LmDone {});
    const auto* call = script.last<CallTool>();
    ASSERT_NE(call, nullptr);
    EXPECT_EQ(call->request.call.arguments, R"({"topic":"x"})");
    EXPECT_FALSE(call->request.active);
    EXPECT_EQ(script.last<Finished>(), nullptr);
    script.event(ToolReturned { call->request.call.id, ToolReply {} });
    ASSERT_NE(script.last<Finished>(), nullptr);
    EXPECT_EQ(
        script.last<PostReport>()->report.post_prompt_data.raw, "The summarize_conversation function was executed.");
}

// swml-ai 82
TEST(Hooks, AnAnswerInProseIsTheSummaryToo)
{
    auto spec = with_tools();
    spec.hooks = { hook("summarize_conversation") };
    SessionScript script(spec);
    script.turn("hello").says("Hi.").played().event(CallEnded {});
    script.says("It was about nothing.");
    ASSERT_NE(script.last<Finished>(), nullptr);
    EXPECT_EQ(script.last<PostReport>()->report.post_prompt_data.raw, "It was about nothing.");
    EXPECT_EQ(script.last<CallTool>(), nullptr);
}

// ---- Functions of others -------------------------------------------------------------------------------------------

// swml-ai 97, 98
TEST(Sources, AreAskedBeforeTheFirstWord)
{
    auto spec = with_tools({ "a" });
    spec.greeting.wait_for_user = false;
    spec.includes = { { { "https://i.test", "", "" }, {}, {} } };
    spec.mcp_servers = { { "https://m.test", { { "Authorization", "Bearer ${global_data.key}" } }, true, {} } };
    spec.global_data = { { "key", "k" } };
    spec.hooks = { hook("startup_hook") };
    SessionScript script(spec);
    const auto* wanted = script.last<FetchTools>();
    ASSERT_NE(wanted, nullptr);
    EXPECT_EQ(wanted->servers[0].headers[0].second, "Bearer k");
    EXPECT_EQ(script.last<CallTool>(), nullptr);
    script.event(ToolsFetched { { { "https://i.test", { tool("b"), tool("a"), hook("hangup_hook") }, {}, "" },
        { "https://m.test", {}, { { "hours", 9 } }, "" } } });
    ASSERT_NE(script.last<CallTool>(), nullptr); // Now the hook.
    EXPECT_EQ(data_of(script), R"({"key":"k","hours":9})");
    script.event(ToolReturned { script.last<CallTool>()->request.call.id, ToolReply {} });
    EXPECT_THAT(offered(script), ElementsAre("a", "b", "hangup"));
    script.event(CallEnded {});
    EXPECT_EQ(script.last<CallTool>()->request.tool.name, "hangup_hook");
}

// swml-ai 97
TEST(Sources, ThatNeverAnswerKeepNobodyWaiting)
{
    auto spec = with_tools({ "a" });
    spec.greeting.wait_for_user = false;
    spec.includes = { { { "https://i.test", "", "" }, {}, {} } };
    SessionScript script(spec);
    script.at(5'999);
    EXPECT_EQ(script.last<AskModel>(), nullptr);
    script.at(6'000);
    ASSERT_NE(script.last<AskModel>(), nullptr);
    script.event(ToolsFetched { { { "https://i.test", { tool("b") }, {}, "" } } }); // Too late.
    script.says("Hello.").played().turn("hi");
    EXPECT_THAT(offered(script), ElementsAre("a", "hangup"));
}

} // namespace
} // namespace parley::agent
