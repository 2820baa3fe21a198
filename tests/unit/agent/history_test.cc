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

} // namespace
} // namespace parley::agent
