// The floor table, cell by cell. A cell that says nothing has its test here, too: no command, no other floor.
#include "turn_script.h"

#include <functional>
#include <ostream>

namespace parley::turn::test {
namespace {

// A script that has just reached the floor, at a time after 10 s, with all commands looked at.
TurnScript open()
{
    TurnPolicy policy;
    policy.attention = 0ms;
    policy.first_word = 0ms; // Nor is the final text of interim words waited for.
    return TurnScript(policy).at(10'000);
}

TurnScript user()
{
    return open().speech_starts();
}

TurnScript endpointing()
{
    return user().interim("good day").speech_stops().expect_floor(Floor::endpointing);
}

TurnScript thinking()
{
    auto script = endpointing().at(10'700);
    script.expect({ "10700 commit 1 good day" }).expect_floor(Floor::thinking);
    return script;
}

TurnScript agent()
{
    return thinking().at(11'000).playout_starts().expect_floor(Floor::agent);
}

TurnScript contested()
{
    return agent().at(12'000).speech_starts().expect({ "12000 duck" });
}

TurnScript agent_after_a_sound()
{
    auto script = contested().at(12'100).speech_stops().at(13'100).expect_floor(Floor::agent);
    (void)script.take();
    return script;
}

TurnScript held()
{
    return open().event(HoldStarted { 60s }).expect_floor(Floor::held);
}

struct Cell {
    std::string name;
    std::function<TurnScript()> floor;
    Event event;
    std::vector<std::string> commands;
    Floor then;
};

WordsHeard words_at(std::int64_t ms, std::string text = "three four")
{
    return { std::move(text), true, 0, Instant { std::chrono::milliseconds(ms) } };
}

void PrintTo(const Cell& cell, std::ostream* out)
{
    *out << cell.name;
}

class FloorTable : public testing::TestWithParam<Cell> { };

TEST_P(FloorTable, Cell)
{
    const Cell& cell = GetParam();
    auto script = cell.floor();
    script.event(cell.event).expect(cell.commands).expect_floor(cell.then);
}

const MessageInjected from_user { true };
const MessageInjected from_system { false };

INSTANTIATE_TEST_SUITE_P(All, FloorTable,
    testing::Values(
        // user speech starts
        Cell { "open_speech_starts", open, SpeechStarted {}, {}, Floor::user },
        Cell { "user_speech_starts", user, SpeechStarted {}, {}, Floor::user },
        Cell { "endpointing_speech_starts", endpointing, SpeechStarted {}, {}, Floor::user },
        Cell { "thinking_speech_starts", thinking, SpeechStarted {}, { "10700 cancel" }, Floor::user },
        Cell { "agent_speech_starts", agent, SpeechStarted {}, { "11000 duck" }, Floor::contested },
        Cell { "contested_speech_starts", contested, SpeechStarted {}, {}, Floor::contested },
        Cell { "held_speech_starts", held, SpeechStarted {}, {}, Floor::held },
        // user speech stops
        Cell { "open_speech_stops", open, SpeechStopped {}, {}, Floor::open },
        Cell { "user_speech_stops", user, SpeechStopped {}, {}, Floor::endpointing },
        Cell { "endpointing_speech_stops", endpointing, SpeechStopped {}, {}, Floor::endpointing },
        Cell { "thinking_speech_stops", thinking, SpeechStopped {}, {}, Floor::thinking },
        Cell { "agent_speech_stops", agent, SpeechStopped {}, {}, Floor::agent },
        Cell { "contested_speech_stops", contested, SpeechStopped {}, {}, Floor::contested },
        Cell { "held_speech_stops", held, SpeechStopped {}, {}, Floor::held },
        // words arrive
        Cell { "open_words", open, words_at(9'000), {}, Floor::endpointing },
        Cell { "user_words", user, words_at(10'000), {}, Floor::user },
        Cell { "endpointing_words_in_the_pause", endpointing, words_at(10'000), {}, Floor::endpointing },
        Cell { "thinking_late_words", thinking, words_at(10'000), { "10700 cancel", "10700 commit 1 three four" },
            Floor::thinking },
        Cell { "thinking_same_words", thinking, words_at(10'000, "Good, day."), {}, Floor::thinking },
        Cell { "agent_tail", agent, words_at(10'000), {}, Floor::agent },
        Cell { "agent_words", agent, words_at(11'000), {}, Floor::agent }, // Nobody spoke: its own echo.
        Cell { "agent_words_of_a_voice", agent_after_a_sound, words_at(12'000),
            { "13100 stop", "13100 cancel", "13100 merge" }, Floor::endpointing },
        Cell { "contested_words", contested, words_at(12'000), { "12000 stop", "12000 cancel", "12000 merge" },
            Floor::user },
        Cell { "contested_tail", contested, words_at(10'000), {}, Floor::contested },
        Cell { "held_words", held, words_at(10'000), {}, Floor::held },
        // playout marks
        Cell { "open_started", open, PlayoutStarted {}, {}, Floor::open },
        Cell { "user_started", user, PlayoutStarted {}, {}, Floor::user },
        Cell { "endpointing_started", endpointing, PlayoutStarted {}, {}, Floor::endpointing },
        Cell { "thinking_started", thinking, PlayoutStarted {}, {}, Floor::agent },
        Cell { "agent_started", agent, PlayoutStarted {}, {}, Floor::agent },
        Cell { "contested_started", contested, PlayoutStarted {}, {}, Floor::contested },
        Cell { "held_started", held, PlayoutStarted {}, {}, Floor::held },
        Cell { "open_finished", open, PlayoutFinished {}, {}, Floor::open },
        Cell { "user_finished", user, PlayoutFinished {}, {}, Floor::user },
        Cell { "endpointing_finished", endpointing, PlayoutFinished {}, {}, Floor::endpointing },
        Cell { "thinking_finished", thinking, PlayoutFinished {}, {}, Floor::thinking },
        Cell { "agent_finished", agent, PlayoutFinished {}, {}, Floor::open },
        Cell { "agent_finished_for_a_tool", agent, PlayoutFinished { true }, {}, Floor::thinking },
        Cell { "contested_finished", contested, PlayoutFinished {}, {}, Floor::contested },
        Cell { "held_finished", held, PlayoutFinished {}, {}, Floor::held },
        // injected messages
        Cell { "open_injected_user", open, from_user, { "10000 commit 1" }, Floor::thinking },
        Cell { "open_injected_system", open, from_system, {}, Floor::open },
        Cell { "user_injected_user", user, from_user, {}, Floor::user },
        Cell { "user_injected_system", user, from_system, {}, Floor::user },
        Cell { "endpointing_injected_user", endpointing, from_user, {}, Floor::endpointing },
        Cell { "endpointing_injected_system", endpointing, from_system, {}, Floor::endpointing },
        Cell { "thinking_injected_user", thinking, from_user, { "10700 cancel", "10700 commit 1 good day" },
            Floor::thinking },
        Cell { "thinking_injected_system", thinking, from_system, { "10700 cancel", "10700 commit 1 good day" },
            Floor::thinking },
        Cell { "agent_injected_user", agent, from_user, { "11000 stop", "11000 cancel", "11000 commit 2" },
            Floor::thinking },
        Cell { "agent_injected_system", agent, from_system, {}, Floor::agent },
        Cell { "contested_injected_user", contested, from_user, {}, Floor::contested },
        Cell { "contested_injected_system", contested, from_system, {}, Floor::contested },
        Cell { "held_injected_user", held, from_user, {}, Floor::held },
        Cell { "held_injected_system", held, from_system, {}, Floor::held },
        // keys
        Cell { "open_key", open, KeyPressed {}, {}, Floor::open },
        Cell { "user_key", user, KeyPressed {}, {}, Floor::user },
        Cell { "endpointing_key", endpointing, KeyPressed {}, {}, Floor::endpointing },
        Cell { "thinking_key", thinking, KeyPressed {}, {}, Floor::thinking },
        Cell { "agent_key", agent, KeyPressed {}, { "11000 stop", "11000 cancel", "11000 barge" }, Floor::open },
        Cell {
            "contested_key", contested, KeyPressed {}, { "12000 stop", "12000 cancel", "12000 barge" }, Floor::open },
        Cell { "held_key", held, KeyPressed {}, {}, Floor::held },
        // the last reply
        Cell { "open_last_reply", open, LastReplyWanted {}, { "10000 commit 1" }, Floor::thinking },
        Cell { "user_last_reply", user, LastReplyWanted {}, {}, Floor::user },
        Cell { "endpointing_last_reply", endpointing, LastReplyWanted {}, {}, Floor::endpointing },
        Cell { "thinking_last_reply", thinking, LastReplyWanted {}, { "10700 cancel", "10700 commit 1 good day" },
            Floor::thinking },
        Cell { "agent_last_reply", agent, LastReplyWanted {}, { "11000 stop", "11000 cancel", "11000 commit 2" },
            Floor::thinking },
        Cell { "contested_last_reply", contested, LastReplyWanted {}, { "12000 stop", "12000 cancel", "12000 barge" },
            Floor::user },
        Cell { "held_last_reply", held, LastReplyWanted {}, { "10000 commit 1" }, Floor::thinking },
        // the rest of the interface
        Cell { "open_silence_began", open, SilenceBegan {}, {}, Floor::open },
        Cell { "thinking_silence_began", thinking, SilenceBegan {}, {}, Floor::thinking },
        Cell { "open_reply_opened", open, ReplyOpened {}, {}, Floor::thinking },
        Cell { "user_reply_opened", user, ReplyOpened {}, {}, Floor::user },
        Cell { "thinking_reply_ended", thinking, ReplyEnded {}, {}, Floor::open },
        Cell { "agent_reply_ended", agent, ReplyEnded {}, {}, Floor::open },
        Cell { "open_hold", open, HoldStarted { 1s }, {}, Floor::held },
        Cell { "user_hold", user, HoldStarted { 1s }, {}, Floor::held },
        Cell { "thinking_hold", thinking, HoldStarted { 1s }, { "10700 cancel" }, Floor::held },
        Cell { "agent_hold", agent, HoldStarted { 1s }, { "11000 stop", "11000 cancel" }, Floor::held },
        Cell { "contested_hold", contested, HoldStarted { 1s }, { "12000 stop", "12000 cancel" }, Floor::held },
        Cell { "open_unhold", open, HoldEnded {}, {}, Floor::open },
        Cell { "held_unhold", held, HoldEnded {}, {}, Floor::open }),
    [](const auto& cell) { return cell.param.name; });

} // namespace
} // namespace parley::turn::test
