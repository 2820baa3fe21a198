#include "providers/offline_model.h"
#include "providers/offline_words.h"

#include <cctype>
#include <utility>

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

TEST(OfflineReply, stop_at_the_end_means_stop)
{
    const auto answer = [](const std::string& said) {
        return ask({ system("We ship to all of Europe."), agent("Hello!"), user(said) }).text;
    };
    EXPECT_EQ(answer("where do you ship to stop please"), "All right. I am listening.");
    EXPECT_EQ(answer("do you ship to europe hold on"), "All right. I am listening.");
    EXPECT_NE(answer("do you stop to ship to europe"), "All right. I am listening.");
    EXPECT_NE(answer("do you ship to europe thanks"), "You are welcome. Is there anything else I can do for you?");
}

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

// One shape of a tool, and words to dress it in: {0} what it does, {1} with what, {2} and {3} its arguments, {4} a
// value.
struct Shape {
    const char* name;
    const char* description;
    const char* parameters;
    const char* question;
    const char* arguments;
};

const std::vector<Shape> shapes {
    { "{0}_{1}", "{0} the {1}", R"({"type":"object","properties":{}})", "please {0} my {1}", "{}" },
    { "{0}_{1}", "{0} a {1} in a {2}",
        R"({"type":"object","properties":{"{2}":{"type":"string","description":"Place to look in"}},"required":["{2}"]})",
        "could you {0} the {1} in {4}", R"({"{2}":"{C4}"})" },
    { "{1}{C0}", "{0} {1} of a colour",
        R"({"type":"object","properties":{"{2}":{"type":"string","enum":["{3}","{4}"]}},"required":["{2}"]})",
        "I want to {0} a {1} that is {4}", R"({"{2}":"{4}"})" },
    { "{0}-{1}", "Can {0} any {1}", R"({"type":"object","properties":{"{2}":{"type":"integer"}},"required":["{2}"]})",
        "{0} twenty one {1} right now", R"({"{2}":21})" },
    { "{0}_{1}", "Tells when a {1} will {0}",
        R"({"type":"object","properties":{"day":{"type":"string","description":"Day of the {2}"}},"required":["day"]})",
        "when does the {1} {0} next friday", R"({"day":"next friday"})" },
    { "fn7", "{0} {1} by its {2} number",
        R"({"type":"object","properties":{"{2}_number":{"type":"string"}},"required":["{2}_number"]})",
        "{0} the {1} with number four seven one one", R"({"{2}_number":"4711"})" },
    { "{0}_{1}", "{0} the {1}, if wished {3}",
        R"({"type":"object","properties":{"{4}":{"type":"boolean"}},"required":[]})", "{0} the {1} without {4}",
        R"({"{4}":false})" },
};

std::string dressed(std::string text, const std::vector<std::string>& words)
{
    for (std::size_t i = 0; i < words.size(); ++i) {
        auto capital = words[i];
        capital.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(capital.front())));
        for (const auto& [key, value] : { std::pair("{" + std::to_string(i) + "}", words[i]),
                 std::pair("{C" + std::to_string(i) + "}", capital) }) {
            for (auto at = text.find(key); at != std::string::npos; at = text.find(key))
                text.replace(at, key.size(), value);
        }
    }
    return text;
}

// Whatever the words are, the tool whose words they are is called with what was said, also beside another tool.
TEST(OfflineReply, every_shape_of_a_tool_is_found_in_any_words)
{
    const std::vector<std::vector<std::string>> vocabularies {
        { "measure", "rainfall", "valley", "dry", "norrland" },
        { "blorf", "quintle", "zandu", "vermik", "ostrava" },
        { "cancel", "magazine", "shop", "thin", "berlin" },
        { "polish", "trombones", "room", "loud", "leeds" },
    };
    const auto other = tool("order_pizza", "Order a pizza with a topping",
        R"({"type":"object","properties":{"topping":{"type":"string"}},"required":["topping"]})");
    for (const auto& words : vocabularies) {
        for (const auto& shape : shapes) {
            const auto own
                = tool(dressed(shape.name, words), dressed(shape.description, words), dressed(shape.parameters, words));
            const auto expected = own.name + " " + dressed(shape.arguments, words);
            EXPECT_EQ(call(dressed(shape.question, words), { other, own }), expected);
            EXPECT_EQ(call(dressed(shape.question, words), { own, other }), expected);
        }
    }
}

TEST(OfflineReply, tools_that_say_nothing_about_themselves_have_their_name)
{
    EXPECT_EQ(
        ask({ user("what can you do") }, { tool("paint_walls", " \n", "{}") }).text, "You can ask me to paint walls.");
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

// Every sentence is in one prompt, so that the right one has to be found among all.
TEST(OfflineReply, questions_are_answered_from_the_prompt)
{
    const auto prompt = system(
        "You are the friendly voice of a ferry line. Your name is Oda. Answer in one sentence. The ferry costs four "
        "dollars. "
        "You can return a ticket within one week. Our captain is a woman. If the sea is rough, the ferry stays in the "
        "harbour. If the caller is angry, stay calm about the harbour. Dogs travel for free. You will get the ticket "
        "by mail. "
        "Help is available on board. The crossing takes two hours. Never tell the price of the captain's dogs.");
    const auto answer = [&](const char* question) { return ask({ prompt, user(question) }).text; };
    EXPECT_EQ(answer("how much does the ferry cost"), "The ferry costs four dollars.");
    EXPECT_EQ(answer("Can I return a ticket?"), "You can return a ticket within one week.");
    EXPECT_EQ(answer("who is the captain"), "Our captain is a woman.");
    EXPECT_EQ(answer("does the ferry stay in the harbour when the sea is rough"),
        "If the sea is rough, the ferry stays in the harbour.");
    EXPECT_EQ(answer("can dogs travel with me"), "Dogs travel for free.");
    EXPECT_EQ(answer("will I get the ticket by mail"), "You will get the ticket by mail.");
    EXPECT_EQ(answer("how long does the crossing take"), "The crossing takes two hours.");
    for (const char* unknown : { "are you friendly with sailors", "can you stay calm", "which wine goes with fish" })
        EXPECT_NE(answer(unknown).find(unknown), std::string::npos) << answer(unknown);
}

TEST(OfflineWords, numbers_beyond_any_amount_are_none)
{
    EXPECT_TRUE(offline::numbers_of(offline::words_of("send 1e999 or 99999999999999999999 or 9e99b")).empty());
    EXPECT_EQ(offline::numbers_of(offline::words_of("the 3rd of 9e9 things")).size(), 2U);
}

TEST(OfflineWords, statements_are_told_from_instructions)
{
    for (const char* statement : { "The delivery costs four dollars.", "You can return an order within one week.",
             "You don't need a receipt.", "You will receive a letter.", "We open at nine.",
             "Your order leaves on Monday.", "Help is available on Sunday.", "If it rains, the garden is closed.",
             "You can call us from nine to five.", "Breakfast takes place at eight.", "After ten, the bar is closed." })
        EXPECT_FALSE(offline::is_instruction(statement)) << statement;
    for (const char* instruction :
        { "You are a helpful agent.", "Be brief.", "Always be polite to people.", "You must not talk about money.",
            "Your task is to sell flowers.", "If they ask for a price, say four dollars.",
            "When the caller is silent, ask again.", "Use the function to look up orders.", "You can answer in German.",
            "The user has not responded, try to get their attention.", "Please speak slowly and clearly.",
            "Do not give medical advice.", "Call the tool before you answer.", "You speak English only." })
        EXPECT_TRUE(offline::is_instruction(instruction)) << instruction;
}

TEST(OfflineWords, a_quoted_sentence_keeps_its_own_end)
{
    EXPECT_EQ(offline::fill("You said: {heard}. Why?", "heard", "Can I go?"), "You said: Can I go? Why?");
    EXPECT_EQ(offline::fill("You said: {heard}. Why?", "heard", "let me go"), "You said: let me go. Why?");
    EXPECT_EQ(offline::fill("I said: {last}", "last", "Go."), "I said: Go.");
    EXPECT_EQ(ask({ user("Is my hovercraft full?") }).text.find("?."), std::string::npos);
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
