#include "relay/methods.h"

#include <gtest/gtest.h>

namespace parley::relay {
namespace {

DecodedMethod decode(std::string_view method, std::string_view params)
{
    auto parsed = Json::parse(params);
    EXPECT_TRUE(parsed) << params;
    return decode_method(method, parsed->as_object());
}

template <typename Command> Command command(std::string_view method, std::string_view params)
{
    auto decoded = decode(method, params);
    EXPECT_TRUE(std::holds_alternative<RelayRequest>(decoded)) << method << params;
    return std::get<Command>(std::get<CommandCall>(std::get<RelayRequest>(decoded)).command);
}

std::string error(std::string_view method, std::string_view params)
{
    auto decoded = decode(method, params);
    const auto* e = std::get_if<Error>(&decoded);
    return e == nullptr ? "" : std::string(to_string(e->kind)) + " " + e->what;
}

TEST(Methods, UnknownAndNotYetAreDifferentThings) // Checklist 17
{
    EXPECT_TRUE(std::holds_alternative<UnknownMethod>(decode("calling.dance", "{}")));
    EXPECT_TRUE(std::holds_alternative<UnknownMethod>(decode("", "{}")));
    for (const auto* method :
        { "calling.record", "calling.collect", "calling.play_and_collect.start_input_timers", "calling.detect",
            "calling.connect", "calling.tap", "calling.stream", "calling.transcribe", "calling.send_fax", "calling.pay",
            "calling.ai_sidecar", "calling.refer", "calling.transfer", "calling.hold", "calling.denoise.stop",
            "calling.queue.enter", "calling.ai_sidecar.ask", "calling.user_event", "messaging.send" })
        EXPECT_EQ(error(method, "{}"), "unsupported " + std::string(method) + " is not available yet");
}

TEST(Methods, ConnectReadsWhatStandsInsideAuthentication) // Checklist 22, 23, 30
{
    auto decoded = decode("signalwire.connect",
        R"({"version":{"major":3,"minor":0,"revision":0},"authentication":{"project":"p","token":"t"},"project":"x",
            "token":"y","contexts":["a","b","a"],"event_acks":true,"agent":"sdk","protocol":"signalwire_old"})");
    const auto& connect = std::get<Connect>(std::get<RelayRequest>(decoded));
    EXPECT_EQ(connect.credentials.project.value, "p");
    EXPECT_EQ(connect.credentials.token, "t");
    EXPECT_EQ(connect.contexts.size(), 2U);
    EXPECT_EQ(connect.protocol, "signalwire_old");
    EXPECT_TRUE(std::get<Connect>(std::get<RelayRequest>(decode("signalwire.connect", "{}"))).contexts.empty());
}

TEST(Methods, WrongTypesNameTheField)
{
    EXPECT_EQ(
        error("signalwire.connect", R"({"authentication":7})"), "invalid_request authentication: must be an object");
    EXPECT_EQ(error("signalwire.connect", R"({"event_acks":[]})"), "invalid_request event_acks: must be true or false");
    EXPECT_EQ(
        error("signalwire.receive", R"({"contexts":"a"})"), "invalid_request contexts: must be an array of strings");
    EXPECT_EQ(error("signalwire.receive", R"({"contexts":[""]})"),
        "invalid_request contexts: must be an array of strings of 1 to 256 bytes");
    EXPECT_EQ(error("calling.answer", "{}"), "invalid_request call_id: is missing");
    EXPECT_EQ(error("calling.answer", R"({"call_id":7})"), "invalid_request call_id: must be a non-empty string");
    EXPECT_EQ(error("calling.answer", R"({"call_id":"c","max_duration":"long"})"),
        "invalid_request max_duration: must be a number");
    EXPECT_EQ(error("calling.answer", R"({"call_id":"c","max_duration":-1})"),
        "invalid_request max_duration: must be between 1 s and 7 days");
    EXPECT_EQ(error("calling.end", R"({"call_id":"c","reason":"boredom"})"),
        "invalid_request reason: must be hangup, cancel, busy, noAnswer, decline or error");
    EXPECT_EQ(error("calling.ai", R"({"call_id":"c","control_id":7,"prompt":{"text":"x"}})"),
        "invalid_request control_id: must be a string");
    EXPECT_EQ(error("calling.ai", R"({"call_id":"c","control_id":"a"})"), "invalid_request prompt: is missing");
    EXPECT_EQ(
        error("calling.ai", R"({"control_id":"a","prompt":{"text":"x"}})"), "invalid_request call_id: is missing");
    EXPECT_EQ(error("calling.ai_message", R"({"call_id":"c","message_text":{}})"),
        "invalid_request message_text: must be a string");
    EXPECT_EQ(error("calling.ai_message", R"({"call_id":"c","role":"tool"})"),
        "invalid_request role: must be system, user or assistant");
    EXPECT_EQ(error("calling.ai_message", R"({"call_id":"c","global_data":[]})"),
        "invalid_request global_data: must be an object");
    EXPECT_EQ(error("calling.ai_message", R"({"call_id":"c","reset":1})"), "invalid_request reset: must be an object");
    EXPECT_EQ(error("calling.ai_message", R"({"call_id":"c","reset":{"user_prompt":1}})"),
        "invalid_request reset.user_prompt: must be a string");
    EXPECT_EQ(
        error("calling.ai_hold", R"({"call_id":"c","timeout":"soon"})"), "invalid_request timeout: must be a number");
    EXPECT_EQ(error("calling.ai.stop", R"({"call_id":"c","control_id":")" + std::string(257, 'x') + "\"}"),
        "invalid_request control_id: must be at most 256 bytes");
}

TEST(Methods, UnknownParametersAndNullsAreIgnored) // Checklist 19
{
    EXPECT_EQ(command<EndCall>("calling.end", R"({"call_id":"c","node_id":7,"foo":[],"reason":null})").reason,
        CallEndReason::hangup);
    EXPECT_EQ(
        command<EndCall>("calling.end", R"({"call_id":"c","reason":"noAnswer"})").reason, CallEndReason::no_answer);
}

TEST(Methods, ControlIdsAreOpaque) // Checklist 69
{
    EXPECT_EQ(command<StopAi>("calling.ai.stop", R"({"call_id":"c","control_id":"ü x.prompt"})").control_id.value,
        "ü x.prompt");
    EXPECT_TRUE(command<StopAi>("calling.ai.stop", R"({"call_id":"c"})").control_id.empty()); // Checklist 88
}

TEST(Methods, AiMessageTakesAnySubset) // Checklist 89, 91
{
    const auto nothing = command<InjectMessage>("calling.ai_message", R"({"call_id":"c"})");
    EXPECT_TRUE(nothing.text.empty());
    EXPECT_FALSE(nothing.role);
    EXPECT_FALSE(nothing.reset);
    EXPECT_FALSE(nothing.global_data);
    const auto all = command<InjectMessage>("calling.ai_message",
        R"({"call_id":"c","role":"user","message_text":"hi","global_data":{"k":1},
            "reset":{"full_reset":"true","system_prompt":"s","user_prompt":"u"}})");
    EXPECT_EQ(all.role, Role::user);
    EXPECT_EQ(all.text, "hi");
    EXPECT_EQ(*all.global_data->find("k"), Json(1));
    EXPECT_TRUE(all.reset->full_reset);
    EXPECT_EQ(all.reset->system_prompt, "s");
    EXPECT_EQ(all.reset->user_prompt, "u");
}

TEST(Methods, HoldTakesItsTimeoutAsStringOrNumber) // Checklist 90
{
    EXPECT_EQ(command<HoldSession>("calling.ai_hold", R"({"call_id":"c","timeout":"20"})").timeout, Duration(20s));
    EXPECT_EQ(command<HoldSession>("calling.ai_hold", R"({"call_id":"c","timeout":2.5})").timeout, Duration(2500ms));
    EXPECT_FALSE(command<HoldSession>("calling.ai_hold", R"({"call_id":"c"})").timeout);
    EXPECT_EQ(command<HoldSession>("calling.ai_hold", R"({"call_id":"c"})").prompt,
        "Tell the user you are putting them on hold.");
    EXPECT_EQ(command<HoldSession>("calling.ai_hold", R"({"call_id":"c","prompt":"Music!"})").prompt, "Music!");
    EXPECT_EQ(
        command<UnholdSession>("calling.ai_unhold", R"({"call_id":"c"})").prompt, "The user has been taken off hold.");
    EXPECT_FALSE(command<HoldSession>("calling.ai_hold", R"({"call_id":"c","timeout":901})").timeout);
}

} // namespace
} // namespace parley::relay
