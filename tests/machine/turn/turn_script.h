#pragma once

#include "turn/turn_engine.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

// Tells a story in time to a TurnEngine. Times are milliseconds; timers fire at their exact times in between.
namespace parley::turn::test {

inline std::string to_text(const Command& command)
{
    struct Names {
        std::string operator()(const CommitTurn& c) const
        {
            return "commit " + std::to_string(c.turn.value) + (c.text.empty() ? "" : " " + c.text);
        }
        std::string operator()(const CancelReply&) const { return "cancel"; }
        std::string operator()(const SayFiller&) const { return "filler"; }
        std::string operator()(const PromptAttention&) const { return "attention"; }
        std::string operator()(const DuckPlayout&) const { return "duck"; }
        std::string operator()(const UnduckPlayout&) const { return "unduck"; }
        std::string operator()(const PausePlayout&) const { return "pause"; }
        std::string operator()(const ResumePlayout&) const { return "resume"; }
        std::string operator()(const StopPlayout&) const { return "stop"; }
        std::string operator()(const FloorTaken& taken) const { return taken.transparent ? "merge" : "barge"; }
        std::string operator()(const EndHold&) const { return "end hold"; }
    };
    return std::visit(Names {}, command);
}

class TurnScript {
public:
    explicit TurnScript(TurnPolicy policy = {})
        : engine_(std::move(policy))
    {
    }

    // Lets time pass. Each timer fires at its own time; what it commands is expected as "<ms> <command>".
    TurnScript& at(std::int64_t ms)
    {
        const Instant target { std::chrono::milliseconds(ms) };
        EXPECT_GE(target, now_) << "a script runs forward";
        while (engine_.deadline() && *engine_.deadline() <= target) {
            now_ = *engine_.deadline();
            Commands out;
            engine_.handle_timeout(now_, out);
            note(out);
        }
        now_ = target;
        return *this;
    }

    TurnScript& event(const Event& event)
    {
        Commands out;
        engine_.handle(event, now_, out);
        note(out);
        return *this;
    }

    TurnScript& speech_starts() { return event(SpeechStarted {}); }
    TurnScript& speech_stops() { return event(SpeechStopped {}); }
    TurnScript& words(std::string text, std::int64_t spoken_from = -1, double confidence = 0)
    {
        return event(WordsHeard { std::move(text), true, confidence, spoken(spoken_from) });
    }
    TurnScript& interim(std::string text, std::int64_t spoken_from = -1, double confidence = 0)
    {
        return event(WordsHeard { std::move(text), false, confidence, spoken(spoken_from) });
    }
    TurnScript& playout_starts() { return event(PlayoutStarted {}); }
    TurnScript& playout_finishes(bool more = false) { return event(PlayoutFinished { more }); }

    // All that was commanded since the last look, each as "<ms> <command>".
    TurnScript& expect(const std::vector<std::string>& commands)
    {
        EXPECT_EQ(std::exchange(seen_, {}), commands) << "at " << ms();
        return *this;
    }
    TurnScript& expect_floor(Floor floor)
    {
        EXPECT_EQ(to_string(engine_.floor()), to_string(floor)) << "at " << ms();
        return *this;
    }
    [[nodiscard]] const TurnEngine& engine() const { return engine_; }
    [[nodiscard]] std::vector<std::string> take() { return std::exchange(seen_, {}); }

private:
    [[nodiscard]] std::int64_t ms() const { return to_milliseconds(now_.time_since_epoch()); }
    [[nodiscard]] Instant spoken(std::int64_t ms) const
    {
        return ms < 0 ? now_ : Instant { std::chrono::milliseconds(ms) };
    }
    void note(const Commands& out)
    {
        for (const auto& command : out)
            seen_.push_back(std::to_string(ms()) + " " + to_text(command));
    }

    TurnEngine engine_;
    Instant now_ {};
    std::vector<std::string> seen_;
};

} // namespace parley::turn::test
