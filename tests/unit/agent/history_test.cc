#include "agent/history.h"

#include <gtest/gtest.h>

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

} // namespace
} // namespace parley::agent
