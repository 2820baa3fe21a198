// The user speaks over the agent: replies that are taken back, tools that do not run, interruptions that are taken up.
#include "machine/agent/session_script.h"

#include <gmock/gmock.h>

namespace parley::agent {
namespace {

using testing::ElementsAre;

std::vector<std::string> rows(const SessionScript& script)
{
    std::vector<std::string> texts;
    for (const auto& row : script.all<AppendMessage>())
        texts.push_back(std::string(to_string(row.role)) + " " + row.content);
    return texts;
}

// What the model was shown last, without the prompt.
std::vector<std::string> shown(const SessionScript& script)
{
    std::vector<std::string> texts;
    const auto& messages = script.last<AskModel>()->request.messages;
    for (auto message = messages.begin() + 1; message != messages.end(); ++message)
        texts.push_back(message->content);
    return texts;
}

AiSpec reporting()
{
    AiSpec spec = quiet_spec();
    spec.report.hook.url = "http://127.0.0.1/report";
    spec.tools = { tool("book") };
    return spec;
}

Transcript words(std::string text, std::int64_t from_ms)
{
    Transcript transcript;
    transcript.text = std::move(text);
    transcript.final = true;
    transcript.speech_start = Instant { std::chrono::milliseconds(from_ms) };
    return transcript;
}

// Over what the agent says since `started`, the user says something from `from` on, for 500 ms.
void talk_over(SessionScript& script, UtteranceId utterance, std::int64_t from, std::string text)
{
    script.at(from).event(SpeechStarted {}).at(from + 500).event(SpeechStopped {}).event(words(std::move(text), from));
    script.event(PlayoutStopped { utterance, 1s }).at(from + 1'200);
}

// swml-ai 86
TEST(SessionBarge, a_reply_that_has_only_begun_is_taken_back_and_the_pieces_are_one_turn)
{
    SessionScript script(reporting());
    script.turn("book a table").says("For when shall I book your table?").event(PlayoutStarted { { 1 } });
    talk_over(script, { 1 }, 2'000, "for tomorrow");
    EXPECT_THAT(shown(script), ElementsAre("book a table for tomorrow"));
    script.says("Done.").played().event(StopSession {});

    const auto& report = script.last<PostReport>()->report;
    std::vector<std::string> log;
    for (const auto& entry : report.call_log) {
        if (entry.role != CallLogEntry::Role::system_log)
            log.push_back(entry.content);
    }
    EXPECT_THAT(log, ElementsAre("You help.", "book a table for tomorrow", "Done."));
    const auto turn = std::ranges::find(report.call_log, CallLogEntry::Role::user, &CallLogEntry::role);
    EXPECT_EQ(turn->merge_count, 2);
    EXPECT_EQ(turn->barge_count, 1);
    EXPECT_TRUE(std::ranges::any_of(report.raw_call_log, [](const CallLogEntry& entry) {
        return entry.barged && entry.text_spoken_total == "For when shall I book your table?";
    }));
    // The rows tell what was said and heard, in order.
    EXPECT_THAT(rows(script),
        ElementsAre("system You help.", "user book a table", testing::StartsWith("assistant For when"),
            "user for tomorrow", "assistant Done."));
}

TEST(SessionBarge, after_its_time_the_log_keeps_both_turns_and_what_was_heard)
{
    auto spec = reporting();
    spec.turn.transparent_barge_within = 500ms;
    SessionScript script(spec);
    script.turn("book a table").says("For when shall I book your table?").event(PlayoutStarted { { 1 } });
    talk_over(script, { 1 }, 2'000, "for tomorrow");
    EXPECT_THAT(shown(script), ElementsAre("book a table", testing::StartsWith("For when"), "for tomorrow"));
}

TEST(SessionBarge, a_turn_may_go_on_more_than_once)
{
    SessionScript script(reporting());
    script.turn("book").says("What shall I book?").event(PlayoutStarted { { 1 } });
    talk_over(script, { 1 }, 2'000, "a table");
    script.says("For when?").event(PlayoutStarted { { 2 } });
    talk_over(script, { 2 }, 4'000, "for tomorrow");
    EXPECT_THAT(shown(script), ElementsAre("book a table for tomorrow"));
}

TEST(SessionBarge, a_reply_that_was_heard_whole_is_not_taken_back)
{
    SessionScript script(reporting());
    script.turn("book a table").says("For when?").event(PlayoutStarted { { 1 } });
    script.at(2'000).event(SpeechStarted {}).at(2'100).event(PlayoutFinished { { 1 } });
    script.at(2'500).event(SpeechStopped {}).event(words("tomorrow", 2'000)).at(3'200);
    EXPECT_THAT(shown(script), ElementsAre("book a table", "For when?", "tomorrow"));
}

// swml-ai 86: a tool that ran for the piece before never runs again.
TEST(SessionBarge, a_tool_that_ran_is_not_run_again_for_the_turn_that_goes_on)
{
    SessionScript script(reporting());
    script.turn("book a table").model(LmToolCall { { "1", "book", "{\"n\":1}" } }).model(LmDone {});
    ToolReply reply;
    reply.response = "booked";
    script.event(ToolReturned { "1", reply }).says("It is booked for today.").event(PlayoutStarted { { 1 } });
    talk_over(script, { 1 }, 2'000, "for two people");
    EXPECT_THAT(shown(script), ElementsAre("book a table", "", "booked", "for two people"));
    script.model(LmToolCall { { "2", "book", "{\"n\":1}" } }).model(LmDone {});
    EXPECT_EQ(script.all<CallTool>().size(), 1U);
    EXPECT_EQ(shown(script).back(), "booked");
    script.model(LmToolCall { { "3", "book", "{\"n\":2}" } }).model(LmDone {});
    EXPECT_EQ(script.all<CallTool>().size(), 2U); // Another call is another thing.
}

TEST(SessionBarge, in_the_next_turn_a_tool_may_run_again)
{
    SessionScript script(reporting());
    for (const auto* id : { "1", "2" }) {
        script.turn("book a table").model(LmToolCall { { id, "book", "{}" } }).model(LmDone {});
        script.event(ToolReturned { id, ToolReply {} }).says("Done.").played().at(20'000);
    }
    EXPECT_EQ(script.all<CallTool>().size(), 2U);
}

// swml-ai 92: `acknowledge_interruptions`, `interrupt_prompt`
TEST(SessionBarge, an_interruption_is_taken_up_as_often_as_wanted)
{
    for (const auto& [often, expected] : { std::pair { 0, 0 }, std::pair { 1, 1 }, std::pair { -1, 2 } }) {
        auto spec = quiet_spec();
        spec.turn.transparent_barge = false;
        spec.interruption.acknowledge = often;
        spec.interruption.prompt = "They talked over you.";
        SessionScript script(spec);
        script.turn("hello").says("Good morning to you all.").event(PlayoutStarted { { 1 } });
        talk_over(script, { 1 }, 2'000, "wait");
        const auto first = shown(script);
        script.says("I am listening to you now.").event(PlayoutStarted { { 2 } });
        talk_over(script, { 2 }, 5'000, "no wait");
        const auto all = shown(script);
        EXPECT_EQ(std::ranges::count(all, "They talked over you."), expected);
        if (expected > 0) {
            EXPECT_THAT(first, ElementsAre("hello", testing::StartsWith("Good"), "They talked over you.", "wait"));
        }
    }
}

// swml-ai 85: `barge_functions`
TEST(SessionBarge, tools_called_under_the_users_voice_run_only_if_they_may)
{
    for (const bool may : { true, false }) {
        auto spec = reporting();
        spec.interruption.tools_may_run = may;
        SessionScript script(spec);
        script.turn("book a table").model(LmText { "I book it right now. " }).event(PlayoutStarted { { 1 } });
        script.at(2'000).event(SpeechStarted {});
        script.model(LmToolCall { { "1", "book", "{}" } }).model(LmDone {});
        EXPECT_EQ(script.all<CallTool>().size(), may ? 1U : 0U);
        if (!may) {
            EXPECT_THAT(rows(script).back(), testing::HasSubstr("the user is speaking"));
        }
    }
}

// swml-ai 85: `static_greeting_no_barge`
TEST(SessionBarge, what_is_said_over_a_greeting_that_may_not_be_interrupted_is_answered_after_it)
{
    auto spec = quiet_spec();
    spec.greeting.wait_for_user = false;
    spec.greeting.text = "This call may be recorded.";
    spec.greeting.may_interrupt = false;
    SessionScript script(spec);
    script.at(100).event(PlayoutStarted { { 1 } }).at(500).event(SpeechStarted {});
    script.at(900).event(words("hello", 500)).event(SpeechStopped {}).at(2'000);
    EXPECT_EQ(script.last<turn::StopPlayout>(), nullptr);
    EXPECT_EQ(script.last<turn::DuckPlayout>(), nullptr);
    EXPECT_EQ(script.last<AskModel>(), nullptr);
    script.event(PlayoutFinished { { 1 } });
    EXPECT_THAT(shown(script), ElementsAre("This call may be recorded.", "hello"));
}

TEST(SessionBarge, without_barge_what_was_said_meanwhile_is_answered_afterwards)
{
    auto spec = quiet_spec();
    spec.turn.barge = false;
    SessionScript script(spec);
    script.turn("hello").says("Good morning.").event(PlayoutStarted { { 1 } });
    script.at(1'500).event(SpeechStarted {}).at(1'900).event(words("who is there", 1'500)).event(SpeechStopped {});
    script.at(2'500);
    EXPECT_EQ(script.all<AskModel>().size(), 1U);
    script.event(PlayoutFinished { { 1 } });
    EXPECT_THAT(shown(script), ElementsAre("hello", "Good morning.", "who is there"));
}

} // namespace
} // namespace parley::agent
