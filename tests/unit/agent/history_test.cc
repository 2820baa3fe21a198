#include "agent/history.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace parley::agent {
namespace {

using R = LmMessage::Role;

LmMessage message(R role, std::string content)
{
    return { role, std::move(content), {}, {} };
}

std::string contents(const History& history)
{
    std::string text;
    for (const auto& entry : history.messages())
        text += (text.empty() ? "" : "|")
            + (entry.tool_calls.empty() ? entry.content : "call " + entry.tool_calls[0].id);
    return text;
}

History with_tool_call()
{
    History history;
    history.set_prompt("prompt");
    history.add(message(R::user, std::string(400, 'a')));
    history.add({ R::assistant, "", { { "1", "tool", "{}" } }, "" });
    history.add({ R::tool, std::string(400, 'b'), {}, "1" });
    history.add(message(R::assistant, "answer"));
    history.add(message(R::user, "thanks"));
    return history;
}

TEST(History, keeps_the_prompt_first)
{
    History history;
    history.add(message(R::user, "hello"));
    history.set_prompt("prompt");
    EXPECT_EQ(contents(history), "prompt|hello");
    history.add_prompt("more");
    EXPECT_EQ(contents(history), "prompt|more|hello");
    history.set_prompt("");
    EXPECT_EQ(contents(history), "hello");
}

TEST(History, what_was_not_heard_is_taken_back)
{
    History history;
    const auto first = history.add(message(R::assistant, "one two three"));
    const auto second = history.add(message(R::assistant, "four"));
    history.replace(first, "one");
    history.remove(second);
    EXPECT_EQ(contents(history), "one");
    history.replace(second, "four"); // Gone: nothing happens.
    EXPECT_EQ(contents(history), "one");
}

TEST(History, trims_the_oldest_and_never_parts_a_call_from_its_result)
{
    auto history = with_tool_call();
    EXPECT_EQ(history.trim(10'000), 0U);
    EXPECT_EQ(history.trim(150), 1U);
    EXPECT_EQ(contents(history), "prompt|call 1|" + std::string(400, 'b') + "|answer|thanks");
    EXPECT_EQ(history.trim(60), 2U);
    EXPECT_EQ(contents(history), "prompt|answer|thanks");
}

TEST(History, the_prompt_and_the_newest_entry_always_stay)
{
    auto history = with_tool_call();
    history.trim(0);
    EXPECT_EQ(contents(history), "prompt|thanks");

    History tools;
    tools.set_prompt("prompt");
    tools.add({ R::assistant, "", { { "1", "tool", "{}" } }, "" });
    tools.add({ R::tool, "result", {}, "1" });
    EXPECT_EQ(tools.trim(0), 0U);
    EXPECT_EQ(contents(tools), "prompt|call 1|result");
}

TEST(History, a_new_epoch_keeps_the_prompt_and_what_is_not_answered)
{
    auto history = with_tool_call();
    const auto asked = history.add(message(R::user, "and now?"));
    history.start_epoch(asked);
    EXPECT_EQ(contents(history), "prompt|and now?");
    history.start_epoch(History::EntryId::none);
    EXPECT_EQ(contents(history), "prompt");
}

TEST(History, hides_instructions_and_questions_each_in_its_time)
{
    History history;
    history.set_prompt("prompt");
    history.add(message(R::system, "step"), History::Kind::instruction);
    history.add(message(R::user, "hello"));
    history.add(message(R::system, "question"), History::Kind::question);
    history.hide_question();
    EXPECT_EQ(contents(history), "prompt|step|hello");
    history.hide_instructions();
    EXPECT_EQ(contents(history), "prompt|hello");
}

TEST(History, hides_a_stretch_of_dialogue_and_shows_it_again)
{
    History history;
    history.set_prompt("prompt");
    history.add(message(R::user, "before"));
    const auto from = history.last();
    history.add(message(R::system, "step"), History::Kind::instruction);
    history.add(message(R::user, "secret"));
    history.hide_dialogue_after(from);
    history.add(message(R::user, "after"));
    EXPECT_EQ(contents(history), "prompt|before|step|after");
    EXPECT_EQ(history.dialogue_after(from).size(), 1U);
    history.show_dialogue();
    EXPECT_EQ(contents(history), "prompt|before|step|secret|after");
}

TEST(History, lets_go_of_no_instruction)
{
    History history;
    history.add(message(R::system, std::string(400, 's')), History::Kind::instruction);
    history.add(message(R::user, std::string(400, 'a')));
    history.add(message(R::user, "b"));
    EXPECT_EQ(history.trim(120), 1U);
    EXPECT_EQ(contents(history), std::string(400, 's') + "|b");
}

TEST(History, the_second_prompt_is_that_of_this_conversation)
{
    History history;
    history.set_prompt("prompt");
    history.set_second_prompt("sales");
    history.set_second_prompt("billing");
    EXPECT_EQ(contents(history), "prompt|billing");
    history.set_second_prompt("");
    EXPECT_EQ(contents(history), "prompt");
}

TEST(History, a_window_shows_the_newest_and_all_that_the_system_said)
{
    auto history = with_tool_call();
    history.add(message(R::system, "note"));
    history.add(message(R::user, "bye"));
    EXPECT_EQ(contents(history),
        "prompt|" + std::string(400, 'a') + "|call 1|" + std::string(400, 'b') + "|answer|thanks|note|bye");
    const auto shown = [&](std::size_t window) {
        std::string text;
        for (const auto& entry : history.messages(window))
            text += (entry.tool_calls.empty() ? entry.content.substr(0, 6) : "call") + "|";
        return text;
    };
    EXPECT_EQ(shown(1), "prompt|note|bye|");
    EXPECT_EQ(shown(3), "prompt|answer|thanks|note|bye|");
    EXPECT_EQ(shown(4), "prompt|call|bbbbbb|answer|thanks|note|bye|") << "the call comes with its result";
    EXPECT_EQ(shown(100), shown(0));
}

TEST(History, the_oldest_part_becomes_one_message)
{
    auto history = with_tool_call();
    const auto none = history.oldest(0);
    EXPECT_EQ(none.last, History::EntryId::none);
    const auto oldest = history.oldest(150); // Needs the call, and so its result.
    ASSERT_EQ(oldest.dialogue.size(), 3U);
    EXPECT_TRUE(history.fold(oldest.last, "in short"));
    EXPECT_EQ(contents(history), "prompt|in short|answer|thanks");
    EXPECT_FALSE(history.fold(History::EntryId::none, "again"));
    EXPECT_EQ(history.oldest(100'000).dialogue.size(), 2U) << "the newest entry stays";
}

TEST(History, the_first_prompt_may_be_written_again)
{
    History history;
    history.rewrite_prompt("nothing to write again");
    EXPECT_EQ(history.prompt(), "");
    history.set_prompt("a");
    history.add_prompt("b");
    history.rewrite_prompt("c");
    EXPECT_EQ(contents(history), "c|b");
}

// Random conversations, trimmed, folded, hidden and looked at through windows: no result without its call, no call
// without its results, prompts and instructions always there, the newest entry, too.
TEST(History, never_parts_a_call_from_its_results_and_never_loses_a_prompt)
{
    std::mt19937 random(20'240'101);
    const auto below = [&](unsigned limit) { return static_cast<unsigned>(random() % limit); };
    for (int round = 0; round < 500; ++round) {
        History history;
        history.set_prompt("prompt");
        history.add_prompt("second");
        int instructions = 0;
        std::string newest;
        for (unsigned i = 0, entries = 1 + below(30); i < entries; ++i) {
            newest = std::to_string(i) + std::string(below(200), 'x');
            switch (below(5)) {
            case 0: {
                std::vector<ToolCall> calls;
                for (unsigned k = 0; k < 1 + below(3); ++k)
                    calls.push_back({ std::to_string(i) + "." + std::to_string(k), "tool", "{}" });
                history.add({ R::assistant, "", calls, "" });
                for (const auto& each : calls)
                    history.add({ R::tool, newest, {}, each.id });
                break;
            }
            case 1: history.add(message(R::system, newest)); break;
            case 2:
                history.add(message(R::system, newest), History::Kind::instruction);
                ++instructions;
                break;
            case 3: history.add(message(R::assistant, newest)); break;
            default: history.add(message(R::user, newest)); break;
            }
        }
        if (below(3) == 0)
            history.fold(history.oldest(below(500)).last, "folded");
        if (below(2) == 0)
            history.trim(below(1'000));
        const auto shown = history.messages(below(2) == 0 ? 0 : 1 + below(10));

        ASSERT_GE(shown.size(), 3U);
        EXPECT_EQ(shown[0].content, "prompt");
        EXPECT_EQ(shown[1].content, "second");
        EXPECT_EQ(shown.back().content, newest);
        EXPECT_GE(std::ranges::count(shown, R::system, &LmMessage::role), 2 + instructions);
        for (std::size_t i = 0; i < shown.size();) {
            EXPECT_NE(shown[i].role, R::tool) << "a result without its call";
            const auto& calls = shown[i].tool_calls;
            for (std::size_t k = 0; k < calls.size(); ++k) {
                ASSERT_LT(i + 1 + k, shown.size());
                EXPECT_EQ(shown[i + 1 + k].tool_call_id, calls[k].id);
            }
            i += 1 + calls.size();
        }
    }
}

} // namespace
} // namespace parley::agent
