#include "providers/offline_model.h"

#include <gtest/gtest.h>

namespace parley {
namespace {

LmMessage system(std::string text)
{
    return { LmMessage::Role::system, std::move(text), {}, {} };
}
LmMessage user(std::string text)
{
    return { LmMessage::Role::user, std::move(text), {}, {} };
}
LmMessage agent(std::string text)
{
    return { LmMessage::Role::assistant, std::move(text), {}, {} };
}
LmMessage result(std::string text)
{
    return { LmMessage::Role::tool, std::move(text), {}, "call_1" };
}

LmTool tool(std::string name, std::string description, std::string_view parameters)
{
    return { std::move(name), std::move(description), *Json::parse(parameters) };
}

LmReply ask(std::vector<LmMessage> messages, std::vector<LmTool> tools = {})
{
    return reply(default_offline_rules(), { {}, std::move(messages), std::move(tools) });
}

// The name and arguments of the only call, or the text.
std::string call(const std::string& said, std::vector<LmTool> tools)
{
    const auto replied = ask({ system("You are helpful."), user(said) }, std::move(tools));
    return replied.tool_calls.size() == 1 ? replied.tool_calls.front().name + " " + replied.tool_calls.front().arguments
                                          : "said: " + replied.text;
}

const LmTool weather = tool("get_weather", "Get the weather for a city",
    R"({"type":"object","properties":{"city":{"type":"string","description":"The city"}},"required":["city"]})");
const LmTool booking = tool("reserve_room", "Book a hotel room",
    R"({"type":"object","properties":{"town":{"type":"string","description":"Name of the town"},)"
    R"("nights":{"type":"integer","description":"How many nights"},)"
    R"("guests":{"type":"integer","description":"Number of people"},)"
    R"("kind":{"type":"string","enum":["single","double"]}},"required":["town","nights"]})");
const LmTool order = tool("orderStatus", "Where a parcel is and when the delivery arrives",
    R"({"type":"object","properties":{"order_number":{"type":"string"}},"required":["order_number"]})");
const LmTool transfer = tool("move_money", "Transfers euros between accounts",
    R"({"type":"object","properties":{"amount":{"type":"number"},"day":{"type":"string","description":"date"},)"
    R"("express":{"type":"boolean","description":"express transfer"}},"required":["amount"]})");

TEST(OfflineReply, a_tool_is_called_with_what_was_said)
{
    const std::vector<LmTool> all { weather, booking, order, transfer };
    EXPECT_EQ(call("what will the weather be like in london tomorrow", all), R"(get_weather {"city":"London"})");
    EXPECT_EQ(call("weather new york please", all), R"(get_weather {"city":"New York"})");
    EXPECT_EQ(call("please book a double room in denver for two nights and three people", all),
        R"(reserve_room {"town":"Denver","nights":2,"guests":3,"kind":"double"})");
    EXPECT_EQ(call("when is the delivery of order one two three four", all), R"(orderStatus {"order_number":"1234"})");
    EXPECT_EQ(call("transfer two hundred and fifty euros tomorrow without express", all),
        R"(move_money {"amount":250,"day":"tomorrow","express":false})");
}

// The model contains no word of any tool: other words give the same behaviour.
TEST(OfflineReply, renaming_everything_changes_nothing)
{
    const auto zorb = tool("query_zorbs", "Counts the zorbs that live on a planet",
        R"({"type":"object","properties":{"planet":{"type":"string","description":"Place where they live"}},"required":["planet"]})");
    const auto glim = tool("paint_glim", "Paints a glim in a colour",
        R"({"type":"object","properties":{"colour":{"type":"string","enum":["crimson","teal"]}},"required":["colour"]})");
    EXPECT_EQ(call("how many zorbs are there on arrakis", { zorb, glim }), R"(query_zorbs {"planet":"Arrakis"})");
    EXPECT_EQ(call("could you paint my glim teal", { zorb, glim }), R"(paint_glim {"colour":"teal"})");
}

TEST(OfflineReply, small_talk_calls_no_tool)
{
    for (const auto* said : { "hello", "thank you very much", "goodbye", "who are you", "the cat sat on the mat" })
        EXPECT_TRUE(call(said, { weather, booking }).starts_with("said: ")) << said;
}

TEST(OfflineReply, a_missing_argument_is_asked_for_and_then_used)
{
    const auto asked = ask({ user("I would like to know the weather") }, { weather });
    EXPECT_NE(asked.text.find("city"), std::string::npos);
    const auto replied
        = ask({ user("I would like to know the weather"), agent(asked.text), user("in Boston") }, { weather });
    ASSERT_EQ(replied.tool_calls.size(), 1U);
    EXPECT_EQ(replied.tool_calls.front().arguments, R"({"city":"Boston"})");
}

TEST(OfflineReply, a_result_is_answered_in_its_own_words)
{
    const std::vector<LmMessage> before { user("the weather in Boston"),
        { LmMessage::Role::assistant, "", { { "call_1", "get_weather", "{}" } }, {} } };
    const auto with = [&](const std::string& content) {
        auto messages = before;
        messages.push_back(result(content));
        return ask(messages, { weather });
    };
    EXPECT_EQ(with("It is sunny.").text, "It is sunny.");
    EXPECT_EQ(with(R"({"response":"It rains."})").text, "It rains.");
    EXPECT_EQ(with(R"({"wind":"strong","degrees":12})").text, "The wind is strong, the degrees is 12.");
    EXPECT_EQ(with(R"({"error":"no such city"})").text, default_offline_rules().tool_failed);
    EXPECT_TRUE(with("It is sunny.").tool_calls.empty());
}

TEST(OfflineReply, what_a_system_message_says_about_the_caller_is_mentioned_once)
{
    const auto replied = ask({ system("You are helpful."), system("The caller is a VIP."), user("Thank you") });
    EXPECT_TRUE(replied.text.starts_with("I see that you are a VIP. ")) << replied.text;
    const auto again = ask({ system("You are helpful."), system("The caller is a VIP."), user("Thank you"),
        agent(replied.text), user("Thanks") });
    EXPECT_EQ(again.text.find("VIP"), std::string::npos);
}

TEST(OfflineReply, a_sentence_of_the_prompt_answers)
{
    const auto replied = ask({ system("You are the voice of a shop. We open at nine on Monday. Be brief."),
        user("what time do you open on monday") });
    EXPECT_EQ(replied.text, "We open at nine on Monday.");
}

TEST(OfflineReply, the_unknown_is_reflected_and_the_last_words_repeated)
{
    EXPECT_NE(ask({ user("my hovercraft has eels") }).text.find("my hovercraft has eels"), std::string::npos);
    EXPECT_EQ(ask({ user("hi"), agent("The train leaves at six."), user("could you repeat that") }).text,
        "I said: The train leaves at six.");
    EXPECT_GT(ask({ user("please explain") }).text.size(), 500U);
}

TEST(OfflineReply, greets_seeks_attention_and_summarises)
{
    EXPECT_EQ(ask({ system("You are helpful.") }).text, default_offline_rules().greeting.front());
    EXPECT_EQ(
        ask({ user("hi"), agent("Hello!"), system("The user has not responded, try to get their attention.") }).text,
        default_offline_rules().silence[1]);
    const auto summary
        = ask({ user("the weather in Boston"), { LmMessage::Role::assistant, "", { { "c", "get_weather", "{}" } }, {} },
            result("It is sunny."), agent("It is sunny."), system("Write a summary of the conversation.") });
    for (const auto* part : { "the weather in Boston", "get_weather", "It is sunny." })
        EXPECT_NE(summary.text.find(part), std::string::npos) << part;
    const auto json = ask({ user("hi"), agent("Hello!"), system("Return a summary as JSON.") });
    EXPECT_TRUE(Json::parse(json.text)) << json.text;
}

TEST(OfflineReply, call_ids_differ_within_a_conversation)
{
    const auto first = ask({ user("weather in Boston") }, { weather }).tool_calls.front().id;
    const auto second = ask({ user("weather in Boston"), agent("Sunny."), user("weather in Boston") }, { weather });
    EXPECT_NE(first, second.tool_calls.front().id);
    EXPECT_EQ(first, ask({ user("weather in Boston") }, { weather }).tool_calls.front().id);
}

TEST(OfflineRules, errors_name_line_and_key)
{
    const auto wrong = [](std::string_view yaml) { return parse_offline_rules(yaml).error().what; };
    EXPECT_EQ(wrong("greeting: [hi]\nfallback: [what]\ncolour: red\n"), "line 3: colour: is not known");
    EXPECT_NE(wrong("greeting: hi\nfallback: [what]\n").find("line 1: greeting"), std::string::npos);
    EXPECT_NE(wrong("greeting: [hi]\n").find("fallback"), std::string::npos);
    EXPECT_NE(wrong("greeting: [hi]\nfallback: [a]\nrules:\n  - when: [x]\n").find("rules[0]"), std::string::npos);
}

} // namespace
} // namespace parley
